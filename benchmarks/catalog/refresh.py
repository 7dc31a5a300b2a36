"""Memory of a refresh of everything, from journal to compiled catalog: ``python -m benchmarks.catalog.refresh``.

The Hub's answers are made up: the shipped cards over and over, as in ``benchmarks.catalog.scale``, each as the record
that the Hub would send, with a revision of its own. From there on all is the real thing: records are trimmed and
stored page by page, the journal is merged with the shipped catalog, written as a snapshot, compiled with the encoder,
put into use, and compared with what was in use before. The most memory is that of a process of its own that starts
with a full journal. "Held" is memory of the process alone; "most" counts mapped files too, which the system can take
back. The last line extrapolates from the two largest sizes along a straight line.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path
from typing import Any

import psutil

from benchmarks.catalog.scale import Copies
from benchmarks.common import load_line
from catalog import ModelCard
from catalog.refresh.compare import compare
from catalog.refresh.journal import Journal
from catalog.refresh.record import Record, trim
from catalog.refresh.run import land
from catalog.store import generations

_PAGE = 1_000
_ENDPOINT = "https://hub.example"
_AIM_ROWS, _AIM_MB = 2_500_000, 1_500
_SAMPLED_SECONDS = 0.05


def raw(card: ModelCard, number: int) -> dict[str, Any]:
    """What the Hub would send of a model."""
    tags = [*card.tags, *card.formats, *card.languages, *([f"license:{card.license}"] if card.license else [])]
    base = {"relation": card.base_relation, "models": [{"id": card.base_model}]} if card.base_model else None
    return {
        "_id": f"{number:024x}",
        "id": card.id,
        "sha": sha1(card.id.encode(), usedforsecurity=False).hexdigest(),
        "lastModified": f"{card.updated or '2026-01-01'}T00:00:00.000Z",
        "createdAt": f"{card.created or '2025-01-01'}T00:00:00.000Z",
        "pipeline_tag": card.family,
        "library_name": card.library,
        "tags": tags,
        "downloads": card.downloads or 0,
        "likes": card.likes or 0,
        "gated": bool(card.gated),
        "cardData": {"license": card.license, "language": list(card.languages)},
        "safetensors": {"parameters": {"BF16": card.parameters}, "total": card.parameters} if card.parameters else None,
        "baseModels": base,
    }


def fill(rows: int) -> None:
    """Store so many records as a crawl does, page by page."""
    generations.home().mkdir(parents=True, exist_ok=True)
    cards = Copies(rows)
    with Journal(generations.home(), _ENDPOINT) as journal:
        page: list[Record] = []
        for number in range(rows):
            record = trim(raw(cards[number], number))
            page += [record] if record is not None else []
            if len(page) == _PAGE or number == rows - 1:
                with journal.transaction():
                    journal.store(page, 1, "2026-11-25")
                page = []


class Sampled:
    """The most memory that this process has held, apart from mapped files."""

    def __init__(self) -> None:
        self.most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Sample meanwhile."""
        self._thread.start()
        yield
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._ended.wait(_SAMPLED_SECONDS):
            told = me.memory_info()
            self.most = max(self.most, told.rss - getattr(told, "shared", 0))


def measure() -> dict[str, float]:
    """Land what the journal holds; seconds, megabytes, models."""
    import resource

    sampled = Sampled()
    before = generations.current_snapshot()
    started = time.perf_counter()
    with sampled.watching(), generations.exclusive(), Journal(generations.home(), _ENDPOINT) as journal:
        generation, _ = land(journal, hub_only=False)
        seconds = time.perf_counter() - started
        changes = compare(before.lines(), generations.snapshot(generation.snapshot).lines())
    assert changes.models == generation.count  # noqa: S101 - a benchmark of something else otherwise
    return {
        "models": generation.count,
        "seconds": seconds,
        "held_mb": sampled.most / 1e6,
        "most_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def _run(step: str, rows: int, folder: str) -> str:
    environment = os.environ | {"XDG_DATA_HOME": f"{folder}/data", "XDG_CACHE_HOME": f"{folder}/cache"}
    command = [sys.executable, "-m", "benchmarks.catalog.refresh", "--step", step, "--rows", str(rows)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def _megabytes(folder: Path, pattern: str) -> float:
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file()) / 1e6


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog.refresh", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000, 150_000, 500_000])
    parser.add_argument("--folder", type=Path, help="on whose disk to work (500 k models take 4 GB for a while)")
    parser.add_argument("--step", choices=("fill", "land"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step == "fill":
        fill(arguments.rows[0])
        return 0
    if arguments.step == "land":
        print(json.dumps(measure()))
        return 0
    print(load_line())
    print(
        f"{'models':>9} {'seconds':>8} {'held MB':>8} {'most MB':>8} {'journal':>8} {'snapshot':>9} {'compiled MB':>11}"
    )
    points = []
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            _run("fill", rows, folder)
            told = json.loads(_run("land", rows, folder))
            home = Path(folder)
            sizes = [_megabytes(home, p) for p in ("journal-*.db", "*.jsonl.gz")] + [_megabytes(home / "cache", "*")]
            points.append((told["models"], told["held_mb"], told["most_mb"]))
            print(
                f"{told['models']:>9,} {told['seconds']:>8.0f} {told['held_mb']:>8.0f} {told['most_mb']:>8.0f}"
                f" {sizes[0]:>8.0f} {sizes[1]:>9.0f} {sizes[2]:>11.0f}",
                flush=True,
            )
    if len(points) > 1:
        (fewer, *less), (more, *much) = sorted(points)[-2:]
        held, most = (b + (b - a) / (more - fewer) * (_AIM_ROWS - more) for a, b in zip(less, much, strict=True))
        print(f"{_AIM_ROWS:>9,} {'':>8} {held:>8.0f} {most:>8.0f}  extrapolated; aim {_AIM_MB:,} MB held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
