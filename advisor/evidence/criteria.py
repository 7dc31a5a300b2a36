"""Criteria of a bar, each a test of one value per example; several together need no further share of α.

A candidate passes if every criterion holds, each tested at the candidate's full level. If one of them is truly not met,
passing needs its false acceptance, with probability at most the level (the intersection-union test of Berger,
"Multiparameter hypothesis testing and acceptance sampling", Technometrics 24 (1982) 295-300).

Time limits: a busy machine slows several answers in a row, so only every fifth answer counts for the claim. A slow
spell is assumed to cover at most five answers: then it slows at most one counted answer, and counted answers are
independent if spells begin independently, with the same share of slow ones as all answers. Longer spells make counted
answers dependent too. This is tested with the runs test of Wald and Wolfowitz, "On a test whether two samples are from
the same population", Annals of Mathematical Statistics 11 (1940) 147-162: the share of all orders of the slow answers
with as few runs. While that is small nothing is certified, which can only lower the probability of a false claim. It
detects only spells that have occurred: a short run may have had none of spells much longer than five answers.
`python -m benchmarks.evidence` has figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from advisor.evidence import binomial, boundary
from advisor.evidence.binomial import log_factorials
from advisor.evidence.e_value import STAKES, examples_needed, lower_bound, mixed, stakes_of
from advisor.evidence.sequential import Claim, Standing, Test, nested

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.probe.protocol import Outcome


SPACING = 5
# Probability up to which so few runs of slow answers count as dependence; with room for rounding: 39 / 780 is one.
SUSPICIOUS = 0.05 * (1.0 + 1e-9)


@dataclass(frozen=True)
class SpacedTest:
    """A test of 0/1 values that counts every fifth one, starting at the fifth; the first four are warm-up."""

    counted: Test  # The test of the counted values.

    @property
    def can_certify(self) -> bool:
        return self.counted.can_certify

    @property
    def total(self) -> int:
        """Number of values with these examples, except the last few."""
        return SPACING * self.counted.total

    @property
    def needed(self) -> int:
        """The fewest values, all 1, that certify."""
        return SPACING * self.counted.needed

    @staticmethod
    def counting(values: Sequence[float]) -> Sequence[float]:
        return values[SPACING - 1 :: SPACING]

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return the standing of the claim, and the number of values that settled it."""
        every = self.counting(values)
        found = self.counted.certified(every, gives_up=gives_up, doubted=_doubts(every))
        return Standing(found.claim, len(values) if found.claim is Claim.OPEN else found.after * SPACING)

    def is_dependent(self, values: Sequence[float]) -> bool:
        """Return whether the counted values are detectably dependent."""
        every = self.counting(values)
        return bool(every) and _doubts(every)(len(every))

    def lower_bound(self, values: Sequence[float]) -> float:
        """Return the proven bound, 0 if the values are detectably dependent."""
        return 0.0 if self.is_dependent(values) else self.counted.lower_bound(self.counting(values))


