"""Fields found by patterns, a task's own or learned from training rows: extraction without a model.

Each value is cut into runs of digits, capitals and small letters, and single signs; values with the same kinds of runs
make one pattern, in which a run is literal if all have the same, keeps its length if all have it, and has any length
otherwise. The text before a value distinguishes it from others of its form. Values that recur, whatever their numbers,
may be listed. The pattern that finds most values of the rows is used, the simplest of equals. A field without one has
the value that it has most often; if it is a label of the text, such as its sentiment, a linear model may know better.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain, groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.families.base import Given, OneByOne, as_json
from advisor.families.json_fields import find_spelled, plain_number, same, without_gaps, word_for_none, written_number
from advisor.families.patterns import VALUE, find_value

if TYPE_CHECKING:
    from advisor.families.methods.head import Head
    from advisor.probe.protocol import ProbeSpec

FEWEST_ROWS, MOST_ROWS = 3, 24
# Below this share a field has no recognisable form, and no answer would be right.
LEAST_FOUND, LEAST_NUMBERS = 0.7, 0.4
# With more forms than this, values have none.
MOST_FORMS, LONGEST_VALUE = 6, 80
LONGEST_BEFORE = 24
# Values that recur this often, such as brands and colours, are known; nothing of a word stands around them.
_ROWS_OF_A_VALUE, _EDGE = 2, r"[^\p{L}\p{N}]"
# Of 24 rows of twenty equally frequent labels about 14 differ.
_VALUES_OF_A_LABEL = 2 / 3
# In a field's part of a schema: it is expected without the blanks and hyphens that texts have; the value that a field
# has where nothing finds it in a text; the values of one that is a label of the text, as JSON.
CLOSED, USUAL, LABELS = "closed", "usual", "labels of the text"
_DIGITS = re.compile("[0-9]+")
_CLASSES = {"9": r"\d", "A": r"\p{Lu}", "a": r"\p{Ll}"}
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
_GROUPED = re.compile(r"(?<!\d)[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)")
_PLAIN = re.compile(r"[+-]?(?:\d[\d.,'\u2019]*\d|\d)(?:\s?k\b)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")
# "164k km" are 164,000.
_NUMBER = re.compile(r"\s*([+-]?\d(?:[\d.,'\u2019 \u00a0\u202f]*\d)?)(?P<k>\s?k\b)?", re.IGNORECASE)
_UNIT = re.compile(r"[ \u00a0\u202f]?(?:[^\W\d_]{1,12}|[%\u20ac$\u00a3\u00b0])")
_TOKEN = re.compile(r"(?:[^\W_]+|[^\w\s]|_)?\s*$")


class Place(NamedTuple):
    """The place of a value in a text."""

    text: str
    start: int
    end: int


def learn(
    rows: Sequence[tuple[str, Any]], read: Callable[[str], Any], *, most: int = MOST_ROWS, least: float = LEAST_FOUND
) -> str | None:
    """Return a pattern for a field, None if its form does not identify it.

    Patterns are scored by cross-validation, leaving each row out in turn; the `least` share must be right. At `most` so
    many rows are used: texts with the field's value (None if a text has none); `read` converts a piece of text to a
    value.
    """
    if sum(value is not None for _, value in rows[:most]) < FEWEST_ROWS:
        return None
    shown = [(text, value, _place(text, value, read)) for text, value in rows[:most]]
    found = 0
    for at, (text, value, _) in enumerate(shown):
        others = _best([*shown[:at], *shown[at + 1 :]], read)
        found += others is not None and _is_value(_value_of(others, text, read), value)
    return _best(shown, read) if found >= least * len(shown) else None


def _best(rows: Sequence[tuple[str, Any, Place | None]], read: Callable[[str], Any]) -> str | None:
    """Return the pattern that finds most of the rows' values, the simplest of equals; None if none finds any."""
    best, most = None, 0
    places = [place for *_, place in rows if place is not None]
    are_numbers = all(isinstance(value, int | float) for _, value, place in rows if place is not None)
    with_units = [*map(_with_unit, places)] if are_numbers else places
    for pattern in chain(_patterns(places), _patterns(with_units) if with_units != places else ()):
        right = sum(_is_value(_value_of(pattern, text, read), value) for text, value, _ in rows)
        if right > most:
            best, most = pattern, right
    return best


def _value_of(pattern: str, text: str, read: Callable[[str], Any]) -> Any:  # noqa: ANN401  a JSON value
    piece = _piece(pattern, text)
    return None if piece is None else read(piece)


