"""Escalation between candidates of a run: only fresh examples count, whatever the batches."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.decide.escalation import escalation, fresh, next_step, smaller_partner, used
from advisor.decide.search import answer
from advisor.evidence.escalation import Pairing
from advisor.evidence.sharing import equal
from tests.decide.simulated import outcome, plan
from tests.decide.test_search import climb

if TYPE_CHECKING:
    from advisor.evidence.escalation import Escalation
    from advisor.plan import Plan
    from advisor.runs.records import CandidateRecord


def world(seed: int, total: int) -> list[list[bool]]:
    """Return outcomes of a small model right four times of five, and a large one nearly always."""
    draw = random.Random(seed)
    return [[draw.random() < rate for _ in range(total)] for rate in (0.8, 0.99)]


def escalated(of: Plan, drawn: list[list[bool]], batch: int) -> tuple[Escalation | None, dict[str, CandidateRecord]]:
    """Run the search, then the pair on what is fresh; the small model is sure of what it gets right."""
    records = climb(of, drawn, batch)
    places = {example.id: n for n, example in enumerate(of.evidence)}
    while (step := next_step(of, records, 0, 1)) is not None:
        for example in step.examples[:batch]:
            passed = drawn[step.candidate][places[example.id]]
            sure = 0.5 + 0.4 * passed + 0.1 * (places[example.id] % 7) / 7
            records[of.candidates[step.candidate].key].add(
                step.purpose, replace(outcome(example, passed=passed), confidence=sure)
            )
    return escalation(of, records, 0, 1), records


def test_a_pair_is_proven_on_fresh_examples_alone() -> None:
    """What the verdict used is left out; the small model keeps the larger part of the answers."""
    of = plan(2, 400, sharing=equal(0.05, 2))
    found, records = escalated(of, world(1, 400), 8)
    result = answer(of, records)
    assert result is not None
    assert result.candidate == 1
    assert smaller_partner(of, records, result) == 0
    assert found is not None
    assert found.verdict is Pairing.HOLDS
    assert found.of == len(fresh(of, records)) == 400 - used(of, records)
    assert used(of, records) >= result.after


def test_the_pair_does_not_depend_on_batches() -> None:
    """Outcomes beyond what the verdict used are no part of it."""
    for seed in range(4):
        drawn = world(seed, 300)
        of = plan(2, 300)
        assert escalated(of, drawn, 1)[0] == escalated(of, drawn, 32)[0]


def test_nothing_fresh_is_too_few() -> None:
    """With every example used there is nothing to prove the pair with."""
    of = plan(2, 30)
    found, _ = escalated(of, world(2, 30), 4)
    assert found is not None
    assert found.verdict is Pairing.TOO_FEW
