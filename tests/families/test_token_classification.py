"""Token classification: a tiny BERT that tags, a real generator that fails, and the ways people write spans."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.engines.spans import Seen, bare, split_all, split_tag, without_tags
from advisor.families import spans
from advisor.families.json_schema import validator_of
from advisor.families.methods.word_tags import _tags
from advisor.families.token_classification import FAMILY, LONGEST_SPAN, MOST_SPANS
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from tests.conftest import Home, run_advisor
from tests.families import names
from tests.families.support import predictions, recommend, refusal, write_task
from tests.probe.support import spec
from tests.probe.tiny import PEOPLE, PLACES, cut_gguf, tiny
from tests.tables import for_each

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
    """BERT's PER and LOC stand for the task's labels by its map; a generator does not find the spans."""
    task = write_task(
        tmp_path, rows(), family=FAMILY.name, instruction="Find the people and places.",
        label_map={"PER": "person", "LOC": "place"}, prompt={"max_tokens": 48},
        models=[str(tiny("tag")), str(cut_gguf(ready_home))],
    )  # fmt: skip
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    by_runtime = {candidate["runtime"]: candidate for candidate in document["candidates"]}
    assert document["recommended"]["runtime"] == "transformers"
    assert document["recommended"]["details"]["label_map"] == {"PER": "person", "LOC": "place"}
    assert by_runtime["llama.cpp"]["verdict"] != "passes"


ANIMALS = ("dog", "cat", "horse", "cow", "sheep", "goat", "lion", "tiger", "rabbit", "mouse", "wolf", "bear")
FOODS = ("bread", "cheese", "soup", "rice", "cake", "pizza", "salad", "butter", "yoghurt", "pasta", "jam", "pie")
FRAMES = ("we saw the {} and the {} there", "here was a {} and no {}", "her {} , my {} , and rain")


def fed(known: slice, count: int) -> list[dict[str, Any]]:
    """Return sentences with some of the animals and foods; neither letters nor places tell which a word is."""
    animals, foods = ANIMALS[known], FOODS[known]
    pairs = [(animals[n % len(animals)], foods[n * 5 // len(animals) % len(foods)]) for n in range(count)]
    return [
        {"text": FRAMES[n % 3].format(*(a, f)[:: 1 - n % 2 * 2]), "entities": {"animal": [a], "food": [f]}}
        for n, (a, f) in enumerate(pairs)
    ]


def test_an_encoder_learns_to_tag(ready_home: Home, tmp_path: Path) -> None:
    """By what words mean: of words that no training row has, the linear baseline finds few; and exported it is so."""
    (tmp_path / "taught.json").write_text(json.dumps(fed(slice(8), 24)), encoding="utf-8")
    task = write_task(
        tmp_path, fed(slice(8, 12), 48), family=FAMILY.name, instruction="Find the animals and the food.",
        teaching={"path": "taught.json"}, models=["sentence-transformers/all-MiniLM-L6-v2"], baselines="try",
    )  # fmt: skip
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    best = document["recommended"]
    assert (best["runtime"], best["method"]) == ("transformers", "head")
    linear = next(each for each in document["candidates"] if each["method"] == "linear")
    assert linear["verdict"] == "fails"
    exported = run_advisor(ready_home, "export", document["run"], "--output", tmp_path / "made", code=0)
    assert "its module gives the recorded answer on 48 of 48" in exported.err
    assert (tmp_path / "made" / "teaching.jsonl").is_file()


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
    assert spans.read_spans(written, TEXT) == [ADA, ADA_AGAIN, PARIS]


def test_what_nobody_sees_around_a_name_does_not_count() -> None:
    found = spans.read_spans({"who": ["\ufeffAda", "Bob\u200b "]}, "Ada met Bob")
    assert [each["text"] for each in found] == ["Ada", "Bob"]


def test_codes_are_found_with_other_blanks_and_hyphens() -> None:
    found = spans.read_spans({"plate": ["KR451JN", "GD 749VL"]}, "car KR 451JN and GD-749VL, not WKR 451JN")
    assert [each["text"] for each in found] == ["KR 451JN", "GD-749VL"]


def test_without_accents_is_not_without_letters() -> None:
    """A Korean syllable or a kana without its marks would be another name's."""
    assert [each["start"] for each in spans.placed([("Andre", "PER"), ("Zoe", "PER")], "André met Zoë.")] == [0, 10]
    for named, text in (("김민수", "어제 고미소 씨가 왔다"), ("がき", "かきを食べた")):
        assert [each["start"] for each in spans.placed([(named, "PER")], text)] == [spans.NOWHERE]


