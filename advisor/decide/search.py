"""The search for the smallest passing candidate, as a function of the plan and the outcomes so far.

Because the next step depends on nothing else, an interrupted run continues as if it had not been interrupted.

1. Baselines first, smallest first, each until its certified claim at its own share is settled: they cost next to
   nothing, and show how hard the bar is. The order of probing does not matter for the proof.
2. Certify: candidates in the order of `advisor.evidence.ladder`, each until its certified claim holds, is given up, or
   its examples are used up. The smallest that holds when all is settled is the answer. The probability that a false
   one is ever certified is at most α over the whole run; `advisor.evidence.sharing` has the proof. Before a slow one
   is asked, smaller fast ones run on all evidence, given up or not, as they would in the end (3, 6): a user who does
   not wait for the slow one has their results, and if one of them is certified, there is nothing to wait for.
3. If none holds: all cheap candidates run on all evidence (`advisor.decide.finish`), and one that then gets within its
   boundary is certified after all. If there is still none: the claim about these examples, a count of a finite set,
   which needs no share of α. Expensive candidates continue for it, smallest first, until they are given up. The
   answer is the smallest that the outcomes support well enough, else the best supported one.
4. The answer gets some inputs again, perturbed, or with the labels in another order: `advisor.decide.agreement`.
5. The next larger candidate is run on the answer's mistakes, which limit what it could add.
6. Smaller baselines are run on all examples that settled the answer, to show its gain over them. Smaller and fast
   candidates are run on all evidence, given up or not: they may be certified this way, and if not, their verdicts
   rest on all examples.

Baselines do not count for the budget of inferences. Critical examples come first for each candidate: one that fails any
is given up. Criteria in addition to the rate only make a false certificate rarer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from advisor.candidates.candidate import TUNED
from advisor.decide import over_baseline
from advisor.decide.agreement import all_pairs, pairs
from advisor.decide.bar import AGREEMENT, asked
from advisor.decide.cross_validation import constants
from advisor.decide.finish import ENOUGH, Counted, best_supported, held_out_of, is_far_after, is_refuted, support
from advisor.decide.records import CandidateRecord, Purpose
from advisor.evidence import ladder
from advisor.evidence.criteria import all_hold
from advisor.evidence.ladder import Position, survey
from advisor.evidence.sequential import Claim, Standing, Strength

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.evidence.sharing import Sharing
    from advisor.task.example import Example

MOST_COMPARED = 25
NEXT_PAIRS = 64


@dataclass(frozen=True, slots=True)
class Step:
    """The next step: one candidate on these examples, at least one; a first batch of them is enough."""

    candidate: int
    purpose: Purpose
    examples: tuple[Example, ...]

    def __post_init__(self) -> None:
        """Refuse an empty step, which the search would return for ever; ValueError if there are no examples."""
        if not self.examples:
            raise ValueError(f"a step for candidate {self.candidate} ({self.purpose}) has no examples")


@dataclass(frozen=True, slots=True)
class Answer:
    """The smallest candidate that passes, its strength, and the number of outcomes that settled it."""

    candidate: int
    strength: Strength
    after: int


def standing(
    plan: Plan,
    records: Mapping[str, CandidateRecord],
    index: int,
    claim: Strength,
    handed_on: int = 0,
    *,
    gives_up: bool = True,
) -> Standing:
    """Return the standing of a candidate's claim; it is given up if the candidate failed to run.

    See `proven` for the arguments.
    """
    state = proven(plan, records, index, claim, handed_on, gives_up=gives_up)
    if records[plan.candidates[index].key].failure is not None and state.claim is Claim.OPEN:
        return Standing(Claim.GIVEN_UP, state.after)
    return state


def proven(
    plan: Plan,
    records: Mapping[str, CandidateRecord],
    index: int,
    claim: Strength,
    handed_on: int = 0,
    *,
    gives_up: bool = True,
) -> Standing:
    """Return the standing of a candidate's claim by its outcomes only.

    `handed_on` is the number of certified ones just above it that have handed on their share of α. With `gives_up` an
    unlikely claim is settled; the claim about the examples is not, if all of them are asked anyway.
    """
    record = records[plan.candidates[index].key]
    passed = [outcome.passed for outcome in record.in_order(plan.evidence)]
    test = plan.test(index, handed_on)
    besides = asked(plan, record, index, handed_on)
    if claim is Strength.CERTIFIED:
        others = (each.certified(gives_up=gives_up) for each in besides)
        return all_hold([test.certified(passed, gives_up=gives_up), *others])
    gives_up = gives_up and index not in plan.finishing.candidates
    return all_hold([test.examples(passed, gives_up=gives_up), *(each.in_these for each in besides)])


def position(plan: Plan, records: Mapping[str, CandidateRecord]) -> Position:
    """Return which candidates are certified so far and which to continue with."""

    def state(index: int, handed_on: int) -> Standing:
        return standing(plan, records, index, Strength.CERTIFIED, handed_on)

    return survey(begun(plan, plan.sharing, state), state)


def begun(plan: Plan, sharing: Sharing, state: Callable[[int, int], Standing]) -> Sharing:
    """Return the sharing, with the start of probing at the largest fast candidate below it that is certified by itself.

    A slow one, before which these have run (`next_step`), is then only asked if its share certifies a smaller one yet.
    """
    ladder, start = sharing.ladder, sharing.start
    fast = frozenset[int]() if plan.task.limits.inferences is not None else plan.finishing.brief
    places = range(start) if ladder[start] not in fast else ()
    found = [at for at in places if ladder[at] in fast and state(ladder[at], 0).claim is Claim.HOLDS]
    return replace(sharing, start=max(found, default=start))


def held(plan: Plan, records: Mapping[str, CandidateRecord]) -> Position:
    """Return which candidates are certified in the end: by the search, or by running on all evidence.

    For a candidate that is not run on all evidence, outcomes after the claim about the examples was settled are
    ignored, because the size of a batch must not matter.
    """
    place = position(plan, records)
    most = len(plan.candidates) if place.smallest is None else place.smallest

    def late(index: int, handed_on: int) -> Standing:
        if place.certified and not (index < most and index in plan.finishing.brief):
            return Standing(Claim.HOLDS if index in place.certified else Claim.GIVEN_UP, 0)
        state = standing(plan, records, index, Strength.CERTIFIED, handed_on, gives_up=False)
        is_seen = index in plan.finishing.candidates or (
            state.after <= standing(plan, records, index, Strength.EXAMPLES).after
        )
        return state if is_seen else Standing(Claim.GIVEN_UP, state.after)

    by_now = ladder.proven(plan.sharing, late)
    if place.certified and by_now.smallest == place.smallest:
        return place
    return Position(by_now.certified, place.probing, (*place.looks, *by_now.looks))


def next_step(plan: Plan, records: Mapping[str, CandidateRecord]) -> Step | None:
    """Return the next step, or None when the search is over."""
    for index, candidate in enumerate(plan.candidates):
        if candidate.is_baseline and standing(plan, records, index, Strength.CERTIFIED).claim is Claim.OPEN:
            return _evidence(plan, records, index)
    if is_used_up(plan, records):
        found = answer(plan, records)
        return None if found is None else _baseline(plan, records, found)
    place = position(plan, records)
    if (probing := place.probing) is not None:
        is_slow = probing not in plan.finishing.brief and plan.task.limits.inferences is None
        return (_smaller(plan, records, probing) if is_slow else None) or _evidence(plan, records, probing)
    if not place.certified and (step := _finish(plan, records)) is not None:
        return step
    found = answer(plan, records)
    return None if found is None else _after(plan, records, found)


def _finish(plan: Plan, records: Mapping[str, CandidateRecord]) -> Step | None:
    """Return the remaining steps if the search certified none."""
    for index, rows in sorted(plan.finishing.rows.items()):
        record = records[plan.candidates[index].key]
        outcomes, is_whole = record.in_order(plan.evidence), index in plan.finishing.candidates
        if record.failure is not None or is_far_after(plan, index, [each.passed for each in outcomes]) is not None:
            continue
        if len(outcomes) < rows or (is_whole and _is_open(plan, records, index)):
            return _evidence(plan, records, index, None if is_whole else rows)
    if held(plan, records).certified:
        return None
    for index in range(len(plan.candidates)):
        if index not in plan.finishing.candidates and _is_open(plan, records, index):
            return _evidence(plan, records, index)
        if (
            _passes_these(plan, records, index) is not None
            and support(_counted(plan, records, index), plan.task.bar.pass_rate) >= ENOUGH
        ):
            return None
    return None


def _is_open(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> bool:
    return standing(plan, records, index, Strength.EXAMPLES).claim is Claim.OPEN


def spent(plan: Plan, records: Mapping[str, CandidateRecord]) -> int:
    """Return the number of inferences by models, without baselines."""
    return sum(records[candidate.key].inferences for candidate in plan.candidates if not candidate.is_baseline)


def is_used_up(plan: Plan, records: Mapping[str, CandidateRecord]) -> bool:
    limit = plan.task.limits.inferences
    return limit is not None and spent(plan, records) >= limit


def _evidence(plan: Plan, records: Mapping[str, CandidateRecord], index: int, rows: int | None = None) -> Step:
    """Return the next of a candidate's first `rows` examples, or those to ask again only for agreement."""
    record = records[plan.candidates[index].key]
    critical = tuple(each for each in plan.examples.critical if each.id not in record.outcomes[Purpose.CRITICAL])
    if critical:
        return Step(index, Purpose.CRITICAL, critical)
    done = len(record.in_order(plan.evidence))
    if plan.task.bar.agreement is not None and (done == len(plan.evidence) or _lacks_agreement(plan, record, index)):
        missing = [(p, e) for _, (p, e) in all_pairs(plan, record, index, done) if e.id not in record.outcomes[p]]
        if missing:
            return Step(index, missing[0][0], _alike(missing))
    return Step(index, Purpose.EVIDENCE, plan.evidence[done:rows])