def spaced(total: int, bar: float, levels: Sequence[float], *, grows: bool = False) -> tuple[SpacedTest, ...]:
    """Return one candidate's tests at its levels, lowest first, nested.

    A lower level certifies with no more slow answers than a higher one, and dependence is tested the same at all
    levels. The levels ascend; `grows` means that more examples may be added.
    """
    return tuple(SpacedTest(test) for test in nested(total // SPACING, bar, levels, grows=grows))


def _doubts(values: Sequence[float]) -> Callable[[int], bool]:
    """Return the function that says whether so many values, from the first, are detectably dependent."""
    slow = list(accumulate(int(not value) for value in values))
    begins = (not value and (at == 0 or bool(values[at - 1])) for at, value in enumerate(values))
    runs = list(accumulate(map(int, begins)))
    return lambda n: fewest_runs(n, slow[n - 1], runs[n - 1]) <= SUSPICIOUS


@lru_cache(maxsize=1 << 16)
def fewest_runs(total: int, slow: int, runs: int) -> float:
    """Return the probability that `slow` of `total` values in random order form at most `runs` runs."""
    if slow <= 1:
        return 1.0
    quick, logs = total - slow, log_factorials(1 << (total + 1).bit_length())
    # Ways to cut the slow ones into so many runs, and to put these between the quick ones.
    count = np.arange(1, min(runs, slow, quick + 1) + 1)
    cuts = logs[slow - 1] - logs[count - 1] - logs[slow - count]
    places = logs[quick + 1] - logs[count] - logs[quick + 1 - count]
    orders = logs[total] - logs[slow] - logs[quick]
    return min(1.0, float(np.exp(cuts + places - orders).sum()))


class LevelTest(Protocol):
    """A test of one criterion at one level of error."""

    @property
    def can_certify(self) -> bool:
        """Whether any values of these examples could certify."""

    @property
    def total(self) -> int:
        """Approximate number of values with these examples."""

    @property
    def needed(self) -> int:
        """The fewest values, all perfect, that certify."""

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return the standing of the claim, and the number of values that settled it."""

    def lower_bound(self, values: Sequence[float]) -> float:
        """Return the proven bound."""


class Criterion(Protocol):
    """One criterion of the bar."""

    @property
    def name(self) -> str:
        """Name in reports."""

    @property
    def bar(self) -> float:
        """The value that the mean must exceed."""

    def value(self, outcome: Outcome) -> float | None:
        """Return the example's value within 0 and 1; None if it does not count for the criterion."""

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the tests at ascending levels, nested: a higher level accepts all that a lower one accepts.

        `total` is the number of examples, `grows` means that more may be added.
        """


@dataclass(frozen=True, slots=True)
class MeanScore:
    """The mean score exceeds the bar: the betting test."""

    bar: float
    name: str = "mean score"

    def value(self, outcome: Outcome) -> float:
        return outcome.score

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the betting tests, which are the same whether more examples come or not."""
        return tuple(BettingTest(total, self.bar, level) for level in levels)


@dataclass(frozen=True, slots=True)
class Latency:
    """At least a share of answers are within a time limit: with 0.95, the 95th percentile is. Needs no labels."""

    seconds: float  # The limit.
    bar: float = 0.95  # The share, i.e. the percentile.
    name: str = "latency"

    def value(self, outcome: Outcome) -> float:
        """Return 1 if the answer came within the limit; an error counts as 0."""
        return float(outcome.error is None and outcome.seconds <= self.seconds)

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the tests of every fifth value, because slow answers come in spells."""
        return spaced(total, self.bar, levels, grows=grows)


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """On the same inputs the mean score is at most a margin below a reference model's.

    With x the candidate's score and y the reference's, (x - y + 1) / 2 lies within 0 and 1 and its mean exceeds
    (1 - margin) / 2 exactly when the mean of x - y exceeds -margin. Pairing removes the difficulty of inputs.
    """

    reference: Mapping[str, float]  # The reference's score on each example, by its id.
    margin: float  # The tolerated difference, in [0, 1).
    name: str = "non-inferiority"

    @property
    def bar(self) -> float:
        return (1.0 - self.margin) / 2.0

    def value(self, outcome: Outcome) -> float | None:
        """Return the pair's value, None if the reference has no score."""
        return (outcome.score - self.reference[outcome.id] + 1.0) / 2.0 if outcome.id in self.reference else None

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the betting tests, which are the same whether more examples come or not; only pairs count."""
        return tuple(BettingTest(min(total, len(self.reference)), self.bar, level) for level in levels)


@dataclass(frozen=True, slots=True)
class PartRate:
    """The pass rate on a part of the inputs, such as those of one label, exceeds its own bar.

    The part's examples are known before the first outcome. Given that, they are a sample of the part in random order,
    so the exact boundary for their number is a test of its rate. If texts have several labels, the rate of a label is
    its recall: the answer must name it, whatever else it names. The rate of a field is that of the examples that expect
    a value: how many answers make one up elsewhere is not known beforehand.
    """

    name: str  # Name of the part in reports.
    bar: float  # The pass rate required on it.
    members: frozenset[str]  # The ids of its examples.
    label: str | None = None  # One of several of an answer, which alone has to be found.
    score: str | None = None  # A field's score, which alone counts; fields in it have a dot and their names after it.

    def value(self, outcome: Outcome) -> float | None:
        """Return whether the answer passed, or has the label or field right; None for an example outside the part."""
        if outcome.id not in self.members:
            return None
        if self.score is not None:
            scores = [value for name, value in outcome.scores.items() if f"{name}.".startswith(f"{self.score}.")]
            return float(outcome.error is None and bool(scores) and all(value == 1.0 for value in scores))
        if self.label is None:
            return float(outcome.passed)
        return float(isinstance(outcome.output, list) and self.label in outcome.output)

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the nested exact tests for the part's number of examples."""
        return nested(max(1, min(total, len(self.members))), self.bar, levels, grows=grows)


@dataclass(frozen=True)
class AnswersTest:
    """The test of a rate among answers, whose number is known only when all examples have been asked.

    Given their number and places they are independent, so then the exact test of one look at that many holds:
    `at_end`. Before it nothing is certified.
    """

    bar: float
    alpha: float
    total: int  # Number of examples that expect the answer: how often a model says it that is always right.
    is_complete: bool = False  # Whether all have been asked; then `total` is the number of answers.

    @property
    def can_certify(self) -> bool:
        return self.needed <= self.total

    @property
    def needed(self) -> int:
        """The fewest answers, all right, that certify."""
        return boundary.examples_needed(self.bar, self.alpha)

    def at_end(self, answers: int) -> AnswersTest:
        """Return the test when all examples have been asked, which got so many answers."""
        return replace(self, total=answers, is_complete=True)

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return the standing of the claim, and the number of answers that settled it."""
        if not self.can_certify:
            return Standing(Claim.GIVEN_UP, 0)
        if not self.is_complete:
            return Standing(Claim.OPEN, len(values))
        holds = values.count(0.0) <= boundary.single_look(len(values), self.bar, self.alpha)
        return Standing(Claim.HOLDS if holds else Claim.GIVEN_UP, len(values))

    def lower_bound(self, values: Sequence[float]) -> float:
        """Return the proven rate: by bets until all have been asked."""
        if self.is_complete:
            return binomial.lower_bound(round(sum(values)), len(values), self.alpha)
        return lower_bound(values, self.alpha)


@dataclass(frozen=True, slots=True)
class Precision:
    """Of the inputs that get an answer, the share that expects it exceeds its own bar."""

    name: str  # Name in reports.
    bar: float  # The rate required.
    answer: str | float  # The answer, or one of several of it.
    members: frozenset[str]  # The ids of the examples that expect it.

    def value(self, outcome: Outcome) -> float | None:
        """Return whether the example expects the answer; None if the outcome is another one."""
        said = outcome.output if isinstance(outcome.output, list) else [outcome.output]
        return float(outcome.id in self.members) if self.answer in said else None

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the nested tests of a rate among answers."""
        return _of_answers(self.bar, len(self.members), total, levels, grows=grows)


@dataclass(frozen=True)
class MarksFound:
    """Of the texts in which a label is to be marked, the share with each of its marks found exceeds its own bar.

    A text counts once, however many marks it holds: those of one text are missed together.
    """

    name: str  # Name in reports.
    bar: float  # The rate required.
    expected: Mapping[str, frozenset[Any]]  # The label's marks by the ids of the examples that have some.
    read: Callable[[Any], frozenset[Any]]  # Returns the marks of an answer.

    def value(self, outcome: Outcome) -> float | None:
        """Return whether all of an example's marks are found; None for an example without any."""
        wanted = self.expected.get(outcome.id)
        return None if wanted is None else float(outcome.error is None and wanted <= self.read(outcome.output))

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the nested exact tests for the number of examples with the label."""
        return nested(max(1, min(total, len(self.expected))), self.bar, levels, grows=grows)


@dataclass(frozen=True)
class MarksRight:
    """Of the texts in which an answer marks a label, the share with all of these marks right exceeds its own bar."""

    name: str  # Name in reports.
    bar: float  # The rate required.
    expected: Mapping[str, frozenset[Any]]  # The label's marks by the ids of the examples that have some.
    read: Callable[[Any], frozenset[Any]]  # Returns the label's marks of an answer.

    def value(self, outcome: Outcome) -> float | None:
        """Return whether an answer's marks are all expected; None if it has none of the label."""
        said = self.read(outcome.output)
        return float(said <= self.expected.get(outcome.id, frozenset())) if said else None

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the nested tests of a rate among answers."""
        return _of_answers(self.bar, len(self.expected), total, levels, grows=grows)


def _of_answers(
    bar: float, expecting: int, total: int, levels: Sequence[float], *, grows: bool
) -> tuple[LevelTest, ...]:
    """Return the nested tests of a rate among answers, those by bets if more examples come: there is no end then."""
    if grows:
        return nested(total, bar, levels, grows=True)
    return tuple(AnswersTest(bar, level, expecting) for level in levels)


@dataclass(frozen=True, slots=True)
class EveryOne:
    """Each of a few fixed examples must be right: a count, not a sample, so it needs no share of the error."""

    needed: int  # Number of examples.

    @property
    def can_certify(self) -> bool:
        """Whether it can be counted: always."""
        return True

    @property
    def total(self) -> int:
        return self.needed

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return that it holds at the last one, or is given up at the first wrong one."""
        if 0.0 in values:
            return Standing(Claim.GIVEN_UP, values.index(0.0) + 1)
        return Standing(Claim.HOLDS if len(values) >= self.needed else Claim.OPEN, len(values))

    def lower_bound(self, values: Sequence[float]) -> float:
        """Return the share that is right; fixed examples need no bound."""
        return sum(values) / self.needed


def all_hold(standings: Sequence[Standing]) -> Standing:
    """Return the standing of the claim that every criterion holds.

    It is given up with the first criterion given up, and holds with the last that holds; later outcomes do not matter.
    ValueError if there is none.
    """
    if not standings:
        raise ValueError("a bar must ask for something")
    given_up = [standing.after for standing in standings if standing.claim is Claim.GIVEN_UP]
    if given_up:
        return Standing(Claim.GIVEN_UP, min(given_up))
    last = max(standing.after for standing in standings)
    held = all(standing.claim is Claim.HOLDS for standing in standings)
    return Standing(Claim.HOLDS if held else Claim.OPEN, last)


# Standard errors above the mean so far: if even such scores would not suffice, a candidate is given up.
OPTIMISM = 2.05
PRIOR_WEIGHT = 10.0


@dataclass(frozen=True)
class BettingTest:
    """The fixed test of one candidate: bar and level. `total` is the current number of examples.

    The levels are nested: a higher one needs less wealth.
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
        """Return the standing of the claim and the example that settled it; more examples may open it again.

        With `gives_up` an unlikely claim is settled; if not, later values still count.
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
        """Return the proven mean at this level, valid at any stop."""
        return lower_bound(values, self.alpha)

    def _futile(self, values: NDArray[np.float64], stakes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return, after each example, whether even optimistic scores for the rest would not certify.

        The mean so far is shrunk towards the bar by the weight of ten examples; for a given mean, equal scores maximise
        the growth of the wealth (the logarithm is concave).
        """
        n = np.arange(1, len(values) + 1)
        mean = (np.cumsum(values) + PRIOR_WEIGHT * self.bar) / (n + PRIOR_WEIGHT)
        spread = (np.cumsum(values**2) + PRIOR_WEIGHT * self.bar) / (n + PRIOR_WEIGHT) - mean**2
        left = np.maximum(0, self.total - n)
        # Error of the mean so far and of the mean to come, taken as equal: so more examples never close a claim.
        error = np.sqrt(2.0 * np.maximum(spread, 0.0) / (n + PRIOR_WEIGHT))
        hopeful = np.minimum(1.0, mean + OPTIMISM * error)
        with np.errstate(divide="ignore"):
            grown = np.log(1.0 - STAKES + STAKES * hopeful[:, None] / self.bar) * left[:, None]
        reachable = np.maximum(mixed(stakes + grown), mixed(stakes))
        unbroken = values.cumprod() > 0.0  # as for the boundary: nothing is given up before the first failure
        return np.asarray((reachable < -math.log(self.alpha)) & ~(unbroken & (mean > self.bar)))