def test_names_that_recur_in_a_long_text_take_no_time() -> None:
    began = time.process_time()
    found = spans.read_spans({"A": ["he", "she"], "B": ["them"]}, "he said she ran to them. " * 10_000)
    assert len(found) == 30_000
    text = " ".join(f"word{n}" for n in range(20_000))
    lost = spans.placed([(f"Café {n}", "PER") for n in range(60)], text)
    assert {each["start"] for each in lost} == {spans.NOWHERE}
    words = [word.span() for word in re.finditer(r"\w+", text)]
    marked = [spans.span(text, *word, "X") for word in words[::10]]
    assert [tag for tag in _tags(words, marked) if tag != "O"] == ["B-X"] * len(marked)
    assert spans.split_listed(f"a{' ' * 50_000}b", text) == [f"a{' ' * 50_000}b"]
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("entities", "words"),
    [
        ({"person": ["Zoe"]}, "which is not in the text"),
        ({"person": ["nobody came", "nobody"]}, "which is in the text within a longer name alone"),
        ({"person": ["\u200b"]}, "names spans that are not texts"),
        (["B-PER"], "has 1 tags where the text has"),
        ([{"start": 3, "end": 99, "label": "x"}], "count characters from 0"),
        ("[broken", "is broken JSON"),
        pytest.param("[" * 200_000, "is broken JSON", id="many brackets"),
    ],
)
def test_what_is_wrong(tmp_path: Path, entities: Any, words: str) -> None:
    whole = [*rows(3), {"text": "nobody came .", "entities": entities}]
    assert words in refusal(write_task(tmp_path, whole, family=FAMILY.name))


def test_a_column_a_label_and_an_empty_cell_marks_nothing(tmp_path: Path) -> None:
    """Names in a column next to their texts, one or several in a cell."""
    rows = [
        {"text": TEXT, "who": "Ada Lovelace; Ada", "where": "Paris"},
        {"text": "It rained.", "who": "", "where": ""},
    ]
    columns = {"path": "examples.json", "expected": {"PER": "who", "LOC": "where"}}
    read = load_examples(load_task(write_task(tmp_path, rows, family=FAMILY.name, examples=columns)), tmp_path)
    assert {each.input: each.expected for each in read.evidence} == {TEXT: [ADA, ADA_AGAIN, PARIS], "It rained.": []}


@for_each(("expected", "empty"), [("who", ""), ("who", None), ({"PER": "who"}, ""), ({"PER": "who"}, None)])
def test_a_text_without_a_name_is_evidence_too(tmp_path: Path, expected: Any, empty: str | None) -> None:
    """Whatever kind of file has it, and with one column as with several: what is never marked is tested."""
    rows = [{"text": f"Ada wrote note {n}.", "who": "Ada"} for n in range(9)]
    rows += [{"text": f"It rained on day {n}.", "who": empty} for n in range(9)]
    written = write_task(tmp_path, rows, family=FAMILY.name, examples={"path": "examples.json", "expected": expected})
    read = load_examples(load_task(written), tmp_path)
    every = [*read.evidence, *read.teaching]
    assert len(every) == 18
    assert {bool(each.expected) for each in every if each.input.startswith("It rained")} == {False}


