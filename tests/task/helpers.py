"""Writes task and examples files, and catches what the loader says of them."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.task.examples import ExampleSet, load_examples
from advisor.task.file import load_task
from advisor.task.model import Task
from advisor.task.record import Row
from advisor.task.rows import read_rows

COLUMNS = ("text", "label")
HEAD = "name: mails\ninstruction: Sort the mails.\nexamples: {path: mails.csv}\n"
HEAD_LINES = HEAD.count("\n")


def write(path: Path, content: str | bytes) -> Path:
    """Write a file, lone surrogates and line ends as they are, in a folder made for it, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return path


def as_csv(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of text and label as CSV with its header."""
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *rows])
    return out.getvalue()


def as_jsonl(rows: Iterable[tuple[Any, Any]]) -> str:
    return "".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in rows)


def task_for(path: str, **more: Any) -> Task:
    return Task.model_validate({"name": "t", "instruction": "Sort.", "examples": {"path": path}, **more})


def load(folder: Path, rows: Iterable[tuple[str, str]], **more: Any) -> ExampleSet:
    """Write rows as CSV and load them as a task's examples."""
    write(folder / "rows.csv", as_csv(rows))
    return load_examples(task_for("rows.csv", **more), folder)


def task_refusal(path: Path, content: str | bytes) -> str:
    """Return what is said of a wrong task file, after its path."""
    write(path, content)
    with pytest.raises(InputError) as caught:
        load_task(path)
    return _after(path, str(caught.value))


def rows_of(path: Path, content: str | bytes) -> list[Row]:
    return list(read_rows(write(path, content), COLUMNS))


def rows_refusal(path: Path, content: str | bytes | None = None) -> str:
    """Return what is said of a wrong examples file, after its path."""
    if content is not None:
        write(path, content)
    with pytest.raises(InputError) as caught:
        list(read_rows(path, COLUMNS))
    return _after(path, str(caught.value))


def examples_refusal(path: Path, content: str | bytes, **more: Any) -> str:
    """Return what is said of examples that can be read and not be used, after the file's path."""
    write(path, content)
    with pytest.raises(InputError) as caught:
        load_examples(task_for(path.name, **more), path.parent)
    return _after(path, str(caught.value))


def _after(path: Path, message: str) -> str:
    assert message.isprintable()
    assert message.startswith(f"{path}:")
    return message.removeprefix(str(path))
