"""The search for the smallest passing candidate, as a function of the plan and the outcomes so far.

Because the next step depends on nothing else, a run that was cut anywhere goes on as if it had not been.

1. Certify: candidates in the order of `advisor.evidence.ladder`, each until its certified claim holds, is given up, or
   its examples are used up. The smallest that holds when all is settled is the answer. That a false one is ever
   certified has chance at most α over the whole run; `advisor.evidence.sharing` has the proof.
2. If none holds: the claim about these examples, from the smallest up, among those not given up. It is a count of a
   finite set, so it needs no share of α. One that was given up in step 1 and comes to be within its boundary on this
   way is certified after all: giving up only saves inferences, and a boundary crossed later is crossed.
3. The answer is asked some inputs again, changed, or with the labels in another order: `advisor.decide.agreement`.
4. The next larger candidate is run on what the answer got wrong: no more than that could it add.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.decide.agreement import all_pairs, pairs
from advisor.decide.bar import AGREEMENT, asked
from advisor.evidence.criteria import all_hold
from advisor.evidence.ladder import Position, survey
from advisor.evidence.sequential import Claim, Standing, Strength
from advisor.runs.records import CandidateRecord, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.plan import Plan
    from advisor.probe.protocol import Outcome
    from advisor.task.example import Example

MOST_COMPARED = 25
NEXT_PAIRS = 64


@dataclass(frozen=True, slots=True)
class Step:
    """What to run next: one candidate on these examples, of which a first batch is enough."""

    candidate: int
    purpose: Purpose
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The smallest candidate that passes, at which strength, after how many of its outcomes that was settled."""

    candidate: int
    strength: Strength
    after: int


def standing(
    plan: Plan,
    records: Mapping[str, CandidateRecord],
    index: int,
    claim: Strength,
    heirs: int = 0,
    *,
    gives_up: bool = True,
) -> Standing:
    """Return where a candidate's claim stands; a candidate that failed to run has given it up.

    Args:
        plan: What was fixed beforehand.
        records: The outcomes so far.
        index: The candidate.
        claim: Certified, or about the examples.
        heirs: How many certified ones just above it have handed on their share of α.
        gives_up: Whether a certified claim that is unlikely is settled.
    """
    record = records[plan.candidates[index].key]
    passed = [outcome.passed for outcome in record.in_order(plan.evidence)]
    test = plan.test(index, heirs)
    besides = asked(plan, record, index, heirs)
    if claim is Strength.CERTIFIED:
        others = (each.standing if gives_up else each.test.certified(each.values, gives_up=False) for each in besides)
        state = all_hold([test.certified(passed, gives_up=gives_up), *others])
    else:
        state = all_hold([test.examples(passed), *(each.in_these for each in besides)])
    if record.failure is not None and state.claim is Claim.OPEN:
        return Standing(Claim.GIVEN_UP, state.after)
    return state


def position(plan: Plan, records: Mapping[str, CandidateRecord]) -> Position:
    """Return which candidates are certified by now and which to go on with."""
    return survey(plan.sharing, lambda index, heirs: standing(plan, records, index, Strength.CERTIFIED, heirs))


def next_step(plan: Plan, records: Mapping[str, CandidateRecord]) -> Step | None:
    """Return what to run next, or None when the search is over."""
    limit = plan.task.limits.inferences
    if limit is not None and sum(record.inferences for record in records.values()) >= limit:
        return None
    place = position(plan, records)
    if place.probing is not None:
        return _evidence(plan, records, place.probing)
    found = _certified(plan, records, place)
    if found is not None:
        return _after(plan, records, found)
    for index in range(len(plan.candidates)):
        if (late := _without_certificate(plan, records, index)) is not None:
            return _after(plan, records, late)
        if standing(plan, records, index, Strength.EXAMPLES).claim is Claim.OPEN:
            return _evidence(plan, records, index)
    return None


