"""The betting test for scores within 0 and 1, and for examples that may be added later.

The test is of H: mean score <= bar. A gambler who stakes the share u of the wealth on each score multiplies it by
1 - u + u x / bar, whose mean is at most 1 under H; so does a mixture of such gamblers. Its wealth

    E_n = Σ_j w_j Π_{i<=n} (1 - u_j + u_j x_i / bar),    u_j = j / 20, j = 1..20,  half the weight on u = 1,

is a nonnegative supermartingale that starts at 1, so the chance that it ever reaches 1 / α is at most α, however
many examples come and whenever one looks (Ville, "Étude critique de la notion de collectif" (1939); Waudby-Smith and
Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024) 1-27, section 4). The number of
examples need not be fixed: a run that goes on with more keeps its claim. The price against the spending boundary is
some power: at a bar of 0.9 and α = 0.05, 33 passes in a row instead of 29.

All bars not yet accepted form a confidence sequence (same paper, theorem 1). E_n falls as the bar rises, so all of them
lie above one number, the lower bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from advisor.evidence.sequential import Claim, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STAKES = np.arange(1, 21) / 20.0
WEIGHTS = np.append(np.full(19, 0.5 / 19.0), 0.5)
PRECISION = 1e-4
# A candidate is given up when scores all at this many standard errors above the mean so far would not suffice.
OPTIMISM = 2.05
PRIOR_WEIGHT = 10.0


def log_wealth(scores: Sequence[float] | NDArray[np.float64], bar: float) -> NDArray[np.float64]:
    """Return log E_n for n = 1..len(scores).

    Args:
        scores: In the order probed, each within 0 and 1; passed or not counts as 1 or 0.
        bar: The mean to be exceeded, in (0, 1).

    Raises:
        ValueError: if an argument is out of range.
    """
    return _mix(_stakes(scores, bar))


def _stakes(scores: Sequence[float] | NDArray[np.float64], bar: float) -> NDArray[np.float64]:
    """Return the log wealth of each gambler, shape (examples, 20)."""
    values = np.asarray(scores, dtype=np.float64)
    if not 0.0 < bar < 1.0:
        raise ValueError(f"the bar must lie between 0 and 1, not {bar}")
    if values.size and not (values.min() >= 0.0 and values.max() <= 1.0):
        raise ValueError("scores must lie within 0 and 1")
    with np.errstate(divide="ignore"):  # a score of 0 ruins the gambler who stakes all
        return np.cumsum(np.log(1.0 - STAKES + STAKES * values[:, None] / bar), axis=0)


def _mix(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(logs):
        return np.zeros(0)
    top = logs.max(axis=-1, keepdims=True)
    return np.asarray(top[..., 0] + np.log(np.exp(logs - top) @ WEIGHTS))


def lower_bound(scores: Sequence[float] | NDArray[np.float64], alpha: float) -> float:
    """Return a lower confidence bound on the true mean, valid at all numbers of examples at once.

    It never falls as examples are added: the largest bar that was accepted by now, to four digits, rounded down.

    Args:
        scores: In the order probed, each within 0 and 1.
        alpha: The chance, over all looks, that the bound ever exceeds the mean.
    """
    threshold = -math.log(alpha)

    def accepted(step: int) -> bool:
        return bool(log_wealth(scores, step * PRECISION).max(initial=-math.inf) >= threshold)

    low, high = 0, round(1.0 / PRECISION)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if accepted(middle) else (low, middle)
    return low * PRECISION


def examples_needed(bar: float, alpha: float) -> int:
    """Return the fewest examples that can certify: all with a score of 1."""
    count = math.ceil(math.log(alpha) / math.log(bar))
    while log_wealth(np.ones(count), bar)[-1] < -math.log(alpha):
        count += 1
    return count


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
        """Whether any scores of these examples could certify."""
        return self.total >= examples_needed(self.bar, self.alpha)

    def certified(self, values: Sequence[float]) -> Standing:
        """Return where the claim stands and at which example it was settled; more examples may open it again."""
        if not self.can_certify:
            return Standing(Claim.GIVEN_UP, 0)
        if not len(values):
            return Standing(Claim.OPEN, 0)
        stakes = _stakes(values, self.bar)
        holds = _mix(stakes) >= -math.log(self.alpha)
        ends = holds | self._futile(np.asarray(values, dtype=np.float64), stakes)
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
        reachable = np.maximum(_mix(stakes + grown), _mix(stakes))
        unbroken = values.cumprod() > 0.0  # as with the boundary: nothing is given up before the first failure
        return np.asarray((reachable < -math.log(self.alpha)) & ~(unbroken & (mean > self.bar)))
