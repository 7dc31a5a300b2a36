"""The forecast of a run's cost against its true cost."""

import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.candidates.build import Shortlist
from advisor.decide.agreement import MOST_GENERATED_PAIRS, MOST_PAIRS, agreement, is_same, pairs, perturb
from advisor.decide.forecast import ExpectedCost
from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord, Purpose, Same
from advisor.decide.search import next_step
from advisor.decide.steps import batch_size
from advisor.evidence import prior_guess
from advisor.probe.protocol import Outcome
from advisor.task.examples import Example
from tests.decide.simulated import candidate, empty_records, fill, outcome, plan
from tests.tables import for_each


def inferences(of: Plan, rates: list[float], draw: random.Random) -> int:
    """Run the search to its end in the batches of a real run; return how many answers it took."""
    records = empty_records(of)
    while (step := next_step(of, records)) is not None:
        candidate = of.candidates[step.candidate]
        done = len(records[candidate.key].in_order(of.evidence))
        for example in step.examples[: batch_size(candidate.runtime, done)]:
            records[candidate.key].add(step.purpose, outcome(example, passed=draw.random() < rates[step.candidate]))
    return sum(record.inferences for record in records.values())


@for_each(("candidates", "examples", "bar"), [(4, 78, 0.75), (4, 40, 0.75), (8, 120, 0.9), (1, 60, 0.8)])
def test_runs_whose_bar_is_barely_met_are_within_the_forecast(candidates: int, examples: int, bar: float) -> None:
    """With models about as good as the bar, eight of ten runs are in the likely range, and none exceeds the maximum."""
    of, draw = plan(candidates, examples, bar), random.Random(7)
    cost = of.expected_cost
    near = prior_guess.logit(bar) - of.strengths[of.expected]
    taken = []
    for _ in range(30):
        rates = [prior_guess.share(each + near + draw.gauss(0.0, 0.4)) for each in of.strengths]
        taken.append(inferences(of, rates, draw))
    assert max(taken) <= cost.most_inferences
    assert cost.likely_seconds[1] <= cost.most_seconds
    assert sum(cost.likely_inferences[0] <= each <= cost.likely_inferences[1] for each in taken) >= 24


@given(st.integers(0, 10_000), st.integers(1, 5), st.sampled_from([10, 40, 90]))
@settings(max_examples=25)
def test_no_run_takes_more_than_the_most(seed: int, candidates: int, examples: int) -> None:
    of, draw = plan(candidates, examples, 0.8), random.Random(seed)
    rates = [draw.uniform(0.5, 1.0) for _ in range(candidates)]
    assert inferences(of, rates, draw) <= of.expected_cost.most_inferences


def test_slow_models_that_seldom_reach_the_bar_are_expected_to_be_given_up() -> None:
    """Expected is a usual run, as six of ten are, not one whose bar is just at the model's rate."""
    slow = {"method": "prompted", "ability": "chat", "runtime": "llama.cpp", "seconds_per_example": 2.0}
    of, draw = as_candidate(plan(2, 96, 0.9), parameters=135_000_000, **slow), random.Random(7)
    taken = [
        inferences(of, [prior_guess.share(each + draw.gauss(0.0, 1.2)) for each in of.strengths], draw)
        for _ in range(61)
    ]
    assert sorted(taken)[15] <= of.expected_cost.inferences <= sorted(taken)[52]


def test_training_rows_say_how_easy_the_task_is() -> None:
    """If words predict the labels, a run is expected to end earlier than if they do not."""

    def cost(*words: str) -> ExpectedCost:
        rows = (Example(f"t{n}", f"{words[n % len(words)]} {n}", "ab"[n % 2], n) for n in range(100))
        of = plan(4, 200, 0.8)
        linear = candidate(0, method="linear", place="baseline", runtime="baseline")
        shortlist = replace(of.shortlist, candidates=(linear, *of.candidates[1:]))
        return replace(of, examples=replace(of.examples, teaching=tuple(rows)), shortlist=shortlist).expected_cost

    easy, hard = cost("win", "meet"), cost("mail")
    assert easy.inferences < hard.inferences
    assert (easy.seconds or 0.0) < (hard.seconds or 0.0)


def test_a_budget_caps_the_forecast() -> None:
    cost = plan(4, 78, 0.75, inferences=50).expected_cost
    assert cost.most_inferences == 50
    assert cost.likely_inferences[1] <= 50


def as_candidate(of: Plan, **changes: object) -> Plan:
    changed = tuple(replace(each, **changes) for each in of.candidates)  # type: ignore[arg-type]
    return replace(of, shortlist=Shortlist(changed, (), (), {}))


def only(records: dict[str, CandidateRecord]) -> CandidateRecord:
    (record,) = records.values()
    return record


