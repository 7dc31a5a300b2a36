"""If none is certified, fast candidates run on all evidence, and the best supported one is the answer."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decide.decision import decide
from advisor.decide.over_baseline import over_baseline
from advisor.decide.plan import Plan
from advisor.decide.records import Purpose
from advisor.decide.search import Answer, answer, next_step
from advisor.decide.sensitivity import verdicts
from advisor.evidence.sequential import Strength, Verdict
from advisor.evidence.sharing import anchored, equal, one_off
from tests.decide.simulated import candidate, empty_records, fill, outcome, plan
from tests.decide.test_search import climb
from tests.tables import for_each


def paced(of: Plan, seconds: list[float]) -> Plan:
    """Return a plan whose candidates take these seconds per answer."""
    slow = (replace(each, seconds_per_example=pace) for each, pace in zip(of.candidates, seconds, strict=True))
    return replace(of, shortlist=replace(of.shortlist, candidates=tuple(slow)))


def row(right: int, of: int, seed: int = 0, start: str = "") -> list[bool]:
    """Return outcomes with a number of right ones in random order; `start` gives the first, "1" for right."""
    first = [each == "1" for each in start]
    rest = [True] * (right - sum(first)) + [False] * (of - right - first.count(False))
    random.Random(seed).shuffle(rest)
    return first + rest


def test_one_that_starts_badly_is_not_given_up() -> None:
    """Right on 12 of its first 18 and on 80% in the end: an answer at a bar of 75%, not "none"."""
    of = plan(2, 120, 0.75)
    begun = "101110110101101101"
    assert begun.count("1") == 12
    drawn = [row(40, 120), row(98, 120, start=begun)]
    decision = decide(of, climb(of, drawn, 8), Strength.CERTIFIED)
    assert (decision.answer.candidate, decision.answer.after) == (1, 120)
    assert decision.results[0].is_refuted  # right on a third: far from the bar, and run to the end for it takes no time
    assert (decision.results[0].passes, len(decision.results[0].counted)) == (40, 120)
    slow = paced(of, [0.2, 0.2])  # 24 seconds each
    far = decide(slow, climb(slow, drawn, 8), Strength.CERTIFIED)
    assert far.answer == decision.answer
    assert len(far.results[0].counted) < 40


def test_the_best_supported_is_the_answer_not_the_first_that_reaches_the_bar() -> None:
    """36 of 40 just reaches a bar of 90%; 39 of 40 supports it."""
    of = plan(2, 40)
    decision = decide(of, climb(of, [row(36, 40), row(39, 40)], 8), Strength.CERTIFIED)
    assert (decision.answer.candidate, decision.answer.strength) == (1, Strength.EXAMPLES)


def test_of_those_with_enough_support_the_smallest_is_the_answer() -> None:
    """More support than enough does not make a larger model the answer."""
    of = plan(2, 40)
    decision = decide(of, climb(of, [row(38, 40), row(39, 40)], 8), Strength.CERTIFIED)
    assert decision.answer.candidate == 0


def test_held_out_training_rows_support_an_answer_that_nothing_certifies() -> None:
    """36 of 40 just reaches a bar of 90%; 95 of 100 held-out training rows in addition support it, 85 do not."""
    of = plan(2, 40)
    for held_out, chosen in ((95, 0), (85, 1)):
        records = climb(of, [row(36, 40), row(39, 40)], 8)
        records[of.candidates[0].key].details["cross_validated"] = [held_out, 100]
        decision = decide(of, records, Strength.CERTIFIED)
        assert (decision.answer.candidate, decision.answer.strength) == (chosen, Strength.EXAMPLES)


def test_a_larger_one_that_is_right_no_more_often_is_never_the_answer() -> None:
    """Regardless of held-out rows: the user asked for the smallest. Its gain is counted if it answered all."""
    of = plan(2, 57, 0.85)
    records = climb(of, [row(52, 57), row(50, 57)], 8)
    for each, held_out in zip(of.candidates, (15, 19), strict=True):
        records[each.key].details["cross_validated"] = [held_out, 26]
    decision = decide(of, records, Strength.CERTIFIED)
    assert decision.answer is not None
    assert (decision.answer.candidate, decision.answer.strength) == (0, Strength.EXAMPLES)
    assert decision.next_larger is not None
    assert decision.next_larger.is_whole
    assert decision.next_larger.adds_at_most == pytest.approx(-2 / 57)
    # A bar that 100 more would reach is said only where it is higher than what is proven.
    proven = decision.results[0].lower_bound
    assert decision.bar_in_reach is None or decision.bar_in_reach.pass_rate > (proven or 0.0)


@for_each(
    ("total", "right", "more"),
    [
        (14, 14, 100),
        (400, 338, 400),
        (400, 384, 0),  # certified early: the rest of the rows may prove more
    ],
)
def test_of_a_certified_one_the_higher_bar_in_reach_is_known(total: int, right: int, more: int) -> None:
    """So that the answer says what would prove more: of many examples as many again."""
    of = plan(1, total, 0.8)
    decision = decide(of, climb(of, [row(right, total, seed=1)], 8), Strength.CERTIFIED)
    assert (decision.answer.strength, decision.more_examples) == (Strength.CERTIFIED, None)
    assert decision.bar_in_reach.more_examples == more
    assert (decision.results[0].lower_bound or 0) < decision.bar_in_reach.pass_rate < right / total


def test_of_a_certified_one_answers_known_already_show_what_is_in_reach() -> None:
    """Another run on the same rows proves no higher bar where their later answers are wrong."""
    of = plan(1, 400, 0.8)
    records = climb(of, [[True] * 400], 8)
    certified = decide(of, records, Strength.CERTIFIED)
    assert certified.bar_in_reach.more_examples == 0
    record, counted = records[of.candidates[0].key], len(certified.results[0].counted)
    for each in of.evidence[len(record.in_order(of.evidence)) :]:
        record.add(Purpose.EVIDENCE, outcome(each, passed=False))
    later = decide(of, records, Strength.CERTIFIED)
    assert (later.answer.strength, len(later.results[0].counted)) == (Strength.CERTIFIED, counted)
    assert later.bar_in_reach is None


def test_few_examples_give_the_verdict_none_only_where_they_prove_it() -> None:
    """Eight examples can certify nothing, but one that is never right is proven to fail; one right on six is not."""
    of = plan(1, 8)
    decision = decide(of, climb(of, [row(0, 8)], 8), Strength.CERTIFIED)
    assert (decision.results[0].verdict, decision.verdict) == (Verdict.FAILS, "none")
    decision = decide(of, climb(of, [row(6, 8)], 8), Strength.CERTIFIED)
    assert (decision.results[0].is_refuted, decision.verdict) == (False, "undecided")


def test_a_candidate_near_the_bar_does_not_give_the_verdict_none() -> None:
    """Right on 86 of 100, at a bar of 90%: below it on these, which proves nothing."""
    of = plan(1, 100)
    decision = decide(of, climb(of, [row(86, 100)], 8), Strength.CERTIFIED)
    assert (decision.verdict, decision.results[0].verdict) == ("undecided", Verdict.UNDECIDED)
    assert decision.results[0].reason == "86 of 100 passed, below 90% on these examples, not proven for new ones"
    # Where no more is asked than these examples, counting them proves it.
    assert decide(of, climb(of, [row(86, 100)], 8), Strength.EXAMPLES).verdict == "none"


def test_one_answer_to_every_input_is_said() -> None:
    """Except for a constant baseline, for few inputs, and if the answers differ."""
    of = plan(2, 60, 0.9)
    of = replace(of, shortlist=replace(of.shortlist, candidates=(candidate(0, method="constant"), of.candidates[1])))
    drawn = [row(34, 60), row(34, 60)]
    assert "every input" not in decide(of, fill(of, drawn), Strength.CERTIFIED).results[1].reason
    records = empty_records(of)
    for each, passes in zip(of.candidates, drawn, strict=True):
        for example, passed in zip(of.evidence, passes, strict=True):
            records[each.key].add(Purpose.EVIDENCE, replace(outcome(example, passed=passed), output="no"))
    constant, model = decide(of, records, Strength.CERTIFIED).results
    assert model.reason.startswith("34 of 60 passed, with 'no' for every input: ")
    assert constant.reason.startswith("34 of 60 passed: ")


def test_what_takes_long_is_not_run_to_the_end() -> None:
    """A candidate beyond the budget of seconds is given up as before, and nothing is claimed of it."""
    of = paced(plan(2, 120), [0.001, 30.0])
    assert of.finishing.candidates == {0}
    records = climb(of, [row(105, 120), row(70, 120)], 4)
    assert records[of.candidates[0].key].inferences == 120
    assert records[of.candidates[1].key].inferences < 40
    decision = decide(of, records, Strength.CERTIFIED)
    assert decision.verdict == "undecided"
    assert "given up, the rest would take long" in decision.results[1].reason


@for_each(("limits", "is_all"), [({}, True), ({"inferences": 200}, False)])
def test_fast_ones_have_all_their_answers_before_a_slow_one_is_asked(limits: dict[str, int], *, is_all: bool) -> None:
    """Though given up early, whatever the slow one's result; with a budget of answers they would use it up."""
    of = paced(plan(3, 120, sharing=equal(0.05, 3), **limits), [0.001, 0.002, 1.0])
    drawn, records = [row(50, 120), row(60, 120)], empty_records(of)
    while (step := next_step(of, records)) is not None and step.candidate < 2:
        places = [of.evidence.index(each) for each in step.examples[:8]]
        for at in places:
            passed = drawn[step.candidate][at]
            records[of.candidates[step.candidate].key].add(step.purpose, outcome(of.evidence[at], passed=passed))
    assert step is not None
    asked = [len(records[each.key].in_order(of.evidence)) for each in of.candidates]
    assert (asked == [120, 120, 0]) is is_all
    assert min(asked[:2]) > 0


