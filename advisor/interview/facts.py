"""What is known of a task before there is a task file: facts, each with where it came from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from advisor.task.usual import CONFIDENCE, PASS_RATE


class Source(StrEnum):
    """Where a fact came from, in rising order of trust: a later one stands over an earlier one."""

    DEFAULT = "default"
    MACHINE = "machine"
    MODEL = "model"  # a language model read it in the user's words, and the user confirmed it
    WORDS = "words"
    FILE = "file"
    ANSWER = "answer"


TRUST = list(Source)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of the task.

    Attributes:
        key: What it settles, named as in a task file, with dots ("family", "bar.pass_rate", "constraints.license"), or
            one of the interview's own keys: "words", "in_house", "volume", "download", "device".
        value: A JSON value. None: it was asked, and the user does not know.
        source: Where it came from.
        words: What it was read from: the user's own words, a column's name, a figure of the machine. Shown beside it;
            outside text, so shown and never obeyed.
    """

    key: str
    value: Any
    source: Source
    words: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something seen in the user's file that the user should know.

    Attributes:
        key: A short name of the kind, e.g. "empty", "alike_labels", "few_of_a_class", "leak", "duplicates".
        text: One sentence.
        is_grave: Whether it may spoil the evidence.
        likely: What was most likely meant, where the notice is about a value and that can be told.
    """

    key: str
    text: str
    is_grave: bool = False
    likely: Any = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """All that is known of one task.

    There is at most one fact a key, in the order of TRUST and of appearance; the candidates are counted once known.
    """

    facts: tuple[Fact, ...] = ()
    notices: tuple[Notice, ...] = field(default=())
    candidates: int | None = None

    def get(self, key: str) -> Fact | None:
        """Return the fact of a key."""
        return next((fact for fact in self.facts if fact.key == key), None)

    @property
    def bar(self) -> tuple[float, float]:
        """Pass rate and confidence; where they are unknown, what the task's schema has."""
        return float(self.value("bar.pass_rate", PASS_RATE)), float(self.value("bar.confidence", CONFIDENCE))

    def value(self, key: str, default: Any = None) -> Any:  # noqa: ANN401  a JSON value
        """Return a key's value, the default where it is unknown."""
        fact = self.get(key)
        return default if fact is None or fact.value is None else fact.value


def settled(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return the one fact of each key that stands: the most trusted, of equals the last."""
    standing: dict[str, Fact] = {}
    for fact in facts:
        known = standing.get(fact.key)
        if known is None or TRUST.index(fact.source) >= TRUST.index(known.source):
            standing[fact.key] = fact
    return tuple(standing.values())