def _evidence(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> Step:
    """Return the next examples of a candidate, or those to be asked again where all else holds but agreement."""
    record = records[plan.candidates[index].key]
    done = len(record.in_order(plan.evidence))
    if plan.task.bar.agreement is not None and (done == len(plan.evidence) or _lacks_agreement(plan, record, index)):
        missing = [(p, e) for p, e in all_pairs(plan, record, index, done) if e.id not in record.outcomes[p]]
        if missing:
            return Step(index, missing[0][0], _alike(missing))
    return Step(index, Purpose.EVIDENCE, plan.evidence[done:])


def _lacks_agreement(plan: Plan, record: CandidateRecord, index: int) -> bool:
    """Return whether nothing but agreement is open at the candidate's starting share."""
    passed = [outcome.passed for outcome in record.in_order(plan.evidence)]
    others = [each.standing for each in asked(plan, record, index, 0) if each.name != AGREEMENT]
    return all_hold([plan.test(index, 0).certified(passed), *others]).claim is Claim.HOLDS


def _alike(missing: list[tuple[Purpose, Example]]) -> tuple[Example, ...]:
    """Return the next pairs that are of the first one's kind: a batch asks in one way."""
    return tuple(example for kind, example in missing[:NEXT_PAIRS] if kind is missing[0][0])


def answer(plan: Plan, records: Mapping[str, CandidateRecord]) -> Answer | None:
    """Return the smallest passing candidate at the strongest claim that any reaches, or None.

    Provisional is what an ended budget leaves: a candidate still open whose observed rate reaches the bar.
    """
    found = _certified(plan, records, position(plan, records))
    if found is not None:
        return found
    for index in range(len(plan.candidates)):
        if (late := _without_certificate(plan, records, index)) is not None:
            return late
    for index, candidate in enumerate(plan.candidates):
        outcomes = records[candidate.key].in_order(plan.evidence)
        is_open = standing(plan, records, index, Strength.EXAMPLES).claim is Claim.OPEN
        if outcomes and is_open and rate(outcomes) >= plan.task.bar.pass_rate:
            return Answer(index, Strength.PROVISIONAL, len(outcomes))
    return None


def _without_certificate(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> Answer | None:
    """Return a candidate as the answer where the search for a certified one found none, None if it is none.

    What was asked after the claim about the examples was settled is not looked at: it must not matter how large a
    batch was.
    """
    here = standing(plan, records, index, Strength.EXAMPLES)
    late = standing(plan, records, index, Strength.CERTIFIED, gives_up=False)
    if late.claim is Claim.HOLDS and late.after <= here.after:
        return Answer(index, Strength.CERTIFIED, late.after)
    return Answer(index, Strength.EXAMPLES, here.after) if here.claim is Claim.HOLDS else None


def _certified(plan: Plan, records: Mapping[str, CandidateRecord], place: Position) -> Answer | None:
    index = place.smallest
    if index is None:
        return None
    state = standing(plan, records, index, Strength.CERTIFIED, place.heirs[index])
    return Answer(index, Strength.CERTIFIED, state.after)


def rate(outcomes: list[Outcome]) -> float:
    """Return the share of outcomes that passed."""
    return sum(outcome.passed for outcome in outcomes) / len(outcomes)


def mistakes(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> list[Example]:
    """Return the examples that the answer got wrong before it was settled, in order, at most 25."""
    outcomes = records[plan.candidates[found.candidate].key].in_order(plan.evidence)[: found.after]
    wrong = [example for example, outcome in zip(plan.evidence, outcomes, strict=False) if not outcome.passed]
    return wrong[:MOST_COMPARED]


def next_larger(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> int | None:
    """Return the next larger candidate that has not failed to run, or None."""
    for index in range(found.candidate + 1, len(plan.candidates)):
        if records[plan.candidates[index].key].failure is None:
            return index
    return None


def _after(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> Step | None:
    """Return what is still to be measured of an answer that stands."""
    return _agreement(plan, records, found) or _comparison(plan, records, found)


def _agreement(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> Step | None:
    record = records[plan.candidates[found.candidate].key]
    if record.failure is not None:
        return None
    missing = [(p, e) for p, e in pairs(plan, record, found.candidate, found.after) if e.id not in record.outcomes[p]]
    return Step(found.candidate, missing[0][0], _alike(missing)) if missing else None


def _comparison(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> Step | None:
    larger = next_larger(plan, records, found)
    if larger is None:
        return None
    record = records[plan.candidates[larger].key]
    known = {example_id for outcomes in record.outcomes.values() for example_id in outcomes}
    missing = tuple(example for example in mistakes(plan, records, found) if example.id not in known)
    return Step(larger, Purpose.COMPARISON, missing) if missing else None
