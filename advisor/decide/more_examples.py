"""How many more examples would certify a candidate, as a range, and which bar some more of them would.

One number would mislead: 33 of 36 at a bar of 90% may be a model at 97% or one at 88%. So its true rate is as likely
as its outcomes make it, by Bayes with every rate as likely beforehand, and the chance that it is certified with m more
examples is that of a Beta-binomial number of failures within what its boundary then allows (the predictive power of
Spiegelhalter, Freedman and Blackburn, Controlled Clinical Trials 7 (1986) 8-17), exact: nothing is drawn. The range
goes from where that chance reaches a quarter to where it reaches three quarters. It is no claim.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from advisor.decide.bar import asked
from advisor.decide.records import CandidateRecord, More
from advisor.evidence.boundary import false_pass_rate, single_look, spending_boundary
from advisor.evidence.criteria import EveryOne
from advisor.evidence.sequential import Test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.decide.plan import Plan
    from advisor.probe.protocol import Outcome

LIKELY = 0.8
# From this chance to that one.
FROM, TO = 0.25, 0.75
# People label no more than the last of these for this.
STEPS = (
    *range(5, 50, 5), *range(50, 100, 10), *range(100, 200, 20), *range(200, 400, 40), *range(400, 1001, 100),
)  # fmt: skip
# Where a certificate takes more than so many further examples, the bar that they would reach is said too.
MORE_EXAMPLES = 100


def more_examples(plan: Plan, passed: Sequence[bool], index: int) -> More | None:
    """Return how many more examples would certify a candidate, if they go like these; None if over 1,000 even may not.

    At the share of α that it holds from the start, its other examples unasked so far included; at least as many as all
    else that the bar asks takes, of which a label or a slice has its share.
    """
    total, test = len(plan.evidence), plan.tests[index]
    besides = (each.test for each in asked(plan, CandidateRecord(), index, 0))
    tests = [each for each in besides if not isinstance(each, EveryOne)]  # these are no sample
    least = max((math.ceil(each.needed * total / max(1, each.total)) - total for each in tests), default=0)
    allowed = _allowed(test, total)
    chances = [_chance(passed, total + more, allowed[at]) for at, more in enumerate(STEPS)]
    fewest = next((more for more, chance in zip(STEPS, chances, strict=True) if chance >= FROM), None)
    if fewest is None:
        return None
    likely = next((more for more, chance in zip(STEPS, chances, strict=True) if chance >= TO), None)
    return More(max(fewest, least), None if likely is None else max(likely, least))


def _allowed(test: Test, total: int) -> list[int]:
    """Return the most failures that certify with each number of further examples; -1 where not even none."""
    if not test.grows:
        return [single_look(total + more, test.bar, test.alpha) for more in STEPS]
    limits = Test(total + STEPS[-1], test.bar, test.alpha, grows=True, first=test.first).boundary
    return [limits[total + more - 1] for more in STEPS]


def _chance(passed: Sequence[bool], total: int, allowed: int) -> float:
    """Return the chance of at most this many failures in all examples, given those already seen."""
    right, wrong, left = sum(passed), len(passed) - sum(passed), total - len(passed)
    room = min(allowed - wrong, left)
    if room < 0:
        return 0.0
    # The ratio of one more failure among the rest to one less, from none on: a Beta-binomial distribution.
    failures = np.arange(1, room + 1)
    ratios = (left - failures + 1) / failures * (wrong + failures) / (right + left - failures + 1)
    none = sum(math.log((right + k) / (right + wrong + 1 + k)) for k in range(1, left + 1))
    logs = none + np.concatenate([[0.0], np.cumsum(np.log(ratios))])
    return min(1.0, float(np.exp(logs).sum()))


def bar_in_reach(plan: Plan, observed: float, index: int) -> float | None:
    """Return the highest bar, in whole percent, that 100 more examples would likely certify; None if there is none."""
    test, total = plan.tests[index], len(plan.evidence) + MORE_EXAMPLES
    bars = [share / 100 for share in range(1, 100)]
    found = bisect_left(bars, 1, key=lambda bar: int(not _suffice(total, bar, test, observed)))
    return bars[found - 1] if found else None


def _suffice(total: int, bar: float, test: Test, observed: float) -> bool:
    """Return whether so many examples likely certify a bar, at a test's share of alpha."""
    if observed <= bar:
        return False
    limits = (
        Test(total, bar, test.alpha, grows=True, first=test.first).boundary
        if test.grows
        else spending_boundary(total, bar, test.alpha)
    )
    return false_pass_rate(limits, observed) >= LIKELY


def expected_rate(plan: Plan, outcomes: Sequence[Outcome]) -> float:
    """Return the pass rate to expect: the observed one, drawn towards the bar by the weight of one example."""
    return (sum(outcome.passed for outcome in outcomes) + plan.task.bar.pass_rate) / (len(outcomes) + 1)
