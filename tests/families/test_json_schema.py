"""JSON schemas: what they refer to, patterns in linear time, and bounds that no right answer breaks."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.engines.base import Constraint
from advisor.families import family
from advisor.families.json_schema import (
    LARGEST,
    infer_schema,
    numbered,
    validator_of,
    with_bounded_numbers,
    with_choices,
)
from tests.families.support import refusal, write_task
from tests.probe.support import spec
from tests.tables import for_each

BOTH = {"minimum": -LARGEST, "maximum": LARGEST}


def held_to(name: str, **more: Any) -> Constraint:
    """Return what a family holds a prompted model's answers to."""
    held = family(name).constraint(spec(Path(), "llama.cpp", "m", family=name, **more))
    assert held is not None
    return held


@for_each(
    ("schema", "says"),
    [
        ({"properties": {"a": {"$ref": "#/definitions/nope"}}}, "refers to '#/definitions/nope', which is not in the"),
        ({"properties": {"a": {"$ref": "#nope"}}}, "refers to '#nope', which is not in the schema"),
        ({"properties": {"a": {"$ref": "#/required/x"}}, "required": ["a"]}, "which is not in the schema"),
        ({"properties": {"a": {"$ref": "#/title"}}, "title": "x"}, "is not a JSON schema"),
        ({"properties": {"a": {"$ref": "#/x"}}, "x": {"type": "strng"}}, "is not a JSON schema ('strng'"),
        ({"properties": {"a": {"$ref": "#/x"}}, "x": {"$ref": "#/y"}}, "refers to '#/y'"),
        ({"properties": {"a": {"$ref": "http://x.example/y"}}}, "only references within the schema"),
        ({"properties": {"a": {"$dynamicRef": "http://x.example/y"}}}, "only references within the schema"),
        ({"properties": {"a": {"$dynamicRef": "#nope"}}}, "refers to '#nope'"),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "not": {"$ref": 5}}, "refers to 5"),
        ({"properties": {"a": {"pattern": "(?=x)"}}}, "is not a regular expression that RE2 accepts"),
        ({"patternProperties": {"(?=x)": {}}}, "is not a regular expression that RE2 accepts"),
        ({"allOf": [{"patternProperties": {"a": {}}}, {"unevaluatedProperties": False}]}, "write additionalProp"),
    ],
)
def test_what_a_schema_lacks_is_reported_before_anything_runs(
    tmp_path: Path, schema: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=r"^(is|has|refers) ") as shown:
        validator_of(schema)
    assert says in str(shown.value)
    rows = [{"text": f"t{n}", "expected": {"a": 1}} for n in range(3)]
    scoring = {"json_schema": {"properties": {"b": {}}} | schema}
    assert f"scoring.json_schema: {shown.value}" in refusal(
        write_task(tmp_path, rows, family="json-extraction", scoring=scoring)
    )


def test_a_schema_without_an_end_is_reported() -> None:
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"not": deep}
    with pytest.raises(ValueError, match="is nested too deeply"):
        validator_of(deep)