@for_each(
    ("cell", "names"),
    [
        ("Ada Lovelace et Zoé", ["Ada Lovelace", "Zoé"]),
        ("Zoe; Ada Lovelace & Saint-Just", ["Zoe", "Ada Lovelace", "Saint-Just"]),
        ("Zoé und niemand", ["Zoé und niemand"]),
        ("néant", []),
        ("-", []),
        ("(none)", []),
        ("n/a", []),
        ("Rien", ["Rien"]),
    ],
)
def test_what_a_cell_of_names_lists(cell: str, names: list[str]) -> None:
    """Two names joined by "and" are two where both stand in the text; "none" is none unless the text has the word."""
    assert spans.split_listed(cell, "Zoé, Ada Lovelace and Saint-Just came. Rien ne va.") == names


def test_scores() -> None:
    """A span with another label or another end is wrong; nothing found where there is nothing is right."""
    assert spans.span_scores([ADA, PARIS], [ADA, PARIS]) == {"entity_f1": 1.0, "exact": 1.0}
    assert spans.span_scores([ADA], [ADA, PARIS])["entity_f1"] == pytest.approx(2 / 3)
    assert spans.span_scores([{**ADA, "label": "LOC"}], [ADA])["entity_f1"] == 0.0
    assert spans.span_scores([], []) == {"entity_f1": 1.0, "exact": 1.0}


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
    assert held.schema is not None
    is_valid = validator_of(held.schema)
    assert all(is_valid(json.loads(FAMILY.show(each.expected, spec(Path(), "m")))) for each in read.evidence)
    assert not is_valid([{"text": "x" * 5000, "label": "n"}])
    assert (read.settled == {}) == (letters <= LONGEST_SPAN and count <= MOST_SPANS)


def test_a_reply_of_many_brackets_names_no_span() -> None:
    assert FAMILY.parse_for("[" * 200_000, "a text", spec(Path(), "llama.cpp", "m", family=FAMILY.name)) == []


@given(st.text(), st.text(max_size=60))
def test_any_reply_is_parsed_and_scored(reply: str, text: str) -> None:
    """Whatever a generator says, the spans are of the text or nowhere, and the scores within 0 and 1."""
    found = FAMILY.parse_for(reply, text, spec(Path(), "llama.cpp", "m", family=FAMILY.name))
    assert all(0 <= value <= 1 for value in spans.span_scores(found, []).values())


