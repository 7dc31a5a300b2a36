"""The exact alpha-spending boundary for 0/1 outcomes with a fixed number of examples.

The test is of H: true pass rate <= bar, one candidate, N examples in a fixed order. By example n at most
alpha * (n / N)**rho of the error is spent, computed at the worst case, a true pass rate equal to the bar. The idea of
spending the error over looks is Lan and DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70
(1983) 659-663; the power family is that of Kim and DeMets, Biometrika 74 (1987) 149-154. The binomial recursion is
exact: no normal approximation.

What is spent early may leave too little for one failure more at the end. So where rho = 2 costs power, it is the least
at which the last look accepts as many failures as a single look would (`spending_power`): a function of N, the bar and
the level, and so known beforehand. With N = 100 and a bar of .9 at a level of .01, a model at .97 is certified with
chance .66 where rho = 2 would make it .52. Bounds (`lower_bound`) use rho = 2, since they are reported at any stop.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from advisor.evidence import binomial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SPENDING_POWER = 2.0
SPENDING_POWERS = (SPENDING_POWER, 4.0, 8.0, 16.0, 32.0)
# With more examples one failure more or less hardly matters.
MOST_SPENT_LATE = 300
NEVER = -1
AT_ONCE = 128
# The exact bound takes time by N squared; with more examples one by few looks is within a few thousandths of it.
MOST_EXACT = 2000
SURE_LOOKS = 20


@lru_cache(maxsize=1024)
def _boundary(total: int, bar: float, alpha: float, power: float) -> tuple[int, ...]:
    # mass[f]: probability, at a pass rate equal to the bar, of f failures so far without having been accepted.
    # Only failure counts that can still be accepted matter; the mass beyond them is cut off.
    width = single_look(total, bar, alpha) + 3
    mass = np.zeros(width)
    mass[0] = 1.0
    spent = 0.0
    allowed: list[int] = []
    accepted = NEVER
    for n in range(1, total + 1):
        failed = mass[:-1] * (1.0 - bar)
        mass *= bar
        mass[1:] += failed
        budget = alpha * (n / total) ** power
        while accepted + 1 < width - 1 and spent + mass[accepted + 1] <= budget:
            accepted += 1
            spent += float(mass[accepted])
            mass[accepted] = 0.0
        # Counts at or below the boundary carry no mass: those runs have stopped.
        spent += float(mass[: accepted + 1].sum())
        mass[: accepted + 1] = 0.0
        allowed.append(accepted)
    return tuple(allowed)


@lru_cache(maxsize=1024)
def spending_power(total: int, bar: float, alpha: float) -> float:
    """Return rho: the least of a few at which the last look accepts what a single look would, else infinity.

    Raises:
        ValueError: if an argument is out of range.
    """
    _check(total, bar, alpha)
    if not 0 < total <= MOST_SPENT_LATE:
        return SPENDING_POWER
    most = single_look(total, bar, alpha)
    found = (power for power in SPENDING_POWERS if _boundary(total, bar, alpha, power)[-1] >= most)
    return next(found, math.inf)


def single_look(total: int, bar: float, alpha: float) -> int:
    """Return the most failures that a single look at all examples accepts (exact); -1 where not even none."""
    tails = np.cumsum(binomial.distribution(total, np.array([1.0 - bar]))[0])
    return int(np.searchsorted(tails, alpha, side="right")) - 1


def spending_boundary(total: int, bar: float, alpha: float, power: float = SPENDING_POWER) -> NDArray[np.int64]:
    """Return, for n = 1..total, the most failures among the first n examples at which to accept.

    Args:
        total: N, the number of examples fixed beforehand.
        bar: the pass rate the candidate must exceed, in (0, 1).
        alpha: the chance allowed, over all looks, of accepting a candidate whose true pass rate is at most the bar.
        power: rho, of the spending function.

    Returns:
        Integers of shape (total,), non-decreasing; -1 where nothing can be accepted yet.

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
    """Return the exact chance that a candidate of this true pass rate is ever accepted by a boundary.

    At a pass rate equal to the bar this is the false-pass rate, at a higher one the power. The same binomial recursion
    as the boundary's own, on its given numbers.
    """
    # More failures than are ever allowed are cut off: no path from there is accepted.
    mass = np.zeros(max((int(each) for each in boundary), default=0) + 2)
    mass[0] = 1.0
    accepted = 0.0
    for allowed in boundary:
        failed = mass[:-1] * (1.0 - pass_rate)
        mass *= pass_rate
        mass[1:] += failed
        cut = int(allowed) + 1
        if cut > 0:
            accepted += float(mass[:cut].sum())
            mass[:cut] = 0.0
    return accepted


