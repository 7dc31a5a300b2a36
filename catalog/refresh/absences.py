"""Models that the Hub has no more: whether to believe it. A mirror that holds a part of the Hub lacks many."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from catalog.refresh.journal import Journal

# A larger share of the models asked about is believed only when the user says so, unless they are few.
MOST_SHARE: Final = 0.2
FEW: Final = 10


@dataclass(frozen=True, slots=True)
class Absences:
    """What a landing does about models that were found missing often enough.

    Attributes:
        gone: Ids to leave out.
        dropped: How many of these the catalog in use has.
        kept: How many it has that are missing and stay all the same.
        asked: How many it has of which the Hub has said whether they are there.
    """

    gone: tuple[str, ...] = ()
    dropped: int = 0
    kept: int = 0
    asked: int = 0


def weigh(journal: Journal, in_use: Iterable[str], *, believe: bool) -> Absences:
    """Decide whether models found missing are dropped.

    Args:
        journal: What the Hub has told.
        in_use: The catalog in use, as lines of JSON.
        believe: Drop them however many they are.
    """
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
