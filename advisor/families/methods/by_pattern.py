"""Fields found by patterns, a task's own or those that training rows show: what extraction does without a model.

Each value is cut into runs of digits, of capital and of small letters, and single signs; values of the same kinds of
runs make one pattern, in which a run stays as it is where all have the same, keeps its length where all have it, and
is of any length else. What stands before a value tells it from others of its form. The pattern that finds most of the
values of the rows is taken, of equals the simplest.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.families.json_fields import plain_number, written_number
from advisor.families.patterns import VALUE, find_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from advisor.families.base import Answered, Given

FEWEST_ROWS, MOST_ROWS = 3, 24
# Below this a field is not found by its form, and no answer would be right.
LEAST_FOUND = 0.7
# Values of more forms than this have none.
MOST_FORMS, LONGEST_VALUE = 6, 80
LONGEST_BEFORE = 24
_CLASSES = {"9": r"\d", "A": r"\p{Lu}", "a": r"\p{Ll}"}
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
_TOKEN = re.compile(r"(?:[^\W_]+|[^\w\s]|_)?\s*$")


class Place(NamedTuple):
    """Where a value stands in a text."""

    text: str
    start: int
    end: int


def learn(rows: Sequence[tuple[str, Any]], read: Callable[[str], Any]) -> str | None:
    """Return a pattern by which a field is found, None where its form does not tell it.

    What a pattern finds is counted on rows that it was not learnt from, each left out in turn. Of the rows, texts with
    the field's value (None where a text has none), the first 24 are looked at; `read` makes a piece of text a value.
    """
    shown = list(rows[:MOST_ROWS])
    if sum(value is not None for _, value in shown) < FEWEST_ROWS:
        return None
    found = 0
    for at, (text, value) in enumerate(shown):
        others = _best([*shown[:at], *shown[at + 1 :]], read)
        found += others is not None and _value_of(others, text, read) == value
    return _best(shown, read) if found >= LEAST_FOUND * len(shown) else None


def _best(rows: Sequence[tuple[str, Any]], read: Callable[[str], Any]) -> str | None:
    """Return the pattern that finds most of the rows' values, of equals the simplest; None where none finds any."""
    places = [place for text, value in rows if value is not None and (place := _place(text, value, read)) is not None]
    best, most = None, 0
    for pattern in _patterns(places):
        right = sum(_value_of(pattern, text, read) == value for text, value in rows)
        if right > most:
            best, most = pattern, right
    return best


def _value_of(pattern: str, text: str, read: Callable[[str], Any]) -> Any:  # noqa: ANN401  a JSON value
    piece = find_value(pattern, text)
    return None if piece is None else read(piece)


def _place(text: str, value: Any, read: Callable[[str], Any]) -> Place | None:  # noqa: ANN401  a JSON value
    """Return where a value stands first, in a text or as a number is written there."""
    if isinstance(value, str):
        start = text.find(value) if value else -1
        return Place(text, start, start + len(value)) if start >= 0 else None
    numbers = re.finditer(r"[+-]?\d[\d.,'\u2019]*\d|\d", text)
    return next((Place(text, *at.span()) for at in numbers if read(at[0]) == value), None)


