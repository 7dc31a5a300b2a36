"""What a bar asks for besides the pass rate: each can certify, each can fail, and none depends on batches."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from advisor.decide.decision import decide
from advisor.decide.search import next_step
from advisor.evidence.sequential import Strength, Verdict
from advisor.evidence.sharing import equal
from advisor.probe.protocol import Outcome
from advisor.runs.records import CandidateRecord, Purpose
from advisor.task.examples import ExampleSet
from advisor.task.model import Task
from tests.decide.simulated import empty_records, plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.decide.decision import Decision
    from advisor.plan import Plan
    from advisor.task.example import Example

    Answer = Callable[[int, Example, Purpose], Outcome]

TOTAL = 200


def asking(rungs: int = 2, **bar: Any) -> Plan:
    """Return a plan whose bar asks for more than the pass rate."""
    of = plan(rungs, TOTAL, sharing=equal(0.05, rungs))
    described = of.task.model_dump(mode="json", exclude_none=True)
    described["bar"] = {"pass_rate": 0.8, **bar}
    evidence = tuple(replace(each, reference=0.9 if n % 2 else 0.8) for n, each in enumerate(of.evidence))
    return replace(of, task=Task.model_validate(described), examples=ExampleSet(of.examples.labels, (), evidence, ()))


def good(index: int, example: Example, purpose: Purpose) -> Outcome:
    """Right, quick, and always the same."""
    del index, purpose
    return Outcome(example.id, "a", 1.0, passed=True, seconds=0.01)


def run(of: Plan, answer: Answer, batch: int = 32) -> tuple[Decision, dict[str, CandidateRecord]]:
    """Run the search to its end."""
    records = empty_records(of)
    while (step := next_step(of, records)) is not None:
        for example in step.examples[:batch]:
            records[of.candidates[step.candidate].key].add(step.purpose, answer(step.candidate, example, step.purpose))
    return decide(of, records, Strength.CERTIFIED), records


BARS = ({"mean_score": 0.9}, {"p95_seconds": 0.5}, {"agreement": 0.9}, {"reference": {"column": "r", "margin": 0.05}})


def worse(what: str) -> Answer:
    """Return a first candidate that misses what is asked besides, though every answer passes; the second is good."""

    def answer(index: int, example: Example, purpose: Purpose) -> Outcome:
        one = good(index, example, purpose)
        if index > 0:
            return one
        number = int(example.id.removeprefix("e"))
        match what:
            case "mean_score" | "reference":
                return replace(one, score=0.6)
            case "p95_seconds":
                return replace(one, seconds=2.0 if number % 4 == 0 else 0.1)
            case _:
                return replace(one, output="b" if purpose is not Purpose.EVIDENCE and number % 3 == 0 else "a")

    return answer


@pytest.mark.parametrize("bar", BARS)
def test_a_candidate_that_gives_all_that_is_asked_is_certified(bar: dict[str, Any]) -> None:
    """The reason says what else holds."""
    decision, _ = run(asking(**bar), good)
    assert decision.answer is not None
    assert (decision.answer.candidate, decision.answer.strength) == (0, Strength.CERTIFIED)
    (asked,) = decision.results[0].besides
    assert asked.words in decision.results[0].reason


@pytest.mark.parametrize("bar", BARS)
def test_a_candidate_that_misses_it_fails_and_the_next_one_passes(bar: dict[str, Any]) -> None:
    """Though every one of its answers passes: it is given up early, with the reason in words."""
    decision, records = run(asking(**bar), worse(next(iter(bar))))
    assert decision.answer is not None
    assert decision.answer.candidate == 1
    first = decision.results[0]
    assert first.verdict is Verdict.FAILS
    assert first.reason.startswith("does not keep to")
    assert records[first.candidate.key].inferences < 2 * TOTAL


@pytest.mark.parametrize("bar", BARS)
def test_the_decision_does_not_depend_on_batches(bar: dict[str, Any]) -> None:
    """One by one and in batches: the same verdicts, reasons and counts."""

    def told(batch: int) -> list[Any]:
        decision, _ = run(asking(3, **bar), noisy(next(iter(bar))), batch)
        return [(r.verdict, r.reason, len(r.counted)) for r in decision.results]

    assert told(1) == told(7) == told(64)


def noisy(what: str) -> Answer:
    """Return candidates whose answers vary by example alone, not by when they are asked."""

    def answer(index: int, example: Example, purpose: Purpose) -> Outcome:
        chance = random.Random(f"{what} {index} {example.id} {purpose}")
        one = good(index, example, purpose)
        passed = chance.random() < (0.85, 0.93, 0.99)[index]
        return replace(
            one,
            output="a" if chance.random() < 0.97 else "b",
            score=chance.uniform(0.8, 1.0) if passed else 0.3,
            passed=passed,
            seconds=chance.expovariate(12.0),
        )

    return answer


def test_all_are_asked_for_at_once() -> None:
    """A candidate passes only where every one holds."""
    everything = {key: value for bar in BARS for key, value in bar.items()}
    decision, _ = run(asking(**everything), good)
    assert decision.answer is not None
    assert len(decision.results[0].besides) == len(BARS)
    assert decision.answer.strength is Strength.CERTIFIED
    for what in everything:
        decision, _ = run(asking(**everything), worse(what))
        assert decision.answer is not None
        assert decision.answer.candidate == 1


def test_too_few_examples_still_say_what_holds_for_them() -> None:
    """Latency at 95% cannot be certified with 40 examples; that these were quick enough is counted."""
    of = asking(1, p95_seconds=0.5)
    few = ExampleSet(of.examples.labels, (), of.evidence[:40], ())
    decision, _ = run(replace(of, examples=few), good)
    assert decision.answer is not None
    assert decision.answer.strength is Strength.EXAMPLES
