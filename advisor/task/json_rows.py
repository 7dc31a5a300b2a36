"""Reads rows from JSONL and JSON files."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.system.source import MOST_HELD, decode, line_at, opened, place, quoted, text_lines
from advisor.task.cases import turns
from advisor.task.encoding import as_utf8, encoding_of
from advisor.task.json_ids import lists_of, with_names
from advisor.task.json_shapes import AS_IS, Shape, listed, shape_of
from advisor.task.record import Row, SheetLine, need_columns
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.task.layout import Layout

_LOOKED = 200
_SPACE = re.compile(r"[ \t\r\n]*")


class RepeatedKeyError(ValueError):
    """An object has the same key twice: which of the two values counts is unknown."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {quoted(key)} appears twice; keep one")


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object from its pairs, for `object_pairs_hook`; repeated keys are an error.

    RepeatedKeyError if a key occurs twice.
    """
    made = dict(pairs)
    if len(made) < len(pairs):
        raise RepeatedKeyError(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return made


def _plain(pairs: list[tuple[str, Any]]) -> Any:  # noqa: ANN401  any JSON value
    """Build an object as `unique`; a value with its type, as MongoDB writes {"$numberInt": "5"}, becomes the value.

    https://www.mongodb.com/docs/manual/reference/mongodb-extended-json
    """
    if len(pairs) != 1 or not pairs[0][0].startswith("$"):
        return unique(pairs)
    key, value = pairs[0]
    for kind in (int, float) if key.startswith("$number") and isinstance(value, str) else ():
        with suppress(ValueError):
            return kind(value)
    return value


def what_is_wrong(error: Exception) -> str:
    """Explain a JSON parser's error, with the cure."""
    if isinstance(error, RepeatedKeyError):
        return str(error)
    if isinstance(error, RecursionError):
        return "is nested too deeply; a plain object is enough"
    if isinstance(error, json.JSONDecodeError):
        return f"is not valid JSON ({one_line(error.msg, 120)}, column {error.colno}); correct it"
    return "holds a number of thousands of digits; put it in quotes"  # Python's own limit on reading numbers


def shape_name(path: Path, stream: IO[bytes], layout: Layout) -> str:
    """Return the format of the rows and what is left out, "" if they are plain or unreadable."""
    cut: list[int] = []
    rows = read_jsonl(path, stream, cut=cut) if layout.form == "jsonl" else read_json(path, stream, layout)
    try:
        held = [row.columns for row in rows]
        shape = shape_of(held)
        silent = sum(next(shape.rows(each), None) is None for each in held)
    except (InputError, KeyError, TypeError, AttributeError):  # reported when the rows are read
        return ""
    left_out = f"{counted(silent, 'record')} without an answer left out" if silent else ""
    return ", ".join(filter(None, (shape.name, left_out, "the last line is cut off and left out" if cut else "")))


def read_json(path: Path, stream: IO[bytes], layout: Layout | None = None) -> Iterator[Row]:
    """Yield the records of a JSON file: its list of objects, at any depth, or the one that the layout names."""
    text = decode(path, stream.read())
    at = _skip(text, 0)
    is_list = text.startswith("[", at)
    return _of_list(path, text, at) if is_list else _of_value(path, text, at, layout.sheet if layout else "")


def list_names(path: Path) -> tuple[str, ...]:
    """Return the names of the lists of objects in a JSON file, that of its rows first; none if it has only these."""
    try:
        status = path.stat()
        if path.suffix.lower() != ".json" or not 0 < status.st_size <= MOST_HELD:
            return ()
        return _list_names(path.absolute(), status.st_mtime_ns, status.st_size)
    except (InputError, OSError, ValueError, RecursionError):  # reported when the rows are read
        return ()


@lru_cache(maxsize=4)
def _list_names(path: Path, changed: int, size: int) -> tuple[str, ...]:
    del changed, size
    with opened(path) as stream:
        value = json.loads(decode(path, as_utf8(path, stream, encoding_of(path)).read()))
    lists = lists_of(value) if isinstance(value, dict) else {}
    rows = listed(value) if len(lists) > 1 else None
    main = [name for name, each in lists.items() if each is rows]
    return (*main, *(name for name in lists if name not in main)) if main else ()


def read_jsonl(path: Path, stream: IO[bytes], _: object = None, cut: list[int] | None = None) -> Iterator[Row]:
    """Yield the records of a file with one object per line; blank lines are skipped.

    The number of a truncated last line, as in a log that is being written, is appended to `cut`.
    """
    lines = text_lines(path, stream)
    is_first = True
    for line, text in lines:
        if not text.strip():
            continue
        try:
            value = json.loads(text.rstrip(), object_pairs_hook=_plain)
        except (RecursionError, ValueError) as error:
            is_open = text.lstrip().startswith("{") and text.count("{") > text.count("}")
            if is_open and not is_first and not any(rest.strip() for _, rest in lines):
                if cut is not None:
                    cut.append(line)
                return
            raise InputError(f"{place(path, line)}: {what_is_wrong(error)}") from None
        yield _object(path, line, value)
        is_first = False


def _object(path: Path, line: int, value: object) -> Row:
    value = {"messages": value} if isinstance(value, list) and turns(value) is not None else value
    if not isinstance(value, dict):
        raise InputError(f'{place(path, line)}: is not an object; write one, such as {{"text": "…", "label": "…"}}')
    return Row(line, value)


