"""Escalation: a small model answers what it is sure of and hands the rest to a larger one.

Which confidence is sure enough is chosen by Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then
Test: calibrating predictive algorithms to achieve risk control" (2021), with fixed-sequence testing). The thresholds
are fixed beforehand, from "hand over everything" to "hand over nothing"; for each one the null hypothesis is that the
pair's true pass rate is at most the bar, its p-value the exact binomial tail. They are tested in that order, each at
the full α, up to the first that is not rejected. The last rejected one is chosen. The chance that its pair is truly at
or below the bar is at most α: for any true null hypothesis to be rejected the first true one in the order must be. The
examples must be fresh: none that had a part in choosing the two models or the thresholds.

This is a claim of its own, with its own α, apart from the recommendation's.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from advisor.evidence.binomial import at_least, lower_bound, upper_bound
from advisor.evidence.boundary import examples_needed

STEPS = 20
INTERVAL_ERROR = 0.05


class Pairing(StrEnum):
    """What came of looking for a threshold."""

    HOLDS = "holds"
    TOO_FEW = "too few examples"
    NONE = "no threshold passes"


@dataclass(frozen=True, slots=True)
class Both:
    """One fresh example: how sure the small model was, and whether each model was right.

    `confidence` is None where the small model has none: then it always hands over.
    """

    confidence: float | None
    small: bool
    large: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """One threshold as tested: the small model keeps what it is at least so sure of."""

    threshold: float
    passes: int
    escalated: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Escalation:
    """What the fresh examples prove about the pair."""

    verdict: Pairing  # Whether a threshold was found, and if not, why.
    chosen: Tried | None  # The threshold, None unless it holds.
    tried: tuple[Tried, ...]  # The thresholds tested, in order; the last may be the one that failed.
    of: int  # How many fresh examples there were.
    needed: int  # The fewest, all right, that could do.
    alpha: float  # The error of the claim.

    @property
    def share(self) -> float | None:
        """The share of the examples that the small model hands over."""
        return None if self.chosen is None else self.chosen.escalated / self.of

    @property
    def share_interval(self) -> tuple[float, float] | None:
        """A 95% interval for that share on new inputs (Clopper and Pearson), for the threshold taken as given."""
        if self.chosen is None:
            return None
        half = INTERVAL_ERROR / 2.0
        return lower_bound(self.chosen.escalated, self.of, half), upper_bound(self.chosen.escalated, self.of, half)

    def cost(self, small: float, large: float) -> float | None:
        """Return the pair's mean cost over the large model's alone: every input costs the small one's.

        Args:
            small: Seconds, or any other cost, of an answer of the small model.
            large: The same of the large one.
        """
        return None if self.share is None or large <= 0.0 else (small + self.share * large) / large


def thresholds(confidences: Iterable[float | None]) -> tuple[float, ...]:
    """Return thresholds that hand over everything, ever less, and nothing, by the quantiles of earlier confidences.

    They are the small model's on examples that had a part in the verdict, never on the fresh ones.
    """
    known = sorted(value for value in confidences if value is not None and not math.isnan(value))
    marks = {known[min(len(known) - 1, len(known) * step // STEPS)] for step in range(1, STEPS)} if known else set()
    return (math.inf, *sorted(marks, reverse=True), -math.inf)


def escalate(examples: Sequence[Both], fixed: Sequence[float], bar: float, alpha: float) -> Escalation:
    """Return the threshold that hands over least among those proven, if any.

    Args:
        examples: Fresh ones.
        fixed: Thresholds fixed beforehand, from handing over everything to nothing: descending.
        bar: The pass rate the pair must exceed.
        alpha: The chance allowed that the chosen pair does not.

    Raises:
        ValueError: if the thresholds do not descend.
    """
    if any(later > earlier for earlier, later in pairwise(fixed)):
        raise ValueError("thresholds must descend: from handing over everything to nothing")
    total, needed = len(examples), examples_needed(bar, alpha)
    tried: list[Tried] = []
    chosen: Tried | None = None
    for threshold in fixed if total >= needed else ():
        step = _try(examples, threshold, bar)
        tried.append(step)
        if step.p_value > alpha:
            break
        chosen = step
    verdict = Pairing.HOLDS if chosen else Pairing.NONE if total >= needed else Pairing.TOO_FEW
    return Escalation(verdict, chosen, tuple(tried), total, needed, alpha)


def _try(examples: Sequence[Both], threshold: float, bar: float) -> Tried:
    kept = [each.confidence is not None and each.confidence >= threshold for each in examples]
    passes = sum(each.small if keep else each.large for each, keep in zip(examples, kept, strict=True))
    return Tried(threshold, passes, len(kept) - sum(kept), at_least(passes, len(examples), bar))