def test_each_example_serves_one_pair() -> None:
    """Pairs are independent: no example is asked both again and changed; so many of each and no more."""
    of = plan(1, 100)
    asked = list(pairs(of, only(fill(of, [[True] * 100])), 0, 100))
    assert len({example.id for _, example in asked}) == len(asked)
    assert [sum(purpose is kind for purpose, _ in asked) for kind in Purpose if kind is not Purpose.CRITICAL] == [
        0,
        0,
        MOST_PAIRS,
        MOST_PAIRS,
        0,
    ]


def test_a_prompted_model_is_also_asked_with_its_labels_in_another_order() -> None:
    """Fewer pairs, for each costs a generated answer."""
    of = as_candidate(plan(1, 100), method="prompted", ability="chat")
    asked = list(pairs(of, only(fill(of, [[True] * 100])), 0, 100))
    assert [sum(purpose is kind for purpose, _ in asked) for kind in Purpose if kind is not Purpose.CRITICAL] == [
        0,
        0,
        *[MOST_GENERATED_PAIRS] * 3,
    ]


def test_what_a_batch_ran_beyond_the_verdict_is_not_asked() -> None:
    """So the pairs do not depend on the size of batches."""
    of = plan(1, 100)
    asked = list(pairs(of, only(fill(of, [[True] * 100])), 0, 10))
    assert {example.id for _, example in asked} == {example.id for example in of.evidence[:10]}


OUTCOME = Outcome("e", None, 1.0, True, 0.1)  # noqa: FBT003


def test_agreement_counts_same_answers() -> None:
    """An answer that changed, and one that came with an error, do not agree."""
    of = plan(1, 100)
    records = fill(of, [[True] * 100])
    record = records[of.candidates[0].key]
    for number, (purpose, example) in enumerate(pairs(of, record, 0, 100)):
        again = outcome(example, passed=number % 10 != 0)
        record.add(purpose, replace(again, output=None, error="slow") if number == 5 else again)
    assert agreement(of, records, 0) == {
        Purpose.AGAIN: Same(MOST_PAIRS - 3, MOST_PAIRS),
        Purpose.PERTURBED: Same(MOST_PAIRS - 2, MOST_PAIRS),
    }


def marked(text: str, place: str) -> list[dict[str, Any]]:
    at = text.lower().index(place.lower())
    return [{"text": text[at : at + len(place)], "label": "PLACE", "start": at, "end": at + len(place)}]


def test_what_an_answer_copies_changes_with_the_input() -> None:
    """Spans that moved, in lower case or with the swapped letters are the same; another label or word is not."""
    seen = set()
    for number in range(60):
        example = Example(str(number), "Baptised at  Inchigeela by John Murphy", None, 1)
        changed = perturb(example, None)
        place = changed.input.split()[2]
        seen.add(place)
        first, again = marked(example.input, "Inchigeela"), marked(changed.input, place)

        def says(of: str, one: Any, other: Any, asked: tuple[Example, Example] = (example, changed)) -> bool:
            return is_same(of, {}, asked, (replace(OUTCOME, output=one), replace(OUTCOME, output=other)))

        assert says("token-classification", first, again)
        assert not says("token-classification", first, [again[0] | {"label": "PERSON"}])
        assert not says("token-classification", first, marked(changed.input, "by"))
        assert not says("token-classification", first, [])
        assert says("summarization", example.input, changed.input)
        assert says("json-extraction", {"place": "Inchigeela", "year": 1}, {"place": place, "year": 1})
        assert not says("json-extraction", {"place": "Inchigeela", "year": 1}, {"place": place, "year": 2})
        assert not says("token-classification", first, [again[0] | {"start": 0}], (example, example))
    assert {"inchigeela", "Inchigeela"} < seen
    assert len(seen) > 3


@given(st.text(min_size=1, max_size=80), st.text("abcdef0123456789", min_size=1, max_size=16))
def test_a_perturbation_is_small_and_always_the_same(text: str, name: str) -> None:
    """Letters are the same but for case and place; what is expected and the id stay."""
    example = Example(name, text, "a label", 3)
    changed = perturb(example, None)
    assert perturb(example, None) == changed
    if changed is not None:
        assert (changed.id, changed.expected, changed.line) == (name, "a label", 3)
        assert changed.input != text
        assert abs(len(changed.input.strip().lower()) - len(text.strip().lower())) <= 1
        assert sorted(changed.input.lower().replace(" ", "")) == sorted(text.lower().replace(" ", "")) or any(
            c.lower() != c.lower().upper().lower() for c in text
        )


def test_a_files_path_is_never_changed() -> None:
    """An input that is only a file cannot be perturbed; if it has a text, the text is."""
    assert perturb(Example("a", "x.wav", "hello", 1, (("audio", "/tmp/x.wav"),)), "audio") is None  # noqa: S108
    both = perturb(Example("a", "x", "hello", 1, (("image", "/x.png"), ("question", "What IS it"))), "image")
    assert dict(both.parts)["image"] == "/x.png"
    assert dict(both.parts)["question"] != "What IS it"
