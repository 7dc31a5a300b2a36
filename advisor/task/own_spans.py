"""Spans of a text under keys of a program's own, such as `debut` and `fin`: found by what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any, NamedTuple

Record = dict[str, Any]
# The share of spans whose own text stands at their places, and the fewest spans.
_NEARLY, _FEWEST = 0.9, 3
_KNOWN = frozenset({"start", "end", "label"})


class SpanKeys(NamedTuple):
    """The keys of a list's spans: where they begin and end, and their label."""

    start: str
    end: str
    label: str
    after: int  # 1 if the end is the place of the last sign.


def span_keys(records: Sequence[Record]) -> dict[str, SpanKeys]:
    """Return the lists of some records that are spans, by key: two numbers place a text that stands beside them."""
    found: dict[str, SpanKeys] = {}
    for key in dict.fromkeys(name for record in records for name, value in record.items() if _objects(value)):
        pairs = [(tuple(texts(record)), each) for record in records for each in _objects(record.get(key))]
        first = pairs[0][1]
        if len(pairs) < _FEWEST or first.keys() >= _KNOWN:
            continue
        numbers = [name for name, value in first.items() if type(value) is int]
        words = [name for name, value in first.items() if isinstance(value, str)]
        for (start, end), quote, after in (
            (two, name, more) for two in permutations(numbers, 2) for name in words for more in (0, 1)
        ):
            placed = sum(_is_placed(held, each, start, end, quote, after) for held, each in pairs)
            others = [name for name in words if name != quote]
            if placed >= _NEARLY * len(pairs) and others:
                label = min(others, key=lambda name: len(Counter(str(each.get(name)) for _, each in pairs)))
                found[key] = SpanKeys(start, end, label, after)
                break
    return found


def with_spans(record: Record, found: Mapping[str, SpanKeys]) -> Record:
    """Return a record whose lists of spans have the usual keys."""
    made = {
        key: [
            {"start": each.get(keys.start), "end": each.get(keys.end, 0) + keys.after, "label": each.get(keys.label)}
            for each in _objects(record.get(key))
        ]
        for key, keys in found.items()
        if key in record
    }
    return record | made


def texts(record: Record) -> Iterator[str]:
    """Yield the texts in a record, those in its objects too."""
    for value in record.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from texts(value)


def _objects(value: object) -> list[Record]:
    return value if isinstance(value, list) and value and all(isinstance(each, dict) for each in value) else []


def _is_placed(held: Sequence[str], span: Record, start: str, end: str, quote: str, after: int) -> bool:  # noqa: PLR0917
    low, high, said = span.get(start), span.get(end), span.get(quote)
    if not (type(low) is int and type(high) is int and isinstance(said, str) and said and low <= high):
        return False
    return any(text[low : high + after] == said for text in held)
