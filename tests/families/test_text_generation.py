"""Text generation with a contract: by the real command with a real generator, and scored answer by answer."""

import csv
import re
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from advisor.engines.base import CannotLoadError, Load, load
from advisor.families import family
from advisor.families.json_fields import only_number
from advisor.families.methods.baseline import nearest_row
from advisor.families.text_generation import FAMILY
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from advisor.task.model import Task
from tests.conftest import Home, run_advisor
from tests.families.support import recommend, refusal, scores, write_task
from tests.probe.support import spec
from tests.probe.tiny import cut_gguf
from tests.tables import for_each

SUMS = [{"text": f"What is {a} plus {b}?", "expected": a + b} for a in range(3, 7) for b in range(3, 6)]

scored = partial(scores, FAMILY)


def test_where_a_number_is_expected_a_sentence_is_foreseen(tmp_path: Path) -> None:
    """Nothing keeps a model from writing one; the task's limit does, and the file's own answers if they are longer."""
    for most, found in ((256, 32), (8, 8)):
        task = load_task(write_task(tmp_path, SUMS, family="text-generation", prompt={"max_tokens": most}))
        assert FAMILY.answer_tokens(task, load_examples(task, tmp_path)) == found


def test_a_contract_of_rules_alone_is_certified(ready_home: Home, tmp_path: Path) -> None:
    """Nothing is expected; a rule on length that any sentence keeps lets a small model pass, and is in its prompt."""
    rows = [{"text": f"Say something about the number {n}."} for n in range(14)]
    task = write_task(
        tmp_path,
        rows,
        family="text-generation",
        models=[str(cut_gguf(ready_home))],
        prompt={"max_tokens": 4},
        scoring={"max_words": 40},
    )
    _, document = recommend(ready_home, task, code=0)
    assert document["strength"] == "certified"
    details = document["recommended"]["details"]
    assert details["system_prompt"] == "Do it.\nUse at most 40 words."


