"""Escalation between candidates of a run: only fresh examples count, for any batches."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decide import steps
from advisor.decide.decision import decide
from advisor.decide.escalation import Pair, escalation, fresh, next_step, pair, smaller_partner, used
from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord
from advisor.decide.search import answer, position
from advisor.evidence.escalation import Escalation, Pairing
from advisor.evidence.sequential import Strength
from advisor.evidence.sharing import equal
from tests.decide.simulated import outcome, plan
from tests.decide.test_search import climb


def world(seed: int, total: int) -> list[list[bool]]:
    """Return outcomes of a small model right four times of five, and a large one nearly always."""
    draw = random.Random(seed)
    return [[draw.random() < rate for _ in range(total)] for rate in (0.8, 0.99)]


def escalated(of: Plan, drawn: list[list[bool]], batch: int) -> tuple[Escalation | None, dict[str, CandidateRecord]]:
    """Run the search, then the pair on fresh examples; the small model is confident of its right answers."""
    records = climb(of, drawn, batch)
    places = {example.id: n for n, example in enumerate(of.evidence)}
    while (step := next_step(of, records, Pair(0, 1))) is not None:
        for example in step.examples[:batch]:
            passed = drawn[step.candidate][places[example.id]]
            sure = 0.5 + 0.4 * passed + 0.1 * (places[example.id] % 7) / 7
            records[of.candidates[step.candidate].key].add(
                step.purpose, replace(outcome(example, passed=passed), confidence=sure)
            )
    return escalation(of, records, Pair(0, 1)), records


def test_a_pair_is_proven_on_fresh_examples_alone() -> None:
    """What the verdict used is left out; the small model keeps the larger part of the answers."""
    of = plan(2, 400, sharing=equal(0.05, 2))
    found, records = escalated(of, world(1, 400), 8)
    result = answer(of, records)
    assert result.candidate == 1
    assert smaller_partner(of, records, result) == 0
    assert found.verdict is Pairing.HOLDS
    assert found.of == len(fresh(of, records)) == 400 - used(of, records)
    assert used(of, records) >= result.after


@pytest.mark.soak
def test_the_pair_does_not_depend_on_batches() -> None:
    """Outcomes beyond those used by the verdict do not matter."""
    for seed in range(2):
        drawn = world(seed, 300)
        of = plan(2, 300)
        assert escalated(of, drawn, 1)[0] == escalated(of, drawn, 32)[0]


def test_nothing_fresh_is_too_few() -> None:
    """With every example used there is nothing to prove the pair with."""
    of = plan(2, 30)
    found, _ = escalated(of, world(2, 30), 4)
    assert found.verdict is Pairing.TOO_FEW


def test_it_is_measured_only_where_the_task_asks_for_it() -> None:
    """The run's next step then continues with the pair, and the decision has its result."""
    of = plan(2, 400, sharing=equal(0.05, 2))
    records = climb(of, world(1, 400), 8)
    assert steps.next_step(of, records) is None
    assert decide(of, records, Strength.CERTIFIED).pair is None
    asking = replace(of, task=of.task.model_copy(update={"escalation": "measure"}))
    step = steps.next_step(asking, records)
    assert step is not None
    assert asking.run_id == of.run_id
    _, records = escalated(asking, world(1, 400), 8)
    assert steps.next_step(asking, records) is None
    decision = decide(asking, records, Strength.CERTIFIED)
    assert decision.pair == Pair(0, 1)
    assert decision.escalation.verdict is Pairing.HOLDS


def test_too_few_fresh_examples_ask_for_nothing() -> None:
    """The number needed is reported, and no inference is made."""
    of = plan(2, 60, sharing=equal(0.05, 2))
    asking = replace(of, task=of.task.model_copy(update={"escalation": "measure"}))
    records = climb(asking, [[False] * 60, [True] * 60], 8)
    found = decide(asking, records, Strength.CERTIFIED).escalation
    assert found.verdict is Pairing.TOO_FEW
    assert steps.next_step(asking, records) is None


def late(seed: int) -> tuple[Plan, list[list[bool]]]:
    """Return a pair whose large model is given up early and certified late, and a small one far below the bar."""
    draw = random.Random(seed)
    small = [draw.random() < 0.6 for _ in range(400)]
    return plan(2, 400, 0.8, sharing=equal(0.05, 2)), [small, [n not in range(5, 14) for n in range(400)]]


def test_what_a_late_certificate_read_is_not_fresh() -> None:
    """The answer was settled after more examples than its first look; none of them proves the pair."""
    of, drawn = late(1)
    records = climb(of, drawn, 1)
    found = answer(of, records)
    assert found.strength is Strength.CERTIFIED
    assert position(of, records).smallest is None
    assert used(of, records) >= found.after


@given(st.integers(0, 100_000), st.sampled_from([0.7, 0.8, 0.9]), st.integers(2, 4))
@settings(max_examples=20)
def test_fresh_examples_have_no_part_in_what_is_paired(seed: int, bar: float, rungs: int) -> None:
    """For any outcomes on them, the answer, the pair and the fresh examples would be the same."""
    draw = random.Random(seed)
    rates = [min(1.0, bar + draw.uniform(-0.15, 0.2)) for _ in range(rungs)]
    drawn = [[draw.random() < rate for _ in range(150)] for rate in rates]
    if draw.random() < 0.5:  # a bad start, then none: certified late
        drawn[-1] = [n not in range(5, 14) for n in range(150)]
    of = plan(rungs, 150, bar, sharing=equal(0.05, rungs))
    records = climb(of, drawn, 8)
    count = used(of, records)
    others = [[right if n < count else draw.random() < 0.5 for n, right in enumerate(row)] for row in drawn]
    again = climb(of, others, 8)
    assert used(of, again) == count
    assert answer(of, again) == answer(of, records)
    assert pair(of, again) == pair(of, records)
