"""A bar's criteria besides the pass rate: each can certify, each can fail, and none depends on batches."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from advisor.decide import search
from advisor.decide.advice import advise
from advisor.decide.bar import Asked, criteria_of
from advisor.decide.decision import decide
from advisor.decide.records import CandidateRecord, Purpose
from advisor.evidence.sequential import Strength, Verdict, nested
from advisor.evidence.sharing import equal
from advisor.probe.protocol import Outcome
from advisor.report.reach import reach_lines
from advisor.task.example import Example
from advisor.task.examples import ExampleSet
from advisor.task.model import Bar, Task
from tests.decide.simulated import empty_records, outcome, plan
from tests.tables import for_each

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.decide.decision import Decision
    from advisor.decide.plan import Plan

    Answer = Callable[[int, Example, Purpose], Outcome]

TOTAL = 200
# For time limits every fifth answer counts.
TIMED_TOTAL = 450


def asking(rungs: int = 2, **bar: Any) -> Plan:
    """Return a plan whose bar asks for more than the pass rate."""
    of = plan(rungs, TIMED_TOTAL if "p95_seconds" in bar else TOTAL, sharing=equal(0.05, rungs))
    described = of.task.model_dump(mode="json", exclude_none=True)
    described["bar"] = {"pass_rate": 0.8, **bar}
    evidence = tuple(replace(each, reference=0.9 if n % 2 else 0.8) for n, each in enumerate(of.evidence))
    return replace(of, task=Task.model_validate(described), examples=ExampleSet(of.examples.labels, (), evidence, ()))


def good(index: int, example: Example, purpose: Purpose) -> Outcome:
    """Right, fast, and always the same."""
    return Outcome(example.id, "a", 1.0, passed=True, seconds=0.01)


def searched(of: Plan, answer: Answer, batch: int) -> dict[str, CandidateRecord]:
    records = empty_records(of)
    while (step := search.next_step(of, records)) is not None:
        for example in step.examples[:batch]:
            records[of.candidates[step.candidate].key].add(step.purpose, answer(step.candidate, example, step.purpose))
    return records


def run(of: Plan, answer: Answer, batch: int = 32) -> tuple[Decision, dict[str, CandidateRecord]]:
    records = searched(of, answer, batch)
    return decide(of, records, Strength.CERTIFIED), records


BARS = ({"mean_score": 0.9}, {"p95_seconds": 0.5}, {"agreement": 0.9}, {"reference": {"column": "r", "margin": 0.05}})


def worse(what: str) -> Answer:
    """Return a first candidate that misses a further criterion, though every answer passes; the second is good."""

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


@for_each("bar", BARS)
def test_a_candidate_that_meets_every_criterion_is_certified(bar: dict[str, Any]) -> None:
    decision, _ = run(asking(**bar), good)
    assert (decision.answer.candidate, decision.answer.strength) == (0, Strength.CERTIFIED)
    (asked,) = decision.results[0].besides
    assert asked.words in decision.results[0].reason


@for_each("bar", BARS)
def test_a_candidate_that_misses_it_fails_and_the_next_one_passes(bar: dict[str, Any]) -> None:
    """Although all its answers pass, it is given up early, with the reason in words."""
    of = asking(**bar)
    decision, records = run(of, worse(next(iter(bar))))
    assert decision.answer.candidate == 1
    first = decision.results[0]
    assert first.verdict is Verdict.GIVEN_UP
    assert first.reason.startswith("does not keep to")
    assert records[first.candidate.key].inferences < 2 * len(of.evidence)


LONG = pytest.param(BARS[1], marks=pytest.mark.soak, id="p95_seconds")  # 450 answers


@pytest.mark.parametrize("bar", [BARS[0], LONG, *BARS[2:]])
def test_the_decision_does_not_depend_on_batches(bar: dict[str, Any]) -> None:
    """For any size of batches: the same verdicts, reasons, counts and criteria."""

    def verdicts(batch: int) -> list[Any]:
        decision, _ = run(asking(3, **bar), noisy(next(iter(bar))), batch)
        return [(r.verdict, r.reason, len(r.counted), [each.values for each in r.besides]) for r in decision.results]

    assert verdicts(7) == verdicts(64)


def noisy(what: str) -> Answer:
    """Return candidates whose answers depend only on the example, not on the time."""

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
    everything = {key: value for bar in BARS for key, value in bar.items()}
    of = asking(**everything)
    decision, _ = run(of, good, 150)
    assert len(decision.results[0].besides) == len(BARS)
    assert decision.answer.strength is Strength.CERTIFIED
    for what in everything:
        found = search.answer(of, searched(of, worse(what), 150))
        assert found.candidate == 1


def test_too_few_examples_still_say_what_holds_for_them() -> None:
    """Latency at 95% cannot be certified with 40 examples; that these were quick enough is counted."""
    of = asking(1, p95_seconds=0.5)
    few = ExampleSet(of.examples.labels, (), of.evidence[:40], ())
    decision, _ = run(replace(of, examples=few), good)
    assert decision.answer.strength is Strength.EXAMPLES


def test_what_counts_goes_as_far_as_the_criteria_read() -> None:
    """If only every third example has a reference, three times as many are read as values count."""
    of = asking(1, reference={"column": "r", "margin": 0.05})
    evidence = tuple(replace(each, reference=0.9 if n % 3 == 2 else None) for n, each in enumerate(of.evidence))
    of = replace(of, examples=ExampleSet(of.examples.labels, (), evidence, ()))
    decision, _ = run(of, good, 1)
    (result,) = decision.results
    (reference,) = result.besides
    assert result.verdict is Verdict.PASSES
    assert reference.certified().after % 3 == 0
    assert len(result.counted) == reference.certified().after > len(reference.values)


def by_label(rare: int, *, wrong: bool, **bar: Any) -> tuple[Plan, Answer]:
    """Return a plan with a number of examples of label b, and a first candidate that answers a to all if `wrong`."""
    of = asking(**bar)
    evidence = tuple(
        replace(each, expected="b" if n % (TOTAL // rare) == 0 else "a", slice="b" if n % 2 else "a")
        for n, each in enumerate(of.evidence)
    )
    of = replace(of, examples=replace(of.examples, evidence=evidence))

    def answer(index: int, example: Example, purpose: Purpose) -> Outcome:
        is_wrong = wrong and index == 0 and example.expected == "b"
        return replace(good(index, example, purpose), passed=not is_wrong, score=float(not is_wrong))

    return of, answer


@pytest.mark.parametrize("bar", [{"per_label": 0.7}, {"per_label": {"b": 0.7}}])
def test_a_rate_on_each_label_refuses_a_model_that_never_finds_a_rare_one(bar: dict[str, Any]) -> None:
    """One in ten is b: answering a to all passes the bar of 80%, but not the rate on b."""
    of, says_a = by_label(20, wrong=True)
    decision, _ = run(of, says_a)
    assert decision.answer.candidate == 0
    of, says_a = by_label(20, wrong=True, **bar)
    decision, _ = run(of, says_a)
    assert (decision.answer.candidate, decision.answer.strength) == (1, Strength.CERTIFIED)
    assert decision.results[0].verdict is Verdict.GIVEN_UP
    assert "70% of label 'b' right (20 examples)" in decision.results[0].reason


def test_what_cries_wolf_is_refused_by_a_rate_on_its_answers() -> None:
    """One in ten is b; saying b of one in seven others as well passes the bar of 80%, but not a precision of 70%."""

    def cries(index: int, example: Example, purpose: Purpose) -> Outcome:
        number = int(example.id.removeprefix("e"))
        said = "b" if example.expected == "b" or (index == 0 and number % 7 == 0) else "a"
        is_right = said == example.expected
        return Outcome(example.id, said, float(is_right), passed=is_right, seconds=0.01)

    of, _ = by_label(20, wrong=True)
    assert run(of, cries)[0].answer.candidate == 0
    of, _ = by_label(20, wrong=True, precision={"b": 0.7})
    decision, _ = run(of, cries)
    assert (decision.answer.candidate, decision.answer.strength) == (1, Strength.CERTIFIED)
    assert "70% of answers 'b' right (20 examples expect it)" in decision.results[0].reason
    (asked,) = decision.results[0].besides
    assert (asked.verdict, asked.observed) == ("does not hold", pytest.approx(20 / 46, abs=0.05))
    never, _ = run(
        of, lambda index, example, purpose: replace(good(index, example, purpose), passed=example.expected == "a")
    )
    assert never.answer is None


def test_one_that_is_never_right_fails_by_its_rate_whatever_it_lacks_besides() -> None:
    """The first thing to know of it; the table of what else the bar asks has the rest."""
    of, _ = by_label(20, wrong=True, per_label={"a": 0.7})
    decision, _ = run(of, lambda index, example, purpose: replace(good(index, example, purpose), passed=index > 0))
    assert decision.results[0].reason.endswith("proven to be right less than 80% of the time")
    assert any(each.verdict == "does not hold" for each in decision.results[0].besides)


def test_of_several_labels_the_one_asked_for_has_to_be_found() -> None:
    """Whatever else is said: a rate on a label is its recall, as in the table of labels."""
    examples = [Example(f"e{n}", "x", ["a", "b"] if n % 2 else ["a"], n) for n in range(40)]
    ((criterion, words),) = criteria_of(Bar(per_label={"b": 0.7}), examples, ("a", "b"))
    assert words == "70% of label 'b' found (20 examples)"
    for said, value in ((["b"], 1.0), (["a"], 0.0), (None, 0.0)):
        assert criterion.value(Outcome("e1", said, 0.0, passed=False, seconds=0.1)) == value
    assert criterion.value(Outcome("e0", ["b"], 0.0, passed=False, seconds=0.1)) is None


def test_a_label_that_marks_parts_of_texts_has_its_own_rates() -> None:
    """A text counts once: all of its marks are found, whatever else is marked; or none of an answer's is wrong."""

    def at(start: int, label: str) -> dict[str, Any]:
        return {"start": start, "end": start + 3, "label": label, "text": "Ada"}

    both = [at(0, "DRUG"), at(9, "DRUG"), at(20, "DOSE")]
    examples = [Example(f"e{n}", "x", both if n % 2 else [at(20, "DOSE")], n) for n in range(40)]
    bar = Bar(per_label={"DRUG": 0.9}, precision={"DRUG": 0.8})
    (found, found_words), (right, right_words) = criteria_of(bar, examples, ("DOSE", "DRUG"))
    assert found_words == "90% of the texts with label 'DRUG' have all of it found (20 examples)"
    assert right_words == "80% of the texts with answers 'DRUG' have none of it wrong (20 examples have some)"
    cases = (
        (both, 1.0, 1.0), ([*both, at(30, "DOSE")], 1.0, 1.0), ([*both, at(30, "DRUG")], 1.0, 0.0),
        (both[1:], 0.0, 1.0), ([], 0.0, None), (None, 0.0, None),
    )  # fmt: skip
    for said, is_found, is_right in cases:
        outcome = Outcome("e1", said, 0.0, passed=False, seconds=0.1)
        assert (found.value(outcome), right.value(outcome)) == (is_found, is_right)
    without = Outcome("e0", both, 0.0, passed=False, seconds=0.1)
    assert (found.value(without), right.value(without)) == (None, 0.0)
    assert found.tests(40, [0.05])[0].total == right.tests(40, [0.05])[0].total == 20


