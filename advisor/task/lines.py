"""Reads rows from text without fields: one input a line, fastText's labels, a word and its tag a line."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import IO, TYPE_CHECKING

from advisor.errors import InputError
from advisor.system.source import place, text_lines
from advisor.task.header import told_apart
from advisor.task.layout import CHAT, LABELLED, LOG
from advisor.task.record import Row, need_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from advisor.task.layout import Layout

_LABELS = re.compile(r"\s*((?:__label__\S+\s+)+)(.*)", re.DOTALL)
_BAR = re.compile(r"(?<!\\)\|")
# The CoNLL tasks part documents and note where sentences come from so.
_NO_WORD = ("-DOCSTART-", "#")


def read_lines(path: Path, stream: IO[bytes], columns: tuple[str, ...], layout: Layout) -> Iterator[Row]:
    """Yield one row a line that is not blank; the first names the column where the layout does not."""
    name = layout.names[0] if layout.names is not None else None
    for line, text in text_lines(path, stream):
        told = text.strip()
        if line <= layout.above or not told:
            continue
        if name is None:
            name = told
            need_columns(path, line, [name], columns)
            continue
        yield Row(line, {name: told})
    if name is None:
        raise InputError(f"{place(path, 1)}: holds only blank lines; it needs a header and at least two examples")
    need_columns(path, 1, [name], columns)


def read_fasttext(path: Path, stream: IO[bytes], columns: tuple[str, ...], layout: Layout) -> Iterator[Row]:
    """Yield the rows of "__label__billing __label__urgent a text"; several labels are joined by ";"."""
    del layout
    need_columns(path, 1, ["text", "label"], columns)
    for line, text in text_lines(path, stream):
        if not text.strip():
            continue
        found = _LABELS.match(text)
        if found is None:
            raise InputError(f"{place(path, line)}: begins with no __label__, as the others do; write its label there")
        labels = ";".join(each.removeprefix("__label__") for each in found[1].split())
        yield Row(line, {"text": found[2].strip(), "label": labels})


def read_labelled(path: Path, stream: IO[bytes], columns: tuple[str, ...], layout: Layout) -> Iterator[Row]:
    """Yield the rows of "Billing: I was charged twice"."""
    del layout
    need_columns(path, 1, ["text", "label"], columns)
    for line, text in text_lines(path, stream):
        if not text.strip():
            continue
        found = LABELLED.match(text)
        if found is None:
            raise InputError(
                f"{place(path, line)}: begins with no label and colon, as the others do; write its label there"
            )
        yield Row(line, {"text": text[found.end() :].strip(), "label": found[1].strip()})


def read_log(path: Path, stream: IO[bytes], columns: tuple[str, ...], layout: Layout) -> Iterator[Row]:
    """Yield the rows of "2026-01-31 12:00:01 ERROR no such file", or of a chat, with who wrote it for the level.

    A line without a time goes on with the one before; a chat's lines that no one wrote are the messenger's own.
    """
    form = CHAT if layout.form == "chat" else LOG
    names = list(form.groupindex)
    need_columns(path, 1, names, columns)
    held: Row | None = None
    for line, text in text_lines(path, stream):
        if (found := form.match(text)) is not None:
            if held is not None:
                yield held
            held = Row(line, {key: found[key].strip() for key in names}) if found[names[1]] else None
        elif held is not None and text.strip():
            held.columns["text"] += f"\n{text.rstrip()}"
    if held is not None:
        yield held


def read_piped(path: Path, stream: IO[bytes], columns: tuple[str, ...], layout: Layout) -> Iterator[Row]:
    """Yield the rows of the first table in Markdown: a header, a rule, and a row a line, its cells between bars."""
    header: list[str] | None = None
    for line, text in text_lines(path, stream):
        if line <= layout.above or line == layout.above + 2:
            continue
        if "|" not in text:
            return
        cells = [
            cell.strip().replace("\\|", "|") for cell in _BAR.split(text.strip().removeprefix("|").removesuffix("|"))
        ]
        if header is None:
            header = told_apart(cells, columns)
            need_columns(path, line, header, columns)
        else:
            yield Row(line, dict(zip_longest(header, cells[: len(header)], fillvalue="")))


def read_tags(path: Path, stream: IO[bytes], columns: tuple[str, ...], layout: Layout) -> Iterator[Row]:
    """Yield the sentences of lines with a word first and its BIO tag last; blank lines end them (CoNLL-2003)."""
    del layout
    need_columns(path, 1, ["tokens", "tags"], columns)
    words: list[str] = []
    tags: list[str] = []
    begun = 1
    for line, text in text_lines(path, stream):
        parts = text.split()
        if parts and text.startswith(_NO_WORD) and not words:
            continue
        if len(parts) == 1:
            raise InputError(f"{place(path, line)}: has a word without a tag; write one behind it")
        if parts:
            begun = begun if words else line
            words.append(parts[0])
            tags.append(parts[-1])
        elif words:
            yield Row(begun, {"tokens": words, "tags": tags})
            words, tags = [], []
    if words:
        yield Row(begun, {"tokens": words, "tags": tags})
