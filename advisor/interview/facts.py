"""Facts known of a task before its file exists, each with its source."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from advisor.task import CONFIDENCE, PASS_RATE


class Source(StrEnum):
    """Sources of facts, by rising trust: a later one overrides an earlier one."""

    DEFAULT = "default"
    MACHINE = "machine"
    MODEL = "model"  # a language model read it in the user's words, and the user confirmed it
    WORDS = "words"
    FILE = "file"
    ANSWER = "answer"


TRUST = list(Source)
METRIC, MOST_WORDS = "scoring.metric", "scoring.max_words"


@dataclass(frozen=True, slots=True)
class Fact:
    """One known fact of the task."""

    # The key it settles, as in a task file, with dots ("family", "bar.pass_rate", "constraints.license"), or one of the
    # interview's own keys: "words", "in_house", "download", "device".
    key: str
    value: Any  # A JSON value. None: the user was asked and does not know.
    source: Source  # Its source.
    # What it was read from: the user's own words, a column's name, a figure of the machine. Outside text: shown next to
    # the fact, never obeyed.
    words: str = ""
    unasked: str = ""  # Why an answer was taken without asking anybody, such as the source of a default.


@dataclass(frozen=True, slots=True)
class Notice:
    """An observation about the user's file that the user should see."""

    key: str  # A short name of the kind, e.g. "empty", "alike_labels", "few_of_a_class", "leak", "duplicates".
    text: str  # One sentence.
    is_grave: bool = False  # Whether it may spoil the evidence.
    # The likeliest intended value, if the notice is about a value and one can be guessed; of near duplicates how many
    # there are, of how many inputs.
    likely: Any = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """Everything known of one task.

    At most one fact per key, in the order of TRUST, then of appearance; candidates are counted once they are known.
    """

    facts: tuple[Fact, ...] = ()
    notices: tuple[Notice, ...] = field(default=())
    candidates: int | None = None

    def get(self, key: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.key == key), None)

    @property
    def bar(self) -> tuple[float, float]:
        """Pass rate and confidence; the schema's defaults if unknown."""
        return float(self.value("bar.pass_rate", PASS_RATE)), float(self.value("bar.confidence", CONFIDENCE))

    def value(self, key: str, default: Any = None) -> Any:  # noqa: ANN401  a JSON value
        """Return a key's value, or the default if unknown."""
        fact = self.get(key)
        return default if fact is None or fact.value is None else fact.value


def settled(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return one fact per key: the most trusted, the last among equals."""
    standing: dict[str, Fact] = {}
    for fact in facts:
        known = standing.get(fact.key)
        if known is None or TRUST.index(fact.source) >= TRUST.index(known.source):
            standing[fact.key] = fact
    return tuple(standing.values())
