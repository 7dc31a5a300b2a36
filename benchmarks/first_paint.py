"""Time to the first screen, and to the first answers, in a real pseudo-terminal: `advisor`, bare apps, llmfit.

    python -m benchmarks.first_paint [--runs 7]

First paint: from the start of the command until the first screen's words arrive at the terminal. First key: from the
same start until the first screen shows the effect of a key, sent as soon as the screen is visible. First search: from
the same start until the answer to a search is visible: in `advisor` the catalog's page and a task in plain words, in
llmfit its search by name.

A bare Textual app filters a list of twenty words, the minimum of such an app; another one asks the same catalog the
same question, the minimum of an app that answers it. Paints and keys are compared with the first, searches with the
second. The commands alternate, so that load affects all equally.

Needs a compiled catalog (`advisor catalog info` makes it) and, for the peer, `pip install llmfit`.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass, field

from advisor.report.tables import table
from benchmarks.common import advisor, compile_packages, load_line

COLUMNS, LINES = 120, 40
MOST_SECONDS = 20.0
WHERE = "\x1b[6n"
AIM = 1.5
BARE = """
from functools import cache
from textual.app import App
from textual.widgets import Input, OptionList

@cache
def opened():
    from catalog import open_catalog
    return open_catalog()

def found(text):
    return [word for word in map("word-{}".format, range(20)) if text in word]

class Bare(App):
    def compose(self):
        yield Input(placeholder="bare app")
        yield OptionList()

    def on_input_changed(self, event):
        self.query_one(OptionList).clear_options().add_options(found(event.value))

Bare().run()
"""
WORDS = 'return [word for word in map("word-{}".format, range(20)) if text in word]'
BARE_CATALOG = BARE.replace(WORDS, "return [hit.card.id for hit in opened().search(text, limit=60)]")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|.)")


@dataclass(frozen=True, slots=True)
class Contender:
    """A command to be timed."""

    name: str  # Its name in the table.
    command: list[str]  # The command line.
    first: str  # The words of its first screen.
    key: tuple[str, str] | None  # The key to type, and a pattern of its effect; None for no key.
    # Steps of a search: each part is typed when the words before it are visible.
    search: tuple[tuple[str, str], ...]


class Terminal:
    """A command in a pseudo-terminal, and its output."""

    def __init__(self, command: list[str]) -> None:
        self.began = time.perf_counter()
        self._pid, self._file = pty.fork()
        if self._pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.environ.pop("NO_COLOR", None)
            os.execvp(command[0], command)  # noqa: S606  a child of a fork has nothing to quote
        self._written = ""

    def until(self, words: str) -> float | None:
        """Return the seconds from the start until this pattern is on the screen; None if it never is."""
        asked = time.perf_counter()
        while not re.search(words, " ".join(_ESCAPES.sub(" ", self._written).split())):
            if re.search(words, self._written):
                break
            if not self._read(MOST_SECONDS - (time.perf_counter() - asked)):
                return None
        return time.perf_counter() - self.began

    def _read(self, seconds: float) -> bool:
        if not select.select([self._file], [], [], max(0.0, seconds))[0]:
            return False
        try:
            written = os.read(self._file, 1 << 16).decode("utf-8", "replace")
        except OSError:
            return False
        if WHERE in written:  # some wait for the terminal's cursor position
            os.write(self._file, b"\x1b[1;1R")
        self._written += written
        return True

    def type(self, keys: str) -> None:
        """Send keys; earlier output is discarded."""
        if keys:
            self._written = ""
            os.write(self._file, keys.encode())

    def drain(self) -> None:
        while self._read(0.0):
            pass

    def close(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._file)


def measure(contender: Contender, steps: tuple[tuple[str, str], ...]) -> tuple[float, float] | None:
    terminal = Terminal(contender.command)
    try:
        first = answer = terminal.until(contender.first)
        for keys, words in steps:
            if answer is None:
                return None
            terminal.type(keys)
            answer = terminal.until(words)
        return None if first is None or answer is None else (first, answer)
    finally:
        terminal.close()


@dataclass(slots=True)
class Times:
    """The seconds of one contender, a number for each start."""

    paint: list[float] = field(default_factory=list)
    key: list[float] = field(default_factory=list)
    search: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=7, help="times each is started for each answer (7)")
    runs = parser.parse_args().runs
    compile_packages()
    subprocess.run(advisor("catalog", "info"), stdout=subprocess.DEVNULL, check=True)
    word, bare = ("word-1", "word-19"), [sys.executable, "-c"]
    contenders = [
        Contender("bare Textual app", [*bare, BARE], "are app", word, (word,)),
        Contender("bare, same catalog", [*bare, BARE_CATALOG], "are app", None, (("spam", "/[^ ]*[sS]pam"),)),
        Contender("advisor", advisor(), "What should", word[:1] * 2, (("\x1bOR", "Family"), ("spam", "Understood"))),
    ]
    if shutil.which("llmfit"):
        # It searches at each letter and draws changes: the answer is complete with the last letter.
        searching = (("", "Press / to search"), ("/qwen", r"qwen|\x1b\[6;5Hn"))
        contenders.append(Contender("llmfit", ["llmfit"], "llmfit", None, searching))
    times = [Times() for _ in contenders]
    for run in range(runs + 1):
        for each, own in zip(contenders, times, strict=True):
            for steps, kept in (((each.key,) if each.key else None, own.key), (each.search, own.search)):
                if steps and (seconds := measure(each, steps)) is not None and run:
                    own.paint.append(seconds[0])
                    kept.append(seconds[1])
    bare_times, asking_times = times[:2]
    rows = [
        (
            each.name,
            *_cells(own.paint, bare_times.paint),
            *(_cells(own.key, bare_times.key) if each.key else ("-", "-")),
            *_cells(own.search, asking_times.search),
        )
        for each, own in zip(contenders, times, strict=True)
    ]
    header = ("command", "first paint s", "ratio", "first key s", "ratio", "first search s", "ratio")
    print("\n".join(table(header, rows, frozenset(range(1, 7)))))
    print(f"median of {runs}, after one that is not counted; aim {AIM} or less; {load_line()}")


def _cells(own: list[float], base: list[float]) -> tuple[str, str]:
    if not own or not base:
        return "no answer", ""
    return f"{statistics.median(own):.3f}", f"{statistics.median(own) / statistics.median(base):.2f}"


if __name__ == "__main__":
    main()