def test_what_finds_the_rare_label_came_closer_than_what_never_does() -> None:
    """Neither passes: nine in ten are right by answering a to all, fewer by the model that finds every b."""
    of, says_a = by_label(20, wrong=True, per_label=0.7)

    def answer(index: int, example: Example, purpose: Purpose) -> Outcome:
        is_missed = index == 1 and example.expected == "a" and int(example.id[1:]) % 20 in {1, 4, 8, 12, 16}
        passed = says_a(index, example, purpose).passed and not is_missed
        return replace(says_a(index, example, purpose), passed=passed, score=float(passed))

    decision, _ = run(of, answer)
    assert decision.answer is None
    assert decision.results[0].passes > decision.results[1].passes
    best = advise(of, decision).best
    assert best.model == of.candidates[1].name


def test_more_examples_do_not_help_what_misses_a_label() -> None:
    """Nine in ten are right, and no b: neither is more of the same advised, nor a lower rate."""
    of, says_a = by_label(20, wrong=True, per_label=0.7)
    decision, _ = run(of, lambda _, example, purpose: says_a(0, example, purpose))
    assert decision.answer is None
    advice = advise(of, decision)
    assert advice.best.passes > 0.8 * advice.best.of
    assert advice.more_examples_best is None


def test_a_label_with_too_few_examples_is_said_beforehand() -> None:
    """Four of b cannot show 70% at any level here, so the answer is about the examples, and the plan says why."""
    of, answer = by_label(4, wrong=False, per_label=0.7)
    assert of.reachable is Strength.EXAMPLES
    said = " ".join(reach_lines(of))
    takes = "at least 9"
    assert f"70% of label 'b' right (4 examples) takes {takes}" in said
    assert "label 'a'" not in said
    decision, _ = run(of, answer)
    assert decision.answer.strength is Strength.EXAMPLES
    whys = {each.why_not for result in decision.results for each in result.besides}
    assert whys - {""} == {f"too few: certifying it takes {takes}"}, "one number in the plan and for every candidate"
    # At least ten of b are needed, and two hundred have four.
    assert TOTAL + decision.more_examples.fewest >= 10 * TOTAL // 4


