"""Fields that are found by a schema's patterns, or by what the training rows show."""

import csv
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from advisor.candidates import baselines
from advisor.candidates.build import Context
from advisor.families import family
from advisor.families.json_schema import infer_schema, with_choices
from advisor.families.methods import by_pattern
from advisor.probe.protocol import ProbeSpec
from advisor.task.example import Example
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from advisor.task.model import Task
from advisor.task.split import _teaching_count
from catalog import Catalog
from tests.conftest import ROOT
from tests.families.support import write_task
from tests.probe.test_baselines import answers, spec
from tests.tables import for_each

TOLD = [(f"Name: {name}, aged {len(name)}.", {"name": name}) for name in ("Ada Lovelace", "Bo", "Li-Ann Müller")]
KINDS = [(text, value | {"kind": kind}) for (text, value), kind in zip(TOLD * 2, "abaaba", strict=True)]
ENOUGH, FEW = [*enumerate(TOLD * 2)], [*enumerate(TOLD)]
BY_WORDS = "its usual value or a linear model on words: mood"
SCHEMA = {
    "type": "object",
    "required": ["number", "currency", "total"],
    "properties": {
        "number": {"type": "string", "pattern": "^[A-Z]{2}-\\d{4}$"},
        "currency": {"enum": ["USD", "EUR", "EURO"]},
        "total": {"type": "number", "pattern": "[\\d,]+\\.\\d\\d"},
        "due": {"type": "string", "pattern": "\\d{4}-\\d\\d-\\d\\d"},
    },
}


def test_fields_are_found_by_the_patterns_of_the_schema() -> None:
    """The first piece that fits, of the kind that the schema asks for; a value listed; nothing where none is."""
    asked = spec("json-extraction", "pattern", "words", [], scoring={"json_schema": SCHEMA})
    texts = ["Invoice AB-1234: 1,250.50 euro, due 2026-01-15", "Nothing", "CD-9999 (usd) 12.00, not EUR 13.00"]
    assert answers(asked, texts) == [
        {"number": "AB-1234", "currency": "EURO", "total": 1250.5, "due": "2026-01-15"},
        {},
        {"number": "CD-9999", "currency": "USD", "total": 12},
    ]


def test_patterns_are_judged_by_rows_that_did_not_make_them() -> None:
    """So that what they miss has little of the error, and what they find has more."""
    rows = [(f"Order ORD-{n}", {"order": f"ORD-{n}", "mood": "calm" if n % 3 else "cross"}) for n in range(100, 124)]
    both = {"properties": {"order": {"type": "string"}, "mood": {"type": "string"}}}
    for schema, found in ((both, 16), ({"properties": {"order": {"type": "string"}}}, 24)):
        own = [(text, {name: row[name] for name in schema["properties"]}) for text, row in rows]
        assert baselines._held_out_right(partial(baselines._by_patterns, schema), own) == found


@for_each(
    ("schema", "rows", "is_tried"),
    [
        (SCHEMA, [], True),
        (SCHEMA | {"required": ["number", "name"]}, [], False),  # nothing says how to find a name
        ({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}, TOLD, True),
        ({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}, TOLD[:2], False),
        # A field that no pattern finds has the value that recurs, if others are found.
        ({"required": ["name", "kind"], "properties": {"name": {}, "kind": {}}}, KINDS, True),
        ({"required": ["kind"], "properties": {"kind": {}}}, KINDS[:5], False),
        ({"required": ["name", "none"], "properties": {"name": {}, "none": {}}}, TOLD, True),  # whose usual is null
        # Choices that the rows name are found there; a label that they do not name is not.
        ({"properties": {"name": {"enum": [row["name"] for _, row in TOLD]}}}, TOLD, True),
        ({"properties": {"kind": {"enum": ["a note", "a bill"]}}}, [(t, {"kind": "a note"}) for t, _ in TOLD], False),
        # A label of the text is learned from its words where each value recurs.
        (
            {"properties": {"kind": {"enum": ["x1", "x2"]}}},
            [(t, {"kind": f"x{n % 2 + 1}"}) for n, (t, _) in ENOUGH],
            True,
        ),
        (
            {"properties": {"kind": {"enum": ["x1", "x2"]}}},
            [(t, {"kind": f"x{n % 2 + 1}"}) for n, (t, _) in FEW],
            False,
        ),
        # Also numbers, objects, and a value that some texts lack.
        *(
            ({"properties": {"kind": {}}}, [(t, {"kind": values[n % 2]}) for n, (t, _) in ENOUGH], True)
            for values in ([71, 72], [{"of": "x1"}, {"of": "x2"}], [True, None], ["x1", None])
        ),
    ],
)
def test_patterns_are_tried_where_each_required_field_has_one(
    schema: dict[str, Any], rows: list[tuple[str, Any]], *, is_tried: bool
) -> None:
    """In the schema, or by what the training rows show; else no answer could be right."""
    assert by_pattern.fits(by_pattern.with_patterns(schema, rows)) is is_tried


@for_each(
    ("values", "is_label"),
    [
        (["calm", "cross"], True),
        ([f"topic {n}" for n in range(20)], True),
        ([71, 72, 73], True),
        ([{"of": "x1"}, {"of": "x2"}], True),
        ([True, False], True),
        (["always"], False),
        ([f"a summary of text {n}" for n in range(500)], False),
        (None, False),  # a code that the text holds
    ],
)
def test_more_rows_train_where_the_first_show_a_label_of_the_text(values: list[Any] | None, *, is_label: bool) -> None:
    """A quarter of them, and whatever the rest of the rows say, which may be evidence."""
    task = Task.model_validate({
        "name": "fields", "family": "json-extraction", "instruction": "Read them.", "examples": {"path": "none.jsonl"},
    })  # fmt: skip
    random = Random(1)
    rows = [
        [Example(f"e{n}", f"Text {n} is about KL-{n}", {"of": random.choice(values) if values else f"KL-{n}"}, n + 1)]
        for n in range(400)
    ]
    count = _teaching_count(task, rows)
    assert (count > by_pattern.MOST_ROWS) is is_label
    others = [[replace(each, expected={"of": f"other {each.id}"})] for (each,) in rows[count:]]
    assert _teaching_count(task, [*rows[:count], *others]) == count


