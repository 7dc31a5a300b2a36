"""The betting test for scores within 0 and 1, as a criterion of the bar; see `advisor.evidence.e_value`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from advisor.evidence.e_value import STAKES, examples_needed, lower_bound, mixed, stakes_of
from advisor.evidence.sequential import Claim, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# A candidate is given up when scores all at this many standard errors above the mean so far would not suffice.
OPTIMISM = 2.05
PRIOR_WEIGHT = 10.0


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
        return self.total >= self.needed

    @property
    def needed(self) -> int:
        """The fewest examples, all with a score of 1, that certify."""
        return examples_needed(self.bar, self.alpha)

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return where the claim stands and at which example it was settled; more examples may open it again.

        Args:
            values: In their order.
            gives_up: Whether being unlikely settles it; if not, what comes after still counts.
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
        reachable = np.maximum(mixed(stakes + grown), mixed(stakes))
        unbroken = values.cumprod() > 0.0  # as with the boundary: nothing is given up before the first failure
        return np.asarray((reachable < -math.log(self.alpha)) & ~(unbroken & (mean > self.bar)))
