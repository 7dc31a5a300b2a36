"""Whether a text spells the names of models ("minilm", "bge small") rather than tells a task."""

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from catalog.query.task_classifier import paraphrases
from catalog.store.database import STOP_WORDS, Store

if TYPE_CHECKING:
    from catalog.query.understand import Understood

# Longer texts are tasks, even those that say a name.
_MOST_WORDS: Final = 5
# One word that people use for tasks too ("whisper") is a name where so many models bear it.
_MANY: Final = 20


def spelled(text: str, understood: "Understood", store: "Store") -> list[int]:
    """Rows of the models whose names have all words of a short text, the last one perhaps begun; none for a task.

    A text is a task where a word of it speaks for a family, or where people put tasks in all of its words.
    """
    limits = {word for constraint in understood.constraints for word in _words(constraint.words)}
    words = [word for word in dict.fromkeys(_words(text)) if word not in limits]
    if understood.evidence or not 0 < len(words) <= _MOST_WORDS or STOP_WORDS.issuperset(words):
        return []
    is_usual = set(words) <= _words_of_tasks()
    if is_usual and len(words) > 1:
        return []
    rows = store.spelled(words)
    return [] if is_usual and len(rows) < _MANY else rows


def without_task(understood: "Understood") -> "Understood":
    """What was understood of a text, if it is a name: no family, but the limits that it states."""
    return replace(understood, family=None, families=(), evidence=())


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower().replace("\0", " "))


@cache
def _words_of_tasks() -> frozenset[str]:
    return frozenset(word for _, task in paraphrases() for word in _words(task))
