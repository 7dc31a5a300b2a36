"""A task without the words of its constraints: what is compared with other tasks, and how these are read."""

import re
from collections.abc import Iterable
from typing import Final

from catalog.query.constraints import Constraint

# How people say which way a translation goes.
_DIRECTION: Final = (
    r"\bfrom\W+{names}\b|{names}\s*(?:to|into|->|→|=>|[-–/])\s*{names}"
    r"|\b(?:in)?to\s+(?:(?:simplified|traditional|brazilian|british|american)\s+)?{names}\b"
)


def task_alone(shown: str, stated: Iterable[Constraint]) -> str:
    """The text without the words of its constraints, which say nothing of the task and much of other families.

    Languages name what the texts are in, several too ("reviews in German and Dutch"); they stay where the text goes
    from one into another, for that is the task.
    """
    stated = list(stated)
    languages = [constraint for constraint in stated if constraint.kind == "language"]
    goes = len({constraint.value for constraint in languages}) > 1 and _goes_between(shown, languages)
    return without(shown, [c for c in stated if not (goes and c.kind == "language")])


def _goes_between(shown: str, languages: Iterable[Constraint]) -> bool:
    """Whether the text says from which of the languages, or into which."""
    names = "|".join(re.escape(constraint.words) for constraint in languages)
    return re.search(_DIRECTION.format(names=f"(?:{names})"), shown, re.IGNORECASE) is not None


def without(shown: str, stated: Iterable[Constraint]) -> str:
    rest = shown
    for constraint in stated:
        if constraint.words and not constraint.is_place:
            rest = rest.replace(constraint.words, " ")
    return rest if any(character.isalpha() for character in rest) else shown
