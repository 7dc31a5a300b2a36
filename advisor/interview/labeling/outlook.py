"""Forecasts how many more labels pay, from those given so far.

Labels are evidence or training. The fewest worth giving are those that could certify the bar if a model got all of
them right: fewer prove nothing. More pay only if they are forecast to certify it. If the labels so far say that the
bar is out of reach, the fewest that train show how far off it is. The forecast is the share of training texts whose
nearest label, by the means of the other texts' vectors, is their own (leave one out). The evidence is not used: its
size must not depend on its labels.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from advisor.interview.labeling.coverage import vectors_of
from advisor.interview.sample_size import need
from advisor.units import counted, percent

if TYPE_CHECKING:
    from advisor.interview.labeling.label_next import Labelling

# The fewest labels that train and give a rate; labelling ends no earlier than with the evidence that goes with them.
FEWEST_TO_GUESS = 20
# How much better than the guess a head may be that is trained on all labels and sees more than means.
TWO_DEVIATIONS, ROOM = 2.0, 0.1


class Outlook(NamedTuple):
    """How many labels pay as evidence and for training, in total, and why.

    Before the first label `why` is the need of a certificate; afterwards "" while there is no forecast.
    """

    evidence: int
    teaching: int
    why: str

    def to_go(self, labelling: Labelling) -> int:
        """Return how many more labels are forecast to pay."""
        counts = labelling.counts
        return max(0, self.evidence - counts.evidence) + max(0, self.teaching - counts.teaching)


def outlook(labelling: Labelling, bar: float, confidence: float, candidates: int) -> Outlook:
    """Return the forecast of a labelling, with α shared among the candidates."""
    most_evidence, most_teaching = labelling.most
    share = most_teaching / most_evidence if most_evidence else 1.0
    wanted = need(bar, confidence, candidates)
    fewest = min(most_evidence, math.ceil(FEWEST_TO_GUESS / share) if share else wanted.all_right)
    evidence, why = min(most_evidence, max(wanted.all_right, fewest)), ""
    if not labelling.counts.evidence + labelling.counts.teaching:
        why = f"certifying {percent(bar)} takes {counted(wanted.all_right, 'label')} as evidence, all right"
        why += f"; these rows give {most_evidence} at most" if most_evidence < wanted.all_right else ""
    pairs = labelling.taught()
    if len(pairs) >= FEWEST_TO_GUESS and (rate := nearest_rate(pairs)) is not None:
        deviation = math.sqrt(rate * (1.0 - rate) / len(pairs))
        seen = f"of {len(pairs)} rows to teach from {rate:.0%} have the label of those most like them"
        if rate + TWO_DEVIATIONS * deviation + ROOM < bar:
            evidence, why = fewest, f"{seen}, so more are unlikely to reach {percent(bar)}"
        else:
            often = wanted.often if rate >= wanted.rate else None
            if often is not None:
                evidence = min(most_evidence, max(often, evidence))
            if often is not None and often <= most_evidence:
                why = f"{seen}, so more may certify {percent(bar)}"
            else:
                why = f"{seen}; {counted(evidence, 'label')} as evidence show how near {percent(bar)} is"
    return Outlook(evidence, min(most_teaching, round(share * evidence)), why)


@lru_cache(maxsize=8)
def nearest_rate(pairs: tuple[tuple[str, str], ...]) -> float | None:
    """Return the share of texts nearest to the mean vector of their label's other texts; None with one label."""
    names = sorted({label for _, label in pairs})
    if len(names) <= 1:
        return None
    vectors = vectors_of([text for text, _ in pairs])
    own = np.array([names.index(label) for _, label in pairs])
    belongs = (own[:, None] == np.arange(len(names))).astype(vectors.dtype)
    sums = belongs.T @ vectors
    right = 0
    for at, vector in enumerate(vectors):
        others = sums.copy()
        others[own[at]] -= vector
        others /= np.maximum(np.linalg.norm(others, axis=1, keepdims=True), 1e-9)
        right += int((others @ vector).argmax() == own[at])
    return right / len(pairs)