def lower_bound(outcomes: Sequence[float], total: int, alpha: float, *, precision: float = 1e-4) -> float:
    """Return a lower confidence bound on the true pass rate, valid at whatever example one stopped.

    Bars are taken from a grid. The boundary test of the same N and alpha has accepted every bar up to the bound by now,
    and not the next one. A true rate is tested at the next bar of the grid, whose test accepts it with chance at most
    alpha over all looks; the bound exceeds it only if that test has accepted (the duality of tests and confidence
    sets). Because outcomes are counts, a bar below an accepted one may be refused, so all of them are tried.

    Args:
        outcomes: passed or not, in the order probed.
        total: N, the number of examples fixed beforehand.
        alpha: the error of the bound.
        precision: the step of the grid.
    """
    if not outcomes:
        return 0.0
    failures = np.cumsum(~np.asarray(outcomes, dtype=bool))
    if total > MOST_EXACT:
        return _by_looks(failures, total, alpha)
    first, last = int(_accepted_surely(failures, total, alpha) / precision) + 1, round(1 / precision)
    for step in range(first, last, AT_ONCE):
        steps = np.arange(step, min(step + AT_ONCE, last))
        refused = ~_accepts(failures, total, np.asarray(steps * precision, dtype=np.float64), alpha)
        if refused.any():
            return (int(steps[refused.argmax()]) - 1) * precision
    return (last - 1) * precision


def _by_looks(failures: NDArray[np.int64], total: int, alpha: float) -> float:
    """Return the best of the bounds at some looks, each at what the spending function adds since the look before.

    Valid at any stop, since the looks are fixed by N and their levels add up to alpha. They grow by a fifth: a stop
    between two leaves out a sixth of the outcomes at most.
    """
    looks = sorted({math.ceil(total * 2.0 ** (-step / 4)) for step in range(4 * total.bit_length())})
    levels = ((n, alpha * (n**2 - before**2) / total**2) for before, n in pairwise([0, *looks]) if n <= len(failures))
    bounds = (binomial.lower_bound(n - int(failures[n - 1]), n, level) for n, level in levels)
    return max(bounds, default=0.0)


def _accepted_surely(failures: NDArray[np.int64], total: int, alpha: float) -> float:
    """Return a bar up to which every bar is accepted, without a look at their boundaries.

    At example n so few failures are accepted, if nothing was before, where their chance is at most what is spent at n
    alone: by then no more than the budget at n - 1 is spent. That chance falls with the bar.
    """
    looks = {len(failures), *range(1, len(failures) + 1, max(1, len(failures) // SURE_LOOKS))}
    alone = {n: alpha * ((n / total) ** SPENDING_POWER - ((n - 1) / total) ** SPENDING_POWER) for n in looks}
    return max(binomial.lower_bound(n - int(failures[n - 1]), n, level) for n, level in alone.items())


def _accepts(failures: NDArray[np.int64], total: int, bars: NDArray[np.float64], alpha: float) -> NDArray[np.bool_]:
    """Return for each bar whether its boundary has accepted a path: `_boundary`, for many bars at once.

    More failures than the path had need no look: what accepts them has accepted the path.
    """
    mass = np.zeros((len(bars), int(failures[-1]) + 2))
    mass[:, 0] = 1.0
    spent, accepted, rows = np.zeros(len(bars)), np.full(len(bars), NEVER), np.arange(len(bars))
    fails, passes = (1.0 - bars)[:, None], bars[:, None]
    has = np.zeros(len(bars), dtype=bool)
    for n, had in enumerate(failures, start=1):
        failed = mass[:, :-1] * fails
        mass *= passes
        mass[:, 1:] += failed
        budget = alpha * (n / total) ** SPENDING_POWER
        while True:
            following = np.minimum(accepted + 1, mass.shape[1] - 1)
            adds = mass[rows, following]
            grows = ~has & (accepted < had) & (spent + adds <= budget)
            if not grows.any():
                break
            spent += np.where(grows, adds, 0.0)
            mass[rows[grows], following[grows]] = 0.0
            accepted = np.where(grows, following, accepted)
        has |= accepted >= had
    return has


def examples_needed(bar: float, alpha: float) -> int:
    """Return the fewest examples that can certify: all pass and bar**n <= alpha."""
    return int(np.ceil(np.log(alpha) / np.log(bar) - 1e-12))
