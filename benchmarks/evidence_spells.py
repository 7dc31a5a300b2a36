"""Time limits where slow answers come in spells: how often "95% of answers within the limit" is claimed wrongly.

Spells begin by chance, last a fixed number of answers, and make 5% of all answers slow (the limit itself, where every
claim is false), or 1%. "as if independent" counts every answer as one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from advisor.evidence.criteria import Latency
from advisor.evidence.sequential import Claim, nested

if TYPE_CHECKING:
    from advisor.evidence.criteria import LevelTest

LENGTHS, EXAMPLES = (1, 5, 10, 20), (300, 600, 1200)
HEADER = ("spells of", "examples", "false claims", "α", "as if independent", "claimed at 1% slow")


def quick(draw: np.random.Generator, total: int, slow: float, length: int) -> list[float]:
    """Return 1 for quick and 0 for slow answers."""
    begins = draw.random(total + length - 1) < 1.0 - (1.0 - slow) ** (1.0 / length)
    covered = np.convolve(begins, np.ones(length), mode="valid")
    return [float(not each) for each in covered]


def claimed(test: LevelTest, drawn: list[list[float]]) -> float:
    """Return the share of trials in which the limit is said to be kept."""
    return sum(test.certified(values).claim is Claim.HOLDS for values in drawn) / len(drawn)


def spell_rows(trials: int, alpha: float, seed: int) -> list[tuple[str, ...]]:
    """Return a row for each length of spells and number of examples."""
    rows = []
    for length in LENGTHS:
        for total in EXAMPLES:
            criterion = Latency(1.0)
            (test,) = criterion.tests(total, (alpha,))
            (simple,) = nested(total, criterion.bar, (alpha,))
            draw = np.random.default_rng((seed, length, total))
            at_limit = [quick(draw, total, 1.0 - criterion.bar, length) for _ in range(trials)]
            within = [quick(draw, total, 0.01, length) for _ in range(trials)]
            false = claimed(test, at_limit)
            error = math.sqrt(max(false * (1 - false), 1 / trials) / trials)
            rows.append(
                (
                    str(length),
                    str(total),
                    f"{false:.4f} ± {error:.4f}",
                    f"{alpha:.3g}",
                    f"{claimed(simple, at_limit):.2f}",
                    f"{claimed(test, within):.2f}",
                )
            )
    return rows