def test_no_slow_one_is_asked_where_a_fast_one_is_certified_by_itself() -> None:
    """Though probing was to start at the slow one; if its share would certify a smaller one yet, it is asked."""
    drawn = [[False] * 120, [True] * 120, [True] * 120]
    of = paced(plan(3, 120, sharing=anchored(0.05, one_off(3, 2))), [0.001, 0.002, 1.0])
    assert of.sharing.start == 2
    records = climb(of, drawn, 8)
    assert (answer(of, records).candidate, answer(of, records).strength) == (1, Strength.CERTIFIED)
    assert not records[of.candidates[2].key].inferences
    lent = [row(115, 120), [True] * 120, [True] * 120]
    of = paced(plan(3, 120, sharing=replace(of.sharing, shares=(0.005, 0.005, 0.04))), [0.001, 0.002, 1.0])
    records = climb(of, lent, 8)
    assert (answer(of, records).candidate, answer(of, records).strength) == (0, Strength.CERTIFIED)
    assert records[of.candidates[2].key].inferences


@for_each(("total", "bar", "rate"), [(100, 0.75, 0.45), (200, 0.9, 0.6), (200, 0.9, 0.75)])
def test_what_is_not_run_to_the_end_is_proven_to_fail(total: int, bar: float, rate: float) -> None:
    """It is stopped when far from the bar, and that settles the verdict: "none", not "undecided"."""
    of = paced(plan(1, total, bar), [1.0])
    for seed in range(4):
        decision = decide(of, climb(of, [row(round(rate * total), total, seed)], 8), Strength.CERTIFIED)
        assert decision.inferences < total
        assert (decision.verdict, decision.results[0].is_refuted) == ("none", True)


