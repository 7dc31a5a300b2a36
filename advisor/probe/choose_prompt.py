"""Chooses how a prompted model is asked, by how many held-out training rows come out right.

The claim about a candidate stays as it is. The choice is a function of the training rows, which are never evidence, and
is made before the first outcome on evidence: given the training rows a candidate with its way is as fixed as one whose
head was trained on them, and the evidence is as independent of it. So no share of α is spent on the ways that lost.

Successive halving (Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization",
2016): all ways answer a few rows; the plain one and one that did better, if any, answer more.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError, CircumstanceError
from advisor.engines.bounds import BoundExceededError
from advisor.engines.table import ENGINES
from advisor.families import shown_examples as of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor.engines.base import Runtime
    from advisor.families.base import Answerer, Family
    from advisor.probe.protocol import Outcome, ProbeSpec

    Ask = Callable[[Answerer, list[dict[str, Any]]], list[Outcome]]


def chosen(kind: Family, runtime: Runtime, spec: ProbeSpec, ask: Ask) -> ProbeSpec:
    """Return the specification with the best way to ask in its prompt; the same where the task or a run before says it.

    A row that any way shows judges none. The plain way is kept unless another has at least two rows more right. A model
    that runs elsewhere is asked plainly.

    Args:
        kind: The task's family.
        runtime: The loaded model.
        spec: What it is used for, with the training rows.
        ask: Puts rows, in the protocol's form, to a way and judges the answers.
    """
    if spec.method != "prompted" or ENGINES[spec.runtime].is_remote:
        return spec
    shown = {*of.to_show(spec.teaching)}
    rows = [
        {"id": str(place), "input": given, "expected": expected}
        for place, (given, expected) in enumerate(spec.teaching)
        if place not in shown
    ][: of.MOST_ROWS]
    answers = of.answers_to_choose(spec.prompt, spec.teaching, spec.labels)
    trials: list[_Trial] = []
    for way in of.ways(spec.prompt, spec.teaching, spec.labels):
        try:
            trial = _Trial(way, kind.prepare(runtime, _with(spec, way)), ask)
        except (CircumstanceError, BoundExceededError):  # a template without an end has none in any way
            raise
        except CannotLoadError:  # e.g. no room for what is shown, or a template without a system turn
            continue
        trials.append(trial)
        if len(trials) == 1:
            begun = time.monotonic()
            trial.on(rows[: of.TIMED_ROWS])
            if (time.monotonic() - begun) / of.TIMED_ROWS * answers > of.MOST_SECONDS:
                break
        trial.on(rows[trial.asked : of.FIRST_ROWS])
    if not trials:
        return spec
    plain, *others = trials
    winner = plain
    if others and (best := max(others, key=lambda each: each.right)).right > plain.right:
        for trial in (plain, best):
            trial.on(rows[of.FIRST_ROWS :])
        winner = best if best.right - plain.right >= of.LEAST_GAIN else plain
    return _with(spec, winner.way, [each.told() for each in trials])


def _with(spec: ProbeSpec, way: of.Way, tried: Sequence[dict[str, Any]] = ()) -> ProbeSpec:
    return replace(spec, prompt=spec.prompt | {"chosen": way._asdict() | {"tried": [*tried]}})


class _Trial:
    """A way, and how many rows it had right."""

    def __init__(self, way: of.Way, answerer: Answerer, ask: Ask) -> None:
        self.way, self._answerer, self._ask = way, answerer, ask
        self.right = self.asked = 0

    def on(self, rows: list[dict[str, Any]]) -> None:
        """Ask more rows."""
        if rows:
            self.right += sum(outcome.passed for outcome in self._ask(self._answerer, rows))
            self.asked += len(rows)

    def told(self) -> dict[str, Any]:
        """Return it as plain values."""
        return self.way._asdict() | {"right": self.right, "of": self.asked}
