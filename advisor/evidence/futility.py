"""Futility: giving up by the predictive probability of acceptance, and the operating characteristic with that stop.

The rule is stochastic curtailment by predictive power in clinical trials (Spiegelhalter, Freedman and Blackburn,
Controlled Clinical Trials 7 (1986) 8-17). The prior on the pass rate is a Beta centred on the bar with the weight of
ten examples, so the next outcome fails with probability (f + 10 (1 - bar)) / (n + 10). At bar 0.9, N = 200 and a level
of 0.00625 it costs 0.004 of a power of 0.930 at a true rate of 0.97, and gives up a coin flip after 6.5 examples, a
model at 0.7 after 13, one at 0.88 after 53 (`operating`, exact); giving up below 2% would cost 0.020 for a quarter
fewer examples of failing models. Stopping early can only lower the probability of a false pass: the claim does not
depend on it.

`operating` is exact, by the binomial recursion over the number of failures: the operating characteristic and the
average sample number of Wald, "Sequential Analysis" (1947), for a truncated test.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.evidence.sequential import Test

FUTILE_BELOW = 0.005
PRIOR_WEIGHT = 10.0


@lru_cache(maxsize=64)
def most_failures(boundary: tuple[int, ...], bar: float, below: float = FUTILE_BELOW) -> tuple[int, ...]:
    """Return, for n = 0..N, the most failures with which to continue: with one more the candidate is given up.

    Before the first failure any probability of acceptance above zero suffices.

    Args:
        boundary: for n = 1..N the most failures at which to accept (-1: not yet), as from `spending_boundary`.
        bar: the centre of the prior, in (0, 1).
        below: the predictive probability of acceptance up to which a candidate is given up.

    Returns:
        N + 1 numbers; -1 if not even a candidate without a failure can still be accepted.
    """
    total = len(boundary)
    most = max(boundary, default=-1)
    # Probabilities fall with every failure, so those above a limit are counted; one failure too many has none.
    ahead = np.append(np.ones(most + 1), 0.0)
    pull = np.arange(most + 1) + PRIOR_WEIGHT * (1.0 - bar)
    limits = [_limit(ahead, below)]
    for n in range(total - 1, -1, -1):
        seen = min(n, most) + 1  # distinct histories: of n examples at most n fail
        ahead[:seen] += pull[:seen] * (ahead[1 : seen + 1] - ahead[:seen]) / (n + PRIOR_WEIGHT)
        if n > 0:
            ahead[: boundary[n - 1] + 1] = 1.0
        limits.append(_limit(ahead, below))
    limits.reverse()
    return tuple(limits)


def _limit(ahead: NDArray[np.float64], below: float) -> int:
    likely = np.count_nonzero(ahead > below)
    return int(likely) - 1 if likely else min(int(np.count_nonzero(ahead > 0.0)), 1) - 1


class Operating(NamedTuple):
    """The probability of being certified, and the mean number of examples until the claim is settled."""

    certified: float
    examples: float


@lru_cache(maxsize=512)
def operating(test: Test, pass_rate: float) -> Operating:
    """Return a test's operating characteristic at this true pass rate; ValueError if the rate is out of range."""
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
