"""What people do instead, on the same drawn outcomes: raw accuracy, Wilson's interval, and running everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from advisor.evidence.boundary import examples_needed
from benchmarks.evidence_simulation import Found

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.evidence_simulation import Drawn

RAW_EXAMPLES = 50
FIRST_PEEK = 10
Z_ONE_SIDED = 1.6448536269514722  # at 95%


def raw_accuracy(drawn: Drawn, bar: float, _alpha: float) -> Found:
    """Take the smallest candidate with an observed rate of at least the bar on the first 50 examples."""
    rate = drawn.passed[:, :, :RAW_EXAMPLES].mean(axis=2)
    return _smallest_first(drawn, bar, rate >= bar - 1e-9, np.full(rate.shape, RAW_EXAMPLES))


def wilson(drawn: Drawn, bar: float, _alpha: float) -> Found:
    """Take the smallest candidate whose Wilson bound on all N examples exceeds the bar, without a correction.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209-212.
    """
    total = drawn.passed.shape[2]
    good = _wilson_bound(drawn.passed.sum(axis=2), total) > bar
    return _smallest_first(drawn, bar, good, np.full(good.shape, total))


def wilson_peeking(drawn: Drawn, bar: float, _alpha: float) -> Found:
    """The same, looked at after every example from the tenth on, and stopped at the first look that is good."""
    total = drawn.passed.shape[2]
    counts = np.arange(1, total + 1)
    good = _wilson_bound(np.cumsum(drawn.passed, axis=2), counts) > bar
    good[:, :, : FIRST_PEEK - 1] = False
    any_good = good.any(axis=2)
    return _smallest_first(drawn, bar, any_good, np.where(any_good, good.argmax(axis=2) + 1, total))


def everything(drawn: Drawn, bar: float, alpha: float) -> Found:
    """Run every candidate on every example; take the smallest whose exact binomial test passes at α / K."""
    count, trials, total = drawn.passed.shape
    allowed = _most_failures_exact(total, bar, alpha / count)
    good = (~drawn.passed).sum(axis=2) <= allowed
    found = np.where(good.any(axis=0), good.argmax(axis=0), -1)
    low = np.array(drawn.rates)[:, None] <= bar
    whole = np.ones(trials)
    return Found(found, (good & low).any(axis=0), whole, whole)


def _most_failures_exact(total: int, bar: float, alpha: float) -> int:
    if total < examples_needed(bar, alpha):
        return -1
    tail, chance, failures = 0.0, bar**total, 0
    while tail + chance <= alpha:
        tail += chance
        failures += 1
        chance *= (total - failures + 1) / failures * (1.0 - bar) / bar
    return failures - 1


def _wilson_bound(passes: NDArray[np.int64], n: int | NDArray[np.int64]) -> NDArray[np.float64]:
    z2 = Z_ONE_SIDED**2
    rate = passes / n
    centre = rate + z2 / (2 * n)
    spread = Z_ONE_SIDED * np.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return np.asarray((centre - spread) / (1 + z2 / n))


def _smallest_first(drawn: Drawn, bar: float, good: NDArray[np.bool_], spent: NDArray[np.int64]) -> Found:
    """Return what comes of trying the smallest first and stopping at the first good one; shapes (K, trials)."""
    count, _, total = drawn.passed.shape
    found = np.where(good.any(axis=0), good.argmax(axis=0), -1)
    last = np.where(found < 0, count - 1, found)
    used = np.where(np.arange(count)[:, None] <= last, spent, 0)
    size = 2.0 ** np.arange(count)
    rates = np.array(drawn.rates)
    false = (found >= 0) & (rates[np.maximum(found, 0)] <= bar)
    return Found(found, false, used.sum(axis=0) / (count * total), size @ used / (total * size.sum()))