def test_a_constant_object_is_named_in_one_line() -> None:
    constant = family("json-extraction").constant([(text, {"kind": "note", "of": 2}) for text, _ in TOLD])
    assert constant is not None
    assert constant.name == "always 'kind: note; of: 2'"


def test_choices_of_an_own_schema_are_learned() -> None:
    """Each may be a label of the text; where patterns say all, no row is needed."""
    for properties, learns in ({"mood": {"enum": ["calm", "cross"]}}, True), ({"code": {"pattern": "[A-Z]+"}}, False):
        scoring = {"json_schema": {"type": "object", "properties": properties, "required": [*properties]}}
        task = Task.model_validate({
            "name": "fields", "family": "json-extraction", "instruction": "Read them.", "scoring": scoring,
            "examples": {"path": "none.jsonl"},
        })  # fmt: skip
        assert family("json-extraction").wants_teaching(task) is learns


def test_choices_that_the_rows_do_not_name_have_their_usual_value_beside_a_pattern_of_the_schema() -> None:
    own = {"properties": {"name": {"pattern": "Name: (?P<value>[^,]+)"}, "kind": {"enum": ["a note", "a bill"]}}}
    found = by_pattern.with_patterns(own, [(text, row | {"kind": "a note"}) for text, row in TOLD])
    assert by_pattern.ByPattern(found).answer(["Name: Cy, aged 2."])[0].output == {"name": "Cy", "kind": "a note"}


def test_a_field_that_is_a_label_of_the_text_is_answered_by_its_words() -> None:
    """On held-out rows better than its usual value, beside a pattern; labels at random keep their usual value."""
    with (ROOT / "examples/glossary/definitions.csv").open(encoding="utf-8", newline="") as lines:
        read = [*csv.DictReader(lines)]
    read = [row for row in read if row["label"] in {"animal", "food"}][:240]
    random = Random(0)
    drawn = [random.random() < 0.5 for _ in read]
    rows = [
        (f"No. A-{n}: {row['text']}", {"number": f"A-{n}", "area": row["label"], "drawn": one})
        for n, (row, one) in enumerate(zip(read, drawn, strict=True), start=1000)
    ]
    schema = with_choices(infer_schema([value for _, value in rows]), rows)
    training, unseen = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    found = by_pattern.with_patterns(schema, training)
    spec = ProbeSpec("baseline", "pattern", ".", (), "json-extraction", "", {}, tuple(training), 1, 0, "words")
    usual, learned = by_pattern.ByPattern(found), by_pattern.ByPattern(found, by_pattern.by_words(found, spec))
    assert learned.details[by_pattern.LABELS] == ["area"]

    def right(answerer: by_pattern.ByPattern, name: str) -> int:
        given = answerer.answer([text for text, _ in unseen])
        return sum(each.output[name] == value[name] for each, (_, value) in zip(given, unseen, strict=True))

    assert right(learned, "number") == len(unseen)
    assert right(learned, "area") > right(usual, "area") + len(unseen) // 10
    assert right(learned, "drawn") == right(usual, "drawn")
    # What is expected of it, before anything is trained, is near that, and not the usual value's rate.
    taught = [(text, {"area": value["area"]}) for text, value in training]
    expected = baselines._held_out_right(partial(baselines._by_patterns, {"properties": {"area": {}}}), taught)
    assert abs(expected / len(taught) - right(learned, "area") / len(unseen)) < 0.1
    assert expected / len(taught) > right(usual, "area") / len(unseen) + 0.1
    # Of more than 500 rows some are held out only: it is the shares that are compared.
    mostly = [row for row in training if row[1]["area"] == "animal"] * 12
    mostly += [row for row in training if row[1]["area"] == "food"] * 3
    learned_of_many = by_pattern.by_words(found, replace(spec, teaching=tuple(mostly)))
    assert "area" in learned_of_many


@for_each(
    ("keys", "name", "why"),
    [
        (("mood",), "words and characters", f"by {BY_WORDS}"),
        (("order",), "regular expressions", "by a regular expression"),
        (
            ("order", "mood", "kind"),
            "regular expressions",
            f"by a regular expression, or by its usual value: kind, or by {BY_WORDS}",
        ),
    ],
)
def test_a_baseline_is_named_by_how_it_finds_fields(
    keys: tuple[str, ...], name: str, why: str, tmp_path: Path, shipped: Catalog
) -> None:
    rows = [
        {"text": f"Order ORD-{n} is {word}", "expected": {"order": f"ORD-{n}", "mood": mood, "kind": "a note"}}
        for n, (word, mood) in enumerate((("late", "cross"), ("here", "calm")) * 20, start=100)
    ]
    rows = [row | {"expected": {key: row["expected"][key] for key in keys}} for row in rows]  # type: ignore[index]
    task = load_task(write_task(tmp_path, rows, family="json-extraction", baselines="try", teaching={"count": 20}))
    context = Context(task, load_examples(task, tmp_path), 2, 8_000_000_000, shipped)
    found = next(each for each in baselines.baselines(context) if each.method == "pattern")
    assert (found.model, found.why) == (name, (f"finds each field {why}; learns from 20 rows",))
