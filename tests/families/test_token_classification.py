"""Token classification: a tiny BERT that tags, a real generator that fails, and the ways people write spans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.families import spans
from advisor.families.json_schema import validator_of
from advisor.families.token_classification import FAMILY, LONGEST_SPAN, MOST_SPANS
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from tests.families.support import SMOL, recommend, refusal, write_task
from tests.probe.support import spec
from tests.probe.tiny import PEOPLE, PLACES, tiny
from tests.tables import for_each

if TYPE_CHECKING:
    from tests.conftest import Home

TEXT = "Ada Lovelace met Ada in Paris ."
ADA = {"text": "Ada Lovelace", "label": "PER", "start": 0, "end": 12}
ADA_AGAIN = {"text": "Ada", "label": "PER", "start": 17, "end": 20}
PARIS = {"text": "Paris", "label": "LOC", "start": 24, "end": 29}


def rows(count: int = 40) -> list[dict[str, Any]]:
    """Return sentences with the people and places that the tiny model knows."""
    found = []
    for number in range(count):
        who, where = PEOPLE[number % len(PEOPLE)], PLACES[number // len(PEOPLE) % len(PLACES)]
        found.append(
            {
                "text": f"{who} came to {where} {'today ' * (number % 5)}.",
                "entities": {"person": [who], "place": [where]},
            }
        )
    return found


def test_a_tagger_as_it_is_and_a_generator_prompted(ready_home: Home, tmp_path: Path) -> None:
    """BERT's PER and LOC stand for the task's labels by its map; SmolLM2 does not find the spans."""
    task = write_task(
        tmp_path,
        rows(),
        family=FAMILY.name,
        instruction="Find the people and places.",
        label_map={"PER": "person", "LOC": "place"},
        models=[str(tiny("tag")), SMOL],
        prompt={"max_tokens": 48},
    )
    ran, document = recommend(ready_home, task, "--require", "examples")
    by_runtime = {candidate["runtime"]: candidate for candidate in document["candidates"]}
    assert ran.code == 0, ran.err
    assert document["recommended"]["runtime"] == "transformers"
    assert document["recommended"]["details"]["label_map"] == {"PER": "person", "LOC": "place"}
    assert by_runtime["llama.cpp"]["verdict"] != "passes"


@pytest.mark.parametrize(
    "written",
    [
        {"PER": ["Ada Lovelace", "Ada"], "LOC": "Paris"},
        [["Paris", "LOC"], ["Ada Lovelace", "PER"], ["Ada", "PER"]],
        [{"text": "Ada", "label": "PER"}, {"text": "Paris", "label": "LOC"}, {"text": "Ada Lovelace", "label": "PER"}],
        [{"start": 24, "end": 29, "label": "LOC"}, {**ADA}, {"start": 17, "end": 20, "label": "PER"}],
        ["B-PER", "I-PER", "O", "B-PER", "O", "B-LOC", "O"],
    ],
)
def test_spans_are_read_as_people_write_them(written: Any) -> None:
    """All five ways say the same."""
    assert spans.read(written, TEXT) == [ADA, ADA_AGAIN, PARIS]


@pytest.mark.parametrize(
    ("entities", "words"),
    [
        ({"person": ["Zoe"]}, "which is not in the text"),
        (["B-PER"], "has 1 tags where the text has"),
        ([{"start": 3, "end": 99, "label": "x"}], "count characters from 0"),
        ("[broken", "is broken JSON"),
        pytest.param("[" * 200_000, "is broken JSON", id="many brackets"),
        ("", "write [] where the text has no spans"),
    ],
)
def test_what_is_wrong(tmp_path: Path, entities: Any, words: str) -> None:
    """Told with the line and the cure."""
    whole = [*rows(3), {"text": "nobody came .", "entities": entities}]
    assert words in refusal(write_task(tmp_path, whole, family=FAMILY.name))


def test_a_column_a_label_and_an_empty_cell_marks_nothing(tmp_path: Path) -> None:
    """As people keep names beside their texts, one or several in a cell."""
    rows = [
        {"text": TEXT, "who": "Ada Lovelace; Ada", "where": "Paris"},
        {"text": "It rained.", "who": "", "where": ""},
    ]
    columns = {"path": "examples.json", "expected": {"PER": "who", "LOC": "where"}}
    read = load_examples(load_task(write_task(tmp_path, rows, family=FAMILY.name, examples=columns)), tmp_path)
    assert {each.input: each.expected for each in read.evidence} == {TEXT: [ADA, ADA_AGAIN, PARIS], "It rained.": []}


def test_scores() -> None:
    """A span with another label or another end is wrong; nothing found where there is nothing is right."""
    assert spans.scores([ADA, PARIS], [ADA, PARIS]) == {"entity_f1": 1.0, "exact": 1.0}
    assert spans.scores([ADA], [ADA, PARIS])["entity_f1"] == pytest.approx(2 / 3)
    assert spans.scores([{**ADA, "label": "LOC"}], [ADA])["entity_f1"] == 0.0
    assert spans.scores([], []) == {"entity_f1": 1.0, "exact": 1.0}


@for_each(("letters", "count"), [(90, 21), (LONGEST_SPAN, MOST_SPANS), (3000, 1), (4, 1500)])
def test_no_right_answer_breaks_what_a_model_is_held_to(tmp_path: Path, letters: int, count: int) -> None:
    """However long its spans are and however many: what answers may have grows with the examples."""
    words = [f"{n:0{letters}}" for n in range(count)]
    long = [{"text": " ".join(words), "entities": {"n": words}}]
    task = load_task(write_task(tmp_path, [*rows(9), *long], family=FAMILY.name))
    read = load_examples(task, tmp_path)
    held = FAMILY.constraint(
        spec(Path(), "llama.cpp", "m", family=FAMILY.name, labels=dict.fromkeys(read.labels, ""), scoring=read.settled)
    )
    assert held is not None
    assert held.schema is not None
    is_valid = validator_of(held.schema)
    assert all(is_valid(json.loads(FAMILY.show(each.expected, spec(Path(), "m")))) for each in read.evidence)
    assert not is_valid([{"text": "x" * 5000, "label": "n"}])
    assert (read.settled == {}) == (letters <= LONGEST_SPAN and count <= MOST_SPANS)


def test_a_reply_of_many_brackets_names_no_span() -> None:
    """Too deep to be read."""
    assert FAMILY.parse_for("[" * 200_000, "a text", spec(Path(), "llama.cpp", "m", family=FAMILY.name)) == []


@given(st.text(), st.text(max_size=60))
def test_any_reply_is_parsed_and_scored(reply: str, text: str) -> None:
    """Whatever a generator says, the spans are of the text or nowhere, and the scores within 0 and 1."""
    found = FAMILY.parse_for(reply, text, spec(Path(), "llama.cpp", "m", family=FAMILY.name))
    assert all(0 <= value <= 1 for value in spans.scores(found, []).values())
