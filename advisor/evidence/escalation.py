"""Escalation: a small model answers if it is confident and hands the rest to a larger one.

The confidence threshold is chosen by Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then Test:
calibrating predictive algorithms to achieve risk control" (2021), with fixed-sequence testing). The thresholds are
fixed beforehand, from "hand over everything" to "hand over nothing"; the null hypothesis of each is that the pair's
true pass rate is at most the bar, its p-value the exact binomial tail. They are tested in that order, each at the full
α, up to the first that is not rejected. The last rejected one is chosen. The probability that its pair is truly at or
below the bar is at most α: if any true null hypothesis is rejected, the first true one in the order is. The examples
must be fresh: not used in choosing the two models or the thresholds.

This is a separate claim, with its own α, in addition to the recommendation's.
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
    """Result of the search for a threshold."""

    HOLDS = "holds"
    TOO_FEW = "too few examples"
    NONE = "no threshold passes"


@dataclass(frozen=True, slots=True)
class Both:
    """One fresh example: the small model's confidence, and whether each model was right.

    `confidence` is None if the small model has none: then it always hands over.
    """

    confidence: float | None
    small: bool
    large: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """One tested threshold: the small model keeps examples with at least this confidence."""

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
    of: int  # Number of fresh examples.
    needed: int  # The fewest, all right, that could suffice.
    alpha: float  # The error of the claim.

    @property
    def share(self) -> float | None:
        """The share of the examples that the small model hands over."""
        return None if self.chosen is None else self.chosen.escalated / self.of

    @property
    def share_interval(self) -> tuple[float, float] | None:
        """A 95% interval for that share on new inputs (Clopper and Pearson), for the given threshold."""
        if self.chosen is None:
            return None
        half = INTERVAL_ERROR / 2.0
        return lower_bound(self.chosen.escalated, self.of, half), upper_bound(self.chosen.escalated, self.of, half)

    def cost(self, small: float, large: float) -> float | None:
        """Return the pair's mean cost relative to the large model's alone: every input costs the small one's.

        Costs are seconds, or any other, of an answer of each.
        """
        return None if self.share is None or large <= 0.0 else (small + self.share * large) / large


def thresholds(confidences: Iterable[float | None]) -> tuple[float, ...]:
    """Return thresholds from handing over everything to nothing, by the quantiles of earlier confidences.

    These are the small model's on examples used for the verdict, never on the fresh ones.
    """
    known = sorted(value for value in confidences if value is not None and not math.isnan(value))
    marks = {known[min(len(known) - 1, len(known) * step // STEPS)] for step in range(1, STEPS)} if known else set()
    return (math.inf, *sorted(marks, reverse=True), -math.inf)


def escalate(examples: Sequence[Both], fixed: Sequence[float], bar: float, alpha: float) -> Escalation:
    """Return the proven threshold that hands over least, if any, by fresh examples.

    The thresholds are `fixed` beforehand and descend: from handing over everything to nothing (else ValueError). The
    pair must exceed the bar; the probability that the chosen one does not is at most `alpha`.
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
