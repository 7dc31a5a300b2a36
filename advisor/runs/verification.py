"""Result of verifying a run: `advisor verify --json` prints it, `advisor.system.codec` reads and writes it."""

from dataclasses import dataclass
from typing import Any

from advisor.decide.records import Asked, Mistake
from advisor.runs.result import Bar


@dataclass(slots=True)
class Criterion:
    """One criterion of the bar, tested again; observed and proven values are None if nothing was asked."""

    name: str
    words: str
    bar: float
    asked: int
    observed: float | None
    lower_bound: float | None
    verdict: str


@dataclass(slots=True)
class Answer:
    """A model's answer to an example."""

    output: Any
    passed: bool
    error: str | None


@dataclass(slots=True)
class Flipped(Asked):
    """An example with another answer than in the run."""

    was: Answer
    is_: Answer


@dataclass(slots=True)
class Critical(Mistake):
    """A critical example, and whether it was right."""

    passed: bool


@dataclass(slots=True)
class Change:
    """A fact then and now."""

    was: Any
    is_: Any


@dataclass(slots=True)
class Changed:
    """Facts that can differ for the same task."""

    revision: Change
    sha256: Change
    engine: Change
    details: Change
    seconds_per_example: Change
    load_seconds: Change
    peak_memory_bytes: Change


@dataclass(slots=True)
class Verification:
    """The verdict on a recommended model that was run again.

    `examples` is "the run's" or "new"; `asked` of `of` sufficed, `left_out` were in the run already; `not_tested` names
    criteria that these examples cannot test.
    """

    schema_version: int
    run: str
    when: str
    advisor: str
    verdict: str
    reason: str
    examples: str
    asked: int
    of: int
    passes: int
    lower_bound: float
    criteria: list[Criterion]
    critical: list[Critical]
    bar: Bar
    model: str
    left_out: int
    changed: Changed
    flipped: list[Flipped]
    wrong: list[Mistake]
    not_tested: list[str]
