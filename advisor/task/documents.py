"""The documents that queries are answered from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.errors import InputError
from advisor.families.values import EmptyError, as_text
from advisor.system.source import place, quoted
from advisor.task.layout import GUESSED
from advisor.task.rows import read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.task.model import Task

MOST_DOCUMENTS = 100_000


class _CellError(ValueError):
    """What is wrong with a cell, and whether it is that nothing stands there."""

    def __init__(self, column: str, error: ValueError) -> None:
        super().__init__(f"{quoted(column)} {error}")
        self.is_empty = isinstance(error, EmptyError)


def load_documents(task: Task, folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the ids and texts of the task's documents, in the order of the file.

    Where one column is both, its texts are known answers: each counts once, and an empty cell is none.

    Raises:
        InputError: naming the file, the line and the cure.
    """
    source = task.documents
    if source is None:
        return ()
    path = folder / source.path
    lines: dict[str, int] = {}
    documents: list[tuple[str, str]] = []
    given = task.examples.given if source.path == task.examples.path else GUESSED
    for line, columns in read_rows(path, tuple(dict.fromkeys((source.id, source.text))), given):
        try:
            name, text = _text(source.id, columns).strip(), _text(source.text, columns)
        except _CellError as error:
            if source.are_answers and error.is_empty:
                continue
            raise InputError(f"{place(path, line)}: {error}") from None
        if name in lines and source.are_answers:
            continue
        if name in lines:
            raise InputError(f"{place(path, line)}: the id {quoted(name)} is also in line {lines[name]}; keep one")
        if len(documents) >= MOST_DOCUMENTS:
            raise InputError(f"{place(path, line)}: more than {MOST_DOCUMENTS} documents; a part of them suffices")
        lines[name] = line
        documents.append((name, text))
    if not documents:
        raise InputError(f"{place(path)}: holds no documents; add some")
    return tuple(documents)


def _text(column: str, columns: dict[str, Any]) -> str:
    try:
        return as_text(columns[column])
    except ValueError as error:
        raise _CellError(column, error) from None
