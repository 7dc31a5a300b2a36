"""Spans as tools and people write them: offsets under other keys, marks within the text, lists with kinds."""

import re
from collections.abc import Iterator
from typing import Any

from advisor.families.values import SEVERAL_MARKS

KEYS = ("start", "end", "label")
_KEYS_OF_SPAN = (("start", "begin"), ("end",), ("label", "labels", "type", "category", "entity", "entity_group", "tag"))
# "<who>Ann Pell</who>", and "[Ann Pell](who)" as chat bots' training files have it.
_MARK = re.compile(
    r"<(?P<tag>[^\W\d][\w.-]{0,39})>(?P<text>[^<>]+)</(?P=tag)>|\[(?P<inner>[^\[\]]+)\]\((?P<kind>[\w.-]{1,40})\)"
)
# "vector-db => SERVICE", "vector-db (SERVICE)", "SERVICE: vector-db".
_SIDES = re.compile(
    r"(?P<one>.+?)\s*(?:[=-]>|[→⇒=:/|])\s*(?P<other>.+)|(?P<named>.+?)\s*[(\[](?P<kind>[^()\[\]]+)[)\]]"
)
_BLANKS = re.compile(r"\s+")
_LONGEST, _LONGEST_LABEL = 300, 40


def span_of(value: object) -> dict[str, Any] | None:
    """Return a tool's span, a dict or `[start, end, label]`, with `start`, `end` and `label`; None for another value.

    Their keys differ: `start_offset`, `startOffset`, `BeginOffset`; `label`, `labels`, `Type`.
    """
    if isinstance(value, list):
        found = value
    elif isinstance(value, dict):
        held = {re.sub("_?offset$", "", key.lower()): each for key, each in value.items()}
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
    found, place = [], 0
    for at in _MARK.finditer(cell):
        named, label = at["text"] or at["inner"], at["tag"] or at["kind"]
        before = len(_squeezed(without_marks(cell[: at.start()])))
        start = _place(text, before)
        start += len(text[start:]) - len(text[start:].lstrip())
        inner = named.strip()
        start = text.find(inner, max(place, start))
        if start < 0:
            return None
        place = start + len(inner)
        found.append({"start": start, "end": place, "label": label})
    return found


def _squeezed(text: str) -> str:
    return _BLANKS.sub("", text)


def _place(text: str, signs: int) -> int:
    """Return the place in a text after so many of its signs that are no blanks."""
    for at, sign in enumerate(text):
        if signs == 0:
            return at
        signs -= not sign.isspace()
    return len(text)


def in_list(cell: str, text: str) -> list[list[str]] | None:
    """Return the pairs of a text's part and its label that a cell lists; None if it is no such list.

    Of the two sides of each member one must occur in the text, and the other must not.
    """
    for mark in ("\n", *SEVERAL_MARKS, None):
        members = [cell] if mark is None else [each for each in cell.split(mark) if each.strip()]
        if mark is None or len(members) > 1:
            pairs = [_pair(each.strip(), text) for each in members]
            if all(pairs):
                return [[*each] for each in pairs if each]
    return None


def _pair(member: str, text: str) -> tuple[str, str] | None:
    found = list(_pairs(member, text))
    return found[0] if len(found) == 1 else None


def _pairs(member: str, text: str) -> Iterator[tuple[str, str]]:
    at = _SIDES.fullmatch(member) if len(member) <= _LONGEST else None
    sides = (at["one"] or at["named"], at["other"] or at["kind"]) if at is not None else ()
    folded = text.casefold()
    for part, label in (sides, sides[::-1]) if sides else ():
        if len(label) <= _LONGEST_LABEL and part.casefold() in folded and label.casefold() not in folded:
            yield part, label
