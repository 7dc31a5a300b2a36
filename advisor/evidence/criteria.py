"""What a bar can ask for, each as a test on one value an example; several at once need no further share of α.

A candidate passes when every criterion holds, each tested at the candidate's full level. If one of them is truly not
met, passing needs that one's false acceptance: chance at most the level (the intersection-union test of Berger,
"Multiparameter hypothesis testing and acceptance sampling", Technometrics 24 (1982) 295-300).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from advisor.evidence.betting import BettingTest
from advisor.evidence.sequential import Claim, Standing, nested
from advisor.evidence.spaced import spaced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.probe.protocol import Outcome


class LevelTest(Protocol):
    """A test of one criterion at one level of error."""

    @property
    def can_certify(self) -> bool:
        """Whether any values of these examples could certify."""
        ...

    @property
    def total(self) -> int:
        """How many values there will be with these examples, about."""
        ...

    @property
    def needed(self) -> int:
        """The fewest values, as good as can be, that certify."""
        ...

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return where the claim stands, and after how many values that was settled."""
        ...

    def lower_bound(self, values: Sequence[float]) -> float:
        """Return what the values prove."""
        ...


class Criterion(Protocol):
    """One thing the bar asks for."""

    @property
    def name(self) -> str:
        """For reports."""
        ...

    @property
    def bar(self) -> float:
        """What the mean of the values must exceed."""
        ...

    def value(self, outcome: Outcome) -> float | None:
        """Return the example's value within 0 and 1; None when this example does not count for the criterion."""
        ...

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the tests at ascending levels, nested: what a lower level accepts a higher one accepts.

        `total` is how many examples there are, `grows` says that more may be added.
        """
        ...


@dataclass(frozen=True, slots=True)
class MeanScore:
    """The mean score exceeds the bar: the betting test."""

    bar: float
    name: str = "mean score"

    def value(self, outcome: Outcome) -> float:
        """Return the score."""
        return outcome.score

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the betting tests, which are the same whether more come or not."""
        del grows
        return tuple(BettingTest(total, self.bar, level) for level in levels)


@dataclass(frozen=True, slots=True)
class Latency:
    """At least a share of answers come within a limit: with 0.95, the 95th percentile is within it. Needs no labels.

    Attributes:
        seconds: The limit.
        bar: The share; the percentile.
    """

    seconds: float
    bar: float = 0.95
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

    Attributes:
        reference: The reference's score on each example, by its id.
        margin: How much worse is still good enough, in [0, 1).
    """

    reference: Mapping[str, float]
    margin: float
    name: str = "non-inferiority"

    @property
    def bar(self) -> float:
        """What the mean of the values must exceed."""
        return (1.0 - self.margin) / 2.0

    def value(self, outcome: Outcome) -> float | None:
        """Return the pair's value, None where the reference has no score."""
        return (outcome.score - self.reference[outcome.id] + 1.0) / 2.0 if outcome.id in self.reference else None

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the betting tests, which are the same whether more come or not; pairs alone count."""
        del grows
        return tuple(BettingTest(min(total, len(self.reference)), self.bar, level) for level in levels)


@dataclass(frozen=True, slots=True)
class PartRate:
    """The pass rate on a part of the inputs, such as those of one label, exceeds a bar of its own.

    Which examples belong to the part is known before the first outcome. Given that, those examples are a sample of the
    part, in an order that chance fixed, so the exact boundary for as many examples as the part has is a test of its
    rate.

    Attributes:
        name: Of the part, for reports.
        bar: The pass rate required on it.
        members: The ids of its examples.
    """

    name: str
    bar: float
    members: frozenset[str]

    def value(self, outcome: Outcome) -> float | None:
        """Return whether the answer passed, None of an example that is no part of it."""
        return float(outcome.passed) if outcome.id in self.members else None

    def tests(self, total: int, levels: Sequence[float], *, grows: bool = False) -> tuple[LevelTest, ...]:
        """Return the exact tests for as many examples as the part has, nested."""
        return nested(max(1, min(total, len(self.members))), self.bar, levels, grows=grows)


@dataclass(frozen=True, slots=True)
class EveryOne:
    """Each of a fixed few examples must be right: they are counted, they are no sample, so this takes no error.

    Attributes:
        needed: How many there are.
    """

    needed: int

    @property
    def can_certify(self) -> bool:
        """It can be counted whatever their number."""
        return True

    @property
    def total(self) -> int:
        """All of them."""
        return self.needed

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return that it holds with the last one, or is given up at the first that is wrong."""
        del gives_up
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