def _patterns(places: Sequence[Place]) -> Iterator[str]:
    """Yield patterns for values, the simplest first: their forms alone, then behind what stands before them."""
    values = [place.text[place.start : place.end] for place in places]
    # What is as long as a sentence has no form, and would make too large a pattern; nor has what is of a new one in
    # every other row.
    forms = _forms(values) if all(len(value) <= LONGEST_VALUE for value in values) else []
    has_form = 0 < len(forms) <= max(1, min(MOST_FORMS, len(values) // 2))
    before = {tokens: [_before(place, tokens) for place in places] for tokens in (1, 2)}
    alone = "|".join(forms)
    if has_form:
        yield alone
    for column in before.values():
        known = [each for each, rows in Counter(column).most_common() if each and rows > 1]
        if known:
            leads = "|".join(map(_literal, known))
            if has_form:
                yield f"(?:{leads})(?P<{VALUE}>{alone})"
            ends = {place.text[place.end : place.end + 1] for place in places}
            if len(ends) == 1:  # of any form, up to the sign behind them all
                end = _literal(ends.pop()) or "$"
                yield f"(?:{leads})(?P<{VALUE}>.+?)(?:{end})"


def _before(place: Place, tokens: int) -> str:
    """Return the last words or signs before a value, as they stand; "" where there are fewer."""
    end = place.start
    for _ in range(tokens):
        found = _TOKEN.search(place.text[max(0, end - LONGEST_BEFORE) : end])
        if found is None or not found[0]:
            return ""
        end -= len(found[0])
    return place.text[end : place.start]


def _forms(values: Sequence[str]) -> list[str]:
    """Return a pattern for the values of each form, the most frequent form first."""
    of_form: defaultdict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for value in values:
        runs = ["".join(run) for _, run in groupby(value, _by_run())]
        of_form[tuple(_kind(run[0]) for run in runs)].append(runs)
    listed = sorted(of_form.items(), key=lambda item: -len(item[1]))
    return [_whole(form, "".join(map(_run, form, zip(*runs, strict=True)))) for form, runs in listed]


def _by_run() -> Callable[[str], Any]:
    """Return a key by which letters and digits run together, and every sign stands alone."""
    signs = iter(range(1 << 30))
    return lambda character: kind if (kind := _kind(character)) in _CLASSES else next(signs)


def _kind(character: str) -> str:
    if character.isascii() and character.isdigit():
        return "9"
    if character.isalpha() and character.isupper():
        return "A"
    return "a" if character.isalpha() and character.islower() else character


def _run(kind: str, runs: Sequence[str]) -> str:
    if kind not in _CLASSES or (len(set(runs)) == 1 and len(runs) >= (FEWEST_ROWS if kind == "9" else 2)):
        return _literal(runs[0])
    lengths = {len(run) for run in runs}
    return _CLASSES[kind] + (f"{{{lengths.pop()}}}" if len(lengths) == 1 and len(runs) >= FEWEST_ROWS else "+")


def _whole(form: Sequence[str], pattern: str) -> str:
    """Keep a number from being found within a longer one."""
    before, after = (r"\b" if kind == "9" else "" for kind in (form[0], form[-1]))
    return f"{before}{pattern}{after}"


def _literal(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def learnt(rows: Sequence[tuple[Any, Any]], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with a pattern for each field that rows show one for; a field that says how it is found stays."""
    properties = {str(name): dict(part) for name, part in (schema.get("properties") or {}).items()}
    for name, part in properties.items():
        if not ({"pattern", "enum"} & part.keys()):
            examples = [(str(text), value.get(name)) for text, value in rows if isinstance(value, dict)]
            if (pattern := learn(examples, partial(typed, kind=part.get("type")))) is not None:
                part["pattern"] = pattern
    return {**schema, "properties": properties}


SIGNS = re.compile(r"[^\d.+-]")


def fits(schema: Mapping[str, Any]) -> bool:
    """Return whether a schema says how to find each field that it requires, and at least one."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return False
    found = {name for name, part in properties.items() if _is_found(part)}
    required = schema.get("required")
    return bool(found) and (not isinstance(required, list) or {str(name) for name in required} <= found)


def with_patterns(schema: Mapping[str, Any], teaching: Sequence[tuple[Given, Any]]) -> dict[str, Any]:
    """Return a schema, with patterns that training rows show where it does not say how to find what it requires."""
    return dict(schema) if fits(schema) else learnt(teaching, schema)


def _is_found(part: Any) -> bool:  # noqa: ANN401  a schema's part
    return isinstance(part, dict) and (isinstance(part.get("pattern"), str) or bool(_choices(part)))


def _choices(part: Mapping[str, Any]) -> list[str]:
    listed = part.get("enum")
    return [each for each in listed if isinstance(each, str) and each] if isinstance(listed, list) else []


class ByPattern:
    """Each field is the first piece of the text that its `pattern` matches, or the value of its `enum` named first."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        properties = schema.get("properties") or {}
        self._parts = {str(name): part for name, part in properties.items() if _is_found(part)}
        patterns = {name: part["pattern"] for name, part in self._parts.items() if "pattern" in part}
        self.details: dict[str, Any] = {"fields": sorted(self._parts), "patterns": patterns}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the fields that each text holds; those that are not found are left out."""
        from advisor.families.base import Answered

        found = [{name: _value(part, str(text)) for name, part in self._parts.items()} for text in given]
        return [Answered({name: value for name, value in each.items() if value is not None}) for each in found]


def _value(part: Mapping[str, Any], text: str) -> Any:  # noqa: ANN401  a JSON value
    if isinstance(part.get("pattern"), str):
        piece = find_value(part["pattern"], text)
        return None if piece is None else typed(piece, part.get("type"))
    low = text.casefold()
    named = [(place, choice) for choice in _choices(part) if (place := low.find(choice.casefold())) >= 0]
    return min(named, key=lambda each: (each[0], -len(each[1])))[1] if named else None


def typed(piece: str, kind: Any) -> Any:  # noqa: ANN401  what a schema says, a JSON value
    """Return a piece of text as the number that the schema asks for, the piece itself where it asks for a text.

    It may be written with a comma and units, as `written_number` reads it; of other pieces the digits are taken.
    """
    kinds = kind if isinstance(kind, list) else [kind]
    if "string" in kinds or not {"number", "integer"} & {*kinds}:
        return piece
    number = written_number(piece)
    return plain_number(SIGNS.sub("", piece)) if number is None else number
