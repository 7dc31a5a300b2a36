"""Reads rows from delimited text; malformed records are refused with their line."""

import csv
import re
from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import IO

from advisor.errors import InputError
from advisor.system.source import MAX_LINE_BYTES, place, text_lines
from advisor.task.header import distinct_names
from advisor.task.layout import Layout, cells, joined
from advisor.task.record import Row

# Missing values as R, pandas, SQL, SAS and Stata write them, and spreadsheets' errors; ".a" may be a label.
NOTHING = frozenset(
    {"NA", "<NA>", "NaN", "nan", "NULL", "."}
    | {f"#{each}" for each in ("N/A", "DIV/0!", "REF!", "VALUE!", "NUM!", "NULL!", "NAME?")}
)

# ARFF (https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/): "@attribute 'rms x' numeric", values
# between commas or tabs, in either quotes with escapes.
_IN_QUOTES = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_IN_QUOTES}|[^\s{{]+)", re.IGNORECASE)
_VALUE = re.compile(rf" *({_IN_QUOTES}|[^,\t]*) *(?:,\s*|\t)")
_WEIGHT = re.compile(r"\{[^{}]*\}")  # of a row
_ESCAPES, _ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}, re.compile(r"\\(.)")


def read_delimited(path: Path, stream: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield the rows of delimited text in UTF-8, those below a padded header without padding.

    InputError naming the file, the line and the cure.
    """
    header = list(layout.names) if layout.names is not None else None
    below, is_padded = layout.below, False
    for line, record in _records(path, stream, layout):
        if header is None:
            header, is_padded = distinct_names(record), any(name != name.strip() for name in record)
            continue
        below -= 1
        if below >= 0:
            continue
        if layout.spill is not None:
            record = joined(record, len(header), layout.spill, layout.separator)  # noqa: PLW2901
        if any(cell.strip() for cell in record[len(header) :]):
            raise InputError(
                f"{place(path, line)}: has {len(record)} fields where the header has {len(header)}; "
                "quote fields that hold the delimiter"
            )
        # Missing cells are empty, as in a spreadsheet.
        held = map(str.strip, record[: len(header)]) if is_padded else record[: len(header)]
        kept = ("" if cell in NOTHING else cell for cell in held)
        yield Row(line, dict(zip_longest(header, kept, fillvalue="")))
    if header is None:
        raise InputError(f"{place(path, 1)}: holds only blank lines; it needs a header and at least two examples")


def read_arff(path: Path, stream: IO[bytes], _layout: Layout) -> Iterator[Row]:
    """Yield the rows of an ARFF file in UTF-8, without comments; InputError naming the file, the line and the cure."""
    names: list[str] = []
    is_data = False
    for line, text in text_lines(path, stream):
        held = text.strip()
        if not held or held.startswith("%"):
            continue
        if not is_data:
            names += [_bare(at[1]) for at in [_ATTRIBUTE.match(held)] if at is not None]
            is_data = held[:5].lower() == "@data"
            header = distinct_names(names) if is_data else []
            continue
        values = [at[1].strip() for at in _VALUE.finditer(f"{held},")]
        if len(values) == len(names) + 1 and _WEIGHT.fullmatch(values[-1]):
            del values[-1]
        if held.startswith("{") or len(values) != len(names):
            raise InputError(
                f"{place(path, line)}: does not have a value for each of the {len(names)} attributes; WEKA's filter "
                "SparseToNonSparse writes all of them, and texts with commas are in quotes"
            )
        cells_ = ("" if value == "?" else _bare(value) for value in values)
        yield Row(line, dict(zip(header, cells_, strict=True)))
    if not is_data:
        raise InputError(f"{place(path)}: has no line @data, below which ARFF has its rows; save it from WEKA again")


def _bare(value: str) -> str:
    """Return a name or a value of ARFF without quotes and escapes."""
    is_quoted = value[:1] in {"'", '"'} and len(value) > 1
    return _ESCAPED.sub(lambda at: _ESCAPES.get(at[1], at[1]), value[1:-1]) if is_quoted else value


def _records(path: Path, stream: IO[bytes], layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not blank, each with its first line."""
    feed = _Feed(path, stream, layout.above)
    csv.field_size_limit(2 * MAX_LINE_BYTES)  # the feed's own limit comes first
    reader = cells(feed, layout.separator, is_quoted=layout.is_quoted)
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise _improper(path, feed.start, layout.above + reader.line_num, str(error)) from None
        if record is None:
            break
        line = feed.start
        feed.begin(layout.above + reader.line_num + 1)
        if record:
            yield line, record


class _Feed:
    """Feeds lines to the CSV parser, and ends a record that never ends because a quote is not closed."""

    def __init__(self, path: Path, stream: IO[bytes], above: int) -> None:
        self._path = path
        self._lines = islice(text_lines(path, stream), above, None)
        self._size = 0
        self.start = above + 1

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


def _improper(path: Path, start: int, line: int, reason: str) -> InputError:
    """Explain the CSV parser's error; its messages come from CPython's Modules/_csv.c."""
    if "unexpected end of data" in reason:
        return InputError(
            f"{place(path, start)}: opens a quote that is never closed; close it, and double quotes inside a field"
        )
    if "new-line" in reason:
        return InputError(
            f"{place(path, line)}: holds a carriage return outside quotes; save the file with one kind of line end"
        )
    since = f", in the record that begins in line {start}" if start != line else ""
    return InputError(
        f"{place(path, line)}: a quoted field has text after its closing quote{since}; write quotes inside it twice"
    )
