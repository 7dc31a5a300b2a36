"""Records of a run's candidates, and the parts of a decision; `result.json` uses the same names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from advisor.engines.tuning import UNPROMISED

if TYPE_CHECKING:
    from advisor.probe.protocol import Outcome
    from advisor.task.examples import Example

# The failure of a candidate that the user skipped, which says nothing about the model.
SKIPPED = "was skipped"
# The verdicts on candidates that do not pass.
LOST = frozenset({"fails", "given up"})
FURTHER = 2.0


def unmeasured(reason: str, seen: str = "") -> str:
    """Return the verdict's words for a candidate that could not be measured; `seen` is what was known by then."""
    if reason == SKIPPED:
        return f"you skipped it: {seen} so far" if seen else "you skipped it; nothing is known of it"
    return f"not measured{' to its end' if seen else ''}: {reason}{f'; {seen} by then' if seen else ''}"


def unusable(reason: str) -> str:
    """Return the verdict's words for a candidate that failed by itself."""
    return f"{'not tuned' if reason.startswith(UNPROMISED) else 'could not be run'}: {reason}"


class AskedBesides(Protocol):
    """A criterion of the bar in addition to the pass rate, and its observed value."""

    @property
    def observed(self) -> float | None: ...
    @property
    def bar(self) -> float: ...


def closeness(besides: Iterable[AskedBesides], passes: int, of: int) -> float:
    """Return the key by which candidates are compared everywhere; on ties the smallest is the closest.

    The pass rate with two more wrong answers added, so that three of three is no better than 58 of 60, nor three of
    nine than 12 of 38, less what is lacking to each of the bar's other criteria: so a constant answer is not the
    closest because it finds all of a label.
    """
    lacking = sum(min(1.0, max(0.0, each.bar - (each.observed or 0.0))) for each in besides)
    return passes / (of + FURTHER) - lacking


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank quantile: the least value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)] if ordered else None


@dataclass(frozen=True, slots=True)
class More:
    """How many more examples may certify a candidate, and how many likely do; None if no number does.

    `at_this_rate` do if as many of them are right; None if none do, or in runs of earlier versions.
    """

    fewest: int
    likely: int | None
    at_this_rate: int | None = None

    def words(self, what: str, of_all: str = " like these") -> str:
        """Return this in words, such as "40 to 120 more examples like these would certify 90%"."""
        count, unsure = f"{self.fewest} to {self.likely}", ""
        if self.likely is None:
            count, unsure = f"at least {self.fewest}", ", perhaps far more"
            if self.at_this_rate is not None:
                count, unsure = f"about {self.at_this_rate}", ", if as many of them are right"
        elif self.likely == self.fewest:
            count = f"about {self.fewest}"
        return f"{count} more examples{of_all} would certify {what}{unsure}"


@dataclass(frozen=True, slots=True)
class InReach:
    """The bar that a number of further examples would certify; none if another run on the same ones would."""

    more_examples: int
    pass_rate: float


@dataclass(frozen=True, slots=True)
class Mixed:
    """Two answers that are mixed up: expected, given, how often, and the rate without these."""

    expected: str
    said: str
    times: int
    rate_without: float


@dataclass(slots=True)
class Asked:
    """An example that was asked, by its id, with its line in the file."""

    example: str
    line: int
    input: str
    expected: Any


@dataclass(slots=True)
class Mistake(Asked):
    """A counted example that came out wrong."""

    output: Any
    error: str | None


@dataclass(slots=True)
class NextLarger:
    """The next larger candidate's results on the answer's mistakes; `memory_ratio` is None if a size is unknown.

    `adds_at_most` is the largest possible gain in pass rate; the exact one if it `is_whole`.
    """

    model: str
    mistakes: int
    mistakes_tried: int
    mistakes_right: int
    adds_at_most: float
    memory_ratio: float | None
    is_whole: bool = False


@dataclass(slots=True)
class OverBaseline:
    """The answer's gain over the best baseline, with its 95% interval."""

    model: str
    of: int
    right: int
    baseline_right: int
    adds: float
    interval: tuple[float, float]


@dataclass(slots=True)
class Same:
    """For how many inputs the answer was the same."""

    same: int
    of: int


@dataclass(slots=True)
class Closest:
    """The candidate that came closest."""

    model: str  # Its name.
    passes: int  # Counted examples that were right.
    of: int  # Counted examples.
    gap: float  # Distance of its observed rate below the bar; zero or less if it reaches the bar.
    proven: float  # The pass rate that its outcomes prove: a bar up to this would have been certified.


@dataclass(slots=True)
class KnowsLanguage:
    """The catalog's models that know the language of the texts, where none that was tried was made for it."""

    language: str  # Its name, or several.
    model: str  # The first of them.
    download_bytes: int  # Of the first.
    count: int
    all_bytes: int


@dataclass(slots=True)
class Advice:
    """Advice if no candidate passes; each field is None or empty if it does not apply."""

    best: Closest | None  # The candidate that came closest; None if none could be run.
    more_examples_best: More | None  # How many more evidence examples would certify it, if they go like these.
    examples_to_certify_best: int | None  # The same including existing ones.
    teaching_examples: int | None  # Training rows of heads: more may help.
    # Whether a head trained on the user's examples could replace the best one's.
    head_instead_of_prompt: bool
    larger_models_in_the_catalog: int  # Models found in the catalog but not tried.
    first_in_the_catalog: str | None  # The first model it found.
    tuning: str | None  # The cost of tuning the best encoder.
    mixed_up: list[Mixed]  # The best one's most frequent confusions, for a narrower task or clearer labels.
    knows_language: KnowsLanguage | None = None  # None if a model tried knows it, or none is to be had.


