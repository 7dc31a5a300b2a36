"""How good are the plan's predictions? Each starter model is probed on mails; memory and time are compared.

    python -m benchmarks.predictions [--texts 60]

The aim: memory within 25%, time within a factor of two. The machine's load stands beside it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

from advisor.decide.batching import batch_size
from advisor.execution.probe_setup import Fetcher, probe_spec, worker_limits
from advisor.probe.supervisor import Worker
from advisor.report.layout import table
from advisor.system import machine
from advisor.units import format_bytes, format_seconds
from advisor.workflow import pipeline

TASK = Path(__file__).parent.parent / "examples" / "spam" / "task.yaml"
MOST_GENERATED = 12


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=60, help="mails for each model")
    count = parser.parse_args().texts
    plan = pipeline.prepare(TASK, fresh=True).plan
    rows = []
    for candidate in plan.candidates:
        spec = probe_spec(plan, candidate, plan.threads, Fetcher(lambda _: None, partial(bool, 0)))
        examples = plan.evidence[: MOST_GENERATED if candidate.ability == "chat" else count]
        with tempfile.TemporaryDirectory() as folder, Worker(spec, worker_limits(plan), Path(folder) / "log") as worker:
            worker.load()
            began, done = time.perf_counter(), 0
            while done < len(examples):
                done += len(worker.run(examples[done : done + batch_size(candidate.runtime, done)]))
            seconds = (time.perf_counter() - began) / done
            peak = worker.peak_memory_bytes
        predicted = candidate.seconds_per_example
        rows.append(
            (
                candidate.model,
                format_bytes(candidate.peak_bytes),
                format_bytes(peak),
                f"{candidate.peak_bytes / peak:.2f}",
                "unknown" if predicted is None else format_seconds(predicted),
                format_seconds(seconds),
                "" if predicted is None else f"{predicted / seconds:.2f}",
                f"{machine.load():.1f}",
            )
        )
    header = ("model", "predicted", "peak", "ratio", "predicted", "s/example", "ratio", "load")
    print("\n".join(table(header, rows, frozenset(range(1, 8)), None)))
    print("aim: memory .75 to 1.25, time .5 to 2 on a machine that does nothing else (load below 1)")


if __name__ == "__main__":
    main()
