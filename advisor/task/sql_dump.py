"""Reads the tables that a dump of a database writes as SQL. Nothing in it is executed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.system.source import decode, opened, place
from advisor.task.encoding import as_utf8, encoding_of

# Strings, names in any quotes, comments, signs, words. Only MySQL has backslashes in strings.
_SIGNS = r'"(?:[^"]|"")*"|`[^`]*`|\[[^\]\n]*\]|--[^\n]*|/\*.*?\*/|[(),;]|[^\s\'"`\[(),;]+'
_MYSQL = re.compile(r"'(?:[^'\\]|\\.|'')*'|" + _SIGNS, re.DOTALL)
_STANDARD = re.compile(r"'(?:[^']|'')*'|" + _SIGNS, re.DOTALL)
_COPY = re.compile(r"^COPY (\S+) \(([^)]*)\) FROM stdin;\n(.*?)^\\\.$", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_NO_COLUMN = frozenset(
    {"primary", "key", "unique", "constraint", "foreign", "index", "check", "fulltext", "spatial", "exclude", "like"}
)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def tables(path: Path) -> dict[str, list[list[Any]]]:
    """Return the header and the cells of each table with rows; InputError if none has any."""
    with opened(path) as stream:
        text = decode(path, as_utf8(path, stream, encoding_of(path)).read())
    is_mysql = "`" in text
    columns = dict[str, list[str]]()
    found = dict[str, list[list[Any]]]()
    for name, held, body in _COPY.findall(text):
        rows = [[_copied(cell) for cell in line.split("\t")] for line in body.splitlines()]
        found.setdefault(_name(name), [[_name(each) for each in held.split(",")]]).extend(rows)
    for words in _statements(_COPY.sub("", text), _MYSQL if is_mysql else _STANDARD):
        begins = [word.casefold() for word in words[:3]]
        if begins[:2] == ["create", "table"]:
            at = next((number for number, word in enumerate(words) if word == "("), len(words))
            columns[_name(words[at - 1])] = [
                _name(part[0]) for part in _parts(words[at + 1 :]) if part and part[0].casefold() not in _NO_COLUMN
            ]
        elif begins[:1] in (["insert"], ["replace"]) and "into" in begins:
            _insert(words[begins.index("into") + 1 :], columns, found, is_mysql=is_mysql)
    if not found:
        raise InputError(f"{place(path)}: holds no rows of a table: no INSERT or COPY; save the table as CSV")
    return found


def _insert(
    words: list[str], columns: dict[str, list[str]], found: dict[str, list[list[Any]]], *, is_mysql: bool
) -> None:
    """Add the rows of INSERT INTO, the words after it, to those found."""
    name = _name(words[0])
    at = next((number for number, word in enumerate(words) if word.casefold() == "values"), len(words))
    named = [_name(part[0]) for part in _parts(words[2:at]) if part] if words[1:2] == ["("] else columns.get(name, [])
    rest = words[at + 1 :]
    rows = list[list[Any]]()
    while rest[:1] == ["("]:
        row, used = [], 1
        for part in _parts(rest[1:]):
            row.append(_value(part, is_mysql=is_mysql))
            used += len(part) + 1
        rows.append(row)
        rest = rest[used + (rest[used : used + 1] == [","]) :]
    if rows:
        width = max(map(len, rows))
        header = named if len(named) == width else [f"column {number}" for number in range(1, width + 1)]
        found.setdefault(name, [header]).extend(rows)


def _statements(text: str, sign: re.Pattern[str]) -> Iterator[list[str]]:
    """Yield each statement's words, without comments."""
    words: list[str] = []
    for match in sign.finditer(text):
        word = match[0]
        if word == ";":
            yield words
            words = []
        elif not word.startswith(("--", "/*")):
            words.append(word)


def _parts(words: list[str]) -> Iterator[list[str]]:
    """Yield what is between the commas of a list in parentheses, after the first of these, up to the last."""
    part, depth = list[str](), 0
    for word in words:
        if not depth and word in {",", ")"}:
            yield part
            part = []
            if word == ")":
                return
            continue
        depth += (word == "(") - (word == ")")
        part.append(word)


def _name(written: str) -> str:
    """Return a name without its schema and its quotes."""
    return re.split(r"\.(?=[^.]*$)", written.strip())[-1].strip('`"[]')


def _value(part: list[str], *, is_mysql: bool) -> Any:  # noqa: ANN401  a cell
    """Return a cell's value; what is no string or number, such as bytes, is None, an expression its words."""
    if not part or part[-1].casefold() == "null":
        return None
    last = part[-1]
    if last.startswith("'"):  # also N'text' and _utf8'text'
        if part[0] != last and part[0].casefold() in {"x", "b", "_binary"}:
            return None
        inner = last[1:-1].replace("''", "'")
        return re.sub(r"\\(.)", lambda at: _ESCAPED.get(at[1], at[1]), inner, flags=re.DOTALL) if is_mysql else inner
    if _NUMBER.fullmatch(last) and len(part) == 1:
        return float(last) if set(last) & set(".eE") else int(last)
    return (
        None
        if last.casefold().startswith("0x")
        else {"true": True, "false": False}.get(last.casefold(), " ".join(part))
    )


def _copied(cell: str) -> str | None:
    """Return a cell of PostgreSQL's COPY: https://www.postgresql.org/docs/current/sql-copy.html ("Text Format")."""
    return None if cell == r"\N" else re.sub(r"\\(.)", lambda at: _ESCAPED.get(at[1], at[1]), cell)
