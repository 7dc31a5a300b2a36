"""Facts shared by the models of a series: licence, gate, languages, context, from a hand-made table.

A line of ``series.txt`` is ``pattern | licence | gate | languages | context``; the pattern is a regular expression for
a whole id, the gate "gated" or "open", and ``@name = ...`` names a set of languages. The first line with a fact for a
model counts if no source states it; if a source has fewer languages, they are merged. The facts are *derived*: they
follow from a model's series.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Final

from catalog.card import ModelCard
from catalog.errors import CatalogError
from catalog.languages import codes, widened

NAME: Final = "its series or owner"
_GATES: Final = {"gated": True, "open": False, "": None}
_CELLS: Final = 5


@dataclass(frozen=True, slots=True)
class _Series:
    pattern: re.Pattern[str]
    facts: dict[str, Any]


def complete(cards: Iterable[ModelCard]) -> list[ModelCard]:
    """Fill in facts of a model's series or owner that no source states."""
    return [_completed(card) for card in cards]


def _completed(card: ModelCard) -> ModelCard:
    facts: dict[str, Any] = {}
    for series in _table():
        if series.pattern.fullmatch(card.id):
            facts = series.facts | facts
    changes = {name: value for name, value in facts.items() if getattr(card, name) in (None, ())}
    languages = widened(card.languages, facts.get("languages", ()))
    if languages != card.languages:
        changes["languages"] = languages
    if not changes:
        return card
    return replace(card, **changes, sources=(*card.sources, f"{NAME}: {', '.join(sorted(changes))}"))


@cache
def _table() -> tuple[_Series, ...]:
    sets: dict[str, str] = {}
    table = []
    text = resources.files("tools.seed").joinpath("series.txt").read_text(encoding="utf-8")
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if line.startswith("@"):
            name, _, languages = line.partition(" = ")
            sets[name] = languages
        elif line:
            try:
                table.append(_series(line, sets))
            except (ValueError, KeyError, re.error) as error:
                raise CatalogError(f"series.txt line {number} is malformed ({error}): {line}") from error
    return tuple(table)


def _series(line: str, sets: dict[str, str]) -> _Series:
    pattern, *rest = (cell.strip() for cell in re.split(r"\s\|(?=\s|$)", line))  # a pattern has | without spaces
    license_, gate, languages, context = (rest + [""] * _CELLS)[: _CELLS - 1]
    facts = {
        "license": license_ or None,
        "gated": _GATES[gate],
        "languages": codes([code for word in languages.split() for code in sets.get(word, word).split()]) or None,
        "context_length": int(context) if context else None,
    }
    return _Series(
        re.compile(pattern, re.IGNORECASE), {name: value for name, value in facts.items() if value is not None}
    )
