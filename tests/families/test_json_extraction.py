"""Extraction to JSON: by the real command with a real generator held to the schema, and field by field."""

import json
from functools import partial
from pathlib import Path
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from advisor.families.base import Answered
from advisor.families.json_extraction import FAMILY
from advisor.families.json_fields import field_scores, find_object, leaves, same, shown_path
from advisor.families.json_schema import LARGEST, infer_schema, validator_of
from advisor.families.methods.zero_shot import ExtractedFields
from advisor.probe.judge import Judge
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from tests.conftest import Home
from tests.families.support import SMOL, predictions, recommend, refusal, scores, write_task
from tests.probe.support import spec
from tests.tables import for_each

NAMES = ("Ada", "Bo", "Cleo", "Dan", "Eve", "Finn")
PEOPLE = [
    {"text": f"{name} is {age} years old.", "expected": {"name": name, "age": age}}
    for name in NAMES
    for age in (20, 31)
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(min_size=1), JSON, min_size=1, max_size=4)

scored = partial(scores, FAMILY)


def test_new_examples_of_a_growing_file_may_have_new_values(tmp_path: Path) -> None:
    """A list of choices would refuse them."""
    rows = [{"text": f"mail {n}", "expected": {"intent": ("bill", "order", "refund")[n % 3]}} for n in range(9)]
    for size, known in (("fixed", ["bill", "order", "refund"]), ("growing", None)):
        made = write_task(tmp_path, rows, family="json-extraction", examples={"path": "examples.json", "size": size})
        task = load_task(made)
        examples = load_examples(task, tmp_path)
        settled = FAMILY.settle(task, examples.evidence, examples.teaching)
        assert settled.scoring["json_schema"]["properties"]["intent"].get("enum") == known


def test_a_real_generator_fills_the_form(ready_home: Home, tmp_path: Path) -> None:
    """The form is taken from the examples, answers are held to it, each field has its score; examples are shown."""
    task = write_task(
        tmp_path, PEOPLE, family="json-extraction", instruction="Extract name and age.", models=[SMOL],
        teaching={"count": 3}, prompt={"examples": 3, "max_tokens": 40}, scoring={"at_least": 0.5},
        bar={"pass_rate": 0.6},
    )  # fmt: skip
    _, document = recommend(ready_home, task, code=0)
    details = document["recommended"]["details"]
    assert "- age (integer)" in details["system_prompt"]
    assert len(details["shown_examples"]) == 3
    assert details["held_to"]["properties"]["age"] == {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST}
    outcomes = [json.loads(line) for line in (Path(document["folder"]) / "outcomes.jsonl").read_text().splitlines()]
    assert all(set(outcome["output"]) == {"name", "age"} for outcome in outcomes)
    assert all({"field name", "field age"} <= set(outcome["scores"]) for outcome in outcomes)
    assert all(outcome["tokens"] > 4 for outcome in outcomes)
    rows = {
        row["id"]: row["input"]
        for row in map(json.loads, (Path(document["folder"]) / "evidence.jsonl").read_text().splitlines())
    }
    evidence = [outcome for outcome in outcomes if outcome["purpose"] == "evidence"][:3]
    asked = [rows[outcome["id"]] for outcome in evidence]
    answers = predictions(document["recommended"]["usage"], tmp_path, asked, ready_home)
    assert answers == [outcome["output"] for outcome in evidence] != []
    shown = {turn["user"] for turn in details["shown_examples"]}
    assert not shown & set(rows.values())


