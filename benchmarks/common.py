"""What the benchmarks share."""

from __future__ import annotations

import csv
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SPAM = ROOT / "examples" / "spam"
EXAMPLE_TASKS = ("spam", "glossary", "speeches")


def spam_rows(count: int) -> list[tuple[str, str]]:
    """Return the first (text, label) rows of the spam example."""
    with (SPAM / "mails.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for _, row in zip(range(count), csv.DictReader(file), strict=False)]


def median_seconds(command: list[str], runs: int = 7) -> float:
    """Return the median wall time of a command, after one run that is not counted."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, cwd=ROOT)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def advisor(*arguments: str | Path) -> list[str]:
    """Return the command line of the installed `advisor`, as its console script runs it."""
    return [str(Path(sys.executable).with_name("advisor")), *map(str, arguments)]


def compile_packages() -> None:
    """Compile this library to bytecode, as an installer does: a checkout may be without, and is slower then."""
    packages = [str(ROOT / name) for name in ("advisor", "catalog", "tui")]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *packages], check=True)


def load_line() -> str:
    """Return the machine's load: no wall-clock figure means much without it."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