def _lacks_agreement(plan: Plan, record: CandidateRecord, index: int) -> bool:
    """Return whether only agreement is open at the candidate's initial share."""
    passed = [outcome.passed for outcome in record.in_order(plan.evidence)]
    others = [each.certified() for each in asked(plan, record, index, 0) if each.name != AGREEMENT]
    return all_hold([plan.test(index, 0).certified(passed), *others]).claim is Claim.HOLDS


def _alike(missing: list[tuple[Purpose, Example]]) -> tuple[Example, ...]:
    """Return the next pairs of the first one's kind, because a batch asks in one way."""
    return tuple(example for kind, example in missing[:NEXT_PAIRS] if kind is missing[0][0])


def answer(plan: Plan, records: Mapping[str, CandidateRecord]) -> Answer | None:
    """Return the smallest certified candidate, else the best supported one of those that pass the examples, or None.

    If the examples are too few to certify all criteria, the smallest that is certified for the others comes first.
    Provisional is one that probably passes by its outcomes and held-out training rows together, though it misses the
    bar on these examples alone, or the budget ended first.
    """
    place = held(plan, records)
    if (index := place.smallest) is not None:
        state = standing(plan, records, index, Strength.CERTIFIED, place.handed_on[index])
        if state.claim is not Claim.HOLDS:
            state = standing(plan, records, index, Strength.CERTIFIED, place.handed_on[index], gives_up=False)
        # All that a run knew counts at its lowered bar: to stop where that is certified would choose the best part.
        is_known = plan.before is not None
        known = len(records[plan.candidates[index].key].in_order(plan.evidence)) if is_known else state.after
        return Answer(index, Strength.CERTIFIED, known)
    bar, every = plan.task.bar.pass_rate, range(len(plan.candidates))
    passing = [each for index in every if (each := _passes_these(plan, records, index)) is not None]
    partly = next((each for each in passing if _is_partly_certified(plan, records, each.candidate)), None)
    if (best := partly or best_supported(passing, bar)) is not None:
        return Answer(best.candidate, Strength.EXAMPLES, best.of)
    likely = [_counted(plan, records, index) for index in every if _may_pass(plan, records, index)]
    best = best_supported([each for each in likely if each.of and each.known[0] >= bar * each.known[1]], bar)
    return None if best is None else Answer(best.candidate, Strength.PROVISIONAL, best.of)


