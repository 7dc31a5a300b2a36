"""Shows a run's progress on standard error: a live line on a terminal, a line per event elsewhere."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Self, TextIO

from advisor.cli.diagnostics import is_terminal, say
from advisor.errors import one_line
from advisor.runs.records import Purpose
from advisor.units import format_bytes
from catalog.live_line import LiveLine

if TYPE_CHECKING:
    from advisor.climb import Progress


def terminal_width(stream: TextIO | None) -> int | None:
    """Return the columns of the terminal that a stream writes to, or None where it writes to none."""
    return shutil.get_terminal_size().columns if is_terminal(stream) else None


class ProgressPrinter:
    """Prints what happens. Use it as a context manager: leaving it ends the live line."""

    def __init__(self) -> None:
        self._line = LiveLine()
        self._candidate = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.end()

    def __call__(self, progress: Progress) -> None:
        """Show one event."""
        name = one_line(progress.candidate.model, 50)
        if name != self._candidate:
            self._line.end()
            self._candidate = name
        match progress.kind:
            case "downloading":
                self._line.end()
                say(f"{name}: downloading {format_bytes(progress.total)}")
            case "loading":
                self._line.show(
                    f"{name}: loading{', training its head' if progress.candidate.method == 'head' else ''} …"
                )
            case "failed":
                self._line.end()
                say(f"{name}: could not be run: {one_line(progress.detail)}")
            case _:
                what = "right" if progress.purpose is Purpose.EVIDENCE else "of the mistakes mended"
                self._line.show(f"{name}: {progress.passed} of {progress.done} {what} (at most {progress.total})")
