"""A run that takes more examples decides as if they had been there from the start, whenever they came."""

import random
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decide.decision import Decision, decide
from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord
from advisor.decide.search import answer, next_step
from advisor.evidence.sequential import Strength, Verdict
from advisor.evidence.sharing import anchored, one_off
from tests.decide.simulated import empty_records, outcome, plan


def go_on(
    of: Plan, records: dict[str, CandidateRecord], drawn: list[list[bool]], draw: random.Random, *, most: int | None
) -> None:
    """Run the search to its end, or through so many batches, of random sizes."""
    places = {example.id: n for n, example in enumerate(of.evidence)}
    batches = 0
    while (step := next_step(of, records)) is not None and (most is None or batches < most):
        batches += 1
        for example in step.examples[: draw.randint(1, 40)]:
            passed = drawn[step.candidate][places[example.id]]
            records[of.candidates[step.candidate].key].add(step.purpose, outcome(example, passed=passed))


def settled(decision: Decision) -> object:
    """Return a decision's verdicts on its answer and all smaller ones; larger ones may have more or fewer answers."""
    smaller = decision.results[: None if decision.answer is None else decision.answer.candidate + 1]
    results = [(r.verdict, r.reason, len(r.counted), r.passes, r.lower_bound, r.level) for r in smaller]
    return decision.verdict, decision.answer, results


@given(st.integers(0, 10_000), st.lists(st.integers(1, 70), min_size=1, max_size=4), st.integers(1, 5))
@settings(max_examples=12)
def test_when_examples_come_changes_nothing(seed: int, looks: list[int], rungs: int) -> None:
    """Added after the run has ended, in its middle, or there from the start; in batches of any size: one decision."""
    draw = random.Random(seed)
    rates = [draw.choice([0.7, 0.9, 0.96, 0.99, 1.0]) for _ in range(rungs)]
    drawn = [[draw.random() < rate for _ in range(sum(looks))] for rate in rates]
    sharing = anchored(0.05, one_off(rungs, draw.randrange(rungs)))
    decisions = []
    for ended in (None, 3, 0):
        plans = [
            plan(rungs, total, sharing=sharing, looks=tuple(looks[:k]))
            for k, total in enumerate(accumulate(looks), start=1)
        ]
        records = empty_records(plans[0])
        for each in plans[:-1]:
            go_on(each, records, drawn, draw, most=ended)
        go_on(plans[-1], records, drawn, draw, most=None)
        decisions.append(settled(decide(plans[-1], records, Strength.CERTIFIED)))
    assert decisions[0] == decisions[1] == decisions[2]


@given(st.integers(0, 10_000))
@settings(max_examples=5)
def test_a_certificate_is_not_taken_back(seed: int) -> None:
    """However a later look ends, in its middle too: once certified, there is always a certified answer."""
    draw = random.Random(seed)
    drawn = [[draw.random() < rate for _ in range(180)] for rate in (0.88, 0.93, 0.99)]
    sharing = anchored(0.05, one_off(3, draw.randrange(3)))
    records = empty_records(plan(3, 1))
    was_certified = False
    for looks in ((60,), (60, 60), (60, 60, 60)):
        of = plan(3, sum(looks), sharing=sharing, looks=looks)
        for most in (0, 2, None):
            go_on(of, records, drawn, draw, most=most)
            decision = decide(of, records, Strength.CERTIFIED)
            found = decision.answer
            is_certified = found is not None and found.strength is Strength.CERTIFIED
            assert is_certified >= was_certified
            if found is not None and is_certified:
                assert decision.results[found.candidate].verdict is Verdict.PASSES
            was_certified = is_certified


def test_what_was_given_up_is_taken_up_again() -> None:
    """With 45 examples two mistakes leave too few to certify; with 200 the same candidate goes on from there."""
    drawn = [[n not in (3, 9) for n in range(200)]]
    few = plan(1, 45, looks=(45,))
    records = empty_records(few)
    go_on(few, records, drawn, random.Random(0), most=None)
    found = answer(few, records)
    assert found.strength is Strength.EXAMPLES
    done = records[few.candidates[0].key].inferences
    more = plan(1, 200, looks=(45, 155))
    step = next_step(more, records)
    assert step.examples[0].id == "e45"
    go_on(more, records, drawn, random.Random(0), most=None)
    found = answer(more, records)
    assert (found.strength, found.after > 45) == (Strength.CERTIFIED, True)
    assert records[more.candidates[0].key].inferences > done


def test_the_run_is_the_same_with_more_examples() -> None:
    """Its id and all that is fixed come from the first look alone."""
    first, later = plan(2, 40, looks=(40,)), plan(2, 90, looks=(40, 50))
    assert first.fixed() == later.fixed()
    assert first.run_id == later.run_id
    assert first.run_id != plan(2, 90, looks=(90,)).run_id
