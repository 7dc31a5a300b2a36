"""Runs every check; arguments go to pytest, whose summary closes the output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHECKS = (
    ("ruff", "check", "--output-format", "concise", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
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
    tests = subprocess.run([sys.executable, "-m", "pytest", *sys.argv[1:]], cwd=ROOT, check=False).returncode
    return tests or int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
