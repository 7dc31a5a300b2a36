"""Exact binomial tails and bounds, for a single look at a fixed number of examples."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

PRECISION = 1e-6


def distribution(total: int, rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of 0, 1, ... total passes at each rate, of shape (rates, total + 1)."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, total + 1)))])
    passes, rates = np.arange(total + 1), np.clip(rates, 1e-9, 1.0 - 1e-9)[:, None]
    ways = logs[total] - logs - logs[::-1]
    return np.asarray(np.exp(ways + passes * np.log(rates) + (total - passes) * np.log1p(-rates)))


def at_least(passes: int, total: int, rate: float) -> float:
    """Return the probability of at least `passes` passes among `total` examples at this pass rate: the exact p-value.

    Summed in logarithms: no normal approximation and no underflow at thousands of examples. ValueError if there are
    more passes than examples, or the rate is out of range.
    """
    if not 0 <= passes <= total:
        raise ValueError(f"{passes} passes of {total} cannot be")
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"a pass rate must lie within 0 and 1, not {rate}")
    if passes == 0 or rate == 1.0:
        return 1.0
    if rate == 0.0:
        return 0.0
    logs, k = log_factorials(1 << total.bit_length()), np.arange(passes, total + 1)
    ways = logs[total] - logs[passes : total + 1] - logs[total - passes :: -1]
    return min(1.0, math.fsum(np.exp(ways + k * math.log(rate) + (total - k) * math.log1p(-rate)).tolist()))


@lru_cache(maxsize=4)
def log_factorials(most: int) -> NDArray[np.float64]:
    """Return the logarithms of the factorials of 0 to `most`; give a power of two, so that few are computed."""
    return np.array([math.lgamma(k + 1) for k in range(most + 1)])


def at_most(passes: int, total: int, rate: float) -> float:
    """Return the probability of at most `passes` passes among `total` examples at this pass rate."""
    return at_least(total - passes, total, 1.0 - rate)


def lower_bound(passes: int, total: int, alpha: float) -> float:
    """Return Clopper and Pearson's lower bound on the rate (Biometrika 26 (1934) 404-413), rounded down."""
    if passes == 0:
        return 0.0
    low, high = 0.0, 1.0
    while high - low > PRECISION:
        middle = (low + high) / 2.0
        low, high = (middle, high) if at_least(passes, total, middle) <= alpha else (low, middle)
    return low


def upper_bound(passes: int, total: int, alpha: float) -> float:
    """Return Clopper and Pearson's upper bound on the rate, rounded up."""
    return 1.0 - lower_bound(total - passes, total, alpha)