def shaped(path: Path, rows: Iterator[Row], columns: tuple[str, ...], shape: Shape | None = None) -> Iterator[Row]:
    """Yield rows converted by their shape; unchanged if only the raw ones have the requested columns."""
    looked: list[Row] = []
    try:
        looked.extend(islice(rows, _LOOKED))
        broken = None
    except InputError as error:  # the valid rows before it are yielded first
        broken = error
    shape = shape or shape_of([row.columns for row in looked])
    if shape is not AS_IS and columns:
        made = next((each for row in looked for each in _made(path, shape, row)), {})
        if not set(columns) <= made.keys() and all(set(columns) <= row.columns.keys() for row in looked):
            shape = AS_IS
    usual = Counter(key for row in looked for each in islice(_made(path, shape, row), 1) for key in each)
    may_lack = {name for name in columns if 2 * usual[name] >= len(looked)}  # databases leave out unset values
    for row in chain(looked, () if broken else rows):
        for each in _made(path, shape, row):
            lacking = {name: None for name in may_lack if name not in each}
            need_columns(path, row.line, [*each, *lacking], columns)
            yield Row(row.line, each | lacking)
    if broken is not None:
        raise broken


def _made(path: Path, shape: Shape, row: Row) -> list[dict[str, Any]]:
    try:
        return list(shape.rows(row.columns))
    except (KeyError, TypeError, AttributeError):
        raise InputError(f"{place(path, row.line)}: is not {shape.name}, as the rows before are; correct it") from None


def _of_value(path: Path, text: str, at: int, sheet: str) -> Iterator[Row]:
    """Yield the records within one JSON value, at any depth, or of several objects in sequence; "" names no list."""
    decoder = json.JSONDecoder(object_pairs_hook=_plain)
    try:
        value, end = decoder.raw_decode(text, at)
    except (RecursionError, ValueError) as error:
        if not text.startswith("{", at):
            raise _no_list(path, text, at) from None
        wrong = line_at(text, error.pos) if isinstance(error, json.JSONDecodeError) else line_at(text, at)
        raise InputError(f"{place(path, wrong)}: {what_is_wrong(error)}") from None
    if text.startswith("{", _skip(text, end)):
        yield from _objects(path, text, at, in_list=False)
        return
    found = _named_list(path, value, sheet) if sheet else listed(value)
    if not found or _skip(text, end) < len(text):
        raise _no_list(path, text, at)
    for number, record in enumerate(with_names(value, found) if isinstance(value, dict) else found, 1):
        yield Row(_record(number), record)


def _named_list(path: Path, value: object, sheet: str) -> list[dict[str, Any]]:
    lists = lists_of(value) if isinstance(value, dict) else {}
    if sheet not in lists:
        raise InputError(f"{place(path)}: has no list {quoted(sheet)}; its lists are {', '.join(map(quoted, lists))}")
    return lists[sheet]


def _record(number: int) -> SheetLine:
    return SheetLine.of(number, f"record {number}")


def _no_list(path: Path, text: str, at: int) -> InputError:
    return InputError(
        f"{place(path, line_at(text, at))}: is not a list of objects; write [{{...}}, {{...}}], "
        "or name the file .jsonl if each line is an object"
    )


def _of_list(path: Path, text: str, at: int) -> Iterator[Row]:
    """Yield the objects of a list, or the rows of a list of lists."""
    at = _skip(text, at + 1)
    return _of_cells(path, text) if text.startswith("[", at) else _objects(path, text, at, in_list=True)


def _objects(path: Path, text: str, at: int, *, in_list: bool) -> Iterator[Row]:
    """Yield objects in sequence, each with its first line: those of a list up to its end, or one after another."""
    decoder, line_end = json.JSONDecoder(object_pairs_hook=_plain), "\n" if "\n" in text else "\r"
    counted, line = 0, 1
    more = not (in_list and text.startswith("]", at))
    # One line may hold all of them.
    number, are_in_lines = 0, line_end in text.strip()
    while more:
        line, counted, number = line + text.count(line_end, counted, at), at, number + 1
        try:
            value, end = decoder.raw_decode(text, at)
        except (RecursionError, ValueError) as error:
            wrong = line_at(text, error.pos) if isinstance(error, json.JSONDecodeError) else line
            raise InputError(f"{place(path, wrong)}: {what_is_wrong(error)}") from None
        yield _object(path, line if are_in_lines else _record(number), value)
        at = _skip(text, end)
        more = text.startswith(",", at) if in_list else at < len(text)
        if in_list and more:
            at = _skip(text, at + 1)
    if in_list and not text.startswith("]", at):
        raise InputError(f"{place(path, line_at(text, at))}: is not valid JSON; a comma or ] is missing here")
    if in_list and (end := _skip(text, at + 1)) < len(text):
        raise InputError(f"{place(path, line_at(text, end))}: has text after the list's end; keep one list")


def _of_cells(path: Path, text: str) -> Iterator[Row]:
    """Yield the rows of a list of lists."""
    try:
        found = listed(json.loads(text, object_pairs_hook=_plain))
    except (RecursionError, ValueError) as error:
        raise InputError(f"{place(path, line_at(text, _skip(text, 0)))}: {what_is_wrong(error)}") from None
    if not found:
        raise _no_list(path, text, _skip(text, 0))
    for number, record in enumerate(found, 1):
        yield Row(_record(number), record)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
