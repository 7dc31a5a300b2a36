"""Fields found by patterns, a task's own or those that training rows show: what extraction does without a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from advisor.families.learn_patterns import learnt
from advisor.families.patterns import find

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.families.base import Answered, Given

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
    return dict(schema) if fits(schema) else learnt(teaching, schema, lambda kind, piece: typed(piece, kind))


def _is_found(part: Any) -> bool:  # noqa: ANN401  a schema's part
    return isinstance(part, dict) and (isinstance(part.get("pattern"), str) or bool(_choices(part)))


def _choices(part: Mapping[str, Any]) -> list[str]:
    listed = part.get("enum")
    return [each for each in listed if isinstance(each, str) and each] if isinstance(listed, list) else []


class ByPattern:
    """Each field is the first piece of the text that its `pattern` matches, or the value of its `enum` named first."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Keep the fields that can be found."""
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
        piece = find(part["pattern"], text)
        return None if piece is None else typed(piece, part.get("type"))
    low = text.casefold()
    named = [(place, choice) for choice in _choices(part) if (place := low.find(choice.casefold())) >= 0]
    return min(named, key=lambda each: (each[0], -len(each[1])))[1] if named else None


def typed(piece: str, kind: Any) -> Any:  # noqa: ANN401  what a schema says, a JSON value
    """Return a piece of text as the number that the schema asks for, the piece itself where it asks for a text."""
    kinds = kind if isinstance(kind, list) else [kind]
    if "string" in kinds or not {"number", "integer"} & {*kinds}:
        return piece
    try:
        number = float(SIGNS.sub("", piece))
    except ValueError:
        return None
    return int(number) if number.is_integer() else number
