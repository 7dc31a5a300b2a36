"""What a landing has changed: two snapshots read side by side."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_Line = tuple[tuple[str, str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Changes:
    """Models of the later snapshot, and how they differ from the earlier one's.

    Attributes:
        models: In the later one.
        added: Only there.
        changed: In both, with other facts.
        removed: Only in the earlier one.
    """

    models: int
    added: int = 0
    changed: int = 0
    removed: int = 0


def compare(before: Iterable[str], after: Iterable[str]) -> Changes:
    """Compare two snapshots, of each of which one line is held at a time.

    Where a fact came from counts for nothing, since it names the day.

    Args:
        before: Lines of JSON in the order of a snapshot.
        after: The same.
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


def _facts(lines: Iterable[str]) -> Iterator[_Line]:
    for line in lines:
        facts = json.loads(line)
        for name in ("sources", "parameters_source"):
            facts.pop(name, None)
        yield (facts["id"].lower(), facts["id"]), facts
