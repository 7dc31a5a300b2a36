"""Which training rows a prompted model is shown, and the ways to ask it among which training rows choose."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.families.base import as_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.families.base import Given, Json

MOST_SHOWN, MOST_SHOWN_CHARACTERS = 8, 3000
FEWEST_SHOWN = 4
# Each way answers the same rows; of fewer than the least nothing is chosen. After so long no further way is tried.
MOST_ROWS, FEWEST_ROWS, MOST_SECONDS = 12, 6, 20.0
# A row more is chance, and a plain prompt serves in more places.
LEAST_GAIN = 2


class Way(NamedTuple):
    """A way to ask: how many rows are shown, and who says the instruction ("system", "user")."""

    examples: int = 0
    instruction: str = "system"


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


def to_show(teaching: Sequence[tuple[Given, Json]]) -> list[int]:
    """Return the places of the rows that may be shown: one of each answer up to eight, fewer where texts are long.

    At least `FEWEST_ROWS` are left to judge on.
    """
    expected = [answer for _, answer in teaching]
    wanted = min(MOST_SHOWN, max(FEWEST_SHOWN, len({*map(as_json, expected)})), len(teaching) - FEWEST_ROWS)
    places, characters = covering(expected, max(0, wanted)), 0
    for count, place in enumerate(places):
        characters += len(as_json(teaching[place]))
        if characters > MOST_SHOWN_CHARACTERS:
            return places[:count]
    return places


def to_judge(teaching: Sequence[tuple[Given, Json]]) -> list[int]:
    """Return the indices of the rows on which prompts are compared; none of them is shown in a prompt."""
    shown = {*to_show(teaching)}
    return [place for place in range(len(teaching)) if place not in shown][:MOST_ROWS]


def ways(prompt: Mapping[str, Any], teaching: Sequence[tuple[Given, Json]]) -> list[Way]:
    """Return the ways among which training rows choose, the plainest first; none where the task says how to ask.

    Args:
        prompt: The task's section, perhaps with what was chosen before.
        teaching: The training rows.
    """
    is_said = any(prompt.get(key, key) is not None for key in ("template", "examples")) or "chosen" in prompt
    if is_said or len(teaching) < FEWEST_ROWS:
        return []
    return [Way(count, by) for count in sorted({0, len(to_show(teaching))}) for by in ("system", "user")]


def with_chosen(prompt: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the task's section with the way that a probe has chosen, so that another worker asks the same way."""
    return {**prompt, **({"chosen": details["chosen"]} if "chosen" in details else {})}
