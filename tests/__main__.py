"""Runs every check; arguments go to pytest, whose summary closes the output."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
KEPT_HOME = "MODEL_ADVISOR_TEST_HOME"
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
CHECKS = (
    ("ruff", "check", "--output-format", "concise", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)
# Many tests wait for a process, a server or a clock: one more of them at the same time than there are processors.
PROCESSES = min(4, (os.cpu_count() or 1) + 1)
# A file's tests stay together, for what they share is made once; each process may load torch, so not too many. In the
# order of the folders: by their number of tests, files of few long ones would come last, one process idle.
SIDE_BY_SIDE = (
    "-n",
    str(PROCESSES),
    "--dist",
    "loadfile",
    "--no-loadscope-reorder",
    "--durations",
    "15",
)


def main() -> int:
    """Run all checks and return 0 if every one passes; a failing check does not keep the others from running."""
    failed = []
    for module, *arguments in CHECKS:
        print(f"== {module} {' '.join(arguments)}", flush=True)  # noqa: T201  its output is its purpose
        command = [sys.executable, "-m", module, *arguments]
        if module == "lint-imports":
            command = [str(Path(sys.executable).with_name(module))]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(module)
    if failed:
        print(f"== failed: {', '.join(failed)}; the tests follow", flush=True)  # noqa: T201
    # As an installer does: the tests start thousands of processes, each of which would compile what it imports.
    subprocess.run([sys.executable, "-m", "compileall", "-q", "advisor", "catalog", "tui"], cwd=ROOT, check=False)
    with tempfile.TemporaryDirectory(prefix="model-advisor-tests-") as models:
        # Models are fetched and built once for all processes.
        tests = subprocess.run(
            [sys.executable, "-m", "pytest", *SIDE_BY_SIDE, *sys.argv[1:]],
            cwd=ROOT,
            env={KEPT_HOME: models} | {name: value for name, value in os.environ.items() if name != NO_BYTECODE},
            check=False,
        )
    return tests.returncode or int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
