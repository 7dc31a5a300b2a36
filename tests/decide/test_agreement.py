"""Agreement: which inputs are asked again and how, and what counts as the same answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from advisor.candidates.build import Shortlist
from advisor.decide.agreement import MOST_GENERATED_PAIRS, MOST_PAIRS, agreement, pairs
from advisor.decide.records import CandidateRecord, Purpose, Same
from advisor.probe.perturb import perturb
from advisor.task.examples import Example
from tests.decide.simulated import fill, outcome, plan

if TYPE_CHECKING:
    from advisor.decide.plan import Plan


def as_candidate(of: Plan, **changes: object) -> Plan:
    """Return a plan whose candidates are used in another way."""
    changed = tuple(replace(each, **changes) for each in of.candidates)  # type: ignore[arg-type]
    return replace(of, shortlist=Shortlist(changed, (), (), {}))


def only(records: dict[str, CandidateRecord]) -> CandidateRecord:
    """Return the record of the one candidate."""
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
    """An input that is a file alone cannot be perturbed; beside a text, the text is."""
    assert perturb(Example("a", "x.wav", "hello", 1, (("audio", "/tmp/x.wav"),)), "audio") is None  # noqa: S108
    both = perturb(Example("a", "x", "hello", 1, (("image", "/x.png"), ("question", "What IS it"))), "image")
    assert both is not None
    assert dict(both.parts)["image"] == "/x.png"
    assert dict(both.parts)["question"] != "What IS it"
