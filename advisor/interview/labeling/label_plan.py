"""Which texts of an unlabelled file to label: evidence at random, what teaches by choice.

What is certified is a rate over inputs like the evidence, and texts chosen because they stand for others, or because a
guess is unsure of them, are not like the inputs to come: they may teach, never be evidence. The two come from two parts
of the file that a seed sets apart before the first label, so neither which texts teach nor how many are labelled in
the end says anything about the evidence.
"""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

from advisor.interview.labeling.coverage import vectors_of
from advisor.task.near_duplicates import near_duplicates
from advisor.task.reading import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

# So many texts are considered, and of those that may teach so many are compared.
MOST_TEXTS, MOST_POOL = 5000, 2000
# What of a text is compared.
MOST_CHARACTERS = 2000
WANT_EVIDENCE, WANT_TEACHING = 60, 40


def halves(
    texts: Sequence[str], want_evidence: int, want_teaching: int, seed: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return, in a random order, the texts that may be evidence and those that may teach, in the proportion wanted.

    Raises:
        ValueError: if a number is negative, or both are 0.
    """
    if min(want_evidence, want_teaching) < 0 or want_evidence + want_teaching == 0:
        raise ValueError(f"{want_evidence} and {want_teaching} are not numbers of texts to label")
    distinct: dict[str, int] = {}
    for at, text in enumerate(texts):
        distinct.setdefault(fold(text), at)
    # By content and seed alone, as evidence is ordered elsewhere: where a row stands changes nothing.
    order = sorted(distinct.values(), key=lambda at: text_id(texts[at]))
    random.Random(seed).shuffle(order)  # noqa: S311  reproducible order, not a secret
    order = order[:MOST_TEXTS]
    again = {each for group in near_duplicates([texts[at] for at in order]) for each in group[1:]}
    kept = [at for place_, at in enumerate(order) if place_ not in again]
    share = want_evidence / (want_evidence + want_teaching)
    cut = round(share * len(kept))
    return tuple(kept[:cut]), tuple(kept[cut:][:MOST_POOL])


def text_id(text: str) -> str:
    """Return what a text is known by: a hash of it without case and white space."""
    return hashlib.sha256(fold(text).encode("utf-8", "replace")).hexdigest()[:16]


def vectors_for(texts: Sequence[str], places: Sequence[int]) -> NDArray[np.float32] | None:
    """Return the vectors of some of the texts, of shape (n, 256); None where there is no encoder."""
    return vectors_of([texts[at][:MOST_CHARACTERS] for at in places])
