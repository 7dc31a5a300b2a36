"""Pairs of files, by their names: reports and their summaries, letters and their translations, texts and their fields.

The fields of a text are an object in a JSON file of its name, beside it or in another folder.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from advisor.task.json_shapes import flat

_FEWEST, _MOST_COMPARED, _MOST_CHARACTERS = 5, 30, 20_000
# Ratio of the texts of the fuller folder that need a partner, and of the pairs that show what these are.
_MOSTLY = 0.75
_LONGER = 3  # times, a text than its summary
_WORD = re.compile(r"[^\W_]{4,}|\d+")


def pairs_in(texts: Mapping[Path, Sequence[Path]], text_of: Callable[[Path], str]) -> list[tuple[Path, Path]]:
    """Return the texts of the same name in two folders, if they belong together; else none.

    They do if most texts share more words with the one of their name than with each other one, and those of one folder
    are far shorter or in another language: the texts of two classes may be numbered alike, or have the same subjects,
    as what people and what machines write. OSError or InputError if a text cannot be read.

    Args:
        texts: The texts by folder.
        text_of: Reads one.
    """
    if len(texts) != 2:  # noqa: PLR2004
        return []
    one, other = ({each.stem: each for each in files} for files in texts.values())
    pairs = [(one[stem], other[stem]) for stem in one if stem in other]
    if len(pairs) < max(_FEWEST, _MOSTLY * max(len(one), len(other))):
        return []
    return pairs if _belong_together(pairs, text_of) else []


def with_fields(texts: Sequence[Path], others: Sequence[Path]) -> dict[Path, Path]:
    """Return the texts that have a JSON file of the same name, each with it, if most of both have; else none."""
    own = {each.stem: each for each in texts}
    fields = {each.stem: each for each in others if each.suffix.lower() == ".json"}
    found = {own[stem]: fields[stem] for stem in own if stem in fields}
    if len(own) < len(texts) or len(found) < max(_FEWEST, _MOSTLY * max(len(own), len(fields))):
        return {}
    looked = [bool(fields_of(each)) for each in islice(found.values(), _MOST_COMPARED)]
    return found if sum(looked) >= _MOSTLY * len(looked) else {}


def fields_of(file: Path) -> dict[str, Any]:
    """Return the values in a file's JSON object by their keys, nested ones joined by dots; none if it has no object.

    OSError if it cannot be read.
    """
    try:
        held = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return {}
    return flat(held) if isinstance(held, dict) else {}


def _belong_together(pairs: Sequence[tuple[Path, Path]], text_of: Callable[[Path], str]) -> bool:
    from advisor.task.languages import languages  # imports numpy

    looked = [[text_of(each)[:_MOST_CHARACTERS] for each in pair] for pair in islice(pairs, _MOST_COMPARED)]
    words = [[set(_WORD.findall(text.casefold())) for text in pair] for pair in looked]
    closest = 0
    for at, (text, _) in enumerate(words):
        shared = [len(text & of) / (len(text | of) or 1) for _, of in words]
        closest += shared.pop(at) > max(shared)
    if 2 * closest <= len(words):
        return False
    longer = [sum(len(a) >= _LONGER * len(b) for a, b in held) for held in (looked, map(reversed, looked))]
    spoken = languages([*zip(*looked, strict=True)])
    is_translated = all(spoken) and len({each[0].language for each in spoken}) > 1
    return is_translated or max(longer) >= _MOSTLY * len(looked)
