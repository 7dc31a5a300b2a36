"""Shows a run's progress on standard error: a live line on a terminal, a line per event elsewhere."""

import shutil
import threading
import time
from typing import Self, TextIO

from advisor.decide.records import Purpose, unusable
from advisor.errors import one_line
from advisor.execution.progress import Progress, learning
from advisor.system.streams import is_terminal, say
from advisor.units import format_bytes, format_seconds
from catalog.live_line import LiveLine


def terminal_width(stream: TextIO | None) -> int | None:
    """Return the width of the terminal that a stream writes to, None if it is no terminal."""
    return shutil.get_terminal_size().columns if is_terminal(stream) else None


_WHAT = {
    Purpose.EVIDENCE: "{p.passed} of {p.done} right (at most {p.total})",
    Purpose.CRITICAL: "{p.passed} of {p.done} critical ones right",
    Purpose.COMPARISON: "{p.passed} of {p.done} mistakes right",
    Purpose.AGAIN: "{p.done} asked again",
    Purpose.PERTURBED: "{p.done} asked with a change",
    Purpose.REORDERED: "{p.done} asked with the labels in another order",
}
# Less time left is not said, nor what was predicted unless an answer takes several times as long.
LONG_SECONDS, SLOW = 10.0, 2.0


class ProgressPrinter:
    """Prints progress. Use it as a context manager: leaving it ends the live line."""

    def __init__(self) -> None:
        self._line = LiveLine()
        self._candidate = ""
        self._began = 0.0
        # Of each candidate, by key: answers so far, and their seconds.
        self._answered: dict[str, tuple[int, float]] = {}
        # Candidates may be probed concurrently, each reporting on its own thread.
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.end()

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            self._show(progress)

    def _download(self, progress: Progress) -> str:
        seconds = max(time.monotonic() - self._began, 1e-3)
        rate = progress.done / seconds
        left = max(0, progress.total - progress.done) / rate if rate else 0.0
        return (
            f"{format_bytes(progress.done)} of {format_bytes(progress.total)}, {format_bytes(int(rate))}/s, "
            f"{format_seconds(left)} left"
        )

    def _left(self, progress: Progress) -> str:
        """Return the most time left for a candidate at the pace of its answers, if that is long; "" otherwise."""
        count, seconds = self._answered.get(progress.candidate.key, (0, 0.0))
        count += len(progress.outcomes)
        seconds += sum(each.seconds for each in progress.outcomes)
        self._answered[progress.candidate.key] = count, seconds
        pace, guess = seconds / max(1, count), progress.candidate.seconds_per_example
        left = pace * (progress.total - progress.done)
        if progress.purpose is not Purpose.EVIDENCE or left < LONG_SECONDS:
            return ""
        slow = f"{format_seconds(pace)} each, not {format_seconds(guess)}; " if guess and pace > SLOW * guess else ""
        return f": {slow}at most {format_seconds(left)} left"

    def _show(self, progress: Progress) -> None:
        name = progress.candidate.shown(50)
        if name != self._candidate:
            self._line.end()
            self._candidate = name
        match progress.kind:
            case "downloading" if progress.done == 0:
                self._line.end()
                say(f"{name}: downloading {format_bytes(progress.total)}")
                self._began = time.monotonic()
            case "downloading":
                self._line.show(f"{name}: {self._download(progress)}")
            case "loading":
                self._line.show(f"{name}: loading{learning(progress.candidate)} …")
            case "cross-validated":
                self._line.show(
                    f"{name}: {progress.done} of {progress.total} training rows right after learning from the others"
                )
            case "shared":
                self._line.end()
                sharing = progress.sharing
                is_lowest = sharing is not None and sharing.ladder[sharing.start] == 0
                why = "is the smallest" if is_lowest else "is the likeliest by the training rows"
                say(f"{name} {why}, and probed first")
            case "moved":
                self._line.end()
                say(f"{name}: {one_line(progress.detail)}")
            case "interrupted" | "failed":
                self._line.end()
                why = f"not measured: {progress.detail}" if progress.is_circumstance else unusable(progress.detail)
                why = f"interrupted, tried again: {progress.detail}" if progress.kind == "interrupted" else why
                say(f"{name}: {one_line(why)}")
            case _:
                self._line.show(f"{name}: {_WHAT[progress.purpose].format(p=progress)}{self._left(progress)}")