@lru_cache(maxsize=1024)  # leaving out other rows mostly gives the same patterns
def _piece(pattern: str, text: str) -> str | None:
    return find_value(pattern, text)


def _is_value(found: Any, value: Any) -> bool:  # noqa: ANN401  JSON values
    """Return whether a value is the expected one, whatever its blanks and hyphens: people write codes either way."""
    return same(without_gaps(found), without_gaps(value))


def _place(text: str, value: Any, read: Callable[[str], Any]) -> Place | None:  # noqa: ANN401  a JSON value
    """Return a value's first place in a text, literally, with other blanks, hyphens or case, or as a number."""
    if isinstance(value, str):
        start = text.find(value) if value else -1
        span = find_spelled(text, value) if start < 0 else (start, start + len(value))
        return None if span is None else Place(text, *span)
    if value is None:
        return None
    numbers = chain(_GROUPED.finditer(text), _PLAIN.finditer(text))
    return next((Place(text, *at.span()) for at in numbers if read(at[0]) == value), None)


def _with_unit(place: Place) -> Place:
    """Return the place of a number with the unit behind it: of several numbers that of "km" is found so."""
    unit = _UNIT.match(place.text, place.end)
    return place if unit is None else place._replace(end=unit.end())


def _patterns(places: Sequence[Place]) -> Iterator[str]:
    """Yield patterns for values, the simplest first: their forms, alone and after the text before them, or a list."""
    values = [place.text[place.start : place.end] for place in places]
    # Values as long as a sentence have no form, and would make too large a pattern; nor have values with a new form in
    # every other row.
    forms = _forms(places) if all(len(value) <= LONGEST_VALUE for value in values) else []
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
            if len(ends) == 1:  # of any form, up to their common next character
                end = _literal(ends.pop()) or "$"
                yield f"(?:{leads})(?P<{VALUE}>.+?)(?:{end})"
    # Known values, then those that are known but for their numbers, such as the streets of addresses.
    known_values = [value.casefold() for value in values]
    for column in (known_values, [_DIGITS.sub("0", value) for value in known_values]):
        listed = sorted({*column}, key=lambda each: (-len(each), each))
        if listed and len(listed) * _ROWS_OF_A_VALUE <= len(column) and len(listed[0]) <= LONGEST_VALUE:
            one_of = "|".join(map(_literal, listed))
            one_of = one_of if column is known_values else one_of.replace("0", r"\d+")
            yield f"(?:^|{_EDGE})(?P<{VALUE}>(?i:{one_of}))(?:{_EDGE}|$)"


def _before(place: Place, tokens: int) -> str:
    """Return the last words or characters before a value, verbatim; "" if there are fewer."""
    end = place.start
    for _ in range(tokens):
        found = _TOKEN.search(place.text[max(0, end - LONGEST_BEFORE) : end])
        if found is None or not found[0]:
            return ""
        end -= len(found[0])
    return place.text[end : place.start]


def _forms(places: Sequence[Place]) -> list[str]:
    """Return a pattern per form of values, the most frequent form first."""
    of_form: defaultdict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for place in places:
        runs = ["".join(run) for _, run in groupby(place.text[place.start : place.end], _by_run())]
        of_form[tuple(_kind(run[0]) for run in runs)].append(runs)
    listed = sorted(of_form.items(), key=lambda item: -len(item[1]))
    # Codes are whole words if all that were seen are; the library's word boundary knows no letters but ASCII's.
    around = (each.text[max(0, each.start - 1) : each.start] + each.text[each.end : each.end + 1] for each in places)
    are_words = not any(map(re.compile(r"\w").search, around))
    return [_whole(form, "".join(map(_run, form, zip(*runs, strict=True))), is_word=are_words) for form, runs in listed]


def _by_run() -> Callable[[str], Any]:
    """Return a key that groups letters and digits into runs and keeps other characters separate."""
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


def _whole(form: Sequence[str], pattern: str, *, is_word: bool) -> str:
    """Prevent a number from being found within a longer one, a code within a longer word."""
    is_code = is_word and "9" in form
    before, after = (r"\b" if kind == "9" or (is_code and kind in _CLASSES) else "" for kind in (form[0], form[-1]))
    return f"{before}{pattern}{after}"


