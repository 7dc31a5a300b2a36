"""Compare two snapshots, and decide whether models missing from the Hub are dropped."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from catalog.refresh.journal import Journal

# A partial mirror lacks many models: a larger share of the models asked about is dropped only if the user says so,
# unless they are few.
MOST_SHARE: Final = 0.2
FEW: Final = 10


@dataclass(frozen=True, slots=True)
class Changes:
    """Differences of a later snapshot from an earlier one."""

    models: int  # Models in the later one.
    added: int = 0  # Only there.
    changed: int = 0  # In both, with other facts.
    removed: int = 0  # Only in the earlier one.


def compare_snapshots(before: Iterable[str], after: Iterable[str]) -> Changes:
    """Compare two snapshots, lines of JSON in order, with one line of each in memory.

    Sources of facts are ignored, because they contain the date.
    """
    old, new = _facts(before), _facts(after)
    mine, theirs = next(old, None), next(new, None)
    models = added = changed = removed = 0
    while mine is not None or theirs is not None:
        if theirs is None or (mine is not None and mine[0] < theirs[0]):
            removed += 1
            mine = next(old, None)
        elif mine is None or theirs[0] < mine[0]:
            added += 1
            models += 1
            theirs = next(new, None)
        else:
            changed += mine[1] != theirs[1]
            models += 1
            mine, theirs = next(old, None), next(new, None)
    return Changes(models, added, changed, removed)


def _facts(lines: Iterable[str]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for line in lines:
        facts = json.loads(line)
        for name in ("sources", "parameters_source"):
            facts.pop(name, None)
        yield (facts["id"].lower(), facts["id"]), facts


@dataclass(frozen=True, slots=True)
class Absences:
    """What a landing does with models that were missing in enough refreshes."""

    gone: tuple[str, ...] = ()  # Ids to drop.
    dropped: int = 0  # How many of these are in the catalog in use.
    kept: int = 0  # How many missing models of the catalog in use stay.
    asked: int = 0  # How many of its models the Hub has answered about.


def weigh_absences(journal: Journal, in_use: Iterable[str], *, believe: bool) -> Absences:
    """Decide whether models found missing from the catalog in use are dropped; ``believe`` drops any number."""
    gone = journal.gone()
    if not gone:
        return Absences()
    names = {name.lower() for name in gone}
    held = there = 0
    for line in in_use:
        key = str(json.loads(line)["id"]).lower()
        if key in names:
            held += 1
        else:
            there += journal.is_alive(key)
    asked = held + there
    if believe or held <= max(FEW, MOST_SHARE * asked):
        return Absences(tuple(gone), held, 0, asked)
    return Absences((), 0, held, asked)
