"""Which columns of a file of documents hold their names and their texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.families.values import listed_texts
from advisor.interview.files.columns import is_empty
from advisor.interview.files.sheet import look, rows_of, texts_of
from advisor.system.source import place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def columns_of(path: Path, named: Sequence[object]) -> dict[str, str]:
    """Return the columns by key: "id" that with most of the names that examples expect, "text" the longest other one.

    Raises:
        InputError: if the file cannot be read, or has not two columns.
    """
    table = look(path)
    rows = rows_of(table)
    wanted = {name.strip() for each in named if not is_empty(each) for name in listed_texts(each)}
    held = {column.name: len(wanted & set(texts_of(rows, column.name))) for column in table.columns}
    order = sorted(table.columns, key=lambda column: (-held[column.name], column.kind != "id", column.name != "id"))
    texts = sorted(order[1:], key=lambda column: (column.name != "text", -column.mean_length))
    if not texts:
        raise InputError(f"{place(path)}: has one column; documents need a name and a text each")
    return {"id": order[0].name, "text": texts[0].name}
