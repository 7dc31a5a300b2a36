"""The exact alpha-spending boundary for 0/1 outcomes with a fixed number of examples.

It tests H: true pass rate <= bar, for one candidate and N examples in a fixed order. By example n at most
alpha * (n / N)**rho of the error is spent, computed in the worst case, a true pass rate equal to the bar. Spending the
error over looks is from Lan and DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70 (1983)
659-663; the power family from Kim and DeMets, Biometrika 74 (1987) 149-154. The binomial recursion is exact: no normal
approximation.

Early spending may leave too little for one more failure at the end. So if rho = 2 costs power, rho is the smallest with
which the last look accepts as many failures as a single look would (`spending_power`): a function of N, the bar and the
level, and so known beforehand. With N = 100 and a bar of .9 at a level of .01, a model at .97 is certified with
probability .66 instead of .52 with rho = 2. Bounds (`lower_bound`) use
rho = 2, since they are reported at any stop; at the bar itself the certificate's own test decides, and below it a bound
has what that test leaves of the level (`reserve`), so that both together keep it.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.evidence import binomial

SPENDING_POWER = 2.0
SPENDING_POWERS = (SPENDING_POWER, 4.0, 8.0, 16.0, 32.0)
# Examples beyond which one more failure hardly matters.
MOST_SPENT_LATE = 300
NEVER = -1
AT_ONCE = 128
# The exact bound takes O(N²) time; beyond this many examples a bound from few looks is within a few thousandths of it.
MOST_EXACT = 2000
SURE_LOOKS = 20
# Bars at which the rest of a level is computed, and bisection steps of a bar.
RESERVES, HALVINGS = 100, 14
# Step of lowered bars, also with more than `MOST_EXACT` examples, and how far below a bar they are tested.
STEP, COARSE, REACH = 0.005, 0.02, 0.2
# A probability negligible at any level, the interval in examples after which such ones are cut off, and the distance
# of any rate from 0 and 1.
NOTHING, EVERY, TINY = 1e-30, 16, 1e-9


@lru_cache(maxsize=1024)
def _boundary(total: int, bar: float, alpha: float, power: float) -> tuple[int, ...]:
    # Only failure counts that can still be accepted matter.
    most = single_look(total, bar, alpha) + 1
    paths = _Paths(np.array([bar]), most)
    mass = paths.mass[0]
    spent = 0.0
    allowed: list[int] = []
    accepted = NEVER
    for n in range(1, total + 1):
        paths.go_on()
        budget = alpha * (n / total) ** power
        while accepted < most and spent + mass[accepted + 1] <= budget:
            accepted += 1
            spent += float(mass[accepted])
            paths.stop_below(accepted + 1)
        allowed.append(accepted)
    return tuple(allowed)


@lru_cache(maxsize=1024)
def spending_power(total: int, bar: float, alpha: float) -> float:
    """Return rho: the smallest of a few with which the last look accepts what a single look would, else infinity.

    ValueError if an argument is out of range.
    """
    _check(total, bar, alpha)
    if not 0 < total <= MOST_SPENT_LATE:
        return SPENDING_POWER
    most = single_look(total, bar, alpha)
    found = (power for power in SPENDING_POWERS if _boundary(total, bar, alpha, power)[-1] >= most)
    return next(found, math.inf)


def single_look(total: int, bar: float, alpha: float) -> int:
    """Return the most failures that a single look at all examples accepts (exact); -1 if not even zero."""
    tails = np.cumsum(binomial.distribution(total, np.array([1.0 - bar]))[0])
    return int(np.searchsorted(tails, alpha, side="right")) - 1


def spending_boundary(total: int, bar: float, alpha: float, power: float = SPENDING_POWER) -> NDArray[np.int64]:
    """Return, for n = 1..total, the most failures among the first n examples at which to accept.

    Args:
        total: N, the number of examples fixed beforehand.
        bar: the pass rate the candidate must exceed, in (0, 1).
        alpha: the probability allowed, over all looks, of accepting a candidate with a true pass rate of at most the
            bar.
        power: rho of the spending function.

    Returns:
        Integers of shape (total,), non-decreasing; -1 while nothing can be accepted.

    Raises:
        ValueError: if an argument is out of range.
    """
    _check(total, bar, alpha)
    return np.array(_boundary(total, bar, alpha, power), dtype=np.int64)


def _check(total: int, bar: float, alpha: float) -> None:
    if total < 0:
        raise ValueError(f"the number of examples must not be negative, not {total}")
    if not (0 < bar < 1 and 0 < alpha < 1):
        raise ValueError(f"bar and alpha must lie between 0 and 1, not {bar} and {alpha}")


def false_pass_rate(boundary: Sequence[int] | NDArray[np.int64], pass_rate: float) -> float:
    """Return the exact probability that a boundary ever accepts a candidate of this true pass rate.

    At a pass rate equal to the bar this is the false-pass rate, at a higher one the power. The binomial recursion is
    the boundary's own, on the given boundary.
    """
    return math.fsum(mass for _, _, mass in _stops(boundary, pass_rate))


def false_pass_rates(
    boundary: Sequence[int] | NDArray[np.int64], pass_rates: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the same probability for each of several true pass rates.

    From the paths at the highest one: all that stop at the same example with the same failures are equally probable, at
    any rate.
    """
    rates = np.clip(pass_rates, TINY, 1.0 - TINY)
    highest = float(rates.max())
    stops = list(_stops(boundary, highest))
    if not stops:
        return np.zeros(len(rates))
    n, failures, mass = np.array(stops).T
    passes, fails = np.log(rates / highest)[:, None], np.log((1.0 - rates) / (1.0 - highest))[:, None]
    return np.asarray(np.exp((n - failures) * passes + failures * fails) @ mass)


