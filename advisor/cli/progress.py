"""Shows a run's progress on standard error: a live line on a terminal, a line per event elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING, Self, TextIO

from advisor.cli.diagnostics import is_terminal, say
from advisor.errors import one_line
from advisor.runs.records import Purpose
from advisor.units import format_bytes

if TYPE_CHECKING:
    from advisor.climb import Progress

QUIET_SECONDS = 5.0


def terminal_width(stream: TextIO | None) -> int | None:
    """Return the columns of the terminal that a stream writes to, or None where it writes to none."""
    return shutil.get_terminal_size().columns if is_terminal(stream) else None


class ProgressPrinter:
    """Prints what happens. Use it as a context manager: leaving it ends the live line."""

    def __init__(self) -> None:
        self._is_live = is_terminal(sys.stderr)
        self._open = False
        self._candidate = ""
        self._last = 0.0
        self._pending = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_line()

    def __call__(self, progress: Progress) -> None:
        """Show one event."""
        name = one_line(progress.candidate.model, 50)
        if name != self._candidate:
            self._end_line()
            self._candidate = name
        match progress.kind:
            case "downloading":
                self._end_line()
                say(f"{name}: downloading {format_bytes(progress.total)}")
            case "loading":
                self._update(f"{name}: loading{', training its head' if progress.candidate.method == 'head' else ''} …")
            case "failed":
                self._end_line()
                say(f"{name}: could not be run: {one_line(progress.detail)}")
            case _:
                what = "right" if progress.purpose is Purpose.EVIDENCE else "of the mistakes mended"
                self._update(f"{name}: {progress.passed} of {progress.done} {what} (at most {progress.total})")

    def _update(self, line: str) -> None:
        if self._is_live:
            width = shutil.get_terminal_size().columns
            sys.stderr.write(f"\r\x1b[K{line[: width - 1]}")
            sys.stderr.flush()
            self._open = True
        elif time.monotonic() - self._last >= QUIET_SECONDS:
            say(line)
            self._last, self._pending = time.monotonic(), ""
        else:
            self._pending = line

    def _end_line(self) -> None:
        if self._open:
            sys.stderr.write("\n")
            sys.stderr.flush()
            self._open = False
        if self._pending:
            say(self._pending)
            self._pending = ""
