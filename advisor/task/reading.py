"""From the rows of a file to examples: columns, expected values, files beside, the user's own scorer."""

from __future__ import annotations

import ast
import hashlib
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.errors import InputError, one_line
from advisor.families import family
from advisor.task.example import Example, Scorer
from advisor.task.labels import unknown_label
from advisor.task.rows import read_rows
from advisor.task.source import place, quoted
from advisor.task.values import as_share, listed_texts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from advisor.task.model import Task


def fold(text: str) -> str:
    """Return a text as duplicates are compared: Unicode composed, case and white space folded."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def columns_of(task: Task) -> tuple[dict[str, str], str | dict[str, str] | None]:
    """Return the column of each part of the input, and that of what is expected.

    The latter is a mapping where each field of an object has a column of its own, and None where nothing need be
    expected: then the family's usual column is read if the file has it.
    """
    kind, source = family(task.family), task.examples
    if isinstance(source.input, str):
        parts = {kind.parts_of(task)[0]: source.input}
    else:
        parts = {part: part for part in kind.parts_of(task)} | (source.input or {})
    if source.expected is None and not kind.needs_expected(task):
        return parts, None
    return parts, source.expected or kind.expected_column


def read_examples(path: Path, task: Task, folder: Path, documents: frozenset[str]) -> Iterable[Example]:
    """Yield the examples of a file; `documents` are the ids that a query may expect.

    Raises:
        InputError: naming file, line and cure.
    """
    kind = family(task.family)
    parts, source = columns_of(task)
    must_contain = task.scoring.contains_column
    named = list(source.values()) if isinstance(source, dict) else [source]
    reference = task.bar.reference.column if task.bar.reference else None
    wanted = (*parts.values(), *(column for column in (*named, must_contain, reference) if column))
    for line, columns in read_rows(path, wanted):
        texts = {part: _part(path, line, task, part, (column, columns[column])) for part, column in parts.items()}
        expected = None
        raw = _raw_expected(source, kind.expected_column, columns)
        column = named[0] or kind.expected_column
        if raw is not None or source is not None:
            try:
                given = texts if len(texts) > 1 else next(iter(texts.values()))
                expected = kind.fit_expected(kind.read_expected(raw, task), given, task, documents)
            except ValueError as error:
                raise InputError(f"{place(path, line)}: {quoted(column)} {error}") from None
        for label in kind.labels_of(expected) if task.labels else ():
            if label not in task.labels:
                raise InputError(f"{place(path, line)}: {unknown_label(label, list(task.labels))}")
        needed: tuple[str, ...] = ()
        if must_contain is not None:
            try:
                needed = listed_texts(columns[must_contain])
            except ValueError as error:
                raise InputError(f"{place(path, line)}: {quoted(must_contain)} {error}") from None
        score = None
        if reference is not None:
            try:
                score = as_share(columns[reference])
            except ValueError as error:
                raise InputError(f"{place(path, line)}: {quoted(reference)} {error}") from None
        yield _example(place(path, line), task, folder, texts, _Row(line, expected, needed, score))


class _Row(NamedTuple):
    line: int
    expected: Any
    must_contain: tuple[str, ...] = ()
    reference: float | None = None


def _raw_expected(source: str | dict[str, str] | None, usual: str, columns: dict[str, Any]) -> Any:  # noqa: ANN401
    if isinstance(source, dict):
        return {field: columns[column] for field, column in source.items()}
    if source is not None:
        return columns[source]
    value = columns.get(usual)
    return None if isinstance(value, str) and not value.strip() else value


def _example(where: str, task: Task, folder: Path, texts: dict[str, str], row: _Row) -> Example:
    kind = family(task.family)
    shown = next(iter(texts.values())) if len(texts) == 1 else "\n".join(f"{k}: {v}" for k, v in texts.items())
    if kind.file_part is None:
        # What an answer must hold is part of what is asked.
        asked = "\0".join((fold(shown), *row.must_contain))
        digest = hashlib.sha256(asked.encode()).hexdigest()
        parts = tuple(texts.items()) if len(texts) > 1 else ()
        return Example(digest[:16], shown, row.expected, row.line, parts, row.must_contain, row.reference)
    name = texts[kind.file_part]
    file = (folder / name).resolve()
    if not file.is_file():
        raise InputError(f"{where}: {quoted(name)}: no such file; paths are relative to the task file's folder")
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    parts = tuple((texts | {kind.file_part: str(file)}).items())
    return Example(digest[:16], shown, row.expected, row.line, parts, row.must_contain, row.reference)


def read_scorer(task: Task, folder: Path) -> Scorer | None:
    """Return the user's own scorer if the task names one; its file is parsed, nothing of it is run.

    Raises:
        InputError: if there is no such file, or it is not Python.
    """
    if task.scoring.function is None:
        return None
    name, _, function = task.scoring.function.rpartition(":")
    file = (folder / name).resolve()
    if not name or not function.isidentifier() or not file.is_file():
        raise InputError(
            f"scoring.function: {quoted(task.scoring.function)}: write file.py:name, the file relative to the task file"
        )
    code = file.read_bytes()
    try:
        ast.parse(code)  # reads it, runs nothing
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)
        raise InputError(
            f"scoring.function: {quoted(name)} is not valid Python ({one_line(where, 120)}); correct it"
        ) from None
    return Scorer(str(file), function, hashlib.sha256(code).hexdigest())


def _part(path: Path, line: int, task: Task, part: str, field: tuple[str, Any]) -> str:
    column, value = field
    try:
        return family(task.family).read_part(part, value)
    except ValueError as error:
        raise InputError(f"{place(path, line)}: {quoted(column)} {error}") from None
