"""The search: smallest first, the strongest claim first, and the same after any interruption."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decide.advice import FROM, STEPS, TO, more_examples
from advisor.decide.decision import decide
from advisor.decide.plan import Plan
from advisor.decide.records import SKIPPED, CandidateRecord, Purpose
from advisor.decide.search import answer, next_step
from advisor.engines.tuning import UNPROMISED
from advisor.evidence.boundary import single_look
from advisor.evidence.sequential import Claim, Strength, Verdict
from advisor.evidence.sharing import anchored, equal, one_off
from tests.decide.simulated import empty_records, fill, outcome, plan


def climb(of: Plan, drawn: list[list[bool]], batch: random.Random | int) -> dict[str, CandidateRecord]:
    """Run the search to its end in batches of a size, or of random sizes."""
    records = empty_records(of)
    places = {example.id: n for n, example in enumerate(of.evidence)}
    while (step := next_step(of, records)) is not None:
        size = batch if isinstance(batch, int) else batch.randint(1, 40)
        key = of.candidates[step.candidate].key
        for example in step.examples[:size]:
            passed = drawn[step.candidate][places[example.id]]
            records[key].add(step.purpose, outcome(example, passed=passed))
    return records


def climb_in_parallel(of: Plan, drawn: list[list[bool]], draw: random.Random) -> dict[str, CandidateRecord]:
    """Run the search while other candidates run too, each in order, whether or not the search asked for them."""
    records = empty_records(of)
    while (step := next_step(of, records)) is not None:
        if step.purpose is not Purpose.EVIDENCE:
            for example in step.examples:
                records[of.candidates[step.candidate].key].add(step.purpose, outcome(example, passed=True))
            continue
        for index, each in enumerate(of.candidates):
            done = len(records[each.key].in_order(of.evidence))
            for n in range(done, min(done + draw.choice([0, 0, 1, 7, 40]), len(of.evidence))):
                records[each.key].add(Purpose.EVIDENCE, outcome(of.evidence[n], passed=drawn[index][n]))
    return records


@given(
    st.integers(0, 10_000),
    st.sampled_from([0.8, 0.9]),
    st.integers(1, 4),
    st.sampled_from([20, 60, 100]),
    st.integers(-1, 3),
)
@settings(max_examples=15)
@pytest.mark.soak
def test_the_decision_does_not_depend_on_batches(seed: int, bar: float, rungs: int, total: int, anchor: int) -> None:
    """One by one, in batches, in batches of random sizes (as after interruptions): the same verdicts and counts."""
    draw = random.Random(seed)
    rates = [draw.uniform(0.6, 1.0) for _ in range(rungs)]
    drawn = [[draw.random() < rate for _ in range(total)] for rate in rates]
    aside = sorted(draw.sample(range(rungs), draw.randint(0, rungs - 1)))
    ladder = [index for index in range(rungs) if index not in aside]
    around = anchored(0.05, one_off(rungs, ladder[anchor % len(ladder)]), ladder=ladder)
    of = plan(rungs, total, bar, sharing=equal(0.05, rungs) if anchor < 0 else around)
    seen = []
    for batch in (1, 32, random.Random(seed)):
        decision = decide(of, climb(of, drawn, batch), Strength.CERTIFIED)
        results = [(r.verdict, r.reason, len(r.counted), r.passes, r.lower_bound) for r in decision.results]
        seen.append((decision.verdict, decision.answer, decision.next_larger, results))
    assert seen[0] == seen[1] == seen[2]


@given(st.integers(0, 10_000), st.integers(0, 3))
@settings(max_examples=30)
def test_the_answer_does_not_depend_on_the_order_of_candidates(seed: int, anchor: int) -> None:
    """Candidates probed side by side, ahead of the search and in any order: the same answer."""
    draw = random.Random(seed)
    drawn = [[draw.random() < rate for _ in range(100)] for rate in (0.8, 0.92, 0.97, 0.99)]
    of = plan(4, 100, sharing=anchored(0.05, one_off(4, anchor)))
    assert answer(of, climb_in_parallel(of, drawn, draw)) == answer(of, climb(of, drawn, 16))


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_stopping_early_finds_what_running_everything_finds(seed: int) -> None:
    """Outcomes that the search never asks for would not change its answer."""
    draw = random.Random(seed)
    drawn = [[draw.random() < rate for _ in range(100)] for rate in (0.7, 0.9, 0.97, 0.99)]
    of = plan(4, 100)
    assert answer(of, climb(of, drawn, 16)) == answer(of, fill(of, drawn))


def test_the_smallest_certified_candidate_is_the_answer() -> None:
    """Probing starts at the guess; a larger candidate that passes too is not probed, but for the answer's mistakes."""
    of = plan(3, 100, sharing=anchored(0.05, one_off(3, 1)))
    drawn = [[False] * 100, [True] * 100, [True] * 100]
    records = climb(of, drawn, 8)
    found = answer(of, records)
    assert (found.candidate, found.strength) == (1, Strength.CERTIFIED)
    assert records[of.candidates[2].key].inferences == 0


