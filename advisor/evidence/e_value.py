"""Betting e-value: the wealth of a mixture of bets against "the mean score is at most the bar".

It tests H: mean score <= bar. A bet of the share u of the wealth on each score multiplies it by 1 - u + u x / bar,
whose mean is at most 1 under H; the same holds for a mixture of such bets. Its wealth

    E_n = Σ_j w_j Π_{i<=n} (1 - u_j + u_j x_i / bar),    u_j = j / 20, j = 1..20,  half the weight on u = 1,

is a nonnegative supermartingale that starts at 1, so the probability that it ever reaches 1 / α is at most α, for any
number of examples and looks (Ville, "Étude critique de la notion de collectif" (1939); Waudby-Smith and Ramdas,
"Estimating means of bounded random variables by betting", JRSS B 86 (2024) 1-27, section 4). The number of examples
need not be fixed: a run that continues with more keeps its claim. Compared with the spending boundary this costs some
power: at a bar of 0.9 and α = 0.05, 33 passes in a row instead of 29.

All bars not yet accepted form a confidence sequence (same paper, theorem 1). E_n falls as the bar rises, so they are
all above one number, the lower bound.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

STAKES = np.arange(1, 21) / 20.0
WEIGHTS = np.append(np.full(19, 0.5 / 19.0), 0.5)
PRECISION = 1e-4
NEVER = -1


def log_e_value(scores: Sequence[float] | NDArray[np.float64], bar: float) -> NDArray[np.float64]:
    """Return log E_n for n = 1..len(scores), which are in the order probed, each within 0 and 1; the bar is in (0, 1).

    Passed or not counts as 1 or 0. ValueError if an argument is out of range.
    """
    return mixed(stakes_of(scores, bar))


def stakes_of(scores: Sequence[float] | NDArray[np.float64], bar: float) -> NDArray[np.float64]:
    """Return the log wealth of each bet, shape (examples, 20)."""
    values = np.asarray(scores, dtype=np.float64)
    if not 0.0 < bar < 1.0:
        raise ValueError(f"the bar must lie between 0 and 1, not {bar}")
    if values.size and not (values.min() >= 0.0 and values.max() <= 1.0):
        raise ValueError("scores must lie within 0 and 1")
    with np.errstate(divide="ignore"):  # a score of 0 ruins the bet of the whole wealth
        return np.cumsum(np.log(1.0 - STAKES + STAKES * values[:, None] / bar), axis=0)


def mixed(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log wealth of the mixture, shape (examples,)."""
    if not len(logs):
        return np.zeros(0)
    top = logs.max(axis=-1, keepdims=True)
    return np.asarray(top[..., 0] + np.log(np.exp(logs - top) @ WEIGHTS))


def lower_bound(scores: Sequence[float] | NDArray[np.float64], alpha: float) -> float:
    """Return a lower confidence bound on the true mean, valid at all numbers of examples at once.

    The probability, over all looks, that it ever exceeds the mean is at most `alpha`. It never falls as examples are
    added: the largest bar accepted so far, to four digits, rounded down.
    """
    threshold = -math.log(alpha)

    def accepted(step: int) -> bool:
        return bool(log_e_value(scores, step * PRECISION).max(initial=-math.inf) >= threshold)

    low, high = 0, round(1.0 / PRECISION)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if accepted(middle) else (low, middle)
    return low * PRECISION


def examples_needed(bar: float, alpha: float) -> int:
    """Return the fewest examples that can certify: all with a score of 1."""
    count = math.ceil(math.log(alpha) / math.log(bar))
    while log_e_value(np.ones(count), bar)[-1] < -math.log(alpha):
        count += 1
    return count


@lru_cache(maxsize=256)
def most_failures(total: int, bar: float, alpha: float) -> tuple[int, ...]:
    """Return, for n = 1..total, the most failures of 0/1 scores at which the wealth reaches 1 / alpha; -1: not yet.

    For 0/1 scores only counts matter, because the wealth is a product. The numbers never fall, and do not depend on
    `total`: more examples only extend them. ValueError if an argument is out of range.
    """
    if total < 0 or not (0.0 < bar < 1.0 and 0.0 < alpha < 1.0):
        raise ValueError(f"no test of {total} examples at a bar of {bar} and an error of {alpha}")
    won = np.log(1.0 - STAKES + STAKES / bar)
    with np.errstate(divide="ignore"):
        lost, weights, threshold = np.log(1.0 - STAKES), np.log(WEIGHTS), -math.log(alpha)

    def reaches(n: int, failures: int) -> bool:
        logs = weights + (n - failures) * won + (failures * lost if failures else 0.0)
        return float(np.logaddexp.reduce(logs)) >= threshold

    most = NEVER
    limits = []
    for n in range(1, total + 1):
        while most + 1 <= n and reaches(n, most + 1):
            most += 1
        limits.append(most)
    return tuple(limits)
