"""Task families, one small file each: how examples are read, models prompted, and answers scored.

Importing them loads no engine and no metric's library, so the main process can read tasks. Other packages add
families by entry points of the group `model_advisor.families`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from advisor.errors import InputError, one_line
from advisor.system.plugins import plugins

if TYPE_CHECKING:
    from advisor.families.base import Family

# Named by the Hub's pipeline tags where they exist. Each has a module of its name, with the family as FAMILY.
OWN = (
    "audio-classification",
    "automatic-speech-recognition",
    "image-classification",
    "json-extraction",
    "question-answering",
    "sentence-similarity",
    "summarization",
    "text-generation",
    "text-ranking",
    "text-regression",
    "text-retrieval",
    "translation",
    "text-classification",
    "token-classification",
    "zero-shot-classification",
)
FAMILY_NAMES = (*OWN, *(name for name in plugins("family") if name not in OWN))
# All of them, the most requested first.
COMMON = ("text-classification", "json-extraction", "token-classification", "text-generation", "summarization")
BY_USE = (*COMMON, *sorted(set(FAMILY_NAMES) - set(COMMON)))


def family(name: str) -> Family:
    """Return a task family by its name.

    KeyError if there is none. InputError if another package adds it and it cannot be used.
    """
    if name in OWN:
        found: Family = import_module(f"{__name__}.{name.replace('-', '_')}").FAMILY
        return found
    plugin = plugins("family")[name]
    try:
        return _complete(plugin.entry.load(), name)
    except Exception as error:
        said = one_line(f"{type(error).__name__}: {error}")
        raise InputError(f"{plugin} cannot be used: {said}; update or uninstall the package") from error


def _complete(found: object, name: str) -> Family:
    """Return another package's family; TypeError or ValueError if it is none, lacks something or is named otherwise."""
    from advisor.families.base import Family  # for such families alone

    if not isinstance(found, Family):
        raise TypeError("it is not an instance of a subclass of Family")
    if lacks := [each for each in Family.__annotations__ if not hasattr(found, each)]:
        raise ValueError(f"it does not set {', '.join(lacks)}")
    if found.name != name:
        raise ValueError(f"its entry point is named {name!r}, its family {found.name!r}")
    return found


def reads_texts(name: str) -> bool:
    """Return whether a family's inputs are texts, not files; False for the name of none. InputError as `family`."""
    return name in FAMILY_NAMES and family(name).file_part is None


def gist(name: str) -> str:
    """Return what a family does, with an example."""
    kind = family(name)
    return f"{kind.gist}: {kind.example}"