def test_a_candidate_certified_for_all_possible_criteria_comes_before_one_that_only_passes_these() -> None:
    """Four of b are too few for any candidate; the rate can be certified, and is for the second one."""
    of, finds_b = by_label(4, wrong=False, per_label=0.7)

    def answer(index: int, example: Example, purpose: Purpose) -> Outcome:
        is_missed = index == 0 and example.expected == "a" and int(example.id[1:]) % 6 == 1
        return replace(finds_b(index, example, purpose), passed=not is_missed, score=float(not is_missed))

    decision, _ = run(of, answer)
    assert decision.answer is not None
    assert (decision.answer.candidate, decision.answer.strength) == (1, Strength.EXAMPLES)
    assert decision.results[0].passes >= 0.8 * TOTAL


def test_what_a_larger_one_lacks_is_what_is_said_of_it() -> None:
    """Both are always right: the rare label is too rare, the rate is not too close."""
    of, answer = by_label(4, wrong=False, per_label=0.7)
    _, records = run(of, answer)
    for example in of.evidence:
        records[of.candidates[1].key].add(Purpose.EVIDENCE, answer(1, example, Purpose.EVIDENCE))
    (_, larger) = decide(of, records, Strength.CERTIFIED).results
    assert larger.verdict is Verdict.UNDECIDED
    assert "label 'b' right (4 examples): 100.0% so far where 70% is needed: too few" in larger.reason