@dataclass(slots=True)
class Changed:
    """A candidate whose verdict would change."""

    model: str
    verdict: str | None
    strength: str | None


@dataclass(slots=True)
class Shift:
    """The verdicts with another bar."""

    bar: float  # The other pass rate.
    recommended: str | None  # The recommended candidate, None if there is none.
    strength: str | None  # Its strength.
    run_would_go_on_with: str | None  # The candidate that would run next; None if the outcomes settle everything.
    changed: list[Changed]  # Candidates whose verdict or strength differs from that at the task's bar.


class Purpose(StrEnum):
    """Why an inference was made. Only evidence and critical examples, which must never fail, count for a verdict.

    The last three measure agreement: the same input again, one perturbed, and the labels in another order.
    """

    EVIDENCE = "evidence"
    CRITICAL = "critical"
    COMPARISON = "comparison"
    AGAIN = "again"
    PERTURBED = "perturbed"
    REORDERED = "reordered"


@dataclass
class CandidateRecord:
    """Outcomes by example, and facts of its probes: load times, peak memory, the reason of a failure.

    `spec` is its worker's spec. `machine_load` is the largest during its probes: runnable processes per processor.
    `is_circumstance` means that the failure is outside the model (a kill, a limit, a skip) and says nothing about it;
    `interruptions` counts such failures that were tried again.
    """

    outcomes: dict[Purpose, dict[str, Outcome]] = field(default_factory=lambda: {purpose: {} for purpose in Purpose})
    load_seconds: float | None = None
    teaching_seconds: float | None = None
    engine: str | None = None
    device: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    spec: dict[str, Any] = field(default_factory=dict)
    peak_memory_bytes: int | None = None
    machine_load: float | None = None
    downloaded_bytes: int | None = None
    failure: str | None = None
    is_circumstance: bool = False
    interruptions: int = 0
    _ordered: list[Outcome] = field(default_factory=list, repr=False, compare=False)
    _ordered_of: Sequence[Example] | None = field(default=None, repr=False, compare=False)

    def add(self, purpose: Purpose, outcome: Outcome) -> None:
        """Store an outcome; an example's first one stays."""
        self.outcomes[purpose].setdefault(outcome.id, outcome)

    def note(self, event: dict[str, Any]) -> None:
        """Record an event of a probe."""
        match event.get("event"):
            case "loaded":
                self.failure, self.is_circumstance = None, False  # another try succeeded
                self.load_seconds = event.get("seconds")
                self.teaching_seconds = event.get("teaching_seconds")
                self.engine = event.get("engine")
                self.device = event.get("device")
                self.details = event.get("details") or {}
                self.spec = event.get("spec") or self.spec
            case "memory":
                peak = int(event.get("peak_memory_bytes") or 0)  # 0 for remote models
                self.peak_memory_bytes = max(self.peak_memory_bytes or 0, peak) or None
                if event.get("machine_load") is not None:
                    self.machine_load = max(self.machine_load or 0.0, float(event["machine_load"]))
            case "downloaded":
                self.downloaded_bytes = (self.downloaded_bytes or 0) + int(event.get("bytes") or 0)
            case "interrupted":
                self.interruptions += 1
            case "failed":
                self.failure, self.is_circumstance = str(event.get("reason")), event.get("circumstance") is True

    def in_order(self, evidence: Sequence[Example]) -> list[Outcome]:
        """Return the outcomes of the evidence in its fixed order, up to the first example without one."""
        known = self.outcomes[Purpose.EVIDENCE]
        # Called many times after every batch; outcomes are only added.
        if self._ordered_of is not evidence or len(self._ordered) > len(known):
            self._ordered_of, self._ordered = evidence, []
        for example in islice(evidence, len(self._ordered), None):
            outcome = known.get(example.id)
            if outcome is None:
                break
            self._ordered.append(outcome)
        return list(self._ordered)

    @property
    def answers(self) -> dict[str, Outcome]:
        """The outcomes by example, preferring evidence. The other purposes measure agreement."""
        return self.outcomes[Purpose.COMPARISON] | self.outcomes[Purpose.EVIDENCE]

    @property
    def inferences(self) -> int:
        """Number of inferences, for any purpose."""
        return sum(len(outcomes) for outcomes in self.outcomes.values())

    @property
    def _timed(self) -> list[Outcome]:
        return [outcome for outcomes in self.outcomes.values() for outcome in outcomes.values()]

    @property
    def seconds(self) -> float:
        """Seconds for loading and answers, counting only the last loading."""
        return (self.load_seconds or 0.0) + (self.teaching_seconds or 0.0) + sum(each.seconds for each in self._timed)

    @property
    def seconds_per_example(self) -> float | None:
        seconds = [outcome.seconds for outcome in self._timed]
        return sum(seconds) / len(seconds) if seconds else None

    def seconds_at(self, share: float) -> float | None:
        """Return the seconds within which this share of its inferences ended (nearest rank), None without any."""
        return quantile([outcome.seconds for outcome in self._timed], share)

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens generated per second over its generating inferences; the time includes reading the input."""
        timed = [(outcome.tokens, outcome.seconds) for outcome in self._timed if outcome.tokens is not None]
        seconds = sum(each for _, each in timed)
        return sum(tokens for tokens, _ in timed) / seconds if seconds else None
