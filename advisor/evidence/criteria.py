"""What a bar can ask for, each as a test on one value an example; several at once need no further share of α.

A candidate passes when every criterion holds, each tested at the candidate's full level. If one of them is truly not
met, passing needs that one's false acceptance: chance at most the level (the intersection-union test of Berger,
"Multiparameter hypothesis testing and acceptance sampling", Technometrics 24 (1982) 295-300).

Time limits: a busy machine slows several answers in a row, so every fifth answer alone counts for the claim. It is
assumed that a slow spell holds no more than five answers: then it slows at most one of those that count, and these are
independent where spells begin independently, with the same share of slow ones as all answers have. Longer spells make
those that count dependent too. That is looked for with the runs test of Wald and Wolfowitz, "On a test whether two
samples are from the same population", Annals of Mathematical Statistics 11 (1940) 147-162: of all orders of so many
slow answers, how few have them in so few runs. While that is rare nothing is certified, which can only lower the chance
of a false claim. It sees spells that came, not those that did not come yet: of spells much longer than five answers a
short run may have had none. `python -m benchmarks.evidence` has figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

import numpy as np

from advisor.evidence.e_value import STAKES, examples_needed, lower_bound, mixed, stakes_of
from advisor.evidence.sequential import Claim, Standing, Test, nested

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from advisor.probe.protocol import Outcome


SPACING = 5
# So rarely would independent slow answers stand in so few runs.
SUSPICIOUS = 0.05


@dataclass(frozen=True)
class SpacedTest:
    """A test of 0/1 values that counts every fifth one, starting at the fifth; those before it are warm-up."""

    counted: Test  # The test of those that count.

    @property
    def can_certify(self) -> bool:
        return self.counted.can_certify

    @property
    def total(self) -> int:
        """How many values there will be with these examples, but for the last few."""
        return SPACING * self.counted.total

    @property
    def needed(self) -> int:
        """The fewest values, all 1, that certify."""
        return SPACING * self.counted.needed

    @staticmethod
    def counting(values: Sequence[float]) -> Sequence[float]:
        return values[SPACING - 1 :: SPACING]

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return where the claim stands, and after how many values that was settled."""
        every = self.counting(values)
        found = self.counted.certified(every, gives_up=gives_up, doubted=_doubted(every))
        return Standing(found.claim, len(values) if found.claim is Claim.OPEN else found.after * SPACING)

    def is_dependent(self, values: Sequence[float]) -> bool:
        """Return whether the values that count are seen to depend on each other."""
        doubted = _doubted(self.counting(values))
        return bool(doubted) and doubted[-1]

    def lower_bound(self, values: Sequence[float]) -> float:
        """Return what the values prove, 0 where they are seen to depend on each other."""
        return 0.0 if self.is_dependent(values) else self.counted.lower_bound(self.counting(values))


