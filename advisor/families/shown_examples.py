"""Which training rows a prompted model is shown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from advisor.families.base import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence


def covering(expected: Sequence[Any], count: int) -> list[int]:
    """Return the places of so many rows, by what they expect: of each answer its first, then of each its second.

    In the drawn order, so of answers that all differ it is the first rows. Of labels that the first rows happen to lack
    a model would be shown nothing.
    """
    turns: Counter[str] = Counter()
    ranked = []
    for place, answer in enumerate(map(as_json, expected)):
        ranked.append((turns[answer], place))
        turns[answer] += 1
    return [place for _, place in sorted(ranked)[:count]]
