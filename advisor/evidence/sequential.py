"""Sequential tests of one candidate as its outcomes arrive, in a fixed order.

Two claims are tested on the same outcomes. *Certified*: the true pass rate exceeds the bar, at the candidate's share of
alpha, by the spending boundary, or by betting if more examples may come. *Examples*: at least the bar's share of this
finite set passes; it is settled by counting and cannot be wrong. The first is about new inputs like these, the second
only about these.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

from advisor.evidence import boundary, e_value, futility
from advisor.evidence.boundary import Reserve

# Share of the level for the exact boundary of the first look if examples may be added; the rest is for bets on all.
# With one fifth for the bets a model at .97 is certified at the first look of 100 examples (bar .9, level .05) with
# probability .84 instead of .57 with bets alone; later it costs power: at .95 after 500 it is .83 instead of .92.
FIRST_LOOK = 0.8
# Keeps the bound below a bar that is not certified.
BELOW = 1e-4
# How many bounds of a test are kept, of all candidates that share it.
MOST_KEPT = 64


class Verdict(StrEnum):
    """What the outcomes so far prove about a candidate.

    "Fails": proven below the bar, or unable to run. "Given up": unlikely to be certified, which proves nothing. "Not
    measured": a circumstance outside the model ended its probe before the outcomes settled anything.
    """

    PASSES = "passes"
    FAILS = "fails"
    GIVEN_UP = "given up"
    UNDECIDED = "undecided"
    NOT_MEASURED = "not measured"


class Strength(StrEnum):
    """Strength of an answer's claim, weakest first."""

    PROVISIONAL = "provisional"
    EXAMPLES = "examples"
    CERTIFIED = "certified"

    def reaches(self, required: Strength) -> bool:
        order = list(Strength)
        return order.index(self) >= order.index(required)


class Claim(StrEnum):
    """State of a claim."""

    HOLDS = "holds"
    OPEN = "open"
    GIVEN_UP = "given up"


class Standing(NamedTuple):
    """State of a claim, and the number of outcomes that settled it (or all of them while it is open)."""

    claim: Claim
    after: int


