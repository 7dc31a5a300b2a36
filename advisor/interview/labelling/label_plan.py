"""Which texts of an unlabelled file to label: evidence at random, what teaches by choice.

What is certified is a rate over inputs like the evidence, and texts chosen because they stand for others, or because a
guess is unsure of them, are not like the inputs to come: they may teach, never be evidence. The two come from two parts
of the file that a seed sets apart before the first label, so neither which texts teach nor how many are labelled in
the end says anything about the evidence.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.interview.labelling.coverage import Chooser, vectors_of
from advisor.task.near_duplicates import near_duplicates
from advisor.task.reading import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

# So many texts are considered, and of those that may teach so many are compared.
MOST_TEXTS, MOST_POOL = 5000, 2000
# What of a text is compared.
MOST_CHARACTERS = 2000
WANT_EVIDENCE, WANT_TEACHING = 60, 40


@dataclass(frozen=True, slots=True)
class LabellingPlan:
    """Which texts to label, as places in the texts given.

    Attributes:
        evidence: Drawn at random, to be labelled in this order; the first `want_evidence` are wanted, the others stand
            in for those passed over.
        pool: Those from which the ones that teach are chosen.
        teaching: The first choice from the pool, before there are labels.
    """

    evidence: tuple[int, ...]
    pool: tuple[int, ...]
    teaching: tuple[int, ...]


def plan_labelling(
    texts: Sequence[str], want_evidence: int = WANT_EVIDENCE, want_teaching: int = WANT_TEACHING, seed: int = 0
) -> LabellingPlan:
    """Return which texts to label as evidence, at random, and which to teach, by coverage.

    Args:
        texts: All; of repeated and nearly the same ones one is taken.
        want_evidence: How many labels are wanted as evidence.
        want_teaching: How many to teach.
        seed: Fixes everything.

    Raises:
        ValueError: if a number is negative, or both are 0.
    """
    evidence, pool = halves(texts, want_evidence, want_teaching, seed)
    vectors = vectors_for(texts, pool) if want_teaching and pool else None
    first = Chooser(vectors).following([], {}, want_teaching) if vectors is not None else range(want_teaching)
    return LabellingPlan(evidence, pool, tuple(pool[each] for each in first if each < len(pool)))


def next_to_label(texts: Sequence[str], labelled: Mapping[int, str], count: int = 1) -> list[int]:
    """Return the texts whose labels would teach most.

    Args:
        texts: All that may teach; evidence is never chosen so.
        labelled: The labels given so far, by the place of the text.
        count: How many to return.
    """
    vectors = vectors_for(texts, range(len(texts)))
    if vectors is None:
        return [each for each in range(len(texts)) if each not in labelled][:count]
    return Chooser(vectors).following(list(labelled), labelled, count)


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