def test_texts_that_an_answer_must_hold_come_from_a_column(ready_home: Home, tmp_path: Path) -> None:
    """Each example has its own; the rule decides alone, and an answer without them fails."""
    with (tmp_path / "names.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "names"])
        writer.writerows((f"Greet number {n}.", f"Zyx{n};Qwv{n}" if n % 2 else "") for n in range(12))
    task = write_task(
        tmp_path, [], family="text-generation", models=[str(cut_gguf(ready_home))], prompt={"max_tokens": 6},
        examples={"path": "names.csv"}, scoring={"contains_column": "names"}, bar={"pass_rate": 0.6},
    )  # fmt: skip
    ran, document = recommend(ready_home, task)
    assert ran.code in {3, 4}, ran.err
    assert {int(m["input"].split()[-1][:-1]) % 2 for m in document["candidates"][0]["mistakes"]} == {1}
    text = run_advisor(ready_home, "report", document["run"], code=0)
    assert ", which breaks contains: Greet number" in text.out, text.out
    assert "not 'None'" not in text.out


@for_each(
    ("scoring", "says"),
    [
        ({"matches": "(?=x)"}, "scoring.matches: is not a regular expression that RE2 accepts"),
        ({"matches": "(a"}, "scoring.matches: is not a regular expression that RE2 accepts"),
        ({"metric": "matches"}, "scoring.metric: matches needs a regular expression"),
        ({"metric": "rules"}, "scoring.metric: rules needs a rule"),
        ({"json_schema": {"type": "strng"}}, "scoring.json_schema: is not a JSON schema"),
        ({"json_schema": {"$ref": "http://example.org/x"}}, "only references within the schema"),
        ({"min_words": 9, "max_words": 2}, "scoring.min_words: is more than scoring.max_words"),
        ({"metric": "rouge"}, "scoring.metric: text-generation has the metrics"),
        ({"metric": "exact", "function": "a.py:f"}, "scoring: name a metric or a function of your own, not both"),
        ({"metric": "exact", "tolerance": 0.1}, "scoring.tolerance: is for the metrics number and json"),
    ],
)
def test_a_broken_contract_is_reported_before_anything_runs(tmp_path: Path, scoring: dict[str, Any], says: str) -> None:
    task = write_task(tmp_path, SUMS, family="text-generation", scoring=scoring)
    said = refusal(task)
    assert says in said


def test_the_command_ends_with_one_line(home: Home, tmp_path: Path) -> None:
    task = write_task(tmp_path, SUMS, family="text-generation", scoring={"matches": "(a"})
    ran = run_advisor(home, "recommend", task)
    assert (ran.code, ran.out) == (2, "")
    assert f"{task}:1: scoring.matches: is not a regular expression that RE2 accepts (missing ): (a)" in ran.err


@for_each(
    ("value", "scoring", "says"),
    [
        ("about seven", {"metric": "number"}, 'is not a number; write only digits, e.g. "1234.5"'),
        ("{broken", {"metric": "json"}, "is not JSON"),
        ([], {"metric": "exact"}, "is an empty list; write at least one text"),
    ],
)
def test_expected_values_that_a_metric_cannot_use(
    tmp_path: Path, value: object, scoring: dict[str, Any], says: str
) -> None:
    rows = [{"text": f"t{n}", "expected": value} for n in range(3)]
    said = refusal(write_task(tmp_path, rows, family="text-generation", scoring=scoring))
    assert "'expected' " + says in said


@for_each(
    ("family", "settings", "key"),
    [
        ("text-classification", {"scoring": {"max_words": 3}}, "scoring.max_words"),
        ("text-classification", {"scoring": {"tolerance": 0.1}}, "scoring.tolerance"),
        ("text-classification", {"scoring": {"range": [0, 1]}}, "scoring.range"),
        ("text-classification", {"translate": {"target": "de"}}, "translate"),
        ("text-classification", {"documents": "pages.csv"}, "documents"),
        ("text-regression", {"labels": ["a", "b"]}, "labels"),
        ("text-regression", {"label_map": {"x": "a"}}, "label_map"),
        ("token-classification", {"labels_per_text": "several"}, "labels_per_text"),
        ("image-classification", {"labels_per_text": "several"}, "labels_per_text"),
        ("sentence-similarity", {"prompt": {"template": "Like {first}?"}}, "prompt.template"),
        ("summarization", {"prompt": {"examples": 2}}, None),
        ("text-ranking", {"prompt": {"examples": 2}}, "prompt.examples"),
        ("json-extraction", {"scoring": {"tolerance": 0.1}}, None),
        ("translation", {"translate": {"target": "de"}}, None),
        ("token-classification", {"labels": ["PER"]}, None),
    ],
)
def test_a_setting_is_for_families_that_use_it(family: str, settings: dict[str, Any], key: str | None) -> None:
    """It is said rather than ignored."""
    task = {"name": "t", "instruction": "t", "family": family, "examples": {"path": "x.csv"}, **settings}
    if key is None:
        assert Task.model_validate(task).family == family
        return
    with pytest.raises(ValidationError, match=rf"{re.escape(key)}: {family} has no use for it; leave it out"):
        Task.model_validate(task)


@for_each(
    ("scoring", "named", "metric"),
    [
        ({}, None, "exact"),
        ({"json_schema": {"type": "object"}}, None, "json"),
        ({"tolerance": 0.1}, None, "number"),
        ({"matches": "a+"}, None, "matches"),
        ({"matches": "a+"}, "expected", "exact"),
        ({"contains": ["a"]}, None, "contains"),
        ({"max_words": 3}, None, "rules"),
        ({"metric": "contains", "max_words": 3}, None, "contains"),
    ],
)
def test_the_metric_follows_from_the_contract(
    tmp_path: Path, scoring: dict[str, Any], named: str | None, metric: str
) -> None:
    examples = {"path": "examples.json"} | ({"expected": named} if named else {})
    task = load_task(write_task(tmp_path, SUMS, family="text-generation", scoring=scoring, examples=examples))
    assert FAMILY.metric_of(task) == metric


@for_each(
    ("metric", "output", "expected", "score"),
    [
        ("exact", " Paris\n", "Paris", 1.0),
        ("exact", "ham", "\u200fham\ufeff", 1),
        ("exact", "The answer is: **Paris**.", "Paris", 1.0),
        ("exact", 'The answer to this question is "not stated.', "not stated", 1.0),
        ("exact", 'What it says is "not stated" or "none"', "not stated", 0.0),
        ("exact", 'Nobody thinks that it is "spam".', "spam", 0.0),
        ("exact", "Die richtige Antwort lautet: Graz", "Graz", 1.0),
        ("exact", "Yes.", "yes", 1.0),
        ("exact", "PARIS", "Paris", 0.0),
        ("exact", "In Paris or Rome.", "Paris", 0.0),
        ("exact", "Note: to do", "Note: to do", 1.0),
        ("exact", "It has 8 legs.", "8", 1.0),
        ("exact", "The answer is: 10%", "10 %", 1.0),
        ("exact", "It has 8 legs and 2 eyes.", "8", 0.0),
        ("exact", "1,250 km", "1250 km", 1.0),
        ("exact", "5 km", "5 m", 0.0),
        ("exact", "It is 5", "5 m", 0.0),
        ("exact", "7", "007", 0.0),
        ("exact", "Room A12", "12", 0.0),
        ("verbatim", "Graz.", "Graz", 0.0),
        ("verbatim", "Graz ", "Graz", 1.0),
        ("levenshtein", "Gratz", ["Wien", "Graz"], 0.75),
        ("levenshtein", "Somewhere else", "Graz", 0.0),
        ("chrf", "Somewhere", "Xx", 0.0),
        ("chrf", "The water is off.", ["No bread.", "The water is off."], 1.0),
        ("exact", "e\u0301", "\u00e9", 1.0),
        ("exact", "B", ["A", "B"], 1.0),
        ("contains", "It is  PARIS.", "paris", 1.0),
        ("contains", "It is Rome", ["Rome", "Paris"], 0.5),
        ("number", "The total is 1,234.50 euros", 1234.5, 1.0),
        ("number", "3 + 4 = 7", 7, 0.0),
        ("number", "\u22127", -7, 1.0),
        ("number", "seven", 7, 0.0),
        ("number", "It is 4111111111111111.", 4111111111111112, 0.0),
        ("number", "12345678901234567890", 12345678901234567890, 1.0),
        ("number", "0.30000000000000004", 0.3, 1.0),
        ("number", "1e400", 7, 0.0),
        ("json", '{"a": 1, "b": "X "}', {"a": 1, "b": "x"}, 1.0),
        ("json", '{"a": 1, "b": 2}', {"a": 1, "b": 3}, 0.5),
        ("json", "Here: {}", {"a": 1}, 0.0),
        ("json", '{"a": NaN}', {"a": 1}, 0.0),
        ("json", "[1, 2]", [1, 2], 1.0),
    ],
)
def test_scores(metric: str, output: str, expected: object, score: float) -> None:
    assert scored(output, expected, metric=metric)[metric] == score


def test_a_tolerance_is_relative() -> None:
    assert scored("103", 100, metric="number", tolerance=0.03)["number"] == 1
    assert scored("104", 100, metric="number", tolerance=0.03)["number"] == 0
    assert scored("1.1", 1, metric="number", tolerance=0.1)["number"] == 1


@for_each(
    ("written", "read"),
    [("1,234.5", 1234.5), (7.0, 7), ("12345678901234567890", 12345678901234567890), (1e20, 1e20), ("1e3", 1000)],
)
def test_numbers_are_read_to_the_last_digit(tmp_path: Path, written: object, read: float) -> None:
    """A whole number stays one; a float stays a float where its last digits are lost."""
    rows = [{"text": f"t{n}", "expected": written} for n in range(2)]
    task = load_task(write_task(tmp_path, rows, family="text-generation", scoring={"metric": "number"}))
    found = [each.expected for each in load_examples(task, tmp_path).evidence]
    assert found == [read, read]
    assert {type(each) for each in found} == {type(read)}


@given(st.text(), st.one_of(st.text(), st.lists(st.text(), min_size=1), st.none()))
def test_any_answer_is_scored(output: str, expected: object) -> None:
    for metric in ("exact", "verbatim", "contains"):
        assert all(0 <= value <= 1 for value in scored(output, expected, metric=metric).values())
    assert all(0 <= value <= 1 for value in scored(output, {"a": [output]}, metric="json").values())
    assert only_number(output) is None or isinstance(only_number(output), Decimal)


def test_numbers_are_shown_with_all_their_digits_and_read_as_examples_are() -> None:
    """As a prompted model should write them, whose form takes no exponent; of points out of so many the points."""
    kind = family("text-regression")
    assert [kind.show(each, spec(Path(), "llama.cpp")) for each in (1234567.0, 123456.78, 72.5, 0.1 + 0.2)] == [
        "1234567", "123456.78", "72.5", "0.3",
    ]  # fmt: skip
    assert [kind.parse(each, spec(Path(), "llama.cpp")) for each in ("4/6", "Points: 4 / 6.", "4 of 6")] == [4, 4, None]
    asked = spec(Path(), "llama.cpp", scoring={"range": [95_000.0, 1_250_000.0], "tolerance": 1000.0})
    assert "from 95000 to 1250000 and" in kind.system_prompt(asked)


@for_each(
    ("pairs", "is_so"),
    [
        ({"ja bitte": "Ja, bitte!", "wann denn": "Wann denn?", "nein": "nein"}, True),
        ({"так давай": "Так, давай.", "a b": "a, b", "c": "c"}, True),
        ({"ja bitte": "Ja bitte sehr.", "wann denn": "Wann?"}, False),
        ({"Ja.": "Ja.", "Nein.": "Nein."}, False),
        ({"the brown fox": "THE BROWN FOX", "he go home": "He goes home."}, False),
    ],
)
def test_taggers_of_punctuation_are_searched_where_it_is_put_right(
    tmp_path: Path, *, pairs: dict[str, str], is_so: bool
) -> None:
    rows = [{"text": text, "expected": answer} for text, answer in pairs.items()]
    task = load_task(write_task(tmp_path, rows, family="text-generation", teaching={"count": 0}))
    searched = FAMILY.searched_for(load_examples(task, tmp_path))
    assert ("token-classification" in searched) is is_so


def test_a_row_without_an_answer_is_none_to_copy() -> None:
    """Contracts of rules alone have such rows."""
    rows = [("a b", None), ("a c", "Dear a")]
    of = partial(spec, Path(), "baseline", method="nearest", scoring={"metric": "rules"})
    assert nearest_row(FAMILY, of(teaching=rows)).answer(["a b"])[0].output == "Dear a"
    with pytest.raises(CannotLoadError, match="has no training row to answer by"):
        nearest_row(FAMILY, of(teaching=rows[:1]))


def test_a_constant_object_is_written_as_json() -> None:
    for expected in ({"a": 1}, [1, 2], True):
        always = FAMILY.constant([("a", expected), ("b", expected)])
        assert always is not None
        assert scored(always.answer("c"), expected, metric="json")["json"] == 1.0


def test_a_predicted_zero_has_no_sign() -> None:
    kind, rows = family("text-regression"), [(f"text {n}", float(n - 4)) for n in range(9)]
    scoring = {"metric": "near", "tolerance": 1.0, "range": [-4.0, 4.0]}
    of = spec(Path(), "baseline", method="linear", ability="words", family=kind.name, teaching=rows, scoring=scoring)
    answered = kind.prepare(load("baseline", Load(Path(), (), "words", 1)), of).answer(["other words", ""])
    assert [str(each.output) for each in answered] == ["0.0", "0.0"]


@for_each(
    ("scoring", "says"),
    [
        ({"tolerance": 0}, "0 lets only the very number pass"),
        ({"metric": "near_share", "tolerance": 15}, "near_share takes a share below 1"),
    ],
)
def test_a_tolerance_that_cannot_be_meant_is_refused(tmp_path: Path, scoring: dict[str, Any], says: str) -> None:
    rows = [{"text": f"t{n}", "score": n + 1} for n in range(3)]
    assert says in refusal(write_task(tmp_path, rows, family="text-regression", scoring=scoring))
