"""Patterns of words that ask for a task family or name an input; a task without the words of its constraints."""

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Final

from catalog.query.constraints import Constraint

_LANGUAGE_LIST: Final = (
    "english|german|french|spanish|italian|portuguese|dutch|polish|russian|ukrainian|czech|chinese|japanese|korean|"
    "arabic|hindi|turkish|swedish|danish|norwegian|finnish|greek|hebrew|hungarian|romanian|vietnamese|thai"
)


@cache
def rules() -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    """The lines of ``task_patterns.txt`` as (family, weight, compiled pattern)."""
    found = []
    text = resources.files("catalog.data").joinpath("task_patterns.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        family, weight, pattern = line.split(" | ", 2)
        bounded = rf"\b(?:{pattern.replace('{languages}', _LANGUAGE_LIST)})"
        found.append((family, float(weight), re.compile(bounded)))
    return tuple(found)


# Words that name the input; a family that takes such input gains, one that does not loses.
INPUTS: Final = {
    "image": re.compile(
        r"\b(?:photo\w*|pictures?|images?|scan(?:s|ned)?|screenshots?|x-?rays?|camera|selfies?|drawings?|receipts?|"
        r"charts?|handwrit\w+|faces?|ocr|pixels?|satellite)\b"
    ),
    "audio": re.compile(
        r"\b(?:audio|voices?|speech|spoken|speak\w*|sounds?|recordings?|podcasts?|calls?|callers?|music|songs?|"
        r"microphone|noise|noisy|interviews|lectures|dictat\w+)\b"
    ),
    "video": re.compile(r"\b(?:videos?|clips?|footage|movies)\b"),
    "table": re.compile(r"\b(?:tables?|tabular|spreadsheets?|csv|columns?|rows?|excel)\b"),
}
TAKES: Final = {
    "image": re.compile(
        r"image|depth|keypoint|mask-generation|object-detection|visual|document-question|any-to-any|robotics"
    ),
    "audio": re.compile(r"audio|speech|voice|any-to-any"),
    "video": re.compile(r"video|any-to-any|mask-generation|automatic-speech"),
    "table": re.compile(r"tab"),
}


# Phrases for the direction of a translation.
_DIRECTION: Final = (
    r"\bfrom\W+{names}\b|{names}\s*(?:to|into|->|→|=>|[-–/])\s*{names}"
    r"|\b(?:in)?to\s+(?:(?:simplified|traditional|brazilian|british|american)\s+)?{names}\b"
)


def task_alone(shown: str, stated: Iterable[Constraint]) -> str:
    """The text without the words of its constraints, which are unrelated to the task and may suggest other families.

    Languages, even several, usually name what the texts are in ("reviews in German and Dutch"); they stay if the task
    is to translate from one into another.
    """
    stated = list(stated)
    languages = [constraint for constraint in stated if constraint.kind == "language"]
    names = "|".join(re.escape(constraint.words) for constraint in languages)
    if len({constraint.value for constraint in languages}) > 1 and re.search(
        _DIRECTION.format(names=f"(?:{names})"), shown, re.IGNORECASE
    ):
        stated = [c for c in stated if c.kind != "language"]
    return without(shown, stated)


def without(shown: str, stated: Iterable[Constraint]) -> str:
    rest = shown
    for constraint in stated:
        if constraint.words and not constraint.is_place:
            rest = rest.replace(constraint.words, " ")
    return rest if any(character.isalpha() for character in rest) else shown
