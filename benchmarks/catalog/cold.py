"""A cold `advisor search` against `llmfit recommend` and `import textual`: ``python -m benchmarks.catalog.cold``.

Each is a new process, files in the page cache; the commands alternate, so that other load affects all of them, and
medians are compared. llmfit is the command of the package of that name; it is searched next to this Python, on the path
and at ``--llmfit``:

    python -m venv /tmp/peer && /tmp/peer/bin/pip install "llmfit==1.1.*"
    python -m benchmarks.catalog.cold --llmfit /tmp/peer/bin/llmfit
"""

import argparse
import importlib.util
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.common import advisor, load_line

_QUERY = "sentiment of German product reviews"
_MOST_RATIO = 1.5


def medians(commands: dict[str, list[str]], runs: int) -> dict[str, float]:
    """Median seconds of each command, in alternation; the first turn is not counted."""
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            spent[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds[1:]) for name, seconds in spent.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog.cold", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--llmfit", help="path of the peer's command")
    arguments = parser.parse_args()
    ours = "advisor search --json"
    commands = {ours: advisor("search", _QUERY, "--json"), "python -c pass": [sys.executable, "-c", "pass"]}
    neighbour = Path(sys.executable).with_name("llmfit")
    peer = arguments.llmfit or (str(neighbour) if neighbour.is_file() else shutil.which("llmfit"))
    if peer is None:
        print('llmfit is not installed; to compare: pip install "llmfit==1.1.*" (or name its command with --llmfit)')
    else:
        commands["llmfit recommend --json"] = [peer, "recommend", "--json"]
    if importlib.util.find_spec("textual") is not None:
        commands["import textual"] = [sys.executable, "-c", "import textual"]
    found = medians(commands, arguments.runs)
    print(load_line())
    print(f"{'cold process':<26} {'median s':>9} {'ours is':>9} {'limit':>6}")
    for name, seconds in found.items():
        limit = f"{_MOST_RATIO:.1f}" if name.startswith("llmfit") else ""
        ratio = "" if name == ours else f"{found[ours] / seconds:.2f} ×"
        print(f"{name:<26} {seconds:>9.3f} {ratio:>9} {limit:>6}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
