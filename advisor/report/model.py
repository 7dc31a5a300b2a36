"""A typed report: made from a run's folder alone (`advisor.report.full`), shown as text, Markdown, HTML and JSON."""

from dataclasses import dataclass
from typing import Any

from advisor.families import FAMILY_NAMES, family
from advisor.runs.result import Bar, Counts, Known, Settled, Tried, Verdict


@dataclass
class Standing(Verdict):
    """A candidate's status; `number` counts from 1, smallest first."""

    number: int
    model: str
    name: str
    serving_bytes: int | None
    failure: str | None
    circumstance: bool
    upper_bound: float | None


@dataclass
class Live(Standing):
    """A candidate of a current run: its outcomes that count, and whether it is certified by now."""

    passed: tuple[bool, ...]
    is_certified: bool


@dataclass
class Standings:
    """The status of all candidates; `recommended` is the index of the answer among them."""

    bar: Bar
    examples: Counts
    recommended: int | None
    strength: str | None
    candidates: Any


@dataclass
class LiveStandings(Standings):
    """The status of a current run's candidates."""

    candidates: list[Live]


@dataclass(slots=True)
class Seconds:
    """Times of a candidate's inferences."""

    mean: float | None
    p50: float | None
    p95: float | None
    most: float | None


@dataclass
class Tested(Tried, Known, Standing):
    """A candidate with everything that the report says of it.

    `why` is the plan's reason for it, `foreign` are its languages if it was made for others than the task's.
    `answered` includes outcomes that no longer count for the verdict;
    `certified_at_most` and `given_up_above` are pairs (number of examples, failures) where a limit changes.
    """

    why: list[str]
    foreign: list[str]
    answered: int
    answered_right: int
    wrong_at: list[int]
    certified_at_most: list[list[int]]
    given_up_above: list[list[int]]
    seconds: Seconds
    tokens_per_example: float | None
    details: dict[str, Any]


@dataclass(slots=True)
class Task:
    """The task in words; `labels` with their meanings.

    `metric` is None if it is the family's first, `at_least` if answers pass from the metric's usual score, and
    `tolerance` if answers are no numbers.
    """

    name: str
    family: str
    instruction: str
    labels: dict[str, str]
    stand_in: str | None
    metric: str | None
    at_least: float | None
    tolerance: float | None

    @property
    def is_accuracy(self) -> bool:
        """Whether the rate is what the field calls accuracy: of inputs with exactly the right label or labels."""
        has_labels = self.family in FAMILY_NAMES and family(self.family).has_labels
        return has_labels and self.metric in {None, "exact"}


@dataclass(slots=True)
class Recall:
    """How many of a label's examples came out right, with the interval of Clopper and Pearson.

    With several labels per text: in how many the label was found, and in how many others it was `added`.
    `taught` counts the training rows with the label; of the answers that name it (the second of `said`) so many (the
    first) are right.
    """

    label: str
    right: int
    of: int
    interval: tuple[float, float]
    added: int | None = None
    taught: int = 0
    said: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Distance:
    """The mean error of numbers, and how many are off by one at most."""

    mean: float
    within_one: int
    of: int


@dataclass(slots=True)
class Sure:
    """How many answers of at least some confidence are right, of all that were asked."""

    confidence: float
    right: int
    of: int
    asked: int


@dataclass(slots=True)
class Field:
    """How often a field of JSON answers, or a label of spans, was right where it is expected or said."""

    field: str
    right: int
    of: int


@dataclass(slots=True)
class Said:
    """A candidate's answer to an example; `breaks` are the task's rules that a wrong answer breaks."""

    candidate: int
    counted: bool
    output: Any
    passed: bool
    score: float
    confidence: float | None
    error: str | None
    breaks: list[str]
    shown: str = ""  # The output in words: what counts of it.


@dataclass(slots=True)
class Row:
    """An example that was asked, with each candidate's answer if some candidate got it wrong."""

    example: str
    order: int
    line: int
    input: str
    expected: str | None
    answers: list[Said]


@dataclass(slots=True)
class Needed:
    """The fewest examples that certify if all pass, and how many with a fixed number of examples."""

    needed: int
    with_a_fixed_number: int


@dataclass(slots=True)
class File:
    """A file or folder from which the run was made."""

    name: str
    sha256: str | None
    is_folder: bool = False


@dataclass(slots=True)
class Reproduce:
    """How to reproduce the run."""

    command: str
    seed: int | None
    made: str | None
    advisor: str | None
    python: str | None
    platform: str | None
    processors: int | None
    threads: int | None
    memory_bytes: int | None
    libraries: dict[str, str]
    files: dict[str, File]


@dataclass
class Report(Settled, Standings):
    """What a report says about a run, finished or not; `unread` are columns with words that the task does not name."""

    recommended: int | None
    candidates: list[Tested]
    format: int
    finished: bool
    task: Task
    currency: str
    is_bar_usual: bool
    unread: list[str]
    usage: str | None
    recall: list[Recall]
    confused: dict[str, Any]
    distance: Distance | None
    sure: Sure | None
    fields: list[Field]
    evidence_test: str
    given_up_below: float
    passes_in_a_row: Needed
    alpha_sharing: str
    failing: list[Row]
    right: list[Row]
    reproduce: Reproduce