def _literal(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def learnt(rows: Sequence[tuple[Any, Any]], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with a pattern for each field that rows define one for, else with the value that it usually has.

    Fields with their own rule keep it.
    """
    given = (schema.get("properties") or {}).items()
    properties = {str(name): dict(part) if isinstance(part, dict) else {} for name, part in given}
    for name, part in properties.items():
        if not ({"pattern", "enum"} & part.keys()):
            examples = [(str(text), value.get(name)) for text, value in rows if isinstance(value, dict)]
            word = word_for_none((text, value) for text, value in examples if isinstance(value, str))
            held = [(text, None if value == word else value) for text, value in examples]
            if (pattern := learn(held, partial(typed, kind=part.get("type")))) is not None:
                part["pattern"] = pattern
                found = [(_value(part, text), value) for text, value in held]
                as_written = sum(same(one, value) for one, value in found)
                if sum(same(without_gaps(one), value) for one, value in found) > as_written:
                    part[CLOSED] = True
                if word is not None:
                    part[USUAL] = word
            elif examples:
                (most, times), *others = Counter(as_json(value) for _, value in examples).most_common()
                if times >= FEWEST_ROWS:
                    part[USUAL] = json.loads(most)
                if others and (1 + len(others)) * FEWEST_ROWS <= len(examples):
                    part[LABELS] = sorted([most, *(other for other, _ in others)])
    return {**schema, "properties": properties}


def has_labels(rows: Sequence[tuple[str, dict[str, Any]]], schema: Mapping[str, Any]) -> bool:
    """Return whether rows show a field that may be a label of the text: no pattern finds it, and its values recur."""
    parts = learnt(rows, schema)["properties"].items()
    columns = ([as_json(value.get(name)) for _, value in rows] for name, part in parts if "pattern" not in part)
    return any(1 < len({*values}) <= _VALUES_OF_A_LABEL * len(values) for values in columns)


SIGNS = re.compile(r"[^\d.+-]")


def fits(schema: Mapping[str, Any], *, choices: bool = True) -> bool:
    """Return whether a schema defines how to find or fill all fields that it requires, and finds at least one.

    Without `choices` a list of values does not say how one of them is found.
    """
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return False
    found = {name for name, part in properties.items() if is_found(part) and (choices or "pattern" in part)}
    found |= labels_of(properties).keys()
    filled = found | usual_values(properties).keys()
    required = schema.get("required")
    return bool(found) and (not isinstance(required, list) or {str(name) for name in required} <= filled)


def with_patterns(schema: Mapping[str, Any], teaching: Sequence[tuple[Given, Any]]) -> dict[str, Any]:
    """Return a schema, with patterns from training rows if it does not define how to find all required fields.

    An enum whose values these rows mostly do not hold is a label of the text, which no pattern finds (`by_words`).
    """
    rows = [(str(text).casefold(), value) for text, value in teaching if isinstance(value, dict)]
    properties = dict(schema.get("properties") or {})
    for name, part in properties.items():
        if isinstance(part, dict) and "enum" in part and "pattern" not in part:
            right = sum(same(_value(part, text), value.get(name)) for text, value in rows)
            if right < LEAST_FOUND * len(rows):
                properties[name] = {key: value for key, value in part.items() if key != "enum"}
    left = {**schema, "properties": properties}
    return left if fits(left) and properties == schema["properties"] else learnt(teaching, left)


def is_found(part: Any) -> bool:  # noqa: ANN401  a schema's part
    """Return whether a field's value is found in the text, by a pattern or as one of a list."""
    return isinstance(part, dict) and (isinstance(part.get("pattern"), str) or bool(_choices(part)))


def usual_values(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that have their usual value, by name."""
    return {name: part[USUAL] for name, part in properties.items() if isinstance(part, dict) and USUAL in part}


def labels_of(properties: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the values of fields that are labels of the text, as JSON, by name."""
    return {name: part[LABELS] for name, part in properties.items() if isinstance(part, dict) and part.get(LABELS)}


def _choices(part: Mapping[str, Any]) -> list[str]:
    listed = part.get("enum")
    return [each for each in listed if isinstance(each, str) and each] if isinstance(listed, list) else []


def by_words(schema: Mapping[str, Any], spec: ProbeSpec) -> dict[str, Callable[[str], Any]]:
    """Return linear models on words and characters for fields that are labels of the text, by name.

    A field keeps its usual value where that is right as often on the training rows as the model on held-out ones.
    """
    from advisor.families.methods.head import Head

    found: dict[str, Callable[[str], Any]] = {}
    for name, part in (schema.get("properties") or {}).items():
        if isinstance(part, dict) and part.get(LABELS):
            rows = tuple(
                (str(text), as_json(value.get(name))) for text, value in spec.teaching if isinstance(value, dict)
            )
            head = Head(None, replace(spec, labels=dict.fromkeys(part[LABELS], ""), teaching=rows))
            right, of = head.details["cross_validated"] or (0, 1)  # of some of many rows
            if right * len(rows) > max(Counter(label for _, label in rows).values()) * of:
                found[str(name)] = partial(_label, head)
    return found


def _label(head: Head, text: str) -> Any:  # noqa: ANN401  a JSON value
    return json.loads(str(head.answer([text])[0].output))


class NumberByPattern(OneByOne):
    """The number of the text that a pattern of the training rows finds, else the middle one of theirs."""

    def __init__(self, teaching: Sequence[tuple[Given, Any]]) -> None:
        """ValueError if no pattern finds the numbers."""
        pattern = number_pattern(teaching)
        if pattern is None:
            raise ValueError("no pattern finds the numbers of the training rows in their texts")
        middle = sorted(value for _, value in teaching)[len(teaching) // 2]

        read = _as_shown(teaching)

        def number(text: Any) -> float:  # noqa: ANN401  an input
            piece = find_value(pattern, str(text))
            found = None if piece is None else read(piece)
            return float(middle if found is None else found)

        super().__init__(number, {"pattern": pattern})


def number_pattern(rows: Sequence[tuple[Given, Any]]) -> str | None:
    """Return a pattern for the number that each text holds, None if rows show none."""
    shown = [(text, value) for text, value in rows if isinstance(text, str) and isinstance(value, int | float)]
    if len(shown) < len(rows):
        return None
    return learn(shown, _as_shown(rows), most=2 * MOST_ROWS, least=LEAST_NUMBERS)  # people write them in many ways


def _as_shown(rows: Sequence[tuple[Given, Any]]) -> Callable[[str], float | None]:
    """Return how a piece of text is read as a number: where rows have none with decimals, a point groups thousands."""
    are_whole = all(float(value).is_integer() for _, value in rows)

    def read(piece: str) -> float | None:
        at = _NUMBER.match(piece)
        if at is None:
            return None
        written = _THOUSANDS.sub("", at[1]) if are_whole and not at["k"] else at[1]
        number = written_number(written)
        return None if number is None else number * (1000.0 if at["k"] else 1.0)

    return read


class ByPattern(OneByOne):
    """Each field is the first piece of text that its `pattern` matches, or the value of its `enum` that comes first.

    A field with neither is answered `by_words`, or has its usual value.
    """

    def __init__(
        self, schema: Mapping[str, Any], words: Mapping[str, Callable[[str], Any]] = MappingProxyType({})
    ) -> None:
        properties = schema.get("properties") or {}
        usual = {name: value for name, value in usual_values(properties).items() if name not in words}
        known = usual.keys() | words.keys()
        parts = {str(name): part for name, part in properties.items() if name in known or is_found(part)}

        def fields(text: str) -> dict[str, Any]:
            found = {name: words[name](text) if name in words else _value(part, text) for name, part in parts.items()}
            return {name: value for name, value in found.items() if value is not None}

        patterns = {name: part["pattern"] for name, part in parts.items() if "pattern" in part}
        details: dict[str, Any] = {"fields": sorted(parts), "patterns": patterns}
        closed = sorted(name for name, part in parts.items() if part.get(CLOSED))
        details |= {CLOSED: closed} if closed else {}
        details |= {LABELS: sorted(words)} if words else {}
        super().__init__(fields, details | ({USUAL: usual} if usual else {}))


def _value(part: Mapping[str, Any], text: str) -> Any:  # noqa: ANN401  a JSON value
    if isinstance(part.get("pattern"), str):
        piece = find_value(part["pattern"], text)
        if piece is None:
            return part.get(USUAL)
        value = typed(piece, part.get("type"))
        return without_gaps(value) if part.get(CLOSED) else value
    if not is_found(part):
        return part.get(USUAL)
    low = text.casefold()
    named = [(place, choice) for choice in _choices(part) if (place := low.find(choice.casefold())) >= 0]
    return min(named, key=lambda each: (each[0], -len(each[1])))[1] if named else None


def typed(piece: str, kind: Any) -> Any:  # noqa: ANN401  what a schema says, a JSON value
    """Return a piece of text as the schema's number, or unchanged if the schema wants a text.

    Commas and units are accepted as by `written_number`; of other pieces the digits are used.
    """
    kinds = kind if isinstance(kind, list) else [kind]
    if "string" in kinds or not {"number", "integer"} & {*kinds}:
        return piece
    number = written_number(piece)
    return plain_number(SIGNS.sub("", piece)) if number is None else number
