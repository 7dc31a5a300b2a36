"""Which rows of a file a model is asked: those without an answer."""

import json
from pathlib import Path

from advisor.task.example import Example
from advisor.task.model import Task
from advisor.task.reading import read_examples, read_inputs


def test_a_row_whose_object_has_the_field_is_answered(tmp_path: Path) -> None:
    """Fields of nested objects are looked up, too; where the object is null there is no answer."""
    path = tmp_path / "notes.jsonl"
    rows = [{"note": f"cow {n} got {n} ml", "record": {"dose": n} if n % 2 else None} for n in range(6)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    examples = {"path": str(path), "input": "note", "expected": {"dose": "record.dose"}}
    task = Task.model_validate({"name": "x", "family": "json-extraction", "instruction": "-", "examples": examples})
    found = [asked for _, asked in read_inputs(path, task, tmp_path)]
    assert [isinstance(asked, Example) for asked in found] == [True, False] * 3
    assert all(isinstance(asked, Example) for _, asked in read_inputs(path, task, tmp_path, everything=True))


def test_input_and_answers_may_both_be_in_objects(tmp_path: Path) -> None:
    """Whose fields alone are read then."""
    rows = [{"mail": {"text": f"cow {n} got {n} ml"}, "record": {"dose": n}} for n in range(6)]
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    given = {"path": "notes.jsonl", "input": "mail.text", "expected": {"dose": "record.dose"}}
    more = {"family": "json-extraction", "instruction": "-", "examples": given}
    read = read_examples(tmp_path / "notes.jsonl", Task.model_validate({"name": "x", **more}), tmp_path, frozenset())
    assert [each.expected["dose"] for each in read] == [*range(6)]


def test_a_row_whose_object_is_null_is_no_example(tmp_path: Path) -> None:
    """It is not labelled yet; an object whose field is null says that there is none."""
    rows = [{"note": f"cow {n} got {n} ml", "record": {"dose": n % 4 or None} if n < 40 else None} for n in range(42)]
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    given = {"path": "notes.jsonl", "input": "note", "expected": {"dose": "record.dose"}}
    more = {"family": "json-extraction", "instruction": "-", "examples": given}
    notes: list[str] = []
    read = read_examples(
        tmp_path / "notes.jsonl", Task.model_validate({"name": "x", **more}), tmp_path, frozenset(), notes
    )
    assert [each.expected["dose"] for each in read] == [None, 1, 2, 3] * 10
    assert notes == ["notes.jsonl: 2 rows are left out, 'record' is empty (lines 41, 42)"]