def test_the_budget_goes_to_the_fastest() -> None:
    """As many as fit, and not more seconds than the plan names."""
    of = paced(plan(4, 100), [0.5, 0.4, 2.0, 0.1])
    assert of.finishing.candidates == {0, 1, 3}
    assert of.finishing.seconds == pytest.approx(100.0)
    assert of.finishing.seconds <= of.finishing.budget


@for_each(("seconds", "is_run"), [(0.001, True), (1.0, False)])
def test_what_is_smaller_than_a_certified_one_is_given_up_only_if_it_takes_long(
    seconds: float, *, is_run: bool
) -> None:
    """A candidate that takes seconds is judged by all its answers, even if it looks lost early; it may be certified."""
    late = [False] * 9 + [True] * 191
    for drawn, words in ((row(176, 200), "below 90%"), (row(130, 200), "proven"), (late, "certified above 90%")):
        of = paced(plan(2, 200), [seconds, 1.0])
        records = climb(of, [drawn, [True] * 200], 8)
        smaller = decide(of, records, Strength.CERTIFIED).results[0]
        asked = records[of.candidates[0].key].in_order(of.evidence)
        assert (len(asked) == 200, words in smaller.reason) == (is_run, is_run)


def test_an_answer_that_training_rows_make_likely_is_provisional() -> None:
    """It misses the bar on the examples alone; where only these are asked about, none passes them."""
    of = plan(2, 100)
    records = climb(of, [row(60, 100), row(88, 100)], 100)
    assert answer(of, records) is None
    records[of.candidates[1].key].details = {"cross_validated": (96, 100)}
    decision = decide(of, records, Strength.CERTIFIED)
    assert (decision.answer, decision.verdict) == (Answer(1, Strength.PROVISIONAL, 100), "undecided")
    assert (
        "88 of 100 passed, below 90% on these examples; 184 of 200 with its training rows cross-validated"
        in decision.results[1].reason
    )
    assert decide(of, records, Strength.EXAMPLES).answer is None


