"""What a run came to, typed: `result.json`, which `advisor recommend --json` prints, and the report made of a run.

`plain` returns an object as JSON values, `read` makes it of them again; JSON has the names of the attributes. What an
older result lacks is None or empty.
"""

from __future__ import annotations

import types
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from advisor.decide.records import Advice, Mistake, More, NextLarger, OverBaseline, Same, Shift

T = TypeVar("T")
SCHEMA_VERSION = 1


@dataclass(slots=True)
class Bar:
    """What is asked of a candidate."""

    pass_rate: float
    confidence: float


@dataclass(slots=True)
class Counts:
    """How many examples there were; `looks`: how many each look brought, where examples may be added."""

    evidence: int
    teaching: int
    looks: list[int]


@dataclass(slots=True)
class SharedRows:
    """What a run's evidence rows have been tested on before it.

    Attributes:
        number: Which run on these rows it is; 1 for the first.
        counts: As how many runs it counts: more than one where it is a choice of what earlier ones tried.
        alpha: The chance that it alone is wrong, were it the first.
        together: The chance that any of these runs is wrong, at most.
        runs: The earlier ones, oldest first.
        rows: How many of its rows were evidence before.
    """

    number: int
    counts: int
    alpha: float
    together: float
    runs: tuple[str, ...] = ()
    rows: int = 0


@dataclass(slots=True)
class LeftOut:
    """A model that is no candidate, and why."""

    model: str
    reason: str


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


@dataclass
class Facts(Known):
    """What is known of a candidate before it is run."""

    sent_to: str | None
    allows: list[str]
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
class Judged(Probed, Facts):
    """A candidate with its verdict and what was measured of it.

    `outcomes` count for the verdict, `not_counted` were answered besides; `alpha` is its share of the error, `level`
    the error at which it was tested, `levels` those at which it might have been.
    """

    verdict: str
    reason: str
    outcomes: int
    passes: int
    not_counted: int
    lower_bound: float | None
    own_bound: float | None
    refuted: bool
    besides: list[Besides]
    seconds_per_example: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    mistakes: list[Mistake]
    cost_per_million: Cost | None
    alpha: float | None
    level: float | None
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


def plain(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """Return an object of these classes, or what holds some, as JSON values."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def read(kind: type[T], value: Any) -> T:  # noqa: ANN401  any JSON value
    """Return what `plain` gave as an object again; unknown names are left out, missing ones None or empty.

    Raises:
        TypeError, ValueError, AttributeError: if it is something else.
    """
    made: T = _read(kind, value)
    return made


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: Any) -> Any:  # noqa: ANN401  a type, and any JSON value
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else _read(inner[0], value)
    if isinstance(kind, type) and is_dataclass(kind):
        found = value or {}
        return kind(**{name: _read(each, found.get(name)) for name, each in _hints(kind).items()})
    if origin in (list, tuple):
        return origin(_read(inner[0], each) for each in value or ())
    if origin is dict:
        return {key: _read(inner[1], each) for key, each in (value or {}).items()}
    return kind() if value is None and kind in (str, int, float, bool) else value
