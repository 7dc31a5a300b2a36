"""Reads rows from CSV, TSV, JSONL, JSON and Parquet files, and says what is wrong by file and line."""

from __future__ import annotations

import csv
import json
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from advisor.errors import InputError, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_LINE_BYTES = 4 << 20
MAX_JSON_BYTES = 256 << 20
MAX_ROWS = 1_000_000


class Row(NamedTuple):
    """One record: the file's line (or row, for Parquet) it starts at, and its columns."""

    line: int
    columns: dict[str, Any]


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a file, each with at least the named columns.

    Raises:
        InputError: naming the file, the line and the cure: no such file, an unknown format, bad encoding, NUL bytes,
            a line over 4 MiB, a missing column, a record that cannot be parsed.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        kinds = ", ".join(sorted(_READERS))
        raise InputError(f"{path}: unknown kind of file {path.suffix!r}; use one of {kinds}")
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder; name the file in it")
        if path.stat().st_size == 0:
            raise InputError(f"{path}: is empty; it needs a header and at least two examples")
        for count, row in enumerate(reader(path, columns)):
            if count >= MAX_ROWS:
                raise InputError(f"{path}:{row.line}: holds more than a million rows; a few hundred examples suffice")
            yield row
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; examples.path is relative to the task file") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{one_line(path)}: cannot be read ({one_line(error)})") from None


def _text_lines(path: Path, stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Yield (line number, text with its line end); memory stays bounded by one line."""
    number = 0
    while raw := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(raw) > MAX_LINE_BYTES:
            raise InputError(f"{path}:{number}: is longer than 4 MiB; cut the texts or check the line ends")
        if number == 1 and raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise InputError(f"{path}:1: is UTF-16 text; save it as UTF-8")
        if b"\0" in raw:
            raise InputError(f"{path}:{number}: holds a NUL byte; save it as plain UTF-8 text")
        try:
            yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise InputError(f"{path}:{number}: is not UTF-8 text; save it as UTF-8") from None


def _need_columns(path: Path, line: int, have: list[str], columns: tuple[str, ...]) -> None:
    for name in columns:
        if name not in have:
            shown = ", ".join(one_line(column, 40) for column in have[:12]) or "none"
            raise InputError(
                f"{path}:{line}: has no column {one_line(name, 40)!r}; its columns are: {shown}. "
                "Set examples.input and examples.expected"
            )


def _read_delimited(delimiter: str) -> Callable[[Path, tuple[str, ...]], Iterator[Row]]:
    def read(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
        with path.open("rb") as stream:
            csv.field_size_limit(MAX_LINE_BYTES)
            reader = csv.reader((text for _, text in _text_lines(path, stream)), delimiter=delimiter, strict=True)
            start = 1
            header: list[str] | None = None
            while True:
                try:
                    record = next(reader, None)
                except csv.Error as error:
                    line = max(start, 1)
                    raise InputError(f"{path}:{line}: is not a proper record ({error}); check its quotes") from None
                if record is None:
                    return
                line, start = start, reader.line_num + 1
                if not record:
                    continue
                if header is None:
                    header = record
                    _check_header(path, line, header, columns)
                elif len(record) != len(header):
                    raise InputError(
                        f"{path}:{line}: has {len(record)} fields where the header has {len(header)}; "
                        "quote fields that hold the delimiter"
                    )
                else:
                    yield Row(line, dict(zip(header, record, strict=True)))

    return read


def _check_header(path: Path, line: int, header: list[str], columns: tuple[str, ...]) -> None:
    _need_columns(path, line, header, columns)
    for name in columns:
        if header.count(name) > 1:
            raise InputError(f"{path}:{line}: has two columns named {one_line(name, 40)!r}; rename one")


def _record(path: Path, line: int, value: object, columns: tuple[str, ...]) -> Row:
    if not isinstance(value, dict):
        raise InputError(f"{path}:{line}: is not an object with the keys {', '.join(columns)}")
    _need_columns(path, line, list(value), columns)
    return Row(line, value)


def _read_jsonl(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    with path.open("rb") as stream:
        for line, text in _text_lines(path, stream):
            if not text.strip():
                continue
            try:
                value = json.loads(text)
            except (RecursionError, ValueError) as error:
                message = error.msg if isinstance(error, json.JSONDecodeError) else one_line(error, 120)
                raise InputError(f"{path}:{line}: is not valid JSON ({message})") from None
            yield _record(path, line, value, columns)


def _read_json(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise InputError(f"{path}: is larger than 256 MiB; save it as JSONL, one object a line")
    raw = path.read_bytes()
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise InputError(f"{path}:{line}: holds a NUL byte; save it as plain UTF-8 text")
    try:
        text = raw.decode("utf-8-sig")
        values = json.loads(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: is not UTF-8 text; save it as UTF-8") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: is not valid JSON ({error.msg})") from None
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply; it should be a list of objects") from None
    if not isinstance(values, list):
        raise InputError(f"{path}:1: is not a list of objects; write [{{...}}, {{...}}] or use JSONL")
    for index, value in enumerate(values):
        yield _record(path, index + 1, value, columns)


def _read_parquet(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    import duckdb  # a heavy reader, needed for this format alone

    # The engine expands wildcards in paths; a bracketed character stands for itself.
    literal = "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
    with duckdb.connect() as connection:
        try:
            relation = connection.execute("SELECT * FROM read_parquet(?)", [literal])
        except duckdb.Error as error:
            raise InputError(f"{path}: is not a readable Parquet file ({one_line(error, 120)})") from None
        names = [str(column[0]) for column in relation.description or ()]
        _need_columns(path, 1, names, columns)
        wanted = [names.index(name) for name in columns]
        number = 0
        while True:
            try:
                record = relation.fetchone()
            except duckdb.Error as error:
                raise InputError(f"{path}:{number + 1}: cannot be read ({one_line(error, 120)})") from None
            if record is None:
                return
            number += 1
            yield Row(number, {name: record[at] for name, at in zip(columns, wanted, strict=True)})


_READERS: dict[str, Callable[[Path, tuple[str, ...]], Iterator[Row]]] = {
    ".csv": _read_delimited(","),
    ".tsv": _read_delimited("\t"),
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".json": _read_json,
    ".parquet": _read_parquet,
}
