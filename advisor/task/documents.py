"""The documents that queries are answered from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.task.rows import read_rows
from advisor.task.source import place, quoted
from advisor.task.values import as_text

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.task.model import Task

MOST_DOCUMENTS = 100_000


def load_documents(task: Task, folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the ids and texts of the task's documents, in the order of the file.

    Raises:
        InputError: naming the file, the line and the cure.
    """
    source = task.documents
    if source is None:
        return ()
    path = folder / source.path
    lines: dict[str, int] = {}
    documents: list[tuple[str, str]] = []
    for line, columns in read_rows(path, (source.id, source.text)):
        values = []
        for column in (source.id, source.text):
            try:
                values.append(as_text(columns[column]))
            except ValueError as error:
                raise InputError(f"{place(path, line)}: {quoted(column)} {error}") from None
        name, text = values[0].strip(), values[1]
        if name in lines:
            raise InputError(f"{place(path, line)}: the id {quoted(name)} stands also in line {lines[name]}; keep one")
        if len(documents) >= MOST_DOCUMENTS:
            raise InputError(f"{place(path, line)}: more than {MOST_DOCUMENTS} documents; a part of them suffices")
        lines[name] = line
        documents.append((name, text))
    if not documents:
        raise InputError(f"{place(path)}: holds no documents; add some")
    return tuple(documents)