@dataclass(frozen=True)
class Test:
    """The test of one candidate, fixed before its first outcome: N, the bar, and a level.

    `above` is the same candidate's test at its next higher possible level. Counts are discrete, so the boundary of a
    lower level could accept more than that of a higher one; the minimum of the two is used, which makes the levels
    nested and each of them more conservative.

    If the examples grow, `total` is their current number, and the test is that of `advisor.evidence.e_value`, by bets,
    over all that ever come. With `first`, the number at the first look, four fifths of the level go to the exact
    boundary of that look and one fifth to the bets; either certifies, and by Boole's inequality the probability of a
    false certificate is at most the level. These limits do not depend on later numbers. Only giving up uses `total`:
    it means "not with these examples", and with more of them a candidate is never given up earlier.

    `power` is rho, which says how late the level is spent; None: as late as necessary for this level alone. `before` is
    the same candidate's test at a higher bar, on the same outcomes: this one is `boundary.lowered` at the rest of its
    level. So a bound on the rate and certificates at this bar or lowered ones belong to one family of tests: if the
    bound reaches a bar, it is certified, and if it is not certified, the bound is below it.
    """

    total: int
    bar: float
    alpha: float
    above: Test | None = None
    grows: bool = False
    first: int = 0
    power: float | None = None
    before: Test | None = None

    __test__ = False  # not a test case for pytest, despite the name

    @cached_property
    def boundary(self) -> tuple[int, ...]:
        """The most failures at which to certify, for n = 1..N; -1: not yet."""
        if self.before is not None:
            return tuple(boundary.lowered(self.total, self.bar, self.before.boundary, self.before.left))
        own = self._growing if self.grows else _exact(self.total, self.bar, self.alpha, self.power)
        if self.above is None:
            return tuple(own)
        return tuple(min(pair) for pair in zip(own, self.above.boundary, strict=True))

    @property
    def _growing(self) -> list[int]:
        bets = e_value.most_failures(self.total, self.bar, self._on_bets)
        exact = self.at_first.boundary[: self.total]
        return [max(pair) for pair in zip(exact, bets, strict=False)] + list(bets[len(exact) :])

    @cached_property
    def at_first(self) -> Test:
        """The exact test of the first look, if examples grow; of no examples with bets alone."""
        above = None if self.above is None else self.above.at_first
        return Test(self.first, self.bar, FIRST_LOOK * self.alpha, above, power=self.power)

    @property
    def _on_bets(self) -> float:
        """The part of the level for bets, if examples grow."""
        return (1.0 - FIRST_LOOK) * self.alpha if self.first else self.alpha

    @cached_property
    def tolerated(self) -> int:
        """The most failures among all N examples at which this finite set still passes the bar."""
        return math.floor(self.total * (1.0 - self.bar) + 1e-9)

    @cached_property
    def _census(self) -> tuple[int, ...]:
        return (*(-1 for _ in range(self.total - 1)), self.tolerated) if self.total else ()

    # Cached: it is used for every outcome of every candidate after every batch, and hashing a boundary is slower.
    @cached_property
    def _goes_on(self) -> tuple[int, ...]:
        return futility.most_failures(self.boundary, self.bar)

    @cached_property
    def _goes_on_here(self) -> tuple[int, ...]:
        return futility.most_failures(self._census, self.bar)

    @cached_property
    def can_certify(self) -> bool:
        return max(self.boundary, default=-1) >= 0

    @property
    def in_a_row(self) -> int | None:
        """After how many passes from the first on these examples certify: late, where the level is spent late."""
        return next((n for n, most in enumerate(self.boundary, start=1) if most >= 0), None)

    @property
    def needed(self) -> int:
        """The fewest examples of a set that certifies if all pass; of a larger one more may be asked: `in_a_row`."""
        if self.grows and self.first:
            at_first = boundary.examples_needed(self.bar, FIRST_LOOK * self.alpha)
            if at_first <= self.first or self.total <= self.first:
                return at_first
        return examples_needed(self.bar, self._on_bets if self.grows else self.alpha, grows=self.grows)

    def certified(
        self, outcomes: Sequence[float], *, gives_up: bool = True, doubted: Callable[[int], bool] | None = None
    ) -> Standing:
        """Return the state of the certified claim and the outcome that settled it.

        With `gives_up` an unlikely claim is settled; if not, later outcomes still count. So many outcomes as are
        `doubted`, from the first, are unreliable: then nothing is certified there.
        """
        if not self.can_certify:
            return Standing(Claim.GIVEN_UP, 0)
        failures, boundary, goes_on = 0, self.boundary, self._goes_on
        for n, passed in enumerate(outcomes, start=1):
            failures += not passed
            if failures <= boundary[n - 1] and not (doubted and doubted(n)):
                return Standing(Claim.HOLDS, n)
            if gives_up and failures > goes_on[n]:
                return Standing(Claim.GIVEN_UP, n)
        return Standing(Claim.OPEN, len(outcomes))

    def examples(self, outcomes: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return the state of the claim about this finite set: settled by counting, or given up if unlikely."""
        failures, tolerated, goes_on = 0, self.tolerated, self._goes_on_here
        for n, passed in enumerate(outcomes, start=1):
            failures += not passed
            if failures > tolerated or (gives_up and n < self.total and failures > goes_on[n]):
                return Standing(Claim.GIVEN_UP, n)
        return Standing(Claim.HOLDS if len(outcomes) == self.total else Claim.OPEN, len(outcomes))

    def lower_bound(self, outcomes: Sequence[float]) -> float:
        """Return the proven pass rate at the candidate's share of alpha, valid at any stop."""
        return self._bound(tuple(outcomes), is_upper=False)

    def upper_bound(self, outcomes: Sequence[float]) -> float:
        """Return the refuted pass rate, at the same share and stop: the lower bound with failures as passes."""
        return self._bound(tuple(outcomes), is_upper=True)

    def _bound(self, outcomes: tuple[float, ...], *, is_upper: bool) -> float:
        """Return one of both: a fifth of a second with many examples, and decision, report and pages show the same."""
        kept, key = self._bounds, (outcomes, is_upper)
        if key not in kept:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[key] = self._refuted(outcomes) if is_upper else self._proven(outcomes)
        return kept[key]

    @cached_property
    def _bounds(self) -> dict[tuple[tuple[float, ...], bool], float]:
        return {}

    def _proven(self, outcomes: Sequence[float]) -> float:
        if not self.grows:
            is_certified = self.certified(outcomes, gives_up=False).claim is Claim.HOLDS
            if self.before is not None:
                bound = self.before.lower_bound(outcomes)
                return max(bound, self.bar) if is_certified else min(bound, self.bar - BELOW)
            if is_certified:
                return boundary.lower_bound(outcomes, self.total, self.alpha, start=self.bar)
            return boundary.lower_bound(outcomes, self.total, self.alpha, left=self.left)
        bets = e_value.lower_bound([float(passed) for passed in outcomes], self._on_bets)
        return max(bets, self.at_first.lower_bound(outcomes[: self.first]))

    def _refuted(self, outcomes: Sequence[float]) -> float:
        failed = [not passed for passed in outcomes]
        if not self.grows:
            return 1.0 - boundary.lower_bound(failed, self.total, self.alpha)
        exact = boundary.lower_bound(failed[: self.first], self.first, FIRST_LOOK * self.alpha)
        return 1.0 - max(exact, e_value.lower_bound([float(each) for each in failed], self._on_bets))

    @cached_property
    def left(self) -> Reserve:
        """The rest of the level for lower bars, for all of the candidate's possible levels."""
        tests = [(self.alpha, self.boundary)]
        higher = self.above
        while higher is not None:
            tests.append((higher.alpha, higher.boundary))
            higher = higher.above
        return boundary.reserve(tests, self.bar)


def _exact(total: int, bar: float, alpha: float, power: float | None) -> list[int]:
    """Return the boundary, by default with the level spent late enough to accept what a single look would."""
    late = boundary.spending_power(total, bar, alpha) if power is None else power
    return list(boundary.spending_boundary(total, bar, alpha, late).tolist())


def examples_needed(bar: float, alpha: float, wrong: int = 0, *, grows: bool = False) -> int:
    """Return the fewest examples that certify with `wrong` failures: for a fixed number, or by bets alone."""
    fewest = e_value.examples_needed(bar, alpha) if grows else boundary.examples_needed(bar, alpha)
    if not wrong:
        return fewest

    def allows(total: int) -> bool:
        return Test(total, bar, alpha, grows=grows).boundary[-1] >= wrong

    low, high = fewest, fewest + wrong
    while not allows(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if allows(middle) else (middle, high)
    return high


class Before(NamedTuple):
    """A candidate's test in the run whose outcomes are reused: its bar, and its levels there, lowest first."""

    bar: float
    levels: tuple[float, ...]


def nested(
    total: int,
    bar: float,
    levels: Sequence[float],
    *,
    grows: bool = False,
    first: int = 0,
    own: float | None = None,
    before: Before | None = None,
) -> tuple[Test, ...]:
    """Return one candidate's tests at its levels, lowest first, nested.

    Args:
        total: N, the number of examples: fixed beforehand, or the current one.
        bar: The pass rate to exceed.
        levels: Levels, ascending.
        grows: Whether more examples may be added later.
        first: Number of examples at the first look, if they grow; 0: bets alone.
        own: The candidate's own share, which determines how late the levels are spent; default: the lowest level. It
            is the same for all levels, so that their tests are nested.
        before: The run whose outcomes are reused at this bar, by its own share alone, if this is a lowered one.
    """
    return _nested(total, bar, tuple(levels), grows, first, own, before)


# Tests with thousands of examples take a second to compute, and plan and report use the same ones.
@lru_cache(maxsize=256)
def _nested(  # noqa: PLR0917  what is cached has places alone
    total: int,
    bar: float,
    levels: tuple[float, ...],
    grows: bool,  # noqa: FBT001
    first: int,
    own: float | None,
    before: Before | None,
) -> tuple[Test, ...]:
    if before is not None and bar < before.bar:
        return (Test(total, bar, levels[0], before=nested(total, before.bar, before.levels)[0]),)
    share = (own or levels[0]) * (FIRST_LOOK if first else 1.0)
    power = None if grows and not first else boundary.spending_power(first or total, bar, share)
    tests: list[Test] = []
    for level in reversed(levels):
        tests.append(Test(total, bar, level, tests[-1] if tests else None, grows, first, power))
    return tuple(reversed(tests))
