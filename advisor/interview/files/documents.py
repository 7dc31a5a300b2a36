"""Which columns of a file of documents hold their names and their texts, and which of two tables is that file."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from advisor.errors import InputError
from advisor.families.values import listed_texts
from advisor.interview.files.columns import is_empty
from advisor.interview.files.sheet import look, rows_of, texts_of
from advisor.paths import is_file, is_folder
from advisor.system.source import MOST_HELD, place
from advisor.task.folder_rows import TEXT, holds_rows
from advisor.task.known_formats import ENDINGS

# Files beside a table that are looked at; the fewest rows that a key names, and the share of names that are keys.
_MOST_FILES, _FEWEST, _MOSTLY = 50, 5, 0.9


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


class Search(NamedTuple):
    """A table of inputs, its column that names documents, and the table of these."""

    examples: Path
    column: str
    documents: Path


def search_in(path: Path, *, is_meant: bool) -> Search | None:
    """Return the search that a table and one beside it, or a folder, make: a column of one names rows of the other.

    Where words do not mean one, the names must be those of texts.
    """
    try:
        beside = sorted(islice(path.parent.iterdir(), _MOST_FILES))
        others = [each for each in beside if (is_meant or is_folder(each)) and _may_be_table(each, path)]
    except OSError:
        return None
    keys, values = _names_in(path) if others else ({}, {})
    if not is_meant:
        values, keys = {name: texts for name, texts in values.items() if _are_texts(texts)}, {}
        others = others if values else []
    for other in others:
        others_keys, others_values = _names_in(other)
        for examples, named, documents, held in (
            (path, values, other, others_keys), (other, others_values, path, keys),
        ):  # fmt: skip
            for column, texts in named.items():
                if any(len(texts & key) >= _MOSTLY * len(texts) for key in held.values()):
                    return Search(examples, column, documents)
    return None


def _are_texts(names: set[str]) -> bool:
    return sum(name.lower().endswith(TEXT) for name in names) >= _MOSTLY * len(names)


def _may_be_table(other: Path, path: Path) -> bool:
    if other == path or is_folder(other):
        return other != path and holds_rows(other)
    return other.suffix.lower() in ENDINGS and is_file(other) and other.stat().st_size <= MOST_HELD


def _names_in(path: Path) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the columns of a table that name its rows, each once, and those of a few names that repeat."""
    try:
        table = look(path)
        rows = rows_of(table)
    except InputError:
        return {}, {}
    cells = {column.name: [text for text in texts_of(rows, column.name) if text] for column in table.columns}
    sets = {name: set(texts) for name, texts in cells.items() if len(set(texts)) >= _FEWEST}
    keys = {name: texts for name, texts in sets.items() if len(texts) == len(cells[name])}
    return keys, {name: texts for name, texts in sets.items() if name not in keys}