def _is_partly_certified(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> bool:
    """Return whether a candidate is certified for the rate and for all criteria that so few examples can certify."""
    record, test = records[plan.candidates[index].key], plan.tests[index]
    passed = [outcome.passed for outcome in record.in_order(plan.evidence)]
    claims = [each.certified(gives_up=False) for each in asked(plan, record, index, 0) if each.test.can_certify]
    return all_hold([test.certified(passed, gives_up=False), *claims]).claim is Claim.HOLDS


def _may_pass(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> bool:
    """Return whether a candidate is open, or has answered everything and only misses the rate without refutation."""
    record = records[plan.candidates[index].key]
    passed = [outcome.passed for outcome in record.in_order(plan.evidence)]
    if record.failure is not None or is_refuted(plan, passed):
        return False
    is_lost = any(each.in_these.claim is Claim.GIVEN_UP for each in asked(plan, record, index, 0))
    return not is_lost and (len(passed) == len(plan.evidence) or _is_open(plan, records, index))


def _passes_these(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> Counted | None:
    """Return a candidate's counts if the claim about these examples holds, else None."""
    is_held = standing(plan, records, index, Strength.EXAMPLES).claim is Claim.HOLDS
    return _counted(plan, records, index) if is_held else None


def _counted(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> Counted:
    record = records[plan.candidates[index].key]
    outcomes = record.in_order(plan.evidence)
    estimate = constants(plan).get(index) or held_out_of(record.details)
    return Counted(index, sum(outcome.passed for outcome in outcomes), len(outcomes), estimate)


def mistakes(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> list[Example]:
    """Return the examples that the answer got wrong before it was settled, in order, at most 25."""
    outcomes = records[plan.candidates[found.candidate].key].in_order(plan.evidence)[: found.after]
    wrong = [example for example, outcome in zip(plan.evidence, outcomes, strict=False) if not outcome.passed]
    return wrong[:MOST_COMPARED]


def next_larger(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> int | None:
    """Return the next larger candidate that has not failed to run, or None.

    No model is tuned only for the comparison.
    """
    for index in range(found.candidate + 1, len(plan.candidates)):
        candidate = plan.candidates[index]
        record = records[candidate.key]
        if record.failure is None and (candidate.method != TUNED or record.outcomes[Purpose.EVIDENCE]):
            return index
    return None


def _after(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> Step | None:
    """Return the remaining measurements for a final answer."""
    return (
        _agreement(plan, records, found)
        or _comparison(plan, records, found)
        or _baseline(plan, records, found)
        or _smaller(plan, records, position(plan, records).smallest or 0)
    )


def _smaller(plan: Plan, records: Mapping[str, CandidateRecord], most: int) -> Step | None:
    """Return the step for a fast candidate smaller than this one that has not run on all evidence."""
    for index in sorted(plan.finishing.brief):
        record = records[plan.candidates[index].key]
        if index < most and record.failure is None and len(record.in_order(plan.evidence)) < len(plan.evidence):
            return _evidence(plan, records, index)
    return None


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


def _baseline(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer) -> Step | None:
    """Return the examples that settled the answer and that a smaller baseline has not answered."""
    left = over_baseline.missing(plan, records, found.candidate, found.after)
    return None if left is None else Step(left[0], Purpose.EVIDENCE, left[1])
