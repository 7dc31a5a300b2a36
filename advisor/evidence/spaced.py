"""Time limits: a busy machine slows several answers in a row, so answers that follow each other are not independent.

Every fifth answer counts for the claim. It is assumed that a slow spell holds no more than five answers: then it slows
at most one of those that count, and these are independent where spells begin independently, with the same share of
slow ones as all answers have. Longer spells make those that count dependent too. That is looked for with the runs test
of Wald and Wolfowitz, "On a test whether two samples are from the same population", Annals of Mathematical Statistics
11 (1940) 147-162: of all orders of so many slow answers, how few have them in so few runs. While that is rare nothing
is certified, which can only lower the chance of a false claim. It sees spells that came, not those that did not come
yet: of spells much longer than five answers a short run may have had none. `python -m benchmarks.evidence` has figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from advisor.evidence.sequential import Claim, Standing, Test, nested

if TYPE_CHECKING:
    from collections.abc import Sequence

SPACING = 5
# So rarely would independent slow answers stand in so few runs.
SUSPICIOUS = 0.05


@dataclass(frozen=True)
class SpacedTest:
    """A test of 0/1 values of which every fifth counts, the fifth first: the answers before it warm the model up.

    Attributes:
        counted: The test of those that count.
    """

    counted: Test

    @property
    def can_certify(self) -> bool:
        """Whether any values of these examples could certify."""
        return self.counted.can_certify

    @property
    def total(self) -> int:
        """How many values there will be with these examples, but for the last few."""
        return SPACING * self.counted.total

    @property
    def needed(self) -> int:
        """The fewest values, all 1, that certify."""
        return SPACING * self.counted.needed

    @staticmethod
    def counting(values: Sequence[float]) -> Sequence[float]:
        """Return the values that count."""
        return values[SPACING - 1 :: SPACING]

    def certified(self, values: Sequence[float], *, gives_up: bool = True) -> Standing:
        """Return where the claim stands, and after how many values that was settled."""
        every = self.counting(values)
        found = self.counted.certified(every, gives_up=gives_up, doubted=_doubted(every))
        return Standing(found.claim, len(values) if found.claim is Claim.OPEN else found.after * SPACING)

    def is_dependent(self, values: Sequence[float]) -> bool:
        """Return whether the values that count are seen to depend on each other."""
        doubted = _doubted(self.counting(values))
        return bool(doubted) and doubted[-1]

    def lower_bound(self, values: Sequence[float]) -> float:
        """Return what the values prove, 0 where they are seen to depend on each other."""
        return 0.0 if self.is_dependent(values) else self.counted.lower_bound(self.counting(values))


def spaced(total: int, bar: float, levels: Sequence[float], *, grows: bool = False) -> tuple[SpacedTest, ...]:
    """Return one candidate's tests at its levels, lowest first, nested.

    A lower level certifies with no more slow answers than a higher one, and doubts are the same at all levels. The
    levels ascend; `grows` says that more examples may be added.
    """
    return tuple(SpacedTest(test) for test in nested(total // SPACING, bar, levels, grows=grows))


def _doubted(values: Sequence[float]) -> list[bool]:
    """Return after each value whether those so far are seen to depend on each other."""
    slow = list(accumulate(int(not value) for value in values))
    begins = (not value and (at == 0 or bool(values[at - 1])) for at, value in enumerate(values))
    return [
        fewest_runs(n, count, runs) <= SUSPICIOUS
        for n, (count, runs) in enumerate(zip(slow, accumulate(map(int, begins)), strict=True), start=1)
    ]


@lru_cache(maxsize=4096)
def fewest_runs(total: int, slow: int, runs: int) -> float:
    """Return the chance that so many slow values of all, in an order by chance, stand in at most so many runs."""
    if slow <= 1:
        return 1.0
    orders = sum(math.comb(slow - 1, r - 1) * math.comb(total - slow + 1, r) for r in range(1, runs + 1))
    return orders / math.comb(total, slow)