@for_each(
    ("value", "says"),
    [
        ("Ada", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ([1], "is not a JSON object"),
        ("", "is empty; fill it in or delete the row"),
        ('{"a": Infinity}', "is not JSON"),
    ],
)
def test_what_is_no_object_is_reported(tmp_path: Path, value: object, says: str) -> None:
    rows = [{"text": "a", "expected": {"a": 1}}, {"text": "b", "expected": value}]
    said = refusal(write_task(tmp_path, rows, family="json-extraction"))
    assert "'expected' " in said
    assert says in said


@for_each(
    ("value", "says"),
    [
        ("{'day': DATE '2025-01-31'}", "holds a date, which JSON does not know: save it as a text or a number"),
        ("{'total': CAST(1.5 AS DECIMAL(9, 2))}", "holds a Decimal, which JSON does not know"),
        ("{'total': CAST('nan' AS DOUBLE)}", "holds NaN or a number out of reach"),
    ],
)
@for_each("metric", [None, "json"])
def test_values_that_parquet_has_and_json_has_not(tmp_path: Path, value: str, says: str, metric: str | None) -> None:
    """Reported by row and column before anything runs, for either family that expects JSON."""
    import duckdb

    path = tmp_path / "examples.parquet"
    duckdb.sql(f"SELECT 'a' AS text, {value} AS expected FROM range(3)").write_parquet(str(path))  # noqa: S608  ours
    family = {"family": "text-generation", "scoring": {"metric": metric}} if metric else {"family": FAMILY.name}
    said = refusal(write_task(tmp_path, [], examples={"path": path.name}, **family))
    assert "'expected' is not JSON (" in said
    assert says in said


def test_a_value_in_a_column_of_its_own_that_is_no_json(tmp_path: Path) -> None:
    """A list of dates is reported by its field; NaN is an empty cell, as tables have it."""
    import duckdb

    path = tmp_path / "examples.parquet"
    query = "SELECT 'a' || n AS text, [DATE '2025-01-31'] AS days FROM range(3) t(n)"
    duckdb.sql(query).write_parquet(str(path))
    task = {"family": FAMILY.name, "examples": {"path": path.name, "expected": {"days": "days"}}}
    assert "(for the field 'days') holds a date" in refusal(write_task(tmp_path, [], **task))


def test_a_tolerance_needs_numbers(tmp_path: Path) -> None:
    """Cells of a table are texts; the schema says which of them are numbers. Without one a tolerance is refused."""
    lines = ["text,id,total", "a,100001,99.5", "b,100002,12"]
    (tmp_path / "bills.csv").write_text("\n".join(lines), encoding="utf-8")
    examples = {"path": "bills.csv", "expected": {"id": "id", "total": "total"}}
    said = refusal(write_task(tmp_path, [], family=FAMILY.name, examples=examples, scoring={"tolerance": 0.01}))
    assert "scoring.tolerance: is for numbers, and the expected values are all texts" in said
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "total": {"type": ["number", "null"]}}}
    scoring = {"tolerance": 0.01, "json_schema": schema}
    task = write_task(tmp_path, [], family=FAMILY.name, examples=examples, scoring=scoring)
    read = load_examples(load_task(task), tmp_path)
    assert sorted((each.expected["id"], each.expected["total"]) for each in (*read.teaching, *read.evidence)) == [
        ("100001", 99.5),
        ("100002", 12),
    ]


def test_an_example_that_breaks_the_schema_is_reported(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    rows = [*PEOPLE[:2], {"text": "c", "expected": {"age": "old"}}]
    task = write_task(tmp_path, rows, family="json-extraction", scoring={"json_schema": schema})
    said = refusal(task)
    assert "what is expected breaks scoring.json_schema" in said


@for_each(
    ("output", "expected", "scoring", "fields"),
    [
        ({"a": "X ", "b": 2.0}, {"a": "x", "b": 2}, {}, 1.0),
        ({"a": "x", "b": 3}, {"a": "x", "b": 2}, {}, 0.5),
        ({"a": "x"}, {"a": "x", "b": None}, {}, 1.0),
        ({"a": "x", "b": "made up"}, {"a": "x", "b": None}, {}, 0.5),
        ({"a": "12.50"}, {"a": 12.5}, {}, 1.0),
        ({"a": "012"}, {"a": "12"}, {}, 0.0),
        ({"a": 99}, {"a": 100}, {"tolerance": 0.01}, 1.0),
        ({"a": "1.1"}, {"a": 1}, {"tolerance": 0.1}, 1.0),
        # Digits that are expected as a text may be an id.
        ({"a": "100999"}, {"a": "100001"}, {"tolerance": 0.01}, 0.0),
        ({"a": 100999}, {"a": "100001"}, {"tolerance": 0.01}, 0.0),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, {}, 0.5),
        ({"a": ["x", "y"]}, {"a": ["X", "y"]}, {}, 1.0),
        ({"a": True}, {"a": "true"}, {}, 1.0),
        ({"a": 1}, {"a": True}, {}, 0.0),
        ("no object", {"a": 1}, {}, 0.0),
        ({"a": 1, "b": 9}, {"a": 1, "b": 2}, {"json_schema": {"properties": {}, "required": ["a"]}}, 1.0),
    ],
)
def test_fields(output: object, expected: object, scoring: dict[str, Any], fields: float) -> None:
    assert scored(output, expected, **scoring)["fields"] == fields


