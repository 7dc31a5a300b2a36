"""How many examples would certify a candidate, and which bar some more of them would."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

from advisor.decide.bar import asked
from advisor.decide.records import CandidateRecord
from advisor.evidence.boundary import examples_until, false_pass_rate, spending_boundary
from advisor.evidence.criteria import EveryOne
from advisor.evidence.sequential import Test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.decide.plan import Plan
    from advisor.probe.protocol import Outcome

LIKELY = 0.8
MOST_EXAMPLES = 4000
# Where a certificate takes more than so many further examples, the bar that they would reach is said too.
MORE_EXAMPLES = 100


def examples_to_certify(plan: Plan, observed: float, index: int) -> int | None:
    """Return how many examples would certify a model of this pass rate four times out of five; None if over 4,000.

    At the share of α that the candidate holds from the start; at least as many as all else that the bar asks takes, of
    which a label or a slice has its share.
    """
    found = _for_the_rate(plan.tests[index], observed)
    if found is None:
        return None
    besides = (each.test for each in asked(plan, CandidateRecord(), index, 0))
    tests = [test for test in besides if not isinstance(test, EveryOne)]  # these are no sample
    return max([found, *(math.ceil(test.needed * len(plan.evidence) / max(1, test.total)) for test in tests)])


def bar_in_reach(plan: Plan, observed: float, index: int) -> float | None:
    """Return the highest bar, in whole percent, that 100 more examples would likely certify; None if there is none.

    Args:
        plan: The plan.
        observed: The candidate's pass rate, as far as it is known.
        index: The candidate.
    """
    test, total = plan.tests[index], len(plan.evidence) + MORE_EXAMPLES
    bars = [share / 100 for share in range(1, 100)]
    found = bisect_left(bars, 1, key=lambda bar: int(not _suffice(total, bar, test, observed)))
    return bars[found - 1] if found else None


def _for_the_rate(test: Test, observed: float) -> int | None:
    if test.grows:  # the limits are the same however many examples there are
        limits = Test(MOST_EXAMPLES, test.bar, test.alpha, grows=True).boundary
        return examples_until(limits, observed, LIKELY) if observed > test.bar else None
    totals = range(1, MOST_EXAMPLES + 1)
    found = bisect_left(totals, 1, key=lambda total: int(_suffice(total, test.bar, test, observed)))
    return totals[found] if found < len(totals) else None


def _suffice(total: int, bar: float, test: Test, observed: float) -> bool:
    """Return whether so many examples likely certify a bar, at a test's share of alpha."""
    if observed <= bar:
        return False
    limits = (
        Test(total, bar, test.alpha, grows=True).boundary if test.grows else spending_boundary(total, bar, test.alpha)
    )
    return false_pass_rate(limits, observed) >= LIKELY


def expected_rate(plan: Plan, outcomes: Sequence[Outcome]) -> float:
    """Return the pass rate to expect: the observed one, drawn towards the bar by the weight of one example."""
    return (sum(outcome.passed for outcome in outcomes) + plan.task.bar.pass_rate) / (len(outcomes) + 1)
