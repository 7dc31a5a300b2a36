"""Changes with another bar, and advice when none passes."""

import random
from dataclasses import replace

import pytest

from advisor.decide.advice import advise
from advisor.decide.decision import decide
from advisor.decide.plan import Plan
from advisor.decide.records import Changed, Shift
from advisor.decide.search import answer, position
from advisor.decide.sensitivity import at_bar, sensitivity, verdicts
from advisor.evidence.sequential import Strength, Verdict
from advisor.evidence.sharing import anchored, one_off
from tests.decide.simulated import fill, plan
from tests.decide.test_search import climb


def ladder(seed: int, *rates: float, total: int = 200) -> tuple[Plan, list[list[bool]]]:
    """Return a plan whose guess is the second candidate, and outcomes at these true rates."""
    draw = random.Random(seed)
    of = plan(len(rates), total, sharing=anchored(0.05, one_off(len(rates), min(1, len(rates) - 1))))
    return of, [[draw.random() < rate for _ in range(total)] for rate in rates]


def names(shift: Shift) -> dict[str, Changed]:
    return {each.model: each for each in shift.changed}


def test_a_clear_answer_does_not_depend_on_the_bar() -> None:
    """A candidate right every time passes two points higher and lower; a hopeless one fails at both."""
    of, drawn = ladder(1, 0.3, 1.0)
    records = climb(of, drawn, 8)
    for shift in sensitivity(of, records):
        name = of.candidates[1].name
        assert verdicts(at_bar(of, shift.bar), records)[0].verdict is Verdict.FAILS
        assert name not in names(shift) or shift.run_would_go_on_with == name
    assert [shift.bar for shift in sensitivity(of, records)] == [0.88, 0.92]


def test_a_close_answer_changes_with_the_bar() -> None:
    """A candidate just certified at the bar is not at two points more; one just missed is at two points less."""
    changes = set()
    for seed in range(12):
        of, drawn = ladder(seed, 0.85, 0.945)
        records = fill(of, drawn)
        here = verdicts(of, records)[1].strength
        lower, higher = sensitivity(of, records)
        there = [names(shift).get(of.candidates[1].name) for shift in (lower, higher)]
        changes |= {(here, each.strength, at > 0) for at, each in enumerate(there) if each is not None}
        assert there[0] is None or there[0].strength is Strength.CERTIFIED
    assert (Strength.CERTIFIED, Strength.EXAMPLES, True) in changes
    assert (Strength.EXAMPLES, Strength.CERTIFIED, False) in changes


def test_another_bar_is_decided_as_a_run_at_that_bar() -> None:
    """With all outcomes the answer is that of a run with the other bar and the same shares."""
    for seed in range(10):
        of, drawn = ladder(seed, 0.9, 0.93, 0.97)
        for shift in sensitivity(of, fill(of, drawn)):
            there = at_bar(of, shift.bar)
            found = answer(there, climb(there, drawn, 16))
            assert shift.recommended == (None if found is None else of.candidates[found.candidate].name)
            assert shift.run_would_go_on_with is None
            assert there.sharing == of.sharing


def test_a_run_that_would_have_to_continue_is_reported() -> None:
    """At a higher bar a run that stopped early would have to continue."""
    of, drawn = ladder(3, 0.4, 1.0)
    records = climb(of, drawn, 1)
    _, higher = sensitivity(of, records)
    there = at_bar(of, higher.bar)
    assert position(there, records).probing == 1
    assert higher.run_would_go_on_with == of.candidates[1].name
    assert verdicts(there, records)[1].verdict is None


def test_a_bar_beyond_one_is_left_out() -> None:
    of = plan(1, 40, bar=0.99)
    assert [shift.bar for shift in sensitivity(of, fill(of, [[True] * 40]))] == [0.97]


def test_the_best_and_its_gap() -> None:
    """When none passes: the closest, its gap, what is proven, its confusions."""
    of, drawn = ladder(4, 0.5, 0.8)
    decision = decide(of, climb(of, drawn, 8), Strength.CERTIFIED)
    assert decision.verdict == "none"
    advice = advise(of, decision)
    assert advice.best.model == of.candidates[1].name
    result = decision.results[1]
    assert advice.best.gap == pytest.approx(0.9 - result.passes / len(result.counted))
    assert advice.best.proven == result.lower_bound
    assert advice.teaching_examples == 0
    assert all(mixed.times >= 3 for mixed in advice.mixed_up)


def test_what_is_mixed_up_is_counted() -> None:
    """The rate without the most frequent confusion is reported: the gain of a narrower task."""
    of, drawn = ladder(5, 0.8)
    decision = decide(of, climb(of, drawn, 8), Strength.CERTIFIED)
    assert not advise(of, decision).mixed_up  # of two labels, leaving that out would leave no task
    of = replace(of, examples=replace(of.examples, labels=("a", "b", "c")))
    advice = advise(of, decision)
    (mixed,) = advice.mixed_up
    assert (mixed.expected, mixed.said) == ("a", "b")
    assert mixed.times == advice.best.of - advice.best.passes
    assert mixed.rate_without == 1.0
    results = tuple(replace(each, candidate=replace(each.candidate, place="baseline")) for each in decision.results)
    assert not advise(of, replace(decision, results=results)).mixed_up  # no task is narrowed for a baseline


def test_without_any_outcome_there_is_nothing_to_advise() -> None:
    of = plan(1, 40)
    records = climb(of, [[True] * 40], 8)
    for record in records.values():
        for outcomes in record.outcomes.values():
            outcomes.clear()
        record.note({"event": "failed", "reason": "crashed"})
    assert advise(of, decide(of, records, Strength.CERTIFIED)).best is None
