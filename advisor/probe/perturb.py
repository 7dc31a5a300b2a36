"""Small changes of an input that should not change the answer: case, spacing, a typo."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.task.examples import Example

LEAST_LETTERS = 4


def perturb(example: Example, file_part: str | None) -> Example | None:
    """Return an example, its first text changed in one way that its id decides; None where that is no text."""
    chance = random.Random(example.id)  # noqa: S311  the same change each time, not a secret
    change = chance.choice((_case, _spacing, _typo))
    if not example.parts:
        text = change(example.input, chance)
        return replace(example, input=text) if text != example.input else None
    parts = dict(example.parts)
    name = next((part for part in parts if part != file_part), None)
    if name is None:
        return None
    text = change(parts[name], chance)
    if text == parts[name]:
        return None
    return replace(example, parts=tuple((parts | {name: text}).items()))


def _case(text: str, chance: random.Random) -> str:
    """All in small letters, or the first letter's case changed where that is how it stands already."""
    del chance
    return text.lower() if text != text.lower() else text[:1].upper() + text[1:]


def _spacing(text: str, chance: random.Random) -> str:
    """One blank doubled; without any, one put at the end."""
    places = [index for index, character in enumerate(text) if character == " "]
    if not places:
        return text + " "
    at = chance.choice(places)
    return text[:at] + " " + text[at:]


def _typo(text: str, chance: random.Random) -> str:
    """Two neighbouring letters inside one longer word swapped, as hurried fingers do."""
    words = text.split(" ")
    places = [index for index, word in enumerate(words) if len(word) >= LEAST_LETTERS and word.isalpha()]
    if not places:
        return _spacing(text, chance)
    at = chance.choice(places)
    word = words[at]
    inside = [i for i in range(1, len(word) - 2) if word[i] != word[i + 1]]
    if not inside:
        return _spacing(text, chance)
    i = chance.choice(inside)
    words[at] = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    return " ".join(words)
