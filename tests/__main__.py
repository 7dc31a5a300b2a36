"""Runs every check; arguments go to pytest. `--all`, or CI=true, runs the tests marked `soak` as well."""

import os
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Where models are fetched and built, once for all processes and for the next run too.
KEPT = {"MODEL_ADVISOR_TEST_HOME": str(ROOT / "build" / "models-for-tests")}
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
CHECKS = (
    ("ruff", "check", "--output-format", "concise", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports", "--no-logo"),
)
# Many tests wait for a process, a server or a clock: one more of them at the same time than there are processors (with
# two more, on two, the whole run takes as long).
PROCESSES = min(4, (os.cpu_count() or 1) + 1)
# Each process begins with its share of the files in order, for what a file's tests share is made once; one that has
# finished takes half of what another has left.
SIDE_BY_SIDE = ("-n", str(PROCESSES), "--dist", "worksteal", "--durations", "20")


def check(failed: list[str]) -> None:
    """Run the checks that run no test, print what each says at once, and add those that fail."""
    for name, *arguments in CHECKS:
        command = [Path(sys.executable).with_name(name), *arguments]
        done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        shown = done.stdout.decode(errors="replace")
        print(f"\n== {name} {' '.join(arguments)}\n{shown}", end="", flush=True)  # noqa: T201  its output is its purpose
        if done.returncode:
            failed.append(name)


def main() -> int:
    """Run all checks and return 0 if every one passes; a failing check does not keep the others from running."""
    failed: list[str] = []
    # As an installer does: the tests start many processes, each of which would compile what it imports.
    subprocess.run([sys.executable, "-m", "compileall", "-q", "advisor", "catalog", "tui"], cwd=ROOT, check=False)
    checks = threading.Thread(target=check, args=(failed,))  # a minute, while the first tests wait for their models
    checks.start()
    given = {name: value for name, value in os.environ.items() if name != NO_BYTECODE}
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", *SIDE_BY_SIDE, *sys.argv[1:]], cwd=ROOT, env=KEPT | given, check=False
    )
    checks.join()
    if failed:
        print(f"== failed: {', '.join(failed)}", flush=True)  # noqa: T201
    return tests.returncode or int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
