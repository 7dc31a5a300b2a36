"""Reads rows from CSV, TSV, JSONL, JSON and Parquet files, and says what is wrong by file and line."""

from __future__ import annotations

import csv
from itertools import chain
from typing import IO, TYPE_CHECKING

from advisor.errors import InputError
from advisor.task.json_rows import read_json, read_jsonl
from advisor.task.parquet_rows import read_parquet
from advisor.task.record import Row, need_columns
from advisor.task.source import MAX_LINE_BYTES, open_regular, place, quoted, refuse, text_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Reader = Callable[[Path, IO[bytes], tuple[str, ...]], Iterator[Row]]

MAX_FILE_BYTES = 1 << 30
MAX_JSON_BYTES = 64 << 20
MAX_ROWS = 1_000_000

# The first of them in a .csv file's first line parts its fields: spreadsheets write semicolons where the comma is the
# decimal mark.
DELIMITERS = (",", ";", "\t", "|")

_ABSENT = "a path in a task file is relative to that file"
_EMPTY = "is empty; it needs at least two examples of different labels"


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a file, each with at least the named columns.

    The fields of a .csv file are parted by what parts the names in its first line: commas, semicolons, tabs or bars.

    Raises:
        InputError: naming the file, the line and the cure: no such file, an unknown format, bad encoding, NUL bytes,
            a line over 4 MiB, a missing column, a record that cannot be parsed.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        kinds = ", ".join(sorted(_READERS))
        raise InputError(f"{place(path)}: unknown kind of file {quoted(path.suffix)}; use one of {kinds}")
    too_large = "is larger than 1 GiB; a few hundred examples suffice, keep a part of it"
    largest = MAX_FILE_BYTES
    if reader is read_json:
        too_large, largest = "is larger than 64 MiB; save it as JSONL, one object a line", MAX_JSON_BYTES
    with open_regular(path, largest=largest, too_large=too_large, absent=_ABSENT, empty=_EMPTY) as stream:
        try:
            for count, row in enumerate(reader(path, stream, columns)):
                if count >= MAX_ROWS:
                    raise InputError(
                        f"{place(path, row.line)}: holds more than a million rows; a few hundred examples suffice"
                    )
                yield row
        except OSError as error:
            refuse(path, error, _ABSENT)


class _Feed:
    """Hands lines to the CSV parser, and ends a record that goes on and on because a quote is never closed."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self._path = path
        self._lines = text_lines(path, stream)
        self._size = 0
        self.start = 1

    def begin(self, line: int) -> None:
        """Note the line at which the next record begins."""
        self.start, self._size = line, 0

    def __iter__(self) -> Iterator[str]:
        for _, text in self._lines:
            self._size += len(text)
            if self._size > MAX_LINE_BYTES:
                raise InputError(
                    f"{place(self._path, self.start)}: the record that begins here is longer than 4 MiB; "
                    "is a quote never closed?"
                )
            yield text


def _delimiter(header: str, columns: tuple[str, ...]) -> str:
    """Return what parts the fields of a .csv file, by what stands in its first line outside quotes."""
    if header.strip().strip('"') in columns:
        return ","
    bare = "".join(header.split('"')[::2])
    return next((each for each in DELIMITERS if each in bare), ",")


def _read_csv(path: Path, stream: IO[bytes], columns: tuple[str, ...]) -> Iterator[Row]:
    feed = _Feed(path, stream)
    lines, head = iter(feed), []
    for text in lines:
        head.append(text)
        if text.strip():
            break
    yield from _records(path, feed, chain(head, lines), _delimiter(head[-1] if head else "", columns), columns)


def _read_tsv(path: Path, stream: IO[bytes], columns: tuple[str, ...]) -> Iterator[Row]:
    feed = _Feed(path, stream)
    yield from _records(path, feed, feed, "\t", columns)


def _records(path: Path, feed: _Feed, lines: Iterable[str], delimiter: str, columns: tuple[str, ...]) -> Iterator[Row]:
    csv.field_size_limit(2 * MAX_LINE_BYTES)  # the feed's own limit comes first
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise _improper(path, feed.start, reader.line_num, str(error)) from None
        if record is None:
            break
        line = feed.start
        feed.begin(reader.line_num + 1)
        if not record:
            continue
        if header is None:
            header = record
            _check_header(path, line, header, columns)
        elif len(record) != len(header):
            raise InputError(
                f"{place(path, line)}: has {len(record)} fields where the header has {len(header)}; "
                "quote fields that hold the delimiter"
            )
        else:
            yield Row(line, dict(zip(header, record, strict=True)))
    if header is None:
        raise InputError(f"{place(path, 1)}: holds blank lines alone; it needs a header and at least two examples")


def _improper(path: Path, start: int, line: int, reason: str) -> InputError:
    """Say what the CSV parser found; its own words are known from CPython's Modules/_csv.c."""
    if "unexpected end of data" in reason:
        return InputError(
            f"{place(path, start)}: opens a quote that is never closed; close it, and double quotes inside a field"
        )
    if "new-line" in reason:
        return InputError(
            f"{place(path, line)}: holds a carriage return outside quotes; save the file with one kind of line end"
        )
    since = f", in the record that begins in line {start}" if start != line else ""
    return InputError(f"{place(path, line)}: a quoted field goes on after its quote{since}; double quotes inside it")


def _check_header(path: Path, line: int, header: list[str], columns: tuple[str, ...]) -> None:
    need_columns(path, line, header, columns)
    for name in columns or filter(str.strip, header):  # none named: all count
        if header.count(name) > 1:
            raise InputError(f"{place(path, line)}: has two columns named {quoted(name)}; rename one")


def _parquet(path: Path, stream: IO[bytes], columns: tuple[str, ...]) -> Iterator[Row]:
    del stream  # the engine opens the file itself
    return read_parquet(path, columns)


_READERS: dict[str, Reader] = {
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
    ".parquet": _parquet,
}