def spaced(total: int, bar: float, levels: Sequence[float], *, grows: bool = False) -> tuple[SpacedTest, ...]:
    """Return one candidate's tests at its levels, lowest first, nested.

    A lower level certifies with no more slow answers than a higher one, and doubts are the same at all levels. The
    levels ascend; `grows` says that more examples may be added.
    """
    return tuple(SpacedTest(test) for test in nested(total // SPACING, bar, levels, grows=grows))


def _doubted(values: Sequence[float]) -> list[bool]:
    """Return after each value whether those so far are seen to depend on each other."""
    slow = list(accumulate(int(not value) for value in values))
    begins = (not value and (at == 0 or bool(values[at - 1])) for at, value in enumerate(values))
    return [
        fewest_runs(n, count, runs) <= SUSPICIOUS
        for n, (count, runs) in enumerate(zip(slow, accumulate(map(int, begins)), strict=True), start=1)
    ]


@lru_cache(maxsize=4096)
def fewest_runs(total: int, slow: int, runs: int) -> float:
    """Return the chance that so many slow values of all, in an order by chance, stand in at most so many runs."""
    if slow <= 1:
        return 1.0
    orders = sum(math.comb(slow - 1, r - 1) * math.comb(total - slow + 1, r) for r in range(1, runs + 1))
    return orders / math.comb(total, slow)


class LevelTest(Protocol):
    """A test of one criterion at one level of error."""

    @property
    def can_certify(self) -> bool:
        """Whether any values of these examples could certify."""

    @property
    def total(self) -> int:
        """How many values there will be with these examples, about."""

    @property
    def needed(self) -> int:
        """The fewest values, as good as can be, that certify."""

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return where the claim stands, and after how many values that was settled."""

    def lower_bound(self, values: Sequence[float]) -> float:
        """Return what the values prove."""


class Criterion(Protocol):
    """One thing the bar asks for."""

    @property
    def name(self) -> str:
        """For reports."""

    @property
    def bar(self) -> float:
        """What the mean of the values must exceed."""

    def value(self, outcome: Outcome) -> float | None:
        """Return the example's value within 0 and 1; None when this example does not count for the criterion."""

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the tests at ascending levels, nested: what a lower level accepts a higher one accepts.

        `total` is how many examples there are, `grows` says that more may be added.
        """


@dataclass(frozen=True, slots=True)
class MeanScore:
    """The mean score exceeds the bar: the betting test."""

    bar: float
    name: str = "mean score"

    def value(self, outcome: Outcome) -> float:
        return outcome.score

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the betting tests, which are the same whether more come or not."""
        return tuple(BettingTest(total, self.bar, level) for level in levels)


@dataclass(frozen=True, slots=True)
class Latency:
    """At least a share of answers come within a limit: with 0.95, the 95th percentile is within it. Needs no labels."""

    seconds: float  # The limit.
    bar: float = 0.95  # The share; the percentile.
    name: str = "latency"

    def value(self, outcome: Outcome) -> float:
        """Return 1 if the answer came within the limit; an example that erred did not."""
        return float(outcome.error is None and outcome.seconds <= self.seconds)

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the tests of every fifth value: slow answers come in spells."""
        return spaced(total, self.bar, levels, grows=grows)


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """On the same inputs the mean score is no more than a margin below a reference model's.

    With x the candidate's score and y the reference's, (x - y + 1) / 2 lies within 0 and 1 and its mean exceeds
    (1 - margin) / 2 exactly when the mean of x - y exceeds -margin. Pairing takes out how hard each input is.
    """

    reference: Mapping[str, float]  # The reference's score on each example, by its id.
    margin: float  # How much worse is still good enough, in [0, 1).
    name: str = "non-inferiority"

    @property
    def bar(self) -> float:
        return (1.0 - self.margin) / 2.0

    def value(self, outcome: Outcome) -> float | None:
        """Return the pair's value, None where the reference has no score."""
        return (outcome.score - self.reference[outcome.id] + 1.0) / 2.0 if outcome.id in self.reference else None

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the betting tests, which are the same whether more come or not; pairs alone count."""
        return tuple(BettingTest(min(total, len(self.reference)), self.bar, level) for level in levels)


@dataclass(frozen=True, slots=True)
class PartRate:
    """The pass rate on a part of the inputs, such as those of one label, exceeds a bar of its own.

    Which examples belong to the part is known before the first outcome. Given that, those examples are a sample of the
    part, in an order that chance fixed, so the exact boundary for as many examples as the part has is a test of its
    rate.
    """

    name: str  # Of the part, for reports.
    bar: float  # The pass rate required on it.
    members: frozenset[str]  # The ids of its examples.

    def value(self, outcome: Outcome) -> float | None:
        """Return whether the answer passed, None of an example that is no part of it."""
        return float(outcome.passed) if outcome.id in self.members else None

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the exact tests for as many examples as the part has, nested."""
        return nested(max(1, min(total, len(self.members))), self.bar, levels, grows=grows)


@dataclass(frozen=True, slots=True)
class EveryOne:
    """Each of a fixed few examples must be right: they are counted, they are no sample, so this takes no error."""

    needed: int  # How many there are.

    @property
    def can_certify(self) -> bool:
        """It can be counted whatever their number."""
        return True

    @property
    def total(self) -> int:
        return self.needed

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return that it holds with the last one, or is given up at the first that is wrong."""
        if 0.0 in values:
            return Standing(Claim.GIVEN_UP, values.index(0.0) + 1)
        return Standing(Claim.HOLDS if len(values) >= self.needed else Claim.OPEN, len(values))

    def lower_bound(self, values: Sequence[float]) -> float:
        """Return the share that is right: of a fixed few, no bound is needed."""
        return sum(values) / self.needed


def all_hold(standings: Sequence[Standing]) -> Standing:
    """Return where the claim stands that every criterion holds.

    It is given up at the first criterion that is, and holds with the last. Later outcomes change neither.

    Raises:
        ValueError: if there is none.
    """
    if not standings:
        raise ValueError("a bar must ask for something")
    given_up = [standing.after for standing in standings if standing.claim is Claim.GIVEN_UP]
    if given_up:
        return Standing(Claim.GIVEN_UP, min(given_up))
    last = max(standing.after for standing in standings)
    held = all(standing.claim is Claim.HOLDS for standing in standings)
    return Standing(Claim.HOLDS if held else Claim.OPEN, last)


# A candidate is given up when scores all at this many standard errors above the mean so far would not suffice.
OPTIMISM = 2.05
PRIOR_WEIGHT = 10.0


@dataclass(frozen=True)
class BettingTest:
    """What is fixed for one candidate: the bar and a level. `total` is how many examples there are now.

    The levels are nested by themselves: a higher one asks for less wealth.
    """

    total: int
    bar: float
    alpha: float

    @property
    def can_certify(self) -> bool:
        return self.total >= self.needed

    @property
    def needed(self) -> int:
        """The fewest examples, all with a score of 1, that certify."""
        return examples_needed(self.bar, self.alpha)

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return where the claim stands and at which example it was settled; more examples may open it again.

        Args:
            values: In their order.
            gives_up: Whether being unlikely settles it; if not, what comes after still counts.
        """
        if not self.can_certify:
            return Standing(Claim.GIVEN_UP, 0)
        if not len(values):
            return Standing(Claim.OPEN, 0)
        stakes = stakes_of(values, self.bar)
        holds = mixed(stakes) >= -math.log(self.alpha)
        ends = holds | self._futile(np.asarray(values, dtype=np.float64), stakes) if gives_up else holds
        if not ends.any():
            return Standing(Claim.OPEN, len(values))
        first = int(ends.argmax())
        return Standing(Claim.HOLDS if holds[first] else Claim.GIVEN_UP, first + 1)

    def lower_bound(self, values: Sequence[float]) -> float:
        """Return the mean that the scores prove at this level, at any stop."""
        return lower_bound(values, self.alpha)

    def _futile(self, values: NDArray[np.float64], stakes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return, after each example, whether even hopeful scores for the rest would not certify.

        The mean so far is drawn towards the bar by the weight of ten examples; for a given mean equal scores make the
        wealth grow most (the logarithm is concave).
        """
        n = np.arange(1, len(values) + 1)
        mean = (np.cumsum(values) + PRIOR_WEIGHT * self.bar) / (n + PRIOR_WEIGHT)
        spread = (np.cumsum(values**2) + PRIOR_WEIGHT * self.bar) / (n + PRIOR_WEIGHT) - mean**2
        left = np.maximum(0, self.total - n)
        # Of the mean so far and of the mean to come, taken as equally uncertain: so more examples never close a claim.
        error = np.sqrt(2.0 * np.maximum(spread, 0.0) / (n + PRIOR_WEIGHT))
        hopeful = np.minimum(1.0, mean + OPTIMISM * error)
        with np.errstate(divide="ignore"):
            grown = np.log(1.0 - STAKES + STAKES * hopeful[:, None] / self.bar) * left[:, None]
        reachable = np.maximum(mixed(stakes + grown), mixed(stakes))
        unbroken = values.cumprod() > 0.0  # as with the boundary: nothing is given up before the first failure
        return np.asarray((reachable < -math.log(self.alpha)) & ~(unbroken & (mean > self.bar)))