def test_the_reason_of_a_missed_rate_is_the_rate() -> None:
    """A constant answer of a rare label is right for it and wrong for all others, which is no near miss."""
    of, good_one = by_label(4, wrong=False, per_label={"b": 0.7})

    def answer(index: int, example: Example, purpose: Purpose) -> Outcome:
        is_right = index > 0 or example.expected == "b"
        return replace(good_one(index, example, purpose), passed=is_right, score=float(is_right))

    decision, _ = run(of, answer)
    constant = decision.results[0]
    assert constant.verdict is Verdict.FAILS
    assert "proven to be right less than 80%" in constant.reason
    assert "label" not in constant.reason


def test_a_rate_on_each_slice() -> None:
    """By a column's values: each must hold; with a rate per value only the named ones."""
    of, answer = by_label(20, wrong=False, per_slice={"column": "tier", "pass_rate": 0.7})
    decision, _ = run(of, answer)
    assert [each.words for each in decision.results[0].besides] == [
        "70% of tier 'a' right (100 examples)",
        "70% of tier 'b' right (100 examples)",
    ]
    of, _ = by_label(20, wrong=False, per_slice={"column": "tier", "pass_rate": {"b": 0.9}})

    def never_b(index: int, example: Example, purpose: Purpose) -> Outcome:
        fails = index == 0 and example.slice == "b" and int(example.id.removeprefix("e")) % 6 == 1
        return replace(good(index, example, purpose), passed=not fails, score=float(not fails))

    decision, _ = run(of, never_b)
    assert decision.answer.candidate == 1
    assert "90% of tier 'b' right" in decision.results[0].reason


