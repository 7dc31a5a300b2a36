"""Spans as tools and people write them: offsets under other keys, marks within the text, lists with kinds."""

import re
from collections.abc import Callable
from typing import Any

from advisor.engines.words import is_whole
from advisor.families.values import SEVERAL_MARKS

KEYS = ("start", "end", "label")
_KEYS_OF_SPAN = (("start", "begin"), ("end",), ("label", "labels", "type", "category", "entity", "entity_group", "tag"))
# "<who>Ann Pell</who>", and "[Ann Pell](who)" as chat bots' training files have it.
_MARK = re.compile(
    r"<(?P<tag>[^\W\d][\w.-]{0,39})>(?P<text>[^<>]+)</(?P=tag)>|\[(?P<inner>[^\[\]]+)\]\((?P<kind>[\w.-]{1,40})\)"
)
# "vector-db => SERVICE" and "vector-db (SERVICE)"; "SERVICE: vector-db", whose label has no digits, as times have.
_FIRST = re.compile(r"(?P<part>[^\n]+?)(?:[=-]>|[→⇒])(?P<label>[^\n]+)")
_IN_BRACKETS = re.compile(r"(?P<part>[^()\[\]\n]+)[(\[](?P<label>[^()\[\]\n]+)[)\]]")
_LAST = re.compile(r"(?P<label>[^\W\d][^\d:\n]*):(?P<part>[^\n]+)")
_BLANKS = re.compile(r"\s+")
_LONGEST, _LONGEST_LABEL, _LONGEST_CELL = 300, 40, 4000


def span_of(value: object) -> dict[str, Any] | None:
    """Return a tool's span, a dict or `[start, end, label]`, with `start`, `end`, `label`; None for another value.

    Their keys differ: `start_offset`, `startOffset`, `BeginOffset`; `label`, `labels`, `Type`.
    """
    if isinstance(value, list):
        found = value
    elif isinstance(value, dict):
        held = {re.sub("_?offset$", "", str(key).lower()): each for key, each in value.items()}
        found = [next((held[name] for name in names if name in held), None) for names in _KEYS_OF_SPAN]
        found[2] = next(iter(found[2]), None) if isinstance(found[2], list) else found[2]
    else:
        return None
    kinds = [type(each) for each in found]
    return dict(zip(KEYS, found, strict=True)) if kinds == [int, int, str] else None


def without_marks(cell: str) -> str:
    """Return a text without the marks of spans within it."""
    return _MARK.sub(lambda at: at["text"] or at["inner"], cell)


def in_marked_copy(cell: str, text: str) -> list[dict[str, Any]] | None:
    """Return the spans that a copy of a text marks within it; None if it is no copy, but for blanks."""
    if _MARK.search(cell) is None or _squeezed(without_marks(cell)) != _squeezed(text):
        return None
    places = [at for at, sign in enumerate(text) if not sign.isspace()]
    found, count, read = [], 0, 0  # signs that are no blanks, and characters of the cell, so far
    for at in _MARK.finditer(cell):
        first = count + len(_squeezed(cell[read : at.start()]))
        count, read = first + len(_squeezed(at["text"] or at["inner"])), at.end()
        if count > first:
            label = at["tag"] or at["kind"]
            found.append({"start": places[first], "end": places[count - 1] + 1, "label": label})
    return found


def _squeezed(text: str) -> str:
    return _BLANKS.sub("", text)


def in_list(cell: str, text: str) -> list[list[str]] | None:
    """Return the pairs of a text's part and its label that a cell lists; None if it is no such list.

    Each part occurs in the text as a whole word, and its label does not.
    """
    if len(cell) > _LONGEST_CELL:
        return None
    folded = text.casefold()
    for mark in ("\n", *SEVERAL_MARKS):
        if mark in cell and (pairs := _pairs([each for each in cell.split(mark) if each.strip()], folded)):
            return pairs
    return _pairs([cell], folded)


def _pairs(members: list[str], text: str) -> list[list[str]] | None:
    found = []
    for each in members:
        if (pair := _pair(each.strip(), text)) is None:
            return None
        found.append(pair)
    return found or None


def _pair(member: str, text: str) -> list[str] | None:
    if len(member) > _LONGEST:
        return None
    forms: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
        (_FIRST, bool),
        # A name's other form, "Dr. Pell (Ann)", is no label.
        (_IN_BRACKETS, lambda label: label in {label.lower(), label.upper()}),
        (_LAST, bool),
    )
    for form, is_label in forms:
        if (at := form.fullmatch(member)) is not None:
            part, label = at["part"].strip(), at["label"].strip()
            is_short = 0 < len(label) <= _LONGEST_LABEL and is_label(label) and label.casefold() not in text
            return [part, label] if is_short and _stands(part.casefold(), text) else None
    return None


def _stands(part: str, text: str) -> bool:
    start = text.find(part) if part else -1
    while start >= 0:
        if is_whole(text, start, start + len(part)):
            return True
        start = text.find(part, start + 1)
    return False
