"""A run's result, typed: `result.json`, which `advisor recommend --json` prints.

The report of a run (`advisor.report.model`) shares these records; `advisor.system.codec` reads and writes them.
"""

from dataclasses import dataclass
from typing import Any

from advisor.candidates.candidate import LeftOut
from advisor.decide.records import Advice, Mistake, More, NextLarger, OverBaseline, Same, Shift

SCHEMA_VERSION = 1


@dataclass(slots=True)
class Bar:
    """What is asked of a candidate."""

    pass_rate: float
    confidence: float


@dataclass
class Counts:
    """How many examples there were; `looks`: how many each look brought, where examples may be added."""

    evidence: int
    teaching: int
    looks: list[int]


@dataclass(slots=True)
class SharedRows:
    """Which run on its evidence rows it is, 1 for the first, and what that makes of the chance that it is wrong.

    `counts` is as how many runs it counts: more than one where it is a choice of what earlier ones tried. `together`
    bounds the chance that any of `runs`, the oldest first, or this one is wrong; `rows` were evidence before.
    """

    number: int
    counts: int
    alpha: float
    together: float
    runs: tuple[str, ...] = ()
    rows: int = 0


@dataclass(slots=True)
class Besides:
    """What the bar asks of a candidate in addition to the pass rate, and what was seen and proven of it."""

    name: str
    words: str
    bar: float
    observed: float | None
    claim: str
    why_not: str | None
    lower_bound: float | None


@dataclass(slots=True)
class Cost:
    """An estimate: the amount for a million requests, and what it rests on in words."""

    amount: float
    basis: str


@dataclass
class Known:
    """What every document says of a candidate."""

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
    """What is known of a candidate before it is run."""

    predicted_peak_bytes: int
    predicted_seconds_per_example: float | None
    predicted_tuning_seconds: float | None
    why: list[str]
    label_map: dict[str, str]
    sizes: str


@dataclass
class Probed:
    """What was measured of a candidate."""

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
    """What the outcomes of a candidate that count say; the bound is of its true pass rate."""

    verdict: str
    reason: str
    outcomes: int
    passes: int
    lower_bound: float | None
    refuted: bool | None


@dataclass
class Tried(Probed, Verdict):
    """What result and report say alike of a candidate: verdict, measurements, and what was proven of it.

    `alpha` is its share of the error, `level` the error at which it was tested; `own_bound` holds at its share alone.
    """

    own_bound: float | None
    besides: list[Besides]
    cost_per_million: Cost | None
    alpha: float
    level: float


@dataclass
class Judged(Tried, Facts):
    """A candidate of a result.

    `not_counted` outcomes came after its case was settled; `levels` are those at which it might have been tested.
    """

    not_counted: int
    seconds_per_example: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    mistakes: list[Mistake]
    levels: list[float]


@dataclass
class Recommended(Facts):
    """The recommended candidate: what is proven, its files' hashes, what its method settled on, code that uses it."""

    lower_bound: float | None
    sha256: dict[str, str]
    details: dict[str, Any]
    usage: str | None


@dataclass(slots=True)
class Escalation:
    """What a smaller candidate brings that hands unsure answers over; see `advisor.evidence.escalation`."""

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


@dataclass(slots=True)
class InReach:
    """The bar that so many further examples would certify."""

    more_examples: int
    pass_rate: float


@dataclass
class Settled:
    """What a result and a report say alike.

    `brought` is what the task brings and the user agreed to; `notes` say which rows are no examples, and why.
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