def _stops(boundary: Sequence[int] | NDArray[np.int64], pass_rate: float) -> Iterator[tuple[int, int, float]]:
    """Yield where paths at a pass rate are accepted: after how many examples, with how many failures, how probably."""
    # More failures than are ever accepted are cut off: no path from there is accepted.
    paths = _Paths(np.array([pass_rate]), max((int(each) for each in boundary), default=0))
    for n, allowed in enumerate(boundary, start=1):
        paths.go_on()
        for failures in range(paths.low, int(allowed) + 1):
            yield n, failures, float(paths.mass[0, failures])
        paths.stop_below(int(allowed) + 1)


class _Paths:
    """For each of several pass rates, the distribution of failures so far on paths that have not stopped.

    All columns of `mass` outside of `low` to `high` are zero. The last one has one more failure than `most`.
    """

    def __init__(self, pass_rates: NDArray[np.float64], most: int) -> None:
        self.mass = np.zeros((len(pass_rates), most + 2))
        self.mass[:, 0] = 1.0
        self.low, self.high = 0, 1
        self._passes, self._count = pass_rates[:, None], 0

    def go_on(self) -> None:
        """Add an example."""
        self._count += 1
        self.high = min(self.high + 1, self.mass.shape[1])
        part = self.mass[:, self.low : self.high]
        failed = part[:, :-1] * (1.0 - self._passes)
        part *= self._passes
        part[:, 1:] += failed
        if self._count % EVERY == 0:  # without negligible mass of many failures
            heavy = np.flatnonzero((part > NOTHING).any(axis=0))
            kept = int(heavy[-1]) + 1 if len(heavy) else 1
            part[:, kept:] = 0.0
            self.high = self.low + kept

    def stop_below(self, failures: int) -> None:
        if failures > self.low:
            self.mass[:, self.low : failures] = 0.0
            self.low = min(failures, self.mass.shape[1] - 1)
            self.high = max(self.high, self.low + 1)


