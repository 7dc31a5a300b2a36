"""The bar's criteria tested again on a recommended model's new answers: each one, and all of them together.

All hold together without a further share of the error, as in the run (`advisor.evidence.criteria`). That one is *not*
met is shown at the level divided among the criteria (Boole): for 0/1 values by the exact binomial tail (Clopper and
Pearson, Biometrika 26 (1934) 404-413), for graded ones by betting on the opposite (`advisor.evidence.e_value`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from advisor.decide.bar import (
    AGREEMENT,
    CRITICAL,
    FAILS,
    HOLDS,
    UNDECIDED,
    agreement_words,
    at_end,
    criteria_of,
    critical_words,
)
from advisor.evidence import binomial
from advisor.evidence.criteria import EveryOne, LevelTest, SpacedTest
from advisor.evidence.e_value import log_e_value
from advisor.evidence.sequential import Before, Claim, nested
from advisor.runs.verification import Criterion
from advisor.task.model import Bar
from advisor.units import percent

if TYPE_CHECKING:
    from advisor.probe.protocol import Outcome
    from advisor.runs.reader import Run
    from advisor.task.example import Example

RATE = "pass rate"


class Setting(NamedTuple):
    """The levels of the tests.

    `levels` are the candidate's level, then its higher possible ones; all of α if it is the only one. `first` is the
    number of examples of the exact boundary of the first look, if they grow; 0: bets alone. `strength` is what was
    proven in the run, None for new examples, which can only be certified; `own` is the candidate's own share, `before`
    its test in the run whose answers were reused at a lower bar.
    """

    levels: tuple[float, ...]
    total: int
    grows: bool
    strength: str | None = None
    first: int = 0
    own: float | None = None
    before: Before | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One criterion with its values, one per example, and its verdict at `level`."""

    name: str
    words: str
    bar: float
    values: tuple[float, ...]
    test: LevelTest
    verdict: str

    def record(self) -> Criterion:
        asked, values = len(self.values), self.values
        seen, proven = (sum(values) / asked, self.test.lower_bound(values)) if asked else (None, None)
        return Criterion(self.name, self.words, self.bar, asked, seen, proven, self.verdict)


def bar_of(run: Run) -> Bar:
    """Return a run's bar, without parts that this version does not know."""
    return Bar.model_validate({k: v for k, v in (run.task.get("bar") or {}).items() if k in Bar.model_fields})


def checks(  # noqa: PLR0917  what a run is tested by
    run: Run,
    examples: Sequence[Example],
    outcomes: Sequence[Outcome],
    agreeing: Sequence[bool],
    at: Setting,
    critical: Sequence[Outcome] = (),
) -> list[Check]:
    """Return the checks of all criteria of a run's bar, the pass rate first; one that cannot be tested has no values.

    `outcomes` are those so far of the `examples`, in order; `agreeing` says for each second question whether it had the
    same answer; `critical` are the outcomes of the run's critical examples.
    """
    bar = bar_of(run)
    # In the run a label's test was for all its examples there.
    whole = examples if at.strength is None else run.evidence
    asked: list[tuple[str, str, float, list[float], LevelTest]] = []
    test = nested(at.total, run.bar, at.levels, grows=at.grows, first=at.first, own=at.own, before=at.before)[0]
    passed = [float(each.passed) for each in outcomes]
    asked.append((RATE, f"right for {percent(run.bar)} of inputs", run.bar, passed, test))
    for criterion, words in criteria_of(bar, whole, run.labels, slices={each.slice for each in run.evidence}):
        values = [value for each in outcomes if (value := criterion.value(each)) is not None]
        own = at_end(criterion.tests(at.total, at.levels, grows=at.grows)[0], len(values))
        asked.append((criterion.name, words, criterion.bar, values, own))
    if run.critical:
        lines = {each.id: each.line for each in run.critical}
        wrong = [lines[each.id] for each in critical if not each.passed]
        values = [float(each.passed) for each in critical]
        asked.append((CRITICAL, critical_words(len(lines), wrong), 1.0, values, EveryOne(len(lines))))
    if bar.agreement is not None:
        same = [float(each) for each in agreeing]
        test = nested(at.total, bar.agreement, at.levels, grows=at.grows)[0]
        asked.append((AGREEMENT, agreement_words(bar.agreement), bar.agreement, same, test))
    level = at.levels[0] / len(asked)
    return [
        Check(name, words, least, tuple(values), each, _verdict(values, least, each, level, at.strength))
        for name, words, least, values, each in asked
    ]


def untested(run: Run, found: Sequence[Check]) -> list[str]:
    """Return the criteria of a run's bar that could not be tested again, for lack of values."""
    lacking = {check.name for check in found if not check.values}
    named = {"mean score": "mean_score", "latency": "p95_seconds", "non-inferiority": "reference", AGREEMENT: AGREEMENT}
    unknown = [
        name
        for name, value in (run.task.get("bar") or {}).items()
        if value is not None and name not in Bar.model_fields
    ]
    return sorted([*(named.get(name, name) for name in lacking - {RATE}), *unknown])


def overall_verdict(found: Sequence[Check]) -> str:
    """Return the verdict on all criteria; with one without values the bar is undecided, unless another fails."""
    verdicts = {check.verdict for check in found}
    return FAILS if FAILS in verdicts else UNDECIDED if UNDECIDED in verdicts else HOLDS


def _verdict(values: Sequence[float], bar: float, test: LevelTest, level: float, strength: str | None) -> str:
    if not values:
        return UNDECIDED
    if isinstance(test, EveryOne):
        return HOLDS if test.certified(values).claim is Claim.HOLDS else FAILS
    if strength == "examples":  # a statement about this finite set: counted
        return HOLDS if sum(values) >= bar * len(values) - 1e-9 else FAILS
    if strength in (None, "certified") and test.certified(values, gives_up=False).claim is Claim.HOLDS:
        return HOLDS
    independent = test.counting(values) if isinstance(test, SpacedTest) else values
    return FAILS if refuted(independent, bar, level) else UNDECIDED


def refuted(values: Sequence[float], bar: float, level: float) -> bool:
    """Return whether the values show at this level that their mean is below the bar."""
    if all(value in (0.0, 1.0) for value in values):
        return binomial.at_most(round(sum(values)), len(values), bar) <= level
    contrary = log_e_value([1.0 - value for value in values], 1.0 - bar)
    return bool(contrary.max() >= -math.log(level))
