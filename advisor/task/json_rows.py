"""Reads rows from JSONL and JSON files."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import IO, TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.task.record import Row, as_row
from advisor.task.source import decode, line_at, place, quoted, text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SPACE = re.compile(r"[ \t\r\n]*")


class RepeatedKeyError(ValueError):
    """An object has the same key twice; which of the two values counts nobody can know."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {quoted(key)} stands twice; keep one")


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object from its pairs, for `object_pairs_hook`.

    Raises:
        RepeatedKeyError: if a key is there twice.
    """
    made = dict(pairs)
    if len(made) < len(pairs):
        raise RepeatedKeyError(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return made


def what_is_wrong(error: Exception) -> str:
    """Return what a JSON parser's error means, with the cure."""
    if isinstance(error, RepeatedKeyError):
        return str(error)
    if isinstance(error, RecursionError):
        return "is nested too deeply; a plain object is enough"
    if isinstance(error, json.JSONDecodeError):
        return f"is not valid JSON ({one_line(error.msg, 120)}, column {error.colno}); correct it"
    return "holds a number of thousands of digits; put it in quotes"  # Python's own limit on reading numbers


def read_jsonl(path: Path, stream: IO[bytes], columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a file with one object a line; blank lines are passed over."""
    for line, text in text_lines(path, stream):
        if not text.strip():
            continue
        try:
            value = json.loads(text.rstrip(), object_pairs_hook=unique)
        except (RecursionError, ValueError) as error:
            raise InputError(f"{place(path, line)}: {what_is_wrong(error)}") from None
        yield as_row(path, line, value, columns)


def read_json(path: Path, stream: IO[bytes], columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a file that holds one list of objects, each with the line it starts at."""
    text = decode(path, stream.read())
    line_end = "\n" if "\n" in text else "\r"
    decoder = json.JSONDecoder(object_pairs_hook=unique)
    at = _skip(text, 0)
    if not text.startswith("[", at):
        raise InputError(
            f"{place(path, line_at(text, at))}: is not a list of objects; write [{{...}}, {{...}}], "
            "or name the file .jsonl if each line is an object"
        )
    at, counted, line = _skip(text, at + 1), 0, 1
    more = not text.startswith("]", at)
    while more:
        line, counted = line + text.count(line_end, counted, at), at
        try:
            value, at = decoder.raw_decode(text, at)
        except (RecursionError, ValueError) as error:
            wrong = line_at(text, error.pos) if isinstance(error, json.JSONDecodeError) else line
            raise InputError(f"{place(path, wrong)}: {what_is_wrong(error)}") from None
        yield as_row(path, line, value, columns)
        at = _skip(text, at)
        more = text.startswith(",", at)
        if more:
            at = _skip(text, at + 1)
        elif not text.startswith("]", at):
            raise InputError(f"{place(path, line_at(text, at))}: is not valid JSON; a comma or ] is missing here")
    at = _skip(text, at + 1)
    if at < len(text):
        raise InputError(f"{place(path, line_at(text, at))}: goes on after the list's end; keep one list")


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
