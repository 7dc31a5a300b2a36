"""A record of an examples file, and the check for required columns."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from advisor.errors import InputError
from advisor.system.source import place, quoted

SHOWN_COLUMNS = 12
LONGEST_PLACE = 80


class Row(NamedTuple):
    """One record: the line at which it starts (for Parquet its row number), and its columns."""

    line: int
    columns: dict[str, Any]


class SheetLine(int):
    """A row's place where no line says it, shown as people find it: the sheet and the row in it, or the file."""

    shown: str

    @classmethod
    def of(cls, number: int, shown: str) -> SheetLine:
        """Return the number of a row that is shown so."""
        made = cls(number)
        made.shown = shown
        return made

    def __str__(self) -> str:
        return self.shown

    def __format__(self, spec: str) -> str:
        return format(self.shown, spec)

    def __reduce__(self) -> tuple[Any, ...]:
        return SheetLine.of, (int(self), self.shown)


def peeked(rows: Iterator[Row], count: int) -> tuple[list[Row], Iterator[Row]]:
    """Return the first rows, and all rows; an error among the first is raised after the rows before it."""
    first: list[Row] = []
    broken: InputError | None = None
    try:
        first.extend(islice(rows, count))
    except InputError as error:
        broken = error

    def all_rows() -> Iterator[Row]:
        yield from first
        if broken is not None:
            raise broken
        yield from rows

    return first, all_rows()


class NoColumnError(InputError):
    """A file lacks a column that the task names."""

    def __init__(self, path: Path, line: int | None, column: str, have: Sequence[str], key: str = "") -> None:
        """Say it, and the column that was probably meant; `key` of the task names the column where it is known."""
        super().__init__(f"{place(path, line)}: has no column {quoted(column)}; {_advice(column, have, key)}")
        self.path, self.line, self.column, self.have = path, line, column, have

    def named_by(self, key: str) -> NoColumnError:
        return NoColumnError(self.path, self.line, self.column, self.have, key)


def need_columns(path: Path, line: int | None, have: Sequence[str], columns: tuple[str, ...]) -> None:
    """Check that a record or a header has the required columns, or the object that a dotted name is a field of.

    NoColumnError naming the first missing column and the one that was probably meant.
    """
    for name in columns:
        if name not in have and name.partition(".")[0] not in have:
            raise NoColumnError(path, line, name, have)


def inside(row: Row, names: Sequence[str]) -> Row:
    """Return a row with fields of its objects as columns: "expected.topic" of `{"expected": {"topic": "x"}}`.

    Of a list of objects it is the list of their values; None if nothing has the field.
    """
    found = {}
    for name in names:
        column, _, path = name.partition(".")
        if name not in row.columns and column in row.columns:
            found[name] = _below(row.columns[column], path)
    return row._replace(columns=row.columns | found) if found else row


def _below(value: object, path: str) -> Any:  # noqa: ANN401  any JSON value
    """Return what an object, or each of a list's, holds below a dotted name; None if nothing."""
    if isinstance(value, list):
        return [held for each in value if (held := _below(each, path)) is not None] or None
    if not isinstance(value, dict) or path in value:
        return value[path] if isinstance(value, dict) else None
    name, _, rest = path.partition(".")
    return _below(value.get(name), rest) if rest else None


def _advice(name: str, have: Sequence[str], key: str) -> str:
    def bare(text: str) -> str:
        return "".join(text.split()).casefold()

    if f"{name} (1)" in have:
        return f"several columns have that name, and are {quoted(f'{name} (1)')} and so on: write which one is meant"
    same = [column for column in have if bare(column) == bare(name)]
    ends = [column for column in have if column.casefold().endswith(f".{name.casefold()}")]  # of nested objects
    close = same or ends or difflib.get_close_matches(name, have[:1000], 1)
    if close:
        why = " Blanks and capitals count:" if same else " If so,"
        keys = key or "examples.input or examples.expected"
        return f"did you mean {quoted(close[0])}?{why} change it in the file, or in {keys}"
    if len(have) == 1:
        for delimiter in (";", "\t", ",", "|"):
            if delimiter in have[0]:
                return (
                    f"its one column is {quoted(have[0], 80)}: "
                    f"separate the fields as the file's name says, not by {delimiter!r}"
                )
    shown = ", ".join(quoted(column) for column in have[:SHOWN_COLUMNS]) or "none"
    more = ", …" if len(have) > SHOWN_COLUMNS else ""
    cure = f"{key} asks for it in each file of examples: add it, or name another" if key else ""
    return f"its columns are: {shown}{more}. {cure or 'Set examples.input and examples.expected'}"
