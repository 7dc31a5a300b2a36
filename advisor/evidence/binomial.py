"""Exact binomial tails and bounds, for one look at a number of examples fixed beforehand."""

from __future__ import annotations

import math

PRECISION = 1e-6


def at_least(passes: int, total: int, rate: float) -> float:
    """Return the chance of at least so many passes among so many examples at this pass rate: the exact p-value.

    Summed from the smallest terms, in logarithms: no normal approximation and no underflow at thousands of examples.

    Raises:
        ValueError: if there cannot be so many passes, or the rate is out of range.
    """
    if not 0 <= passes <= total:
        raise ValueError(f"{passes} passes of {total} cannot be")
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"a pass rate must lie within 0 and 1, not {rate}")
    if passes == 0 or rate == 1.0:
        return 1.0
    if rate == 0.0:
        return 0.0
    terms = (
        math.lgamma(total + 1)
        - math.lgamma(k + 1)
        - math.lgamma(total - k + 1)
        + k * math.log(rate)
        + (total - k) * math.log1p(-rate)
        for k in range(passes, total + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def lower_bound(passes: int, total: int, alpha: float) -> float:
    """Return the lower bound on the rate of Clopper and Pearson, Biometrika 26 (1934) 404-413, rounded down."""
    if passes == 0:
        return 0.0
    low, high = 0.0, 1.0
    while high - low > PRECISION:
        middle = (low + high) / 2.0
        low, high = (middle, high) if at_least(passes, total, middle) <= alpha else (low, middle)
    return low


def upper_bound(passes: int, total: int, alpha: float) -> float:
    """Return the upper bound on the rate of Clopper and Pearson, rounded up."""
    return 1.0 - lower_bound(total - passes, total, alpha)
