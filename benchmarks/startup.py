"""Start-up times and the main process's memory, against `import textual` and the 150 MB limit.

    python -m benchmarks.startup

Needs the starter models and textual (`pip install textual`). The memory is the resident size of the main process alone,
sampled while a worker of `advisor recommend` is alive.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

import psutil

from advisor.report.layout import table
from advisor.units import format_bytes
from benchmarks.common import SPAM, advisor, compile_packages, load_line, median_seconds

LIMIT_BYTES = 150_000_000
SAMPLE_SECONDS = 0.02


def memory_while_probing() -> int:
    """Return the most memory that the main process held while a probe ran."""
    with tempfile.TemporaryDirectory() as data:
        # Runs go to a folder of their own, the models stay where they are.
        models = os.path.join(data, "model-advisor")  # noqa: PTH118
        os.makedirs(models)  # noqa: PTH103
        from advisor.paths import models_dir

        os.symlink(models_dir(), os.path.join(models, "models"))  # noqa: PTH118, PTH211
        process = subprocess.Popen(
            advisor("recommend", SPAM / "task.yaml", "--json"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"XDG_DATA_HOME": data},
        )
        watched = psutil.Process(process.pid)
        most = 0
        while process.poll() is None:
            try:
                if watched.children():
                    most = max(most, watched.memory_info().rss)
            except psutil.Error:
                break
            time.sleep(SAMPLE_SECONDS)
        process.wait()
        return most


def main() -> None:
    """Print the tables."""
    compile_packages()
    textual = median_seconds([sys.executable, "-c", "import textual"])
    commands = {
        'python -c "import textual"': textual,
        "advisor --help": median_seconds(advisor("--help")),
        "advisor recommend examples/spam/task.yaml --plan-only": median_seconds(
            advisor("recommend", SPAM / "task.yaml", "--plan-only")
        ),
    }
    rows = [(name, f"{seconds:.3f}", f"{seconds / textual:.2f}") for name, seconds in commands.items()]
    print("\n".join(table(("command", "median s", "ratio"), rows, frozenset({1, 2}))))
    print(load_line())
    most = memory_while_probing()
    print()
    row = (
        "main process while a probe runs",
        format_bytes(most),
        format_bytes(LIMIT_BYTES),
        f"{most / LIMIT_BYTES:.2f}",
    )
    print("\n".join(table(("memory", "most", "limit", "ratio"), [row], frozenset({1, 2, 3}))))


if __name__ == "__main__":
    main()
