"""Typed result of a run: `result.json`, which `advisor recommend --json` prints.

The report of a run (`advisor.report.model`) shares these records; `advisor.system.codec` reads and writes them.
"""

from dataclasses import dataclass
from typing import Any

from advisor.candidates.candidate import LeftOut
from advisor.decide.records import Advice, InReach, Mistake, More, NextLarger, OverBaseline, Same, Shift

SCHEMA_VERSION = 1


@dataclass(slots=True)
class Bar:
    """The bar for candidates."""

    pass_rate: float
    confidence: float


@dataclass
class Counts:
    """Numbers of examples; `looks`: those of each look, if examples may be added."""

    evidence: int
    teaching: int
    looks: list[int]


@dataclass(slots=True)
class SharedRows:
    """The number of the run on its evidence rows, 1 for the first, and its effect on the error.

    `counts` is the number of runs it counts as: more than one if it is a choice from what earlier ones tried.
    `together` bounds the probability that any of `runs`, oldest first, or this one is wrong; `rows` were evidence
    before. `others` are those of `runs` whose kind of task or expected column is another.
    """

    number: int
    counts: int
    alpha: float
    together: float
    runs: tuple[str, ...] = ()
    rows: int = 0
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class Besides:
    """A criterion in addition to the pass rate, with its observed and proven values.

    `answers` counts what was observed, None in results of earlier versions.
    """

    name: str
    words: str
    bar: float
    observed: float | None
    verdict: str
    why_not: str | None
    lower_bound: float | None
    answers: int | None = None


@dataclass(slots=True)
class Cost:
    """An estimate: the amount for a million requests, and its basis in words."""

    amount: float
    basis: str


@dataclass
class Known:
    """Facts about a candidate in every document."""

    model: str
    name: str
    revision: str | None
    runtime: str
    method: str
    precision: str | None
    parameters: int | None
    parameters_standing: str | None
    license: str | None
    place: str
    files: list[str]
    weights_bytes: int
    download_bytes: int
    serving_bytes: int | None
    sent_to: str | None
    allows: list[str]


@dataclass
class Facts(Known):
    """Facts about a candidate before it runs."""

    predicted_peak_bytes: int
    predicted_seconds_per_example: float | None
    predicted_tuning_seconds: float | None
    why: list[str]
    label_map: dict[str, str]
    sizes: str


@dataclass
class Probed:
    """Measurements of a candidate."""

    machine_load: float | None
    tokens_per_second: float | None
    downloaded_bytes: int | None
    load_seconds: float | None
    teaching_seconds: float | None
    peak_memory_bytes: int | None
    inferences: int
    engine: str | None
    device: str | None


@dataclass
class Verdict:
    """Verdict from a candidate's counted outcomes; the bound is for its true pass rate."""

    verdict: str
    reason: str
    outcomes: int
    passes: int
    lower_bound: float | None
    refuted: bool | None


@dataclass
class Tried(Probed, Verdict):
    """A candidate's part in result and report: verdict, measurements, and what was proven.

    `alpha` is its share of the error, `level` the error of its test; `own_bound` holds at its own share.
    """

    own_bound: float | None
    besides: list[Besides]
    cost_per_million: Cost | None
    alpha: float
    level: float


@dataclass
class Judged(Tried, Facts):
    """A candidate of a result.

    `not_counted` outcomes came after its claim was settled; `levels` are its possible levels.
    """

    not_counted: int
    seconds_per_example: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    mistakes: list[Mistake]
    levels: list[float]


@dataclass
class Recommended(Facts):
    """The recommended candidate: what is proven, its files' hashes, its method's choices, code that uses it."""

    lower_bound: float | None
    sha256: dict[str, str]
    details: dict[str, Any]
    usage: str | None


@dataclass(slots=True)
class Escalation:
    """The gain from a smaller candidate that hands uncertain answers over; see `advisor.evidence.escalation`."""

    small: str
    large: str
    verdict: str
    threshold: float | None
    hands_over: int | None
    passes: int | None
    of: int
    needed: int
    share: float | None
    share_interval: tuple[float, float] | None
    alpha: float
    cost: float | None


@dataclass
class Settled:
    """The common part of a result and a report.

    `brought` are items of the task that the user agreed to; `notes` say which rows are not examples, and why.
    """

    schema_version: int
    run: str
    verdict: str
    strength: str | None
    required_strength: str | None
    bar: Bar
    examples: Counts
    shared_rows: SharedRows | None
    lowers: str | None
    brought: list[dict[str, Any]]
    next_larger: NextLarger | None
    over_baseline: OverBaseline | None
    escalation: Escalation | None
    agreement: dict[str, Same]
    more_examples: More | None
    bar_in_reach: InReach | None
    sensitivity: list[Shift]
    advice: Advice | None
    inferences: int
    inferences_of_everything: int
    left_out: list[LeftOut]
    notes: list[str]


@dataclass
class Result(Settled):
    """A finished run's result."""

    task: str
    stand_in: str | None
    recommended: Recommended | None
    examples_to_certify: int | None
    candidates: list[Judged]
    unmeasured_smaller: list[str]
    folder: str
