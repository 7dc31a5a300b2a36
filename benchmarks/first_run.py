"""Time from the README's first line to the recommendation, step by step, and what it takes on disk.

    python -m benchmarks.first_run

Makes a virtual environment and a home of its own in a temporary folder, from this checkout, with this
machine's pip settings.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from advisor.report.layout import table
from advisor.units import format_bytes
from benchmarks.common import ROOT, load_line


def size(folder: Path) -> int:
    """Return the bytes of the files below a folder, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        bin_folder = place / "venv" / "bin"
        home = {
            "XDG_DATA_HOME": str(place / "data"),
            "XDG_CACHE_HOME": str(place / "cache"),
            "HF_HOME": str(place / "hub"),
        }
        steps = {
            "python3 -m venv": [sys.executable, "-m", "venv", str(place / "venv")],
            "pip install '.[starter]'": [str(bin_folder / "pip"), "install", "--quiet", f"{ROOT}[starter]"],
            "advisor models starter --yes": [str(bin_folder / "advisor"), "models", "starter", "--yes"],
            "advisor recommend examples/spam/task.yaml": [
                str(bin_folder / "advisor"), "recommend", str(ROOT / "examples" / "spam" / "task.yaml"),
            ],
        }  # fmt: skip
        rows, total = [], 0.0
        for name, command in steps.items():
            started = time.perf_counter()
            environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"} | home
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seconds = time.perf_counter() - started
            total += seconds
            rows.append((name, f"{seconds:.1f}"))
        rows.append(("from the first line to the recommendation", f"{total:.1f}"))
        print("\n".join(table(("step", "seconds"), rows, frozenset({1}))))
        packages = next((place / "venv" / "lib").glob("python*")) / "site-packages"
        parts = {"installed packages": size(packages), "starter models": size(place / "data") + size(place / "hub")}
        parts |= {f"of which {name}": size(packages / name) for name in ("torch", "advisor", "catalog")}
        print()
        print("\n".join(table(("on disk", "size"), [(k, format_bytes(v)) for k, v in parts.items()], frozenset({1}))))
        print(load_line())


if __name__ == "__main__":
    main()