def test_a_guess_that_is_too_large_hands_its_share_down() -> None:
    """A smaller one that its own share could not certify is certified with what the larger one hands on."""
    of = plan(3, 60, sharing=anchored(0.05, one_off(3, 2)))
    assert not of.tests[0].can_certify
    decision = decide(of, climb(of, [[True] * 60] * 3, 8), Strength.CERTIFIED)
    assert decision.answer.candidate == 0
    assert decision.results[0].level > 10 * of.tests[0].alpha
    assert [result.verdict for result in decision.results] == [Verdict.PASSES] * 3


def test_the_next_larger_is_tried_on_the_mistakes_alone() -> None:
    """What a larger one adds is bounded by the mistakes it mends; nothing else is run for it."""
    of = plan(2, 150, sharing=equal(0.05, 2))
    smaller = [True] * 150
    smaller[3] = smaller[20] = False
    larger = [True] * 150
    larger[20] = False
    records = climb(of, [smaller, larger], 8)
    decision = decide(of, records, Strength.CERTIFIED)
    assert (decision.next_larger.mistakes_tried, decision.next_larger.mistakes_right) == (2, 1)
    assert set(records[of.candidates[1].key].outcomes[Purpose.COMPARISON]) == {"e3", "e20"}
    assert decision.results[1].verdict is Verdict.UNDECIDED
    assert not decision.results[1].counted


def test_few_examples_give_the_weaker_claim() -> None:
    """With 20 examples nothing can be certified; all right still passes the examples, and counts as undecided."""
    of = plan(2, 20)
    records = climb(of, [[False] * 20, [True] * 20], 4)
    decision = decide(of, records, Strength.CERTIFIED)
    assert (decision.answer.candidate, decision.answer.strength) == (1, Strength.EXAMPLES)
    assert decision.verdict == "undecided"
    assert decide(of, records, Strength.EXAMPLES).verdict == "passes"
    assert decision.more_examples.likely is not None
    assert 20 + decision.more_examples.fewest >= 29


def test_an_ended_budget_leaves_a_provisional_answer() -> None:
    """When the budget of inferences ends first, only the observed rate is reported."""
    of = plan(2, 100, inferences=10)
    decision = decide(of, climb(of, [[True] * 100, [True] * 100], 5), Strength.CERTIFIED)
    assert decision.answer.strength is Strength.PROVISIONAL
    assert decision.inferences == 10
    assert decision.verdict == "undecided"


def test_none_passes_when_all_fail() -> None:
    """All candidates far below the bar: verdict none, each proven to fail, after a few answers if these are slow."""
    of = plan(3, 100)
    slow = tuple(replace(each, seconds_per_example=0.1) for each in of.candidates)
    of = replace(of, shortlist=replace(of.shortlist, candidates=slow))
    decision = decide(of, climb(of, [[False] * 100] * 3, 4), Strength.CERTIFIED)
    assert decision.verdict == "none"
    assert all(result.verdict is Verdict.FAILS for result in decision.results)
    assert all("proven to be right less than 90%" in result.reason for result in decision.results)
    assert decision.inferences <= 40


def test_a_candidate_that_cannot_be_run_does_not_end_the_search() -> None:
    """Its reason is kept, the next one is tried; if none could be run nothing is claimed."""
    of = plan(2, 100)
    records = empty_records(of)
    records[of.candidates[0].key].note({"event": "failed", "reason": "crashed"})
    step = next_step(of, records)
    assert step.candidate == 1
    records[of.candidates[1].key].note({"event": "failed", "reason": "crashed too"})
    decision = decide(of, records, Strength.CERTIFIED)
    assert next_step(of, records) is None
    assert decision.verdict == "undecided"
    assert "crashed" in decision.results[0].reason


def test_one_that_cannot_be_run_leaves_the_verdict_open() -> None:
    """The failure of the others does not show that none passes: exit code 4, not 3. An untuned one is no candidate."""
    of = plan(2, 100)
    records = climb(of, [[False] * 100, [False] * 100], 4)
    assert decide(of, records, Strength.CERTIFIED).verdict == "none"
    for why, verdict, said in (
        ("was killed from outside", "undecided", "could not be run: was"),
        (f"{UNPROMISED}: 4 of 9", "none", f"not tuned: {UNPROMISED}"),
    ):
        records[of.candidates[1].key] = CandidateRecord()
        records[of.candidates[1].key].note({"event": "failed", "reason": why})
        decision = decide(of, records, Strength.CERTIFIED)
        assert (decision.verdict, decision.results[1].reason[: len(said)]) == (verdict, said)


