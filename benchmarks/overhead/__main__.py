"""Prints the time of our probe over a bare loop, for every engine.

    python -m benchmarks.overhead [--seconds 20] [--rounds 5] [ENGINE ...]

Needs the starter models, with those for speech and tags (`advisor models starter --speech --tags`).

The bare loop is what a careful user would write by hand with the engine's own library: see `bare/`. It runs in a
process of its own with a worker's environment and threads, and gets the texts in the batches of the search, which begin
with four examples so that a hopeless candidate is soon given up. The column "to all at once" holds the probe against
the same loop with all texts in one batch: what these small batches cost comes in there. Of the probe is measured what
passes from the first batch sent to the last outcome received; the model is loaded before. Both sides take turns, pass
by pass, so that the machine's load weighs on them alike; a ratio is the median of those of the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from advisor.probe.supervisor import Worker, WorkerLimits, environment
from advisor.report.layout import table
from advisor.system.machine import look
from benchmarks.common import ROOT, load_line
from benchmarks.overhead.cases import CASES, Missing, at_hand

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.overhead.cases import Case

LEAST_ROUNDS, SECONDS = 5, 20.0


class Round(NamedTuple):
    """The seconds of one pass each."""

    bare: float
    probe: float
    at_once: float


def measured(case: Case, folder: Path, seconds: float, rounds: int) -> list[Round]:
    """Return the rounds of a case, as many as fit the seconds, after one that does not count."""
    limits = WorkerLimits(look().total_memory_bytes, 60, 600)
    job = {"engine": case.spec.runtime, **case.job, "batches": [[e.given for e in batch] for batch in case.batches()]}
    with (
        Worker(case.spec, limits, folder / "log") as worker,
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.overhead.bare"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "bare.log").open("w"),
            text=True,
            cwd=ROOT,
            env=environment(case.spec),
        ) as process,
    ):
        worker.load()
        bare = _asking(process, json.dumps(job))
        found: list[Round] = []
        began = time.perf_counter()
        while len(found) <= rounds or time.perf_counter() - began < seconds:
            in_batches = bare("batches")
            started = time.perf_counter()
            for batch in case.batches():
                if failed := [outcome.error for outcome in worker.run(batch) if outcome.error]:
                    raise SystemExit(f"{case.spec.runtime}: {failed[0]}")
            probe = time.perf_counter() - started
            # Where texts are answered one by one, batches make no difference to a bare loop.
            found.append(Round(in_batches, probe, bare("at once") if case.is_batched else in_batches))
        process.kill()
    return found[1:]


def _asking(process: subprocess.Popen[str], job: str) -> Callable[[str], float]:
    """Return what asks the bare loop for a pass and returns its seconds."""

    def ask(line: str) -> float:
        if process.stdin is None or process.stdout is None:
            raise SystemExit("the bare loop has no pipes")
        process.stdin.write(line + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise SystemExit("the bare loop ended by itself; run it by hand to see why")
        return float(answer)

    ask(job)
    return ask


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="*", choices=[*CASES, []], help="by default all")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each engine")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help="at least")
    arguments = parser.parse_args()
    rows, notes, models = [], [], at_hand()
    for engine in arguments.engines or CASES:
        print(f"measuring {engine}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            try:
                with CASES[engine](models, Path(folder)) as case:
                    rounds = measured(case, Path(folder), arguments.seconds, arguments.rounds)
            except Missing as reason:
                notes.append(f"{engine}: {reason}")
                continue
        count = len(case.examples)
        each = [statistics.median(column) * 1000 / count for column in zip(*rounds, strict=True)]
        ratio = statistics.median(one.probe / one.bare for one in rounds)
        at_once = f"{statistics.median(one.probe / one.at_once for one in rounds):.2f}" if case.is_batched else "–"
        texts = (str(count), f"{each[0]:.2f}", f"{each[1]:.2f}", f"{ratio:.2f}", at_once, str(len(rounds)))
        rows.append((engine, case.model, *texts))
    header = ("engine", "model", "texts", "bare ms", "probe ms", "ratio", "to all at once", "rounds")
    print("\n".join(table(header, rows, frozenset(range(2, 8)))))
    print("\n".join([*notes, f"milliseconds a text, medians; {load_line()}; aim: ratio 1.1 or less"]))


if __name__ == "__main__":
    main()
