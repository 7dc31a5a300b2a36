"""Finds texts that are nearly the same, so that each distinct one counts once.

Two texts are near duplicates when their resemblance is at least 0.8: of all runs of three words in either, the share
found in both (Broder, "On the resemblance and containment of documents", 1997). One changed word breaks three runs, so
only texts of about thirty words and more can be near duplicates: "turn on the light" and "turn off the light" are two
examples. Groups are closed: what resembles one member belongs to it.

Pairs are proposed by their MinHash sketches (rensa), those that share one of 32 bands of 8 permutations and agree in
enough of all 256, and what is proposed is counted exactly, so nothing else is grouped. The share in which sketches
agree errs by 0.025 at 0.8: a pair just above 0.8 may be missed, one at 0.9 is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from advisor.families.words import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

RESEMBLANCE = 0.8
PERMUTATIONS = 256
BANDS = 32
SEED = 1
RUN = 3


def near_duplicates(texts: Sequence[str], resemblance: float = RESEMBLANCE) -> list[tuple[int, ...]]:
    """Return the groups of texts that are nearly the same, as places in `texts`.

    Args:
        texts: To be compared; case, punctuation and white space do not matter.
        resemblance: The least for two texts to count as one, in (0, 1].

    Returns:
        Groups of at least two, each ascending, in the order of their first member. Who is grouped with whom does not
        depend on the order of the texts.

    Raises:
        ValueError: if the resemblance is out of range.
    """
    # Only who has examples to compare loads it.
    from rensa import RMinHash, RMinHashLSH

    if not 0.0 < resemblance <= 1.0:
        raise ValueError(f"the resemblance must lie above 0 and up to 1, not {resemblance}")
    runs = [_runs(text) for text in texts]
    buckets = RMinHashLSH(resemblance, PERMUTATIONS, BANDS)
    group = np.arange(len(texts))
    sketches = RMinHash.from_token_sets(runs, PERMUTATIONS, SEED)
    # Eight bits of each sign tell nearly as much as all 32, in a quarter of the memory traffic.
    signs = np.array([sketch.digest() for sketch in sketches], dtype=np.uint32).astype(np.uint8)
    for text, sketch in enumerate(sketches):
        if not runs[text]:
            continue
        others = np.array(buckets.query(sketch), dtype=np.intp)
        buckets.insert(text, sketch)
        others = others[group[others] != group[text]]
        others = others[(signs[others] == signs[text]).mean(axis=1) >= resemblance]
        while len(others):
            other, others = int(others[0]), others[1:]
            if _resemble(runs[text], runs[other], resemblance):
                group[group == group[other]] = group[text]
                others = others[group[others] != group[text]]
    members: dict[int, list[int]] = {}
    for text, number in enumerate(group.tolist()):
        members.setdefault(number, []).append(text)
    return [tuple(each) for each in members.values() if len(each) > 1]


def _runs(text: str) -> frozenset[bytes]:
    """Return a text's distinct runs of three words; a shorter text is one run, an empty one none."""
    words = tokens(text)
    if not words:
        return frozenset()
    runs = (" ".join(words[start : start + RUN]) for start in range(max(1, len(words) - RUN + 1)))
    return frozenset(run.encode("utf-8", "replace") for run in runs)


def _resemble(one: frozenset[bytes], other: frozenset[bytes], resemblance: float) -> bool:
    both = len(one & other)
    return both > 0 and both >= resemblance * (len(one) + len(other) - both) - 1e-9
