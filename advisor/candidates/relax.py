"""Which constraints of an empty answer to relax, and what that brings."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from catalog import Filters

if TYPE_CHECKING:
    from collections.abc import Collection

    from catalog import Catalog

MOST_TOLD = 6
# The fields of the filters by the names that the answer gives to constraints.
KINDS = {
    "families": "family",
    "licenses": "license",
    "languages": "language",
    "formats": "format",
    "max_parameters": "max_parameters",
    "max_bytes": "max_memory",
    "min_context": "context",
    "devices": "device",
    "not_gated": "not_gated",
}


def relaxations(catalog: Catalog, text: str, filters: Filters, told: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return the fewest constraints whose loss brings models: each alone, else by pairs, by threes and so on.

    Args:
        catalog: Where to look.
        text: The task.
        filters: What nothing satisfies.
        told: The kinds of constraint that the answer names; a limit of bytes is called what it is called there.

    Returns:
        The most bringing first: `constraint` (their names joined), `constraints` (their names), `models` (how many
        models satisfy the rest), `first` (the best of them).
    """
    none = Filters()
    kinds = KINDS | ({"max_bytes": "max_bytes"} if "max_bytes" in told and "max_memory" not in told else {})
    stated = [name for name in KINDS if getattr(filters, name) != getattr(none, name)]
    for count in range(1, len(stated) + 1):
        found = []
        for names in combinations(stated, count):
            rest = replace(filters, **{name: getattr(none, name) for name in names})
            models = catalog.count(rest)
            if models:
                found.append((models, [kinds[name] for name in names], rest))
        if found:
            # What the task is goes last: nobody looks for any model.
            found.sort(key=lambda each: ("family" in each[1], -each[0]))
            return [line for each in found[:MOST_TOLD] if (line := _told(catalog, text, *each)) is not None]
    return []


def _told(catalog: Catalog, text: str, models: int, kinds: list[str], rest: Filters) -> dict[str, Any] | None:
    hits = catalog.search(text, filters=rest, limit=1)
    if not hits:
        return None
    return {"constraint": " + ".join(kinds), "constraints": kinds, "models": models, "first": hits[0].card.id}
