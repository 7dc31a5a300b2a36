"""What a test does to a model of a given true pass rate: how often it certifies it, after how many examples it ends.

Exact, by the binomial recursion over the number of failures, with the stops for futility; these are the operating
characteristic and the average sample number of Wald, "Sequential Analysis" (1947), for a test with a last example.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from advisor.evidence.futility import most_failures

if TYPE_CHECKING:
    from advisor.evidence.sequential import Test


class Operating(NamedTuple):
    """The chance to be certified, and the mean number of examples until the claim is settled."""

    certified: float
    examples: float


@lru_cache(maxsize=512)
def operating(test: Test, pass_rate: float) -> Operating:
    """Return what a test does to a model of this true pass rate.

    Args:
        test: Boundary and number of examples.
        pass_rate: Within 0 and 1.

    Raises:
        ValueError: if the rate is out of range.
    """
    if not 0.0 <= pass_rate <= 1.0:
        raise ValueError(f"a pass rate must lie within 0 and 1, not {pass_rate}")
    if not test.can_certify:
        return Operating(0.0, 0.0)
    boundary = test.boundary
    futile = most_failures(boundary, test.bar)
    mass = np.zeros(max(boundary) + 3)
    mass[0] = 1.0
    certified = examples = 0.0
    for n, allowed in enumerate(boundary, start=1):
        examples += float(mass.sum())
        failed = mass[:-1] * (1.0 - pass_rate)
        mass *= pass_rate
        mass[1:] += failed
        certified += float(mass[: allowed + 1].sum())
        mass[: allowed + 1] = 0.0
        mass[max(futile[n], allowed) + 1 :] = 0.0
    return Operating(certified, examples)
