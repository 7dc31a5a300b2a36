"""How good are the plan's predictions? Each starter model is probed on mails; memory and the whole wait are compared.

    python -m benchmarks.predictions [--texts 60] [--teaching 60]

The wait begins with loading the model and training its head. The aim: memory within 25%, each time within a factor of
two. What others take of the processors is taken out of the times: they are those of a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil

from advisor.decide.steps import batch_size
from advisor.execution.probe_setup import Fetcher, probe_spec, worker_limits
from advisor.probe.supervisor import Worker
from advisor.report.layout import table
from advisor.system import machine
from advisor.units import format_bytes, format_seconds
from advisor.workflow import pipeline

TASK = Path(__file__).parent.parent / "examples" / "spam" / "task.yaml"
MOST_GENERATED = 12
# The system counts processor time in hundredths of a second: below five of them a ratio says nothing.
TICK = 0.01


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=60, help="mails for each model")
    parser.add_argument("--teaching", type=int, default=60, help="mails that a head learns from")
    given = parser.parse_args()
    plan = pipeline.prepare(TASK, fresh=True).plan
    plan = replace(plan, examples=replace(plan.examples, teaching=plan.examples.teaching[: given.teaching]))
    rows = []
    for candidate, learning in zip(plan.candidates, plan.learning_seconds, strict=True):
        spec = probe_spec(plan, candidate, plan.threads, Fetcher(lambda _: None, partial(bool, 0)))
        examples = plan.evidence[: MOST_GENERATED if candidate.ability == "chat" else given.texts]
        with tempfile.TemporaryDirectory() as folder, Worker(spec, worker_limits(plan), Path(folder) / "log") as worker:
            process = psutil.Process(worker.pid)
            worker.load()
            loading = _busiest(process)
            done = 0
            while done < len(examples):
                done += len(worker.run(examples[done : done + batch_size(candidate.runtime, done)]))
            worked = _busiest(process) - loading
            seconds = max(worked, TICK) / done
            peak = worker.peak_memory_bytes
        predicted = candidate.seconds_per_example
        until = candidate.loading_seconds + learning
        rows.append(
            (
                candidate.model,
                format_bytes(candidate.peak_bytes),
                format_bytes(peak),
                f"{candidate.peak_bytes / peak:.2f}",
                "unknown" if predicted is None else format_seconds(predicted),
                format_seconds(seconds),
                "" if predicted is None or worked < 5 * TICK else f"{predicted / seconds:.2f}",
                format_seconds(until),
                format_seconds(loading),
                f"{until / max(loading, TICK):.2f}",
                f"{machine.load():.1f}",
            )
        )
    of = [each for name in ("peak", "s/example", "to load") for each in ("predicted", name, "ratio")]
    print("\n".join(table(("model", *of, "load"), rows, frozenset(range(1, 11)))))
    print("aim: memory .75 to 1.25, times .5 to 2")


def _busiest(process: psutil.Process) -> float:
    """Return the processor seconds of a worker's busiest thread so far: what it takes on a machine of its own."""
    return max(float(each.user_time + each.system_time) for each in process.threads())


if __name__ == "__main__":
    main()