@for_each(
    ("output", "expected", "is_same"),
    [
        ("2025550123", "2025550124", False),
        ("4111111111111111", "4111111111111112", False),
        (4111111111111111, "4111111111111112", False),
        (4111111111111111, 4111111111111112, False),
        ("12345678901234567890", "12345678901234567891", False),
        ("12345678901234567890", 12345678901234567890, True),
        ("1,234,567,890,123", 1234567890123, True),
        ("202501011200", "202501011201", False),
        ("\u22125", -5.0, True),
        (5.0, 5, True),
        # Of a whole number that was a float the last digits may be lost.
        (12345678901234567890, 1.2345678901234567e19, True),
        (12345678901239999999, 1.2345678901234567e19, False),
        # Sums of floats; and cents, which are none.
        (0.1 + 0.2, 0.3, True),
        ("0.30000000000000004", 0.3, True),
        (12345678.91, 12345678.92, False),
        ("1234567890.12", "1234567890.52", False),
        ("9" * 400, "9" * 399 + "8", False),
        ("9" * 400, "9" * 400, True),
    ],
)
def test_numbers_are_compared_to_the_last_digit(output: object, expected: object, is_same: bool) -> None:  # noqa: FBT001
    """Whole ones, as numbers or as texts; fractions but for rounding."""
    assert same(output, expected) is is_same
    assert same(expected, output) is is_same
    assert scored({"a": output}, {"a": expected})["exact"] == float(is_same)


@given(st.integers(-(10**25), 10**25), st.integers(-(10**25), 10**25))
def test_whole_numbers_are_the_same_only_if_they_are(one: int, other: int) -> None:
    assert same(one, str(other)) is (one == other)
    assert same(one, one + 1) is same(str(one), str(one + 1)) is False


def test_a_field_whose_name_holds_a_dot_is_one_field() -> None:
    """Not a field of another: it counts where it is required, by the task or by what the examples have in common."""
    required = {"properties": {}, "required": ["total.amount"]}
    for scoring in ({"json_schema": required}, {"json_schema": infer_schema([{"total.amount": 5}])}):
        assert scored({"total.amount": 999}, {"total.amount": 5}, **scoring)["fields"] == 0.0
        assert scored({}, {"total.amount": 5}, **scoring)["fields"] == 0.0
        assert scored({"total.amount": 5}, {"total.amount": 5}, **scoring)["fields"] == 1.0
    assert field_scores({"a": {"b": 1}}, {"a.b": 1}) == {("a", "b"): 0.0, ("a.b",): 0.0}
    said = scored({"a": {"b": 1}}, {"a.b": 1, "a": {"b": 1}})
    assert {name: score for name, score in said.items() if name.startswith("field ")} == {
        "field a.b": 1.0,
        'field "a.b"': 0.0,
    }


@given(st.lists(st.lists(st.text(max_size=3), min_size=1, max_size=3).map(tuple), unique=True, min_size=2, max_size=2))
def test_two_fields_are_never_shown_alike(paths: list[tuple[str, ...]]) -> None:
    assert shown_path(paths[0]) != shown_path(paths[1])


def test_a_missing_field_is_null() -> None:
    """It passes the schema that its examples have in common, as it scores; one that is never null may not lack."""
    schema = infer_schema([{"plate": None, "town": "Ely"}, {"plate": "AB 1", "town": "Rye"}])
    judge = Judge(FAMILY, spec(Path(), "llama.cpp", "m", family=FAMILY.name, scoring={"json_schema": schema}))
    asked = {"id": "1", "input": "x", "expected": {"plate": None, "town": "Ely"}}
    assert judge.outcome(asked, Answered({"town": "Ely"}), 0.0).passed
    assert not judge.outcome(asked | {"expected": {"plate": None}}, Answered({"plate": None}), 0.0).passed


def test_blanks_and_hyphens_count_unless_the_metric_is_letters(tmp_path: Path) -> None:
    """The plan says where the texts have others than expected; signs and what is shorter than a code are left alone."""
    expected, output = {"plate": "KR 451JN", "sum": "-5"}, {"plate": "KR-451JN", "sum": "-5"}
    by = {metric: scored(output, expected, metric=metric) for metric in ("fields", "letters")}
    assert [by[metric][metric] for metric in by] == [0.5, 1.0]
    assert [by[metric]["field plate"] for metric in by] == [0.0, 1.0]
    assert scored({"sum": "5"}, {"sum": "-5"}, metric="letters")["letters"] == 0
    rows = [
        {"text": text, "expected": {"plate": plate}}
        for text, plate in (
            ("car KR 451JN", "KR451JN"),
            ("car kr 452jn", "KR 452JN"),
            ("GD-749VL", "GD 749VL"),
            ("A 1", "A1"),
        )
    ]
    for metric, is_said in (("fields", True), ("letters", False)):
        path = write_task(tmp_path / metric, rows, family="json-extraction", scoring={"metric": metric})
        said = "\n".join(load_examples(load_task(path), path.parent).notes)
        assert ("'plate' is not written as in the text in 2 rows (record" in said) is is_said


