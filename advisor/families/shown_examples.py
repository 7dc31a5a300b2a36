"""Selects the training rows that a prompted model is shown before each input.

They depend on the training rows alone, which are never evidence, so the claim about a candidate is unaffected. The
number is not tuned: SmolLM2-135M got 33, 44 and 41 of 60 unseen newsgroups, tweets and definitions right with rows
shown, 11, 22 and 15 without; a choice by twelve held-out rows would have shown none in two of the three.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from advisor.families.base import Given, Json, as_json

MOST_SHOWN, MOST_SHOWN_CHARACTERS = 8, 3000
FEWEST_SHOWN = 4


def covering(expected: Sequence[Any], count: int) -> list[int]:
    """Return the indices of `count` rows, by their expected answers: the first of each answer, then the second of each.

    In the drawn order, so if all answers differ these are the first rows. Taking simply the first rows could leave a
    label without an example.
    """
    turns: Counter[str] = Counter()
    ranked = []
    for place, answer in enumerate(map(as_json, expected)):
        ranked.append((turns[answer], place))
        turns[answer] += 1
    return [place for _, place in sorted(ranked)[:count]]


def is_chosen(prompt: Mapping[str, Any]) -> bool:
    """Return whether the prompt leaves the number of shown rows open: it sets neither a number nor a template."""
    return prompt.get("examples", 0) is None and prompt.get("template") is None


def to_show(prompt: Mapping[str, Any], teaching: Sequence[tuple[Given, Json]]) -> list[int]:
    """Return the indices of the rows that are shown: as many as the prompt sets.

    By default one per answer up to eight, at least four, fewer if texts are long; rows without an answer, which have
    rules alone, are not shown.
    """
    expected = [answer for _, answer in teaching]
    if not is_chosen(prompt):
        return covering(expected, int(prompt.get("examples") or 0))
    wanted = min(MOST_SHOWN, max(FEWEST_SHOWN, len({*map(as_json, expected)})))
    places, characters = [place for place in covering(expected, len(expected)) if expected[place] is not None], 0
    for count, place in enumerate(places[:wanted]):
        characters += len(as_json(teaching[place]))
        if characters > MOST_SHOWN_CHARACTERS:
            return places[:count]
    return places[:wanted]