def test_one_that_was_skipped_is_not_measured() -> None:
    """A skip says nothing about the model; its outcomes by then still count."""
    of = plan(3, 100)
    for drawn, verdict, reason in (
        ([], Verdict.NOT_MEASURED, "you skipped it; nothing is known of it"),
        ([True, True, False], Verdict.NOT_MEASURED, "you skipped it: 2 of 3 passed so far"),
        ([False] * 100, Verdict.FAILS, "0 of 100 passed: proven to be right less than 90% of the time"),
    ):
        records = fill(of, [[False] * 100, [False] * 100, drawn])
        records[of.candidates[2].key].note({"event": "failed", "reason": SKIPPED, "circumstance": True})
        decision = decide(of, records, Strength.CERTIFIED)
        assert (decision.results[2].verdict, decision.results[2].reason) == (verdict, reason)
        assert decision.verdict == ("none" if verdict is Verdict.FAILS else "undecided")


def test_what_a_larger_one_adds_counts_the_untried_mistakes() -> None:
    """With more mistakes than are tried, each untried one might be corrected too."""
    of = plan(2, 400, bar=0.6)
    smaller = [n % 4 != 0 for n in range(400)]
    decision = decide(of, climb(of, [smaller, [True] * 400], 32), Strength.CERTIFIED)
    comparison = decision.next_larger
    wrong = decision.results[0].mistakes
    assert comparison.mistakes == len(wrong)
    assert comparison.adds_at_most == len(wrong) / len(decision.results[0].counted)


def test_a_smaller_candidate_below_the_bar_fails() -> None:
    """One given up with less than the bar's share right fails; one too close above it is undecided."""
    of = plan(2, 200)
    below = ([True] * 4 + [False]) * 40
    decision = decide(of, climb(of, [below, [True] * 200], 16), Strength.CERTIFIED)
    assert decision.results[0].verdict is Verdict.FAILS
    assert decision.verdict == "passes"


def test_one_given_up_is_certified_after_all_when_the_rest_of_the_examples_shows_it() -> None:
    """Six mistakes early, then none: a bound above the bar is a certificate, not an undecided answer."""
    drawn = [[n not in range(5, 11) for n in range(120)]]
    of = plan(1, 120, 0.8)
    assert of.test(0, 0).certified(drawn[0]).claim is Claim.GIVEN_UP
    results = set()
    for batch in (1, 32, 120):
        decision = decide(of, climb(of, drawn, batch), Strength.CERTIFIED)
        (result,) = decision.results
        assert (decision.verdict, result.verdict) == ("passes", Verdict.PASSES)
        assert decision.answer.strength is Strength.CERTIFIED
        assert "certified above 80%" in result.reason
        results.add((decision.answer, len(result.counted), result.lower_bound))
    assert len(results) == 1


@given(st.integers(0, 100_000), st.sampled_from([0.7, 0.75, 0.8]))
@settings(max_examples=20)
@pytest.mark.soak
def test_only_a_certified_candidate_has_a_bound_above_the_bar(seed: int, bar: float) -> None:
    """Even with candidates given up on the way, and any nesting of the levels."""
    draw = random.Random(seed)
    rates = [bar + draw.uniform(-0.1, 0.15) for _ in range(3)]
    drawn = [[draw.random() < min(rate, 1.0) for _ in range(draw.choice([30, 70]))] for rate in rates]
    of = plan(3, 70, bar)
    decision = decide(of, climb(of, [row + [False] * (70 - len(row)) for row in drawn], 8), Strength.CERTIFIED)
    for result in decision.results:
        if (result.lower_bound or 0.0) > bar:
            assert result.verdict is Verdict.PASSES
            assert "certified" in result.reason


@pytest.mark.parametrize("right", [33, 35])
def test_the_range_of_more_examples_is_what_simulation_finds(right: int) -> None:
    """Of futures drawn from the posterior a quarter certify at its lower end, three quarters at its upper."""
    of = plan(1, 36, sharing=equal(0.05, 1))
    found = more_examples(of, [True] * right + [False] * (36 - right), 0)
    draw = np.random.default_rng(1)
    rates = draw.beta(right + 1, 37 - right, size=20_000)
    for more, chance in ((found.fewest, FROM), (found.likely, TO)):
        if more is None:
            continue
        steps = [each for each in STEPS if each <= more][-2:]
        certified = [
            float((36 - right + draw.binomial(each, 1 - rates) <= single_look(36 + each, 0.9, 0.05)).mean())
            for each in steps
        ]
        assert certified[-1] > chance - 0.02
        assert certified[0] < chance + 0.02


def test_where_no_number_surely_certifies_the_one_that_does_at_this_rate_is_said() -> None:
    """71 of 79 at a bar of 85%: the rate may be below it, so no number is likely enough; none is at the bar itself."""
    of = plan(1, 79, 0.85, sharing=equal(0.05, 4))
    found = more_examples(of, [True] * 71 + [False] * 8, 0)
    assert found.likely is None
    total = 79 + found.at_this_rate
    assert found.fewest < found.at_this_rate
    assert -(-8 * total // 79) <= single_look(total, 0.85, of.tests[0].alpha)
    assert found.words("85%") == (
        f"about {found.at_this_rate} more examples like these would certify 85%, if as many of them are right"
    )
    of = plan(1, 80, 0.85, sharing=equal(0.05, 1))
    close = more_examples(of, [True] * 69 + [False] * 11, 0)
    assert close is None or close.at_this_rate is None