@for_each(
    ("schema", "right", "wrong"),
    [
        ({"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"type": "integer"}}}, {"a": 1}, {"a": "x"}),
        (
            {
                "$id": "http://x.example/s",
                "properties": {"a": {"$ref": "#b"}},
                "$defs": {"b": {"$anchor": "b", "const": 1}},
            },
            {"a": 1},
            {"a": 2},
        ),
        ({"properties": {"a": {"$ref": "#"}}, "maxProperties": 1}, {"a": {"a": {}}}, {"a": {"a": 1, "b": 2}}),
        ({"properties": {"$ref": {"type": "string"}}}, {"$ref": "http://x.example"}, {"$ref": 1}),
        ({"enum": [{"$ref": "http://x.example"}]}, {"$ref": "http://x.example"}, {}),
        ({"patternProperties": {"^a": {"type": "integer"}}}, {"a1": 1, "b": "x"}, {"a1": "x"}),
        (
            {"properties": {"b": {}}, "patternProperties": {"^a": {}}, "additionalProperties": False},
            {"a1": 1, "b": 1},
            {"a1": 1, "c": 1},
        ),
        (
            {"patternProperties": {"^a": {}}, "additionalProperties": {"type": "string"}},
            {"a1": 1, "b": "x"},
            {"a1": 1, "b": 1},
        ),
        ({"propertyNames": {"pattern": "^a"}}, {"ab": 1}, {"b": 1}),
        ({"properties": {"a": {"pattern": "^x$"}}}, {"a": "x"}, {"a": "\ud800"}),
    ],
)
def test_what_satisfies_a_schema(schema: dict[str, Any], right: object, wrong: object) -> None:
    """References within it, patterns of fields' names and of texts."""
    is_valid = validator_of(schema)
    assert is_valid(right)
    assert not is_valid(wrong)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "schema",
    [
        {"patternProperties": {"^(a+)+$": {}}},
        {"patternProperties": {"^(a+)+$": {}}, "additionalProperties": {}},
        {"propertyNames": {"not": {"pattern": "^(a+)+$"}}},
    ],
)
def test_no_pattern_of_a_schema_runs_on(schema: dict[str, Any]) -> None:
    """Python's own patterns would need longer than the world is old."""
    assert validator_of(schema)({"a" * 40 + "!": 1})


@for_each(
    ("schema", "bound"),
    [
        ({"type": "integer"}, BOTH),
        ({"type": ["integer", "null"]}, BOTH),
        ({"type": "integer", "minimum": 0}, {"minimum": 0, "maximum": LARGEST}),
        ({"type": "integer", "exclusiveMaximum": 9}, {"minimum": -LARGEST, "exclusiveMaximum": 9}),
        ({"type": "integer", "minimum": 10**30}, {"minimum": 10**30}),
        ({"type": ["integer", "number"]}, {}),
        ({"type": "integer", "enum": [10**30]}, {}),
        ({"type": "string"}, {}),
    ],
)
def test_whole_numbers_are_bounded(schema: dict[str, Any], bound: dict[str, Any]) -> None:
    """Each of them, also one that may be null; a schema's own bounds and values stay."""
    assert with_bounded_numbers(schema) == schema | bound
    assert with_bounded_numbers({"items": [{"properties": {"type": schema}}]}) == {
        "items": [{"properties": {"type": schema | bound}}]
    }
    assert with_bounded_numbers({"$defs": {"enum": schema}, "enum": [schema]}) == {
        "$defs": {"enum": schema | bound},
        "enum": [schema],
    }


@for_each("number", [1_700_000_000_000, 4_006_381_333_931, 1_700_000_000_000_000_001, -1_700_000_000_000, LARGEST])
def test_no_right_number_breaks_what_a_model_is_held_to(number: int) -> None:
    """Times in milliseconds and nanoseconds, article numbers: by the schema inferred and by the user's own."""
    value = {"a": number}
    schemas = [infer_schema([value]), infer_schema([value, {"a": None}])]
    schemas += [{"properties": {"a": {"type": kind}}} for kind in ("integer", ["integer", "null"])]
    for schema in schemas:
        for name in ("json-extraction", "text-generation"):
            held = held_to(name, scoring={"json_schema": schema}).schema
            assert held is not None
            assert validator_of(held)(value)


def test_a_number_that_no_engine_can_be_held_to_is_reported(tmp_path: Path) -> None:
    rows = [{"text": f"t{n}", "expected": {"id": 10**19 + n}} for n in range(3)]
    said = refusal(write_task(tmp_path, rows, family="json-extraction"))
    assert "record 1: what is expected holds a whole number of more than 64 bits; write it in quotes" in said


def test_no_right_list_of_labels_breaks_what_a_model_is_held_to() -> None:
    labels = {f"l{n}": "" for n in range(12)}
    held = held_to("text-classification", labels=labels, labels_per_text="several").schema
    assert held is not None
    assert validator_of(held)(list(labels))
    assert not validator_of(held)([*labels, "l0"])


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each))
)
def test_texts_are_numbers_only_where_a_schema_says_so(value: Any) -> None:
    assert numbered(value, infer_schema([{"a": value}])["properties"]["a"]) == value
    assert numbered(value, None) == value


def test_texts_become_numbers() -> None:
    schema = {
        "properties": {"a": {"type": ["integer", "null"]}, "b": {"items": {"type": "number"}}, "c": {"type": "string"}}
    }
    value = {"a": "12345678901234567", "b": ["1,000.5", "1.000,50 €", "x"], "c": "7", "d": "8"}
    assert numbered(value, schema) == {"a": 12345678901234567, "b": [1000.5, 1000.5, "x"], "c": "7", "d": "8"}


def test_labels_among_the_fields_are_choices() -> None:
    """A few that recur and are written in no text; names that stand in theirs, rare values and numbers are not."""
    rows = [
        (
            f"Ada {n} wrote about bag {n % 2}",
            {"intent": ["refund", "cancel"][n % 2], "who": "Ada", "urgent": ["low", None][n % 2], "bag": f"bag {n % 2}",
             "count": n % 2, "rare": "b" if n == 3 else "a"},
        )
        for n in range(8)
    ]  # fmt: skip
    known = infer_schema([value for _, value in rows])
    schema = with_choices(known, rows)
    found = {name: part.get("enum") for name, part in schema["properties"].items()}
    assert found == {
        "intent": ["cancel", "refund"],
        "who": None,
        "urgent": None,
        "bag": None,
        "count": None,
        "rare": None,
    }
    more = [(text, value | {"urgent": ["low", None, "high"][n % 3]}) for n, (text, value) in enumerate(rows * 2)]
    schema = with_choices(infer_schema([value for _, value in more]), more)
    assert schema["properties"]["urgent"]["enum"] == ["high", "low", None]
    assert all(map(validator_of(schema), (value for _, value in more)))
    assert not validator_of(schema)(rows[0][1] | {"intent": "refurb"})
