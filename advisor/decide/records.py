"""What a run knows so far about one candidate, and what a decision says of them; `result.json` has the same names."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from advisor.engines.tuning import UNPROMISED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor.probe.protocol import Outcome
    from advisor.task.examples import Example

# The failure of a candidate that the user skipped: it says nothing of the model.
SKIPPED = "was skipped"
FURTHER = 2.0


def unmeasured(reason: str, seen: str = "") -> str:
    """Return what is said of a candidate that could not be measured; `seen` is what was known of it by then."""
    if reason == SKIPPED:
        return f"you skipped it: {seen} so far" if seen else "you skipped it; nothing is known of it"
    return f"not measured{' to its end' if seen else ''}: {reason}{f'; {seen} by then' if seen else ''}"


def unusable(reason: str) -> str:
    """Return what is said of a candidate whose failure is its own."""
    return f"{'not tuned' if reason.startswith(UNPROMISED) else 'could not be run'}: {reason}"


class AskedBesides(Protocol):
    """What the bar asks in addition to the pass rate, and what was observed of it."""

    @property
    def observed(self) -> float | None: ...
    @property
    def bar(self) -> float: ...


def closeness(besides: Iterable[AskedBesides], passes: int, of: int) -> tuple[int, float]:
    """Return by what candidates are compared everywhere; of several that came as close the smallest did.

    How much of what else the bar asks is observed, then the pass rate as if two more had been asked and were wrong: so
    three of three is no better than 58 of 60, nor three of nine than 12 of 38.
    """
    observed = sum(each.observed is not None and each.observed >= each.bar for each in besides)
    return observed, passes / (of + FURTHER)


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank quantile: the least value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)] if ordered else None


@dataclass(frozen=True, slots=True)
class More:
    """How many more examples may certify a candidate, and how many likely do; None where no number does."""

    fewest: int
    likely: int | None

    def words(self, what: str, of_all: str = "") -> str:
        """Return it in words, such as "between 40 and 120 more examples would certify 90%, if they go like these"."""
        if self.likely is None:
            more = f"at least {self.fewest} more examples{of_all}"
            return f"{more} to certify {what}, perhaps many more: it is close to the bar"
        count = f"about {self.fewest}" if self.likely == self.fewest else f"between {self.fewest} and {self.likely}"
        return f"{count} more examples{of_all} would certify {what}, if they go like these"


@dataclass(frozen=True, slots=True)
class Mixed:
    """Two answers that are mixed up: what was expected, what was said, how often, and the rate without this."""

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
    """What the next larger candidate made of the answer's mistakes; `memory_ratio` None where a size is unknown.

    `adds_at_most` is how much more often it is right, as a share, at most; exactly where it `is_whole`.
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
    """What the answer adds over the best baseline, with its 95% interval."""

    model: str
    of: int
    right: int
    baseline_right: int
    adds: float
    interval: tuple[float, float]


@dataclass(slots=True)
class Same:
    """For how many inputs the answer stayed the same."""

    same: int
    of: int


@dataclass(slots=True)
class Closest:
    """The candidate that came closest."""

    model: str  # Its name.
    passes: int  # How many of its counted examples came out right.
    of: int  # How many there were.
    gap: float  # How far its observed rate is below the bar; zero or less where it reaches the bar.
    proven: float  # The pass rate that its outcomes do prove: a bar up to this would have been certified.


@dataclass(slots=True)
class Advice:
    """What may help where no candidate passes, each None or empty where it does not apply."""

    best: Closest | None  # The candidate that came closest; None if none could be run.
    more_examples_best: More | None  # How many more evidence examples would certify it, if they go like these.
    examples_to_certify_best: int | None  # The same with those there are.
    teaching_examples: int | None  # How many examples taught heads: more may help.
    # Whether a head trained on the user's examples could take the place of the best one's.
    head_instead_of_prompt: bool
    # About how large a model of its kind would have to be, by the guess of `prior_guess`.
    guessed_parameters_needed: int | None
    larger_models_in_the_catalog: int  # How many the catalog found that were not tried.
    first_in_the_catalog: str | None  # The first model it found.
    tuning: str | None  # What tuning the best encoder would take.
    mixed_up: list[Mixed]  # What the best one mixes up most: a narrower task leaves it out, clearer labels may mend it.


@dataclass(slots=True)
class Changed:
    """A candidate whose verdict would be another one."""

    model: str
    verdict: str | None
    strength: str | None


@dataclass(slots=True)
class Shift:
    """What another bar would make of the outcomes."""

    bar: float  # The other pass rate.
    recommended: str | None  # The candidate that would be, None if none would.
    strength: str | None  # At which strength.
    run_would_go_on_with: str | None  # The candidate that would run next; None if the outcomes settle everything.
    changed: list[Changed]  # The candidates whose verdict, or its strength, is not what it is at the task's bar.


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
    """Outcomes by example, and what its probes told: load times, peak memory, the reason it failed.

    `spec` is what its worker was given. `machine_load` is the largest seen while it was probed: processes that want a
    processor, per processor. `is_circumstance` says that the failure lies around the model (a kill, a limit, a skip),
    so that it says nothing of the model; `interruptions` counts what such a reason ended and was tried again.
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
        """Keep an outcome; the first one of an example stays."""
        self.outcomes[purpose].setdefault(outcome.id, outcome)

    def note(self, event: dict[str, Any]) -> None:
        """Take in an event of a probe."""
        match event.get("event"):
            case "loaded":
                self.failure, self.is_circumstance = None, False  # another try went well
                self.load_seconds = event.get("seconds")
                self.teaching_seconds = event.get("teaching_seconds")
                self.engine = event.get("engine")
                self.device = event.get("device")
                self.details = event.get("details") or {}
                self.spec = event.get("spec") or self.spec
            case "memory":
                peak = int(event.get("peak_memory_bytes") or 0)  # none of what runs elsewhere
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
        # Asked for many times after every batch; outcomes are only ever added.
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
        """The outcomes by example; of two the one of evidence. The other purposes measure agreement."""
        return self.outcomes[Purpose.COMPARISON] | self.outcomes[Purpose.EVIDENCE]

    @property
    def inferences(self) -> int:
        """How many inferences were made, whatever for."""
        return sum(len(outcomes) for outcomes in self.outcomes.values())

    @property
    def _timed(self) -> list[Outcome]:
        return [outcome for outcomes in self.outcomes.values() for outcome in outcomes.values()]

    @property
    def seconds(self) -> float:
        """How long it was loaded and asked, the last loading alone."""
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
        """Tokens generated a second over its inferences that generate; the reading of the input counts as time."""
        timed = [(outcome.tokens, outcome.seconds) for outcome in self._timed if outcome.tokens is not None]
        seconds = sum(each for _, each in timed)
        return sum(tokens for tokens, _ in timed) / seconds if seconds else None
