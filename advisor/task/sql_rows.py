"""Reads rows from a database dump: the INSERT statements of the table with most rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from advisor.errors import InputError
from advisor.system.source import decode, place
from advisor.task.record import Row

if TYPE_CHECKING:
    from advisor.task.layout import Layout

_NAME = r"[`\"\[]?([\w$. ]+?(?:[`\"\]]\.[`\"\[][\w$ ]+?)*)[`\"\]]?"
# Possessive (*+): a text and a statement have one possible end, or a truncated dump would be tried in every way.
_STRING = r"'(?:[^'\\]|\\.|'')*+'"
_INNER = rf"\((?:[^()']|{_STRING}|\([^()]*+\))*+\)"
_CREATE = re.compile(
    rf"CREATE TABLE(?: IF NOT EXISTS)?\s+{_NAME}\s*\(((?:--[^\n]*|[^()';]|{_STRING}|{_INNER})*+)", re.IGNORECASE
)
_COLUMN = re.compile(
    rf"(?:^|,)\s*(?!(?:PRIMARY|UNIQUE|FOREIGN|KEY|CONSTRAINT|INDEX|CHECK)\b){_NAME}\s+\w", re.IGNORECASE
)
# A statement ends with a semicolon, or in SQL Server's scripts with its line.
_INSERT = re.compile(
    rf"INSERT\s+(?:INTO\s+)?{_NAME}\s*(?:\(([^)]*)\))?\s*VALUES\s*((?:(?!\s(?:INSERT|GO)\s)[^';]|{_STRING})*+)",
    re.IGNORECASE,
)
_RECORD = re.compile(rf"\(((?:[^'()]|{_STRING}|{_INNER})*+)\)")
# A text may have a mark of its kind before it, as in N'a' and E'a', and its type behind it or around it.
_VALUE = re.compile(
    rf"\s*(?:(?:CAST\()?(?:[NEB]|_\w+\s*)?({_STRING})(?:::[^,]*|\s+AS\s(?:[^,()]|{_INNER})*\))?|((?:[^,()]|{_INNER})*?))"
    r"\s*(?:,|$)",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)
_SIGNS = {"n": "\n", "t": "\t", "r": "\r"}


def read_sql(path: Path, stream: IO[bytes], _: Layout) -> Iterator[Row]:
    """Yield the rows of the largest table of a dump in UTF-8; NULL is an empty cell, the line is the row's number."""
    text = decode(path, stream.read())
    names = {at[1]: [each[1] for each in _COLUMN.finditer(_without_sizes(at[2]))] for at in _CREATE.finditer(text)}
    tables: defaultdict[str, list[list[str]]] = defaultdict(list)
    for at in _INSERT.finditer(text):
        if at[2]:
            names[at[1]] = [name.strip(' `"[]') for name in at[2].split(",")]
        tables[at[1]] += [_values(each[1]) for each in _RECORD.finditer(at[3])]
    table, rows = max(tables.items(), key=lambda each: len(each[1]), default=("", []))
    if not rows:
        raise InputError(f"{place(path)}: no INSERT statement has values that can be read; save its table as CSV")  # noqa: S608  a message
    header = names.get(table) or [str(number) for number in range(1, len(rows[0]) + 1)]
    yield from (Row(number, dict(zip(header, cells, strict=False))) for number, cells in enumerate(rows, 1))


def _without_sizes(definition: str) -> str:
    """Return the columns of a table definition without brackets: varchar(40), enum('a','b')."""
    return re.sub(r"\([^()]*\)", "", definition)


def _values(record: str) -> list[str]:
    found = [at for at in _VALUE.finditer(record) if at.end() > at.start()]
    return [
        _ESCAPED.sub(lambda sign: _SIGNS.get(sign[1], sign[1]) if sign[1] else "'", at[1][1:-1])
        if at[1] is not None
        else ("" if at[2].upper() == "NULL" else at[2])
        for at in found
    ]