@for_each(
    ("labels", "kinds"),
    [
        (("O", "B-PER", "I-PER", "B-LOC"), ("PER", "LOC")),
        (("O", "B-PER", "E-PER", "S-PER", "L-PER", "U-PER"), ("PER",)),
        (("O", "B_PER", "I_PER"), ("PER",)),
        (("O", "E-MAIL", "U-BOAT", "PER"), ("E-MAIL", "U-BOAT", "PER")),
        (("O", "B-E-MAIL", "I-E-MAIL"), ("E-MAIL",)),
        (("NONE", "PER"), ("PER",)),
    ],
)
def test_what_a_models_labels_name(labels: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    """E-, S-, L- and U- are tags only with a B- or an I- of that kind."""
    assert without_tags(labels) == kinds
    assert {each.kind for each in split_all(labels).values()} - {None} == set(kinds)


def test_an_answer_has_the_labels_that_the_model_is_said_to_have() -> None:
    """A tagger whose label is E-MAIL finds an E-MAIL, not a MAIL."""
    for labels, kind in ((["O", "E-MAIL"], "E-MAIL"), (["O", "B-MAIL", "E-MAIL"], "MAIL")):
        seen = Seen(labels)
        seen.add([0, 1], [(0, 4), (5, 9)], [(0, 0.9), (len(labels) - 1, 0.9)])
        assert [span.label for span in seen.spans("mail ada@")] == [kind]
        assert without_tags(labels) == (kind,)


def test_one_label_by_itself() -> None:
    assert [split_tag(label) for label in ("O", "out", "B-PER", "S_LOC", "PER", "B-")] == [
        ("", None),
        ("", None),
        ("B", "PER"),
        ("S", "LOC"),
        ("", "PER"),
        ("", "B-"),
    ]
    assert [bare(label) for label in ("B-PER", "I_PER", "E-MAIL", "PER", "O")] == ["PER", "PER", "E-MAIL", "PER", "O"]


@for_each(
    "tags",
    [
        ["B-PER", "I-PER", "O", "B-LOC", "B-PER"],
        ["B-PER", "E-PER", "O", "S-LOC", "S-PER"],
        ["B-PER", "L-PER", "O", "U-LOC", "U-PER"],
        ["I-PER", "I-PER", "O", "I-LOC", "I-PER"],
        ["I-PER", "E-PER", "O", "E-LOC", "B_PER"],
    ],
)
def test_people_write_any_of_the_schemes(tags: list[str]) -> None:
    found = spans.read_spans(tags, "Ada Lovelace in Paris Bob")
    assert [(each["text"], each["label"]) for each in found] == [
        ("Ada Lovelace", "PER"),
        ("Paris", "LOC"),
        ("Bob", "PER"),
    ]


def test_two_spans_side_by_side() -> None:
    assert [each["text"] for each in spans.read_spans(["S-PER", "S-PER", "I-PER"], "Ada Bob Cleo")] == [
        "Ada",
        "Bob",
        "Cleo",
    ]
    assert [each["text"] for each in spans.read_spans(["B-PER", "E-PER", "I-PER"], "Ada Bob Cleo")] == [
        "Ada Bob",
        "Cleo",
    ]


MODEL = "en_core_web_sm"
LABEL_MAP = {"PERSON": "person", "GPE": "place", "ORG": "organisation"}


@pytest.mark.usefixtures("cold")  # its memory counts
def test_names_are_found_by_real_weights(tags_home: Home, tmp_path: Path) -> None:
    """The pipeline's labels stand for the task's by its map; it is certified, and the snippet finds the same.

    It can be exported as a whole, with its engine among the requirements; the export itself asks the copy.
    """
    task = write_task(
        tmp_path, names.rows(), family=FAMILY.name, instruction="Find the people, places and organisations.",
        label_map=LABEL_MAP, models=[MODEL],
    )  # fmt: skip
    _, document = recommend(tags_home, task, code=0)
    chosen, only = document["recommended"], document["candidates"][0]
    assert (chosen["model"], chosen["runtime"], chosen["method"]) == (MODEL, "spacy", "as is")
    assert chosen["details"]["components"] == ["ner"]
    assert only["passes"] >= 0.9 * only["outcomes"]
    # With torch in the process it would be twice as much.
    assert only["peak_memory_bytes"] < 200_000_000
    (said,) = predictions(chosen["usage"], tmp_path, ["Albert Einstein left Germany."])
    assert [(each["text"], each["label"]) for each in said] == [("Albert Einstein", "person"), ("Germany", "place")]
    exported = run_advisor(tags_home, "export", "last", "--output", tmp_path / "made", code=0)
    assert "its module gives the recorded answer on " in exported.err
    assert (tmp_path / "made" / "model" / "ner" / "moves").is_file()
    assert "spacy==" in (tmp_path / "made" / "requirements.txt").read_text(encoding="utf-8")


def test_labels_without_a_map_are_learned_from_teaching(tags_home: Home, tmp_path: Path) -> None:
    """Twelve sentences show what PERSON, GPE and ORG stand for; what is asked for is then found as with a map."""
    task = write_task(
        tmp_path, names.rows(), family=FAMILY.name, models=[MODEL], teaching={"count": 12}, bar={"pass_rate": 0.75}
    )
    _, document = recommend(tags_home, task, "--require", "examples", code=0)
    assert LABEL_MAP.items() <= document["recommended"]["details"]["label_map"].items()
