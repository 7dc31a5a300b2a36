"""Escalation between two candidates of a run, as a function of its outcomes: which examples are fresh, what they prove.

A fresh example is one that no look of the search has used. Which candidates are paired follows from the looks, so their
outcomes on fresh examples are independent of that choice, given the looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.decide.search import Answer, Step, answer, position, standing
from advisor.evidence.escalation import Both, Escalation, escalate, thresholds
from advisor.evidence.sequential import Strength
from advisor.runs.records import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.plan import Plan
    from advisor.probe.protocol import Outcome
    from advisor.runs.records import CandidateRecord
    from advisor.task.examples import Example


def used(plan: Plan, records: Mapping[str, CandidateRecord]) -> int:
    """Return how many of the examples, from the first, had a part in the verdict."""
    looks = position(plan, records).looks
    afters = [standing(plan, records, index, Strength.CERTIFIED, heirs).after for index, heirs in looks]
    found = answer(plan, records)
    if found is None or found.strength is not Strength.CERTIFIED:
        afters += [standing(plan, records, k, Strength.EXAMPLES).after for k in range(len(plan.candidates))]
    return max(afters, default=0)


def fresh(plan: Plan, records: Mapping[str, CandidateRecord]) -> tuple[Example, ...]:
    """Return the examples that had no part in the verdict."""
    return plan.evidence[used(plan, records) :]


def smaller_partner(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> int | None:
    """Return the candidate smaller than the answer to try first: of those that ran, the best; None if there is none."""
    shares = {}
    for index in range(found.candidate):
        outcomes = records[plan.candidates[index].key].in_order(plan.evidence)[: used(plan, records)]
        if outcomes and records[plan.candidates[index].key].failure is None:
            shares[index] = (sum(outcome.passed for outcome in outcomes) + 1) / (len(outcomes) + 2)
    return max(shares, key=lambda index: (shares[index], -index)) if shares else None


def next_step(plan: Plan, records: Mapping[str, CandidateRecord], small: int, large: int) -> Step | None:
    """Return what to run next for a pair: each candidate on each fresh example; None when all are there."""
    for index in (small, large):
        record = records[plan.candidates[index].key]
        missing = tuple(each for each in fresh(plan, records) if _outcome(record, each) is None)
        if missing and record.failure is None:
            return Step(index, Purpose.COMPARISON, missing)
    return None


def escalation(plan: Plan, records: Mapping[str, CandidateRecord], small: int, large: int) -> Escalation | None:
    """Return what the fresh examples prove about a pair; None while one of the two has not run on all of them.

    Thresholds are quantiles of the small candidate's confidence on the examples that are not fresh.
    """
    if next_step(plan, records, small, large) is not None:
        return None
    one, other = (records[plan.candidates[index].key] for index in (small, large))
    pairs = []
    for example in fresh(plan, records):
        little, big = _outcome(one, example), _outcome(other, example)
        if little is None or big is None:
            return None
        pairs.append(Both(little.confidence, little.passed, big.passed))
    earlier = [outcome.confidence for outcome in one.in_order(plan.evidence)[: used(plan, records)]]
    bar = plan.task.bar
    return escalate(pairs, thresholds(earlier), bar.pass_rate, 1.0 - bar.confidence)


def _outcome(record: CandidateRecord, example: Example) -> Outcome | None:
    return record.outcomes[Purpose.EVIDENCE].get(example.id) or record.outcomes[Purpose.COMPARISON].get(example.id)