class Reserve(NamedTuple):
    """The rest of a level for bars below one with its own test, because that test may accept them too.

    `levels` are those of ascending `bars`, up to the bar tested; a bar in between has the level of the next higher one.
    """

    bars: NDArray[np.float64]
    levels: NDArray[np.float64]

    def at(self, bars: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.levels[np.minimum(np.searchsorted(self.bars, bars), len(self.bars) - 1)]


def reserve(tests: Sequence[tuple[float, Sequence[int]]], bar: float, *, most: int = RESERVES) -> Reserve:
    """Return the least rest of the levels at lower bars that a bar's boundaries, each with its level, leave."""
    bars = np.linspace(0.0, bar, most + 1)
    left = (level - false_pass_rates(boundary, bars) for level, boundary in tests)
    return Reserve(bars, np.maximum(np.min(list(left), axis=0), 0.0))


def lower_bound(
    outcomes: Sequence[float],
    total: int,
    alpha: float,
    *,
    precision: float = 1e-4,
    start: float = 0.0,
    left: Reserve | None = None,
) -> float:
    """Return a lower confidence bound on the true pass rate, valid at any stop.

    Bars are from a grid. The boundary test with the same N and alpha has accepted every bar up to the bound so far, and
    not the next one. A true rate is tested at the next bar of the grid, whose test accepts it with probability at most
    alpha over all looks; the bound exceeds it only if that test has accepted (the duality of tests and confidence
    sets). Because outcomes are counts, a bar below an accepted one may be refused, so all of them are tested.

    Args:
        outcomes: passed or not, in the order probed.
        total: N, the number of examples fixed beforehand.
        alpha: the error of the bound.
        precision: the step of the grid.
        start: every bar up to this one is accepted by another test.
        left: the bars below one that another test refuses, each tested at the rest of alpha.
    """
    if not outcomes:
        return 0.0
    failures = np.cumsum(~np.asarray(outcomes, dtype=bool))
    if total > MOST_EXACT:
        return max(start, _by_looks(failures, total, alpha)) if left is None else _below(failures, total, left)
    surely = _accepted_surely(failures, total, alpha)
    last = round(1 / precision)
    if left is not None:
        last = math.ceil(left.bars[-1] / precision - 1e-6)
        # The rest decreases with the bar, so each lower bar has at least as much.
        most = min(surely, float(left.bars[-1]))
        level = float(left.at(np.array([most]))[0])
        surely = min(most, _accepted_surely(failures, total, level)) if level > 0.0 else 0.0
    first = int(max(start, surely) / precision + 1e-6) + 1
    for step in range(first, last, AT_ONCE):
        steps = np.arange(step, min(step + AT_ONCE, last))
        bars = np.asarray(steps * precision, dtype=np.float64)
        refused = ~_accepts(failures, total, bars, np.full(len(bars), alpha) if left is None else left.at(bars))
        if refused.any():
            return max(start, (int(steps[refused.argmax()]) - 1) * precision)
    return max(start, (last - 1) * precision)


def lowered(total: int, bar: float, floor: Sequence[int], left: Reserve) -> list[int]:
    """Return the most failures at which a bar is certified that is below the bar of a given boundary, the floor.

    It is certified if the floor certifies, or if the boundaries at the rest of the level do at each bar of a fixed grid
    down to `REACH` below this one. So if a model at p is certified for any bar up to p + REACH, it has passed the test
    of the grid's first bar above p; each further stretch of bars of that width adds the probability that a model passes
    a bar REACH above its rate: 2e-4 with 20 examples, below 1e-6 with 100.
    """
    step = STEP if total <= MOST_EXACT else COARSE
    highest = math.ceil(bar / step - 1e-6)
    lowest = max(1, highest - round(REACH / step))
    bars = np.minimum(np.arange(lowest, highest + 1) * step, left.bars[-1])
    most = _boundaries(total, bars, left.at(bars)).min(axis=0)
    return [max(pair) for pair in zip(floor, most.tolist(), strict=True)]


def _boundaries(total: int, bars: NDArray[np.float64], alphas: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the boundaries of several bars, each at its level, of shape (bars, total): `_boundary` vectorised."""
    most = single_look(total, float(bars.min()), float(alphas.max())) + 1
    return np.stack(list(_growing(total, bars, alphas, [most] * total)), axis=1)


def _growing(
    total: int, bars: NDArray[np.float64], alphas: NDArray[np.float64], most: Sequence[int] | NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Yield for each example the failures that each bar's boundary accepts by then, up to the limits `most`."""
    paths = _Paths(bars, int(most[-1]))
    mass = paths.mass
    spent, accepted, rows = np.zeros(len(bars)), np.full(len(bars), NEVER), np.arange(len(bars))
    for n, highest in enumerate(most, start=1):
        paths.go_on()
        budget = alphas * (n / total) ** SPENDING_POWER
        while True:
            following = np.minimum(accepted + 1, mass.shape[1] - 1)
            adds = mass[rows, following]
            grows = (accepted < highest) & (spent + adds <= budget) & (alphas > 0.0)
            if not grows.any():
                break
            spent += np.where(grows, adds, 0.0)
            mass[rows[grows], following[grows]] = 0.0
            accepted = np.where(grows, following, accepted)
        paths.stop_below(int(accepted.min()) + 1)
        yield accepted


def _below(failures: NDArray[np.int64], total: int, left: Reserve) -> float:
    """Return the highest bar, to a few digits, up to which all are accepted at their rest of the level."""
    low, high = 0.0, float(left.bars[-1])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        level = float(left.at(np.array([middle]))[0])
        # Lower bars have a larger rest, so they are accepted too.
        is_accepted = any(
            binomial.at_least(passed, n, middle) <= each for passed, n, each in _looks(failures, total, level)
        )
        low, high = (middle, high) if is_accepted else (low, middle)
    return low


def _by_looks(failures: NDArray[np.int64], total: int, alpha: float) -> float:
    """Return the best bound of some looks."""
    return max((binomial.lower_bound(*each) for each in _looks(failures, total, alpha)), default=0.0)


def _looks(failures: NDArray[np.int64], total: int, alpha: float) -> Iterator[tuple[int, int, float]]:
    """Yield passes, examples and level of some looks, each at the increment of the spending function since the last.

    Valid at any stop, since N fixes the looks and their levels sum to alpha. They grow by a fifth, so a stop between
    two leaves out at most a sixth of the outcomes.
    """
    looks = sorted({math.ceil(total * 2.0 ** (-step / 4)) for step in range(4 * total.bit_length())})
    for before, n in pairwise([0, *looks]):
        if n <= len(failures):
            yield n - int(failures[n - 1]), n, alpha * (n**2 - before**2) / total**2


def _accepted_surely(failures: NDArray[np.int64], total: int, alpha: float) -> float:
    """Return a bar up to which every bar is accepted, without computing their boundaries.

    At example n a number of failures is accepted, if not before, if its probability is at most the spending at n alone,
    because at most the budget at n - 1 is spent by then. That probability falls with the bar.
    """
    looks = {len(failures), *range(1, len(failures) + 1, max(1, len(failures) // SURE_LOOKS))}
    alone = {n: alpha * ((n / total) ** SPENDING_POWER - ((n - 1) / total) ** SPENDING_POWER) for n in looks}
    return max(binomial.lower_bound(n - int(failures[n - 1]), n, level) for n, level in alone.items())


def _accepts(
    failures: NDArray[np.int64], total: int, bars: NDArray[np.float64], alphas: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return for each bar whether its boundary, at its level, has accepted a path: `_boundary` vectorised.

    Boundaries beyond the path's failures need not be computed: they have accepted the path.
    """
    has = np.zeros(len(bars), dtype=bool)
    for accepted, had in zip(_growing(total, bars, alphas, failures), failures, strict=True):
        has |= accepted >= had
    return has


def examples_needed(bar: float, alpha: float) -> int:
    """Return the fewest examples that can certify: all passing, with bar**n <= alpha."""
    return int(np.ceil(np.log(alpha) / np.log(bar) - 1e-12))
