"""How long a key waits for its letter in the session, in a real pseudo-terminal, idle and while something runs.

    python -m benchmarks.key_latency [--keys 40]

A letter is typed into home's field, or into the catalog's search line, and timed until the terminal is told to draw
it; one after the other, a little apart. At the first start the catalog is prepared meanwhile (a fresh cache), in the
catalog each letter is a search, and a refresh lists the Hub of the tests on this machine. The aim is 100 ms at the 99th
percentile.
"""

from __future__ import annotations

import argparse
import os
import statistics
import string
import tempfile
import time
from typing import TYPE_CHECKING

from advisor.report.layout import table
from benchmarks.common import advisor, load_line
from benchmarks.first_paint import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

AIM_SECONDS = 0.1
APART_SECONDS, TAIL = 0.12, 4
CATALOG, REFRESH, AGREE = "\x1bOR", "\x1b[15~", "y"


def letters() -> Iterator[str]:
    """Return letters that are told from those before."""
    while True:
        yield from string.ascii_lowercase


def latencies(terminal: Terminal, keys: int, begin: str = "") -> list[float]:
    """Return the seconds that each of some letters took, in milliseconds.

    Args:
        terminal: The session's.
        keys: How many letters.
        begin: What is typed before, e.g. to open a page.
    """
    if begin:
        terminal.type(begin)
    told, typed = [], ""
    for _, letter in zip(range(keys + TAIL), letters(), strict=False):
        time.sleep(APART_SECONDS)
        terminal.drain()
        typed += letter
        began = time.perf_counter()
        terminal.type(letter)
        # A letter alone is in every escape; with those before it, it is in the field alone.
        if len(typed) >= TAIL and terminal.until(typed[-TAIL:]) is None:
            break
        if len(typed) > TAIL:
            told.append((time.perf_counter() - began) * 1000)
    return told


def session(environment: dict[str, str]) -> Terminal:
    """Open a session and wait for its first screen."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        terminal = Terminal(advisor())
    finally:
        os.environ.clear()
        os.environ.update(before)
    terminal.until("What should")
    return terminal


def measure(keys: int) -> dict[str, list[float]]:
    """Return the latencies of each case."""
    from tests.local_hub import LocalHub  # the benchmark's Hub; no part of the program

    told: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, LocalHub() as hub:
        fresh = {"XDG_DATA_HOME": f"{folder}/data", "XDG_CACHE_HOME": f"{folder}/cache", "HF_ENDPOINT": hub.url}
        terminal = session(fresh)
        told["home, first start: the catalog is prepared"] = latencies(terminal, keys)
        terminal.close()
        terminal = session(fresh)
        terminal.until("shipped")
        told["home, idle"] = latencies(terminal, keys)
        terminal.type(CATALOG)
        terminal.until("Family")
        told["catalog, searching at each letter"] = latencies(terminal, keys)
        terminal.type(REFRESH)
        terminal.until("Refresh the catalog from")
        told["catalog, refreshing and searching"] = latencies(terminal, keys, AGREE)
        terminal.close()
    return told


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keys", type=int, default=40, help="letters typed in each case (40)")
    rows = []
    for name, told in measure(parser.parse_args().keys).items():
        if not told:
            rows.append((name, "0", "", "", ""))
            continue
        ninety_nine = sorted(told)[min(len(told) - 1, round(len(told) * 0.99))]
        rows.append((name, str(len(told)), f"{statistics.median(told):.0f}", f"{ninety_nine:.0f}", f"{max(told):.0f}"))
    print("\n".join(table(("while", "keys", "median ms", "p99 ms", "most ms"), rows, frozenset({1, 2, 3, 4}))))
    print(f"aim {AIM_SECONDS * 1000:.0f} ms at p99; {load_line()}")


if __name__ == "__main__":
    main()
