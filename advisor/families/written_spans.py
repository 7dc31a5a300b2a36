"""Spans as tools and people write them: offsets under other keys, marks within the text, lists with kinds."""

import re
from typing import Any

from advisor.engines.words import is_whole
from advisor.families.values import SEVERAL_MARKS

KEYS = ("start", "end", "label")
_KEYS_OF_SPAN = (("start", "begin"), ("end",), ("label", "labels", "type", "category", "entity", "entity_group", "tag"))
# "<who>Ann Pell</who>", and "[Ann Pell](who)" as chat bots' training files have it.
_MARK = re.compile(
    r"<(?P<tag>[^\W\d][\w.-]{0,39})>(?P<text>[^<>]+)</(?P=tag)>|\[(?P<inner>[^\[\]]+)\]\((?P<kind>[\w.-]{1,40})\)"
)
# "vector-db => SERVICE", "SERVICE: vector-db", "SERVICE=vector-db", "vector-db/SERVICE"; a label has no digit first.
_BETWEEN, _LABEL = re.compile(r"[=-]>|[→⇒=:/]"), re.compile(r"[^\W\d][\w .&-]{0,39}")
_IN_BRACKETS = re.compile(r"(?P<part>[^()\[\]\n]+)[(\[](?P<label>[^()\[\]\n]+)[)\]]")  # "vector-db (SERVICE)"
_BRACKETED = re.compile(r"\[(?P<label>[^\[\]\n]+)\]\s*(?P<part>[^\[\]\n]+)")  # "[SERVICE] vector-db"
_BLANKS = re.compile(r"\s+")
_LONGEST, _LONGEST_CELL = 300, 4000


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
    marks = [(at["text"] or at["inner"], at["tag"] or at["kind"]) for at in _MARK.finditer(cell)]
    if marks and not _MARK.sub("", cell).strip(" ,;|\n") and all(_stands(part.casefold(), folded) for part, _ in marks):
        return [[*each] for each in marks]
    for mark in ("\n", *SEVERAL_MARKS):
        if mark in cell and (pairs := _pairs([each for each in _cut(cell, mark) if each.strip()], text)):
            return pairs
    return _pairs([cell], text)


def _cut(cell: str, mark: str) -> list[str]:
    """Return the parts between marks; a comma before a digit is one of a number."""
    return re.split(r",(?!\d)", cell) if mark == "," else cell.split(mark)


def _pairs(members: list[str], text: str) -> list[list[str]] | None:
    found = []
    for each in members:
        if (pair := _pair(each.strip(), text)) is None:
            return None
        found.append(pair)
    return found or None


def _pair(member: str, text: str) -> list[str] | None:
    """Return a part of a text and its label, whichever comes first."""
    if len(member) > _LONGEST:
        return None
    for form in (_IN_BRACKETS, _BRACKETED):
        if (at := form.fullmatch(member)) is not None:
            # A name's other form, "Dr. Pell (Ann)", is no label.
            return _labelled(at["part"], at["label"], text, is_plain=True)
    for at in _BETWEEN.finditer(member):
        before, after = member[: at.start()], member[at.end() :]
        is_last_plain = at[0] in ":/"  # "Rome/Paris" names two places, and "Mr. Pell: Ann" a man
        found = _labelled(before, after, text, is_plain=is_last_plain) or (
            _labelled(after, before, text, is_plain=False) if at[0] in "=:" else None
        )
        if found is not None:
            return found
    return None


def _labelled(part: str, label: str, text: str, *, is_plain: bool) -> list[str] | None:
    """Return a part and its label; None unless the part alone stands in the text. Plain labels are of one case.

    The text may have "Policy 12" where "POLICY: 12" labels it.
    """
    part, label, folded = part.strip(), label.strip(), text.casefold()
    is_other = label.casefold() not in folded or (label.isupper() and label not in text)
    is_label = _LABEL.fullmatch(label) is not None and is_other
    is_label &= not is_plain or label in {label.lower(), label.upper()}
    return [part, label] if is_label and _stands(part.casefold(), folded) else None


def _stands(part: str, text: str) -> bool:
    start = text.find(part) if part else -1
    while start >= 0:
        if is_whole(text, start, start + len(part)):
            return True
        start = text.find(part, start + 1)
    return False