def test_a_field_that_not_every_row_lists_counts_where_the_task_requires_none(tmp_path: Path) -> None:
    """Nor may an answer have one that its row does not list; the plan says what is right."""
    rows = [
        {"text": f"{n} nights for Ann", "expected": {"guest": "Ann"} | ({"nights": n} if n % 4 else {})}
        for n in range(20)
    ]
    path = write_task(tmp_path, rows, family="json-extraction")
    read = load_examples(load_task(path), path.parent)
    assert any(
        "every field is as expected, and has none that its row does not list (fields: guest, nights)" in each
        for each in read.notes
    )
    for output, share in (({"guest": "Ann"}, 0.5), ({"guest": "Ann", "nights": 3}, 1.0)):
        assert scored(output, {"guest": "Ann", "nights": 3}, **read.settled)["fields"] == share
    for expected, share in (({"guest": "Ann"}, 1.0), ({"guest": "Ann", "nights": None}, 0.5), ({}, 1.0)):
        scores = scored({"guest": "Ann", "nights": 3}, expected, **read.settled)
        assert (scores["fields"] < 1.0, scores["listed"]) == (True, share)


def test_exact_counts_optional_fields_too() -> None:
    """Where the schema requires some, "fields" leaves the others out, "exact" does not."""
    scoring = {"json_schema": {"properties": {}, "required": ["a"]}}
    assert scored({"a": 1, "b": 9}, {"a": 1, "b": 2}, **scoring)["exact"] == 0


@for_each(
    ("reply", "found"),
    [
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('Sure! {"a": "}"} and more', {"a": "}"}),
        ('{a} then {"b": 2}', {"b": 2}),
        ("none", None),
        ('{"a": NaN}', None),
        ("{" * 5000, None),
        ('{"a":' * 3000, None),
    ],
)
def test_an_object_is_found_among_words(reply: str, found: object) -> None:
    assert find_object(reply) == found


@given(OBJECTS)
def test_what_is_expected_scores_fully(value: dict[str, Any]) -> None:
    """Any object equals itself, satisfies the schema inferred from it, and its fields are all right."""
    assert all(field_scores(value, value).values())
    assert scored(value, value)["exact"] == 1
    assert validator_of(infer_schema([value]))(value)
    assert find_object("x " + json.dumps(value)) == value


@given(JSON, JSON)
def test_any_two_values_are_compared(one: object, other: object) -> None:
    """Either way round the same, and never with an error."""
    if not isinstance(one, float) and not isinstance(other, float):
        assert same(one, other) == same(other, one)
    assert set(field_scores(one, other)) == {*leaves(one), *leaves(other)}


@given(st.text())
def test_any_reply_is_read(reply: str) -> None:
    what = spec(Path(), "llama.cpp", "m", family=FAMILY.name)
    assert isinstance(FAMILY.parse(reply, what), dict | str)


def test_fields_of_one_description_are_told_by_their_names() -> None:
    """One of the two would else be the other, and never be found."""
    same = {"description": "a date", "type": "string"}
    fields = {"begin_date": same, "end_date": same, "who": {"description": "a person"}, "any": True}
    made = ExtractedFields(cast("Any", None), fields, lambda text, _: text)
    assert made.details["labels_given"] == ["begin date", "end date", "a person", "any"]


def test_an_answer_is_expected_to_be_as_long_as_the_examples(tmp_path: Path) -> None:
    """Short objects take few tokens; the time that a plan predicts is that of writing them."""
    task = load_task(write_task(tmp_path, PEOPLE, family="json-extraction"))
    examples = load_examples(task, tmp_path)
    assert FAMILY.answer_tokens(task, examples) in range(6, 16)
    long = [each | {"expected": {"name": "Ada " * 100, "age": 1}} for each in PEOPLE]
    task = load_task(write_task(tmp_path, long, family="json-extraction"))
    assert FAMILY.answer_tokens(task, load_examples(task, tmp_path)) > 100