@given(st.integers(0, 10_000), st.sampled_from([0.75, 0.9]), st.sampled_from([20, 50]))
@settings(max_examples=4)
def test_live_and_final_do_not_contradict(seed: int, bar: float, total: int) -> None:
    """What is certified or proven to fail while the run goes on is so in the end; both views agree at the end."""
    draw = random.Random(seed)
    drawn = [[draw.random() < rate for _ in range(total)] for rate in (bar - 0.1, bar, bar + 0.08)]
    of = plan(3, total, bar)
    records = empty_records(of)
    reached: dict[int, str] = {}
    while (step := next_step(of, records)) is not None:
        record = records[of.candidates[step.candidate].key]
        for each in step.examples[:25]:
            record.add(step.purpose, outcome(each, passed=drawn[step.candidate][each.line - 1]))
        live = decide(of, records, Strength.CERTIFIED)
        reached |= {n: "certified" for n, each in enumerate(live.results) if "certified above" in each.reason}
        reached |= {n: "fails" for n, each in enumerate(live.results) if each.is_refuted}
    final = decide(of, records, Strength.CERTIFIED)
    for index, word in reached.items():
        found = final.results[index]
        assert found.verdict is Verdict.FAILS if word == "fails" else word in found.reason
    assert [each.verdict for each in verdicts(of, records)] == [
        each.verdict if each.counted else None for each in final.results
    ]
    assert final.answer == answer(of, records)


@pytest.mark.parametrize("kind", ["text-classification", "sentence-similarity"])
def test_the_gain_is_over_the_best_constant_in_hindsight(kind: str) -> None:
    """The training rows made "b" the constant answer; of the examples "a" is the most frequent."""
    made = plan(2, 10)
    labels = ["a"] * 7 + ["b"] * 3
    evidence = tuple(replace(each, expected=label) for each, label in zip(made.evidence, labels, strict=True))
    ladder = (candidate(0, method="constant", runtime="baseline", place="baseline", model="always 'b'"), candidate(1))
    of = replace(
        made,
        task=made.task.model_copy(update={"family": kind}),
        examples=replace(made.examples, evidence=evidence),
        shortlist=replace(made.shortlist, candidates=ladder),
    )
    found = over_baseline(of, fill(of, [[label == "b" for label in labels], [True] * 9 + [False]]), 1, 10)
    assert found is not None
    assert (found.model, found.baseline_right, found.right) == ("always 'a'", 7, 9)
    untrained = replace(of, shortlist=replace(of.shortlist, candidates=(candidate(0), candidate(1))))
    found = over_baseline(untrained, fill(untrained, [[False] * 10, [True] * 9 + [False]]), 1, 10)
    assert found is not None
    assert found.model == "always 'a'", "without training rows no constant answer is a candidate"
    skips = replace(untrained, task=untrained.task.model_copy(update={"baselines": "skip"}))
    assert over_baseline(skips, fill(skips, [[False] * 10, [True] * 10]), 1, 10) is None
    each_its_own = tuple(replace(each, expected=each.id) for each in evidence)
    of = replace(of, examples=replace(of.examples, evidence=each_its_own))
    found = over_baseline(of, fill(of, [[False] * 10, [True] * 10]), 1, 10)
    assert found is not None
    assert found.model == "always 'b'", "what is expected once is nothing that a constant answer could know"
