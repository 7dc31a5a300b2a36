"""Latency of keys in the session, in a real pseudo-terminal, idle and while something runs.

    python -m benchmarks.key_latency [--keys 40]

A letter is typed into home's field or the catalog's search line and timed until the terminal receives it; during a run
the cursor moves from candidate to candidate, timed until the chart is drawn; at irregular intervals. At the first start
the catalog is prepared meanwhile (a fresh cache), in the catalog the search follows, and a refresh lists the tests' Hub
on this machine. A bare Textual app is measured before and after, for the effect of the machine's load alone. The aim is
100 ms at the 99th percentile, if the bare app's own is far below.
"""

import argparse
import os
import random
import statistics
import string
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from benchmarks.common import advisor, load_line
from benchmarks.first_paint import BARE, Terminal

AIM_SECONDS = 0.1
LEAST_APART_SECONDS, MOST_APART_SECONDS, TAIL, SEED = 0.05, 0.45, 4, 7
CATALOG, REFRESH, AGREE, HOME, FIRST, LAST = "\x1bOR", "\x1b[15~", "y", "\x1bOQ", "\x1b[H", "\x1b[F"
BARE_NAME = "bare Textual app"
LINE = "{:44} {:>4} {:>9} {:>7} {:>8} {:>8} {:>5}"


def latencies(terminal: Terminal, keys: int, begin: str = "") -> list[float]:
    if begin:
        terminal.type(begin)
    times, typed, chance = [], "", random.Random(SEED)  # noqa: S311  distances, no secrets
    for letter in islice(cycle(string.ascii_lowercase), keys + TAIL):
        time.sleep(chance.uniform(LEAST_APART_SECONDS, MOST_APART_SECONDS))
        terminal.drain()
        typed += letter
        began = time.perf_counter()
        terminal.type(letter)
        # Single letters occur in escape sequences; with the letters before it, it is unique to the field.
        if len(typed) >= TAIL and terminal.until(typed[-TAIL:]) is None:
            break
        if len(typed) > TAIL:
            times.append((time.perf_counter() - began) * 1000)
    return times


def moves(terminal: Terminal, keys: int) -> list[float]:
    """Return the milliseconds until the chart of the first and of the last candidate is drawn, alternately."""
    times, chance = [], random.Random(SEED)  # noqa: S311  distances, no secrets
    # If the cursor is on the first already, nothing is drawn.
    terminal.type(FIRST)
    time.sleep(2 * MOST_APART_SECONDS)
    for turn in range(keys):
        time.sleep(chance.uniform(LEAST_APART_SECONDS, MOST_APART_SECONDS))
        terminal.drain()
        began = time.perf_counter()
        terminal.type(FIRST if turn % 2 else LAST)
        if terminal.until(rf"\b{1 if turn % 2 else 4}\. \S[^:]*: ([\d,]+ of|not asked)") is None:
            break
        times.append((time.perf_counter() - began) * 1000)
    return times


def session(environment: dict[str, str], command: list[str], first: str) -> Terminal:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        terminal = Terminal(command)
    finally:
        os.environ.clear()
        os.environ.update(before)
    terminal.until(first)
    return terminal


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its name, the latencies of the letters, and the machine's load."""

    name: str
    times: list[float]
    load: float

    def line(self, base: float | None) -> str:
        """Return its line; `base` is the bare app's worst so far."""
        if not self.times:
            return LINE.format(self.name, 0, "no", "answer", "", "", f"{self.load:.1f}")
        times = sorted(self.times)
        ninety_nine = times[min(len(times) - 1, round(len(times) * 0.99))]
        shown = [f"{each:.0f}" for each in (statistics.median(times), ninety_nine, times[-1])]
        ratio = f"{ninety_nine / base:.1f}" if base else ""
        return LINE.format(self.name, len(times), *shown, ratio, f"{self.load:.1f}")


def measure(keys: int) -> Iterator[Case]:
    from tests.local_hub import LocalHub  # the benchmark's Hub; no part of the program

    def typed(name: str, terminal: Terminal, begin: str = "") -> Case:
        return Case(name, latencies(terminal, keys, begin), os.getloadavg()[0])

    with tempfile.TemporaryDirectory() as folder, LocalHub() as hub:
        fresh = {"XDG_DATA_HOME": f"{folder}/data", "XDG_CACHE_HOME": f"{folder}/cache", "HF_ENDPOINT": hub.url}

        def bare() -> Case:
            terminal = session({}, [sys.executable, "-c", BARE], "are app")
            case = typed(BARE_NAME, terminal)
            terminal.close()
            return case

        yield bare()
        terminal = session(fresh, advisor(), "What should")
        yield typed("home, first start: the catalog is prepared", terminal)
        terminal.close()
        terminal = session(fresh, advisor(), "What should")
        terminal.until("shipped")
        yield typed("home, idle", terminal)
        terminal.type(CATALOG)
        terminal.until("Family")
        yield typed("catalog, searching", terminal)
        terminal.type(REFRESH)
        terminal.until("Refresh the catalog from")
        yield typed("catalog, refreshing and searching", terminal, AGREE)
        terminal.close()
        terminal = session(fresh, [sys.executable, "-m", "benchmarks.probing_session"], "tried")
        yield Case("a run's page: another candidate's chart", moves(terminal, keys), os.getloadavg()[0])
        terminal.type(HOME)
        terminal.until("What should")
        yield typed("home, a run under way", terminal)
        terminal.close()
        yield bare()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keys", type=int, default=40, help="letters typed in each case (40)")
    print(LINE.format("while", "keys", "median ms", "p99 ms", "worst ms", "of bare", "load"), flush=True)
    base: float | None = None
    for case in measure(parser.parse_args().keys):
        if case.name == BARE_NAME and case.times:
            base = max(base or 0.0, *case.times)
        print(case.line(base), flush=True)
    print(f"aim {AIM_SECONDS * 1000:.0f} ms at p99; {load_line()}")


if __name__ == "__main__":
    main()
