"""Text regression: a number for each text, such as a grade or a price, right within a tolerance."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.base import Constraint, Encoder, Runtime
from advisor.engines.engine import ENCODERS, GENERATORS
from advisor.families.base import Answerer, Family, FixedAnswer, Given, Json, Settled, always_middle, span_of
from advisor.families.json_fields import only_number, written_number
from advisor.families.methods.by_pattern import NumberByPattern
from advisor.families.methods.ridge import Graded
from advisor.families.values import EmptyError, field_text

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.example import Example
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task

SHARE = "near_share"
# Default tolerances: as a share of the range of expected numbers, and of the number itself.
OF_RANGE, OF_NUMBER = 0.1, 0.1
# From this ratio of the largest to the smallest number on, tolerances are relative: as for prices.
MAGNITUDES = 30.0
# The largest distance of any number from a whole one.
HALF = 0.5
_OUT_OF = re.compile(r"\s*/\s*\d{1,3}\s*$")


class TextRegression(Family):
    """Expected: a number.

    `near` accepts a distance of at most `scoring.tolerance`, in the unit of the numbers; `near_share` one of at most
    that share of the expected number. The training rows choose the default: see `settle`.
    """

    name: ClassVar[str] = "text-regression"
    gist: ClassVar[str] = "a number for each text, right within a tolerance"
    example: ClassVar[str] = 'an essay in, "72 of 100" out'
    expected_column: ClassVar[str] = "score"
    methods: ClassVar[Mapping[str, str]] = {"encode": "head", "chat": "prompted"}
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant", "pattern": "words", "linear": "words"}
    searched: ClassVar[tuple[str, ...]] = (*ENCODERS, *GENERATORS)
    mix: ClassVar[Mapping[str, float]] = {"encode": 4, "static": 1, "chat": 2}
    metrics: ClassVar[Mapping[str, float]] = {"near": 1.0, SHARE: 1.0}
    has_range: ClassVar[bool] = True
    settings: ClassVar[frozenset[str]] = frozenset({"scoring.tolerance"})

    def check_task(self, task: Task) -> str | None:
        """Refuse a tolerance of zero, and a share of all or more."""
        if (reason := super().check_task(task)) is not None:
            return reason
        if task.scoring.tolerance == 0:
            return "scoring.tolerance: 0 lets only the very number pass; text-classification has these"
        if task.scoring.metric == SHARE and (task.scoring.tolerance or 0.0) >= 1.0:
            return f"scoring.tolerance: {SHARE} takes a share below 1; scoring.metric: near takes a distance"
        return None

    def read_expected(self, value: object, task: Task) -> Json:
        """Return the number, whole or not; for "4/6" the points."""
        found = written_number(value if isinstance(value, int | float) else _OUT_OF.sub("", field_text(value)))
        if found is None or not math.isfinite(found):
            raise EmptyError('write only digits, e.g. "72.5"', "is not a number")
        return float(found)

    def settle(self, task: Task, examples: Sequence[Example], teaching: Sequence[Example]) -> Settled:
        """Return the metric, the tolerance, and the range of the numbers for prompts.

        ValueError if the range is unknown, or the task wants a share of zero.
        """
        low, high = span_of(task, examples, teaching)
        metric, tolerance = task.scoring.metric, task.scoring.tolerance
        if metric == SHARE and any(example.expected == 0.0 for example in examples):
            raise ValueError("near_share has no share of zero, and an example expects it; write near")
        metric = metric or (SHARE if tolerance is None and spans_magnitudes(low, high) else "near")
        if tolerance is None:
            tolerance = OF_NUMBER if metric == SHARE else OF_RANGE * (high - low)
        most = f"{tolerance:.0%} of the number" if metric == SHARE else f"{tolerance:g}"
        of_what = "" if task.scoring.range is not None else " in the training rows"
        note = f"numbers from {low:.15g} to {high:.15g}{of_what}; an answer is right that is at most {most} away"
        return Settled({"metric": metric, "tolerance": tolerance, "range": [low, high]}, (note,))

    def constant(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        return always_middle(expected for _, expected in teaching)

    def answer_tokens(self, task: Task, examples: ExampleSet, *, goes_on: bool = False) -> int:
        return 4

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        if spec.method == "pattern":
            return NumberByPattern(spec.teaching)
        if spec.method == "linear":
            return Graded(None, spec, self)
        if spec.method == "head" and isinstance(runtime, Encoder):
            return Graded(runtime, spec, self)
        return super().prepare(runtime, spec)

    def system_prompt(self, spec: ProbeSpec) -> str:
        low, high = spec.scoring["range"]
        return f"{spec.instruction}\nAnswer with one number from {low:.15g} to {high:.15g} and nothing else."

    def constraint(self, spec: ProbeSpec) -> Constraint | None:
        """Return the range as a schema; of whole numbers if close enough, since small models write endless digits."""
        low, high = spec.scoring["range"]
        kind = "integer" if self._least_allowed(spec) >= HALF else "number"
        return Constraint(schema={"type": kind, "minimum": math.floor(low), "maximum": math.ceil(high)})

    def parse(self, reply: str, spec: ProbeSpec) -> Json:
        """Return the only number of a reply, of "4/6" the points; None if it has none or several."""
        found = only_number(_OUT_OF.sub("", reply.strip().rstrip(".")))
        return None if found is None else float(found)

    def show(self, expected: Json, spec: ProbeSpec) -> str:
        return f"{expected:.15g}"  # more digits than people write, no trailing zeros

    def same(self, one: Json, other: Json, scoring: Mapping[str, Any]) -> bool:
        return one == other or (other is not None and _is_near(one, other, scoring))

    def digits(self, spec: ProbeSpec) -> int:
        """Return the decimals of an answer: rounding is at most a hundredth of the tolerance."""
        return 2 - math.floor(math.log10(max(self._least_allowed(spec), 1e-9)))

    def _least_allowed(self, spec: ProbeSpec) -> float:
        """Return the smallest tolerance of any answer."""
        unit = abs(spec.scoring["range"][0]) if spec.scoring.get("metric") == SHARE else 1.0
        return float(spec.scoring["tolerance"]) * unit

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        return {str(spec.scoring.get("metric") or "near"): float(_is_near(output, expected, spec.scoring))}


def _is_near(output: Json, expected: float, scoring: Mapping[str, Any]) -> bool:
    allowed = float(scoring["tolerance"]) * (abs(expected) if scoring.get("metric") == SHARE else 1.0)
    return isinstance(output, int | float) and abs(output - expected) <= allowed + 1e-9 * max(1.0, abs(expected))


def spans_magnitudes(low: float, high: float) -> bool:
    """Return whether numbers span several orders of magnitude, as prices do: then the tolerance is relative."""
    return 0.0 < low * MAGNITUDES <= high


FAMILY = TextRegression()
