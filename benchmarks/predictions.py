"""Accuracy of the plan's predictions: the three example tasks from plan to verdict, by the clock.

    python -m benchmarks.predictions

First the answer, its share of all inferences, and the time: predicted with its likely range, measured, and predicted
from the run's true number of answers, which separates a wrong number from a wrong speed. Then each loaded candidate:
its memory, its time per answer, and its start-up with import and head.

Predictions include the machine's load; the aims are for an idle one.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from advisor.decide.forecast import seconds_of
from advisor.evidence.sequential import Strength
from advisor.paths import models_dir
from advisor.report.tables import table
from advisor.units import format_bytes, format_seconds
from advisor.workflow import pipeline
from benchmarks.common import ROOT, load_line

EXAMPLES = ("spam", "glossary", "speeches")


def main() -> None:
    """Print both tables; runs are in a separate folder."""
    waits, parts, shares = [], [], []
    with tempfile.TemporaryDirectory() as data:
        (Path(data) / "model-advisor").mkdir()
        (Path(data) / "model-advisor" / "models").symlink_to(models_dir())
        os.environ["XDG_DATA_HOME"] = data
        for name in EXAMPLES:
            prepared = pipeline.prepare(ROOT / "examples" / name / "task.yaml", fresh=True)
            plan, cost = prepared.plan, prepared.plan.expected_cost
            began = time.perf_counter()
            pipeline.probe(prepared, required=Strength.CERTIFIED, tell=lambda _: None, fresh=True)
            decision = pipeline.conclude(prepared, required=Strength.CERTIFIED).decision
            took = time.perf_counter() - began
            loaded = {index for index, each in enumerate(decision.results) if each.record.engine}
            same = seconds_of(plan, [each.record.inferences for each in decision.results], loaded)
            if cost.seconds is None or cost.likely_seconds is None or same is None:
                raise SystemExit(f"{name}: the pace of a candidate is unknown")
            shares.append(decision.inferences / len(plan.candidates) / len(plan.evidence))
            answers = f"{cost.inferences} ({cost.likely_inferences[0]:.0f} to {cost.likely_inferences[1]:.0f})"
            seconds = f"{cost.seconds:.1f} ({cost.likely_seconds[0]:.0f} to {cost.likely_seconds[1]:.0f})"
            verdict = f"{decision.verdict}, {decision.answer.strength}" if decision.answer else decision.verdict
            model = decision.recommended.candidate.model if decision.recommended else ""
            counts = (answers, str(decision.inferences), f"{shares[-1]:.3f}")
            clock = (seconds, f"{took:.1f}", f"{cost.seconds / took:.2f}", f"{same:.1f}", f"{same / took:.2f}")
            waits.append((name, verdict, model, *counts, *clock, f"{plan.slowed:.1f}"))
            for index in sorted(loaded):
                candidate, record = plan.candidates[index], decision.results[index].record
                until = plan.slowed * (candidate.loading_seconds + plan.learning_seconds[index])
                cells = [
                    *_compared(candidate.peak_bytes, record.peak_memory_bytes, format_bytes),
                    *_compared(plan.slowed * (candidate.seconds_per_example or 0), record.seconds_per_example),
                    *_compared(until, (record.load_seconds or 0) + (record.teaching_seconds or 0)),
                ]
                parts.append((name, candidate.model, *cells))
    header = ("example", "verdict", "recommended", "predicted n", "taken", "share", "predicted s", "taken", "ratio")
    print("\n".join(table((*header, "predicted for these", "ratio", "slowed"), waits, frozenset(range(3, 12)))))
    print(f"aim: ratios .67 to 1.5, mean share .25 (now {sum(shares) / len(shares):.3f}); {load_line()}\n")
    of = [each for name in ("peak", "s/example", "to load") for each in ("predicted", name, "ratio")]
    print("\n".join(table(("example", "model", *of), parts, frozenset(range(2, 11)))))
    print("aim: memory .75 to 1.25, times .5 to 2")


def _compared(
    guess: float, measured: float | None, shown: Callable[[Any], str] = format_seconds
) -> tuple[str, str, str]:
    """Return the prediction, the measurement, and their ratio if both are known."""
    return (shown(guess), shown(measured), f"{guess / measured:.2f}") if guess and measured else ("", "", "")


if __name__ == "__main__":
    main()
