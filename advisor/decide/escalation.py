"""Escalation between two candidates of a run, as a function of its outcomes: fresh examples and what they prove.

A fresh example is one that no look of the search has used. The looks determine which candidates are paired, so their
outcomes on fresh examples are independent of that choice, given the looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from advisor.decide.records import CandidateRecord, Purpose
from advisor.decide.search import Answer, Step, answer, held, position, standing
from advisor.evidence.boundary import examples_needed
from advisor.evidence.escalation import Both, Escalation, Pairing, escalate, thresholds
from advisor.evidence.sequential import Strength

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.probe.protocol import Outcome
    from advisor.task.examples import Example


def used(plan: Plan, records: Mapping[str, CandidateRecord]) -> int:
    """Return how many of the examples, from the first, were used for the verdict.

    If the search certified no candidate, each was tested again: until it was certified after being given up, which may
    have handed on its share, else until the claim about the examples was settled.
    """
    place, found = position(plan, records), answer(plan, records)
    afters = [standing(plan, records, index, Strength.CERTIFIED, handed_on).after for index, handed_on in place.looks]
    if not place.certified:
        late = held(plan, records)
        for index in range(len(plan.candidates)):
            is_late = index in late.certified
            claim, handed_on = Strength.CERTIFIED if is_late else Strength.EXAMPLES, late.handed_on.get(index, 0)
            state = standing(plan, records, index, claim, handed_on, gives_up=not is_late)
            afters.append(state.after)
    return max([*afters, 0 if found is None else found.after])


def fresh(plan: Plan, records: Mapping[str, CandidateRecord]) -> tuple[Example, ...]:
    """Return the examples that were not used for the verdict."""
    return plan.evidence[used(plan, records) :]


def smaller_partner(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> int | None:
    """Return the best smaller candidate that ran, to try before the answer; None if there is none."""
    shares = {}
    for index in range(found.candidate):
        outcomes = records[plan.candidates[index].key].in_order(plan.evidence)[: used(plan, records)]
        if plan.candidates[index].is_baseline and all(outcome.confidence is None for outcome in outcomes):
            continue  # it is equally confident of every answer
        if outcomes and records[plan.candidates[index].key].failure is None:
            shares[index] = (sum(outcome.passed for outcome in outcomes) + 1) / (len(outcomes) + 2)
    return max(shares, key=lambda index: (shares[index], -index)) if shares else None


class Pair(NamedTuple):
    """Two candidates: the small one answers if it is confident, else the large one."""

    small: int
    large: int


def pair(plan: Plan, records: Mapping[str, CandidateRecord]) -> Pair | None:
    """Return the pair to measure: the answer with the best of the smaller ones; None if there is none."""
    found = answer(plan, records)
    small = None if found is None else smaller_partner(plan, records, found)
    return None if found is None or small is None else Pair(small, found.candidate)


def next_step(plan: Plan, records: Mapping[str, CandidateRecord], both: Pair) -> Step | None:
    """Return the next step for a pair: each candidate on each fresh example; None when all are done."""
    if len(fresh(plan, records)) < examples_needed(plan.task.bar.pass_rate, 1.0 - plan.task.bar.confidence):
        return None  # too few to prove anything
    for index in both:
        record = records[plan.candidates[index].key]
        missing = tuple(each for each in fresh(plan, records) if _outcome(record, each) is None)
        if missing and record.failure is None:
            return Step(index, Purpose.COMPARISON, missing)
    return None


def escalation(plan: Plan, records: Mapping[str, CandidateRecord], both: Pair) -> Escalation | None:
    """Return what the fresh examples prove about a pair; None until both have run on all of them.

    Thresholds are quantiles of the small candidate's confidence on the examples that are not fresh.
    """
    if next_step(plan, records, both) is not None:
        return None
    one, other = (records[plan.candidates[index].key] for index in both)
    pairs = []
    bar, alpha, unused = plan.task.bar.pass_rate, 1.0 - plan.task.bar.confidence, fresh(plan, records)
    if len(unused) < (needed := examples_needed(bar, alpha)):
        return Escalation(Pairing.TOO_FEW, None, (), len(unused), needed, alpha)
    for example in unused:
        little, big = _outcome(one, example), _outcome(other, example)
        if little is None or big is None:
            return None
        pairs.append(Both(little.confidence, little.passed, big.passed))
    earlier = [outcome.confidence for outcome in one.in_order(plan.evidence)[: used(plan, records)]]
    return escalate(pairs, thresholds(earlier), bar, alpha)


def _outcome(record: CandidateRecord, example: Example) -> Outcome | None:
    return record.outcomes[Purpose.EVIDENCE].get(example.id) or record.outcomes[Purpose.COMPARISON].get(example.id)
