import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor.task.file import load_task
from advisor.task.model import Task
from tests.conftest import ROOT, Home, run_advisor
from tests.tables import for_each

SCHEMA = Task.model_json_schema()
EXAMPLES = sorted((ROOT / "examples").glob("*/task.yaml"))
_KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "null": type(None),
}  # fmt: skip


# What each keyword asks, from JSON Schema 2020-12; those that bind one type say nothing of others.
_RULES: dict[str, Callable[[dict[str, Any], Any, Any], bool]] = {
    "$ref": lambda _, rule, value: accepts(SCHEMA["$defs"][rule.rpartition("/")[2]], value),
    "anyOf": lambda _, rule, value: any(accepts(each, value) for each in rule),
    "type": lambda _, rule, value: (
        not isinstance(value, bool)
        and any(isinstance(value, _KINDS[kind]) for kind in (rule if isinstance(rule, list) else [rule]))
    ),
    "const": lambda _, rule, value: bool(value == rule),
    "enum": lambda _, rule, value: value in rule,
    "properties": lambda _, rule, value: (
        not isinstance(value, dict) or all(accepts(rule[key], item) for key, item in value.items() if key in rule)
    ),
    "required": lambda _, rule, value: not isinstance(value, dict) or set(rule) <= set(value),
    "additionalProperties": lambda schema, rule, value: (
        not isinstance(value, dict)
        or (set(value) <= set(schema["properties"]) if rule is False else all(accepts(rule, v) for v in value.values()))
    ),
    "items": lambda _, rule, value: not isinstance(value, list) or all(accepts(rule, item) for item in value),
    "minItems": lambda _, rule, value: not isinstance(value, list) or len(value) >= rule,
    "uniqueItems": lambda _, __, value: not isinstance(value, list) or len(set(value)) == len(value),
    "minLength": lambda _, rule, value: not isinstance(value, str) or len(value) >= rule,
    "maxLength": lambda _, rule, value: not isinstance(value, str) or len(value) <= rule,
    "minimum": lambda _, rule, value: not isinstance(value, int | float) or value >= rule,
    "exclusiveMinimum": lambda _, rule, value: not isinstance(value, int | float) or value > rule,
    "maximum": lambda _, rule, value: not isinstance(value, int | float) or value <= rule,
    "exclusiveMaximum": lambda _, rule, value: not isinstance(value, int | float) or value < rule,
}
_NOTES = {"$defs", "title", "description", "default"}


def accepts(schema: dict[str, Any], value: Any) -> bool:
    """Judge a value by the keywords that the task's schema uses; an unknown keyword is an error."""
    return all(_RULES[keyword](schema, rule, value) for keyword, rule in schema.items() if keyword not in _NOTES)


def test_the_command_prints_the_models_schema_and_nothing_else(home: Home) -> None:
    ran = run_advisor(home, "schema")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == SCHEMA


def test_every_field_has_a_description() -> None:
    """The schema says what each key is for."""
    models = [SCHEMA, *SCHEMA["$defs"].values()]
    bare = [
        (model["title"], key)
        for model in models
        for key, field in model["properties"].items()
        if "description" not in field
    ]
    assert bare == []


@for_each("path", EXAMPLES)
def test_the_schema_and_the_loader_accept_the_ready_tasks(path: Path) -> None:
    import yaml

    assert accepts(SCHEMA, yaml.safe_load(path.read_text(encoding="utf-8")))
    load_task(path)


NEEDED: dict[str, Any] = {"name": "n", "instruction": "i", "examples": {"path": "x.csv"}}


@for_each(
    "more",
    [
        {},
        {"labels": ["a", "b"]},
        {"labels": [1, 2]},
        {"labels": {"a": "first", "b": ""}},
        {"teaching": {"count": 3}},
        {"teaching": {"share": 0.2}},
        {"constraints": {"license": "mit", "languages": ["en"], "max_parameters": "500M", "max_memory": 10**9}},
        {"limits": {"memory": "1GiB", "seconds_per_example": 2, "inferences": 9}},
        {"models": ["a/b"], "seed": 7, "max_candidates": 2, "bar": {"pass_rate": 0.8, "confidence": 0.9}},
    ],
)
def test_the_schema_accepts_what_the_loader_accepts(more: dict[str, Any]) -> None:
    """Short forms, such as one licence or labels as a list, are in the schema too."""
    Task.model_validate(NEEDED | more)
    assert accepts(SCHEMA, NEEDED | more)


@for_each(
    "more",
    [
        {"nmae": "x"},
        {"name": True},
        {"version": 2},
        {"family": "poetry"},
        {"bar": {"pass_rate": 1}},
        {"seed": -1},
        {"max_candidates": 33},
        {"limits": {"seconds_per_example": 0}},
        {"labels": 3},
        {"models": ["a/b", "a/b"]},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(more: dict[str, Any]) -> None:
    """An editor that knows the schema underlines the same mistakes."""
    with pytest.raises(ValueError, match="validation error"):
        Task.model_validate(NEEDED | more)
    assert not accepts(SCHEMA, NEEDED | more)