@pytest.mark.soak
def test_rates_on_labels_keep_the_claim() -> None:
    """A candidate at the bar on one label, and far above it elsewhere, is certified no more often than α allows.

    Testing each part at the whole level needs no correction: to pass, the part that is truly missed must pass.
    """
    random_ = random.Random(5)
    certified, runs, rate = 0, 200, 0.7
    of, _ = by_label(40, wrong=False, per_label={"b": rate})
    of = replace(of, shortlist=replace(of.shortlist, candidates=of.candidates[:1]), fixed_sharing=equal(0.05, 1))
    for _ in range(runs):

        def answer(index: int, example: Example, purpose: Purpose) -> Outcome:
            right = example.expected != "b" or random_.random() < rate
            return replace(good(index, example, purpose), passed=right, score=float(right))

        found = search.answer(of, searched(of, answer, batch=TOTAL))
        certified += found is not None and found.strength is Strength.CERTIFIED
    # Three standard errors above 5%.
    assert certified / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


def test_critical_examples_are_asked_first_and_none_may_fail() -> None:
    """One wrong answer among them gives a candidate up, whatever its rate; they are no evidence for the rate."""
    of = asking(pass_rate=0.8, critical="must")
    critical = tuple(Example(f"c{n}", f"critical {n}", "a", 1000 + n, is_critical=True) for n in range(5))
    of = replace(of, examples=replace(of.examples, critical=critical))

    def answer(index: int, example: Example, purpose: Purpose) -> Outcome:
        fails = index == 0 and example.id == "c3"
        return replace(good(index, example, purpose), passed=not fails, score=float(not fails))

    decision, records = run(of, answer)
    assert (decision.answer.candidate, decision.answer.strength) == (1, Strength.CERTIFIED)
    assert decision.results[0].verdict is Verdict.FAILS
    assert decision.results[0].reason == "does not keep to all of 5 critical examples right (wrong: line 1003)"
    assert len(records[of.candidates[1].key].outcomes[Purpose.CRITICAL]) == 5
    assert not {each.id for each in critical} & set(records[of.candidates[1].key].outcomes[Purpose.EVIDENCE])
    assert "all of 5 critical examples right" in decision.results[1].reason


@for_each(
    ("values", "verdict"),
    [([1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], "undecided"), ([1.0, 0.0, 0.0, 1.0, 0.0], "does not hold")],
)
def test_a_criterion_above_what_is_asked_is_not_missed(values: list[float], verdict: str) -> None:
    """Too few to certify, all asked: met on these examples, it is undecided for new ones."""
    (test,) = nested(len(values), 0.6, [0.05])
    counted = tuple(enumerate(values, start=1))
    assert Asked("label 'a'", "", 0.6, counted, len(values), test, is_complete=True).verdict == verdict


def test_agreement_of_thousands_is_settled_in_seconds() -> None:
    """A second question is made up once, not at every look: that took half a minute with 2,000 examples."""
    of = plan(2, 2000)
    bar = of.task.bar.model_copy(update={"agreement": 0.9})
    of = replace(of, task=of.task.model_copy(update={"bar": bar}))
    draw, began = random.Random(1), time.process_time()
    records = empty_records(of)
    while (step := search.next_step(of, records)) is not None:
        record = records[of.candidates[step.candidate].key]
        for each in step.examples[:64]:
            passed = draw.random() < 0.905 or step.purpose is not Purpose.EVIDENCE
            record.add(step.purpose, outcome(each, passed=passed))
    assert all(record.outcomes[Purpose.PERTURBED] for record in records.values())
    assert time.process_time() - began < 10


@for_each(("held", "verdict"), [(0, "does not hold"), (14, "does not hold"), (22, "undecided"), (25, "undecided")])
def test_what_is_refuted_is_missed_though_too_few_could_certify_it(held: int, verdict: str) -> None:
    """0 of 25 answers in time show that 95% are not."""
    (test,) = nested(25, 0.95, [0.05])
    counted = tuple((n, float(n <= held)) for n in range(1, 26))
    asked = Asked("label 'a'", "", 0.95, counted, 25, test, is_complete=False, fewest=59)
    assert (test.can_certify, asked.verdict) == (False, verdict)
