"""Which rows of a file a model is asked: those without an answer."""

import json
from pathlib import Path

from advisor.task.example import Example
from advisor.task.model import Task
from advisor.task.reading import read_inputs


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
