"""A one-line progress display on standard error."""

import contextlib
import shutil
import sys
import time
from typing import Final

QUIET_SECONDS: Final = 5.0


class LiveLine:
    """A line that is overwritten on a terminal; elsewhere one is printed every few seconds, and always the last."""

    def __init__(self) -> None:
        self._is_live = sys.stderr is not None and sys.stderr.isatty()
        self._open = False
        self._last = float("-inf")
        self._pending = ""

    def show(self, line: str, *, at_once: bool = False) -> None:
        """Replace the line shown; ``at_once`` prints it without throttling."""
        line = printable(line)
        if self._is_live:
            width = shutil.get_terminal_size().columns
            self._write(f"\r\x1b[K{line[: width - 1]}")
            self._open = True
        elif at_once or time.monotonic() - self._last >= QUIET_SECONDS:
            self._write(f"{line}\n")
            self._last, self._pending = time.monotonic(), ""
        else:
            self._pending = line

    def end(self) -> None:
        """End the line, so that other output can follow."""
        if self._open:
            self._write("\n")
            self._open = False
        if self._pending:
            self._write(f"{self._pending}\n")
            self._pending = ""

    @staticmethod
    def _write(text: str) -> None:
        if sys.stderr is not None:
            with contextlib.suppress(BrokenPipeError):  # a closed pipe does not stop the program
                sys.stderr.write(text)
                sys.stderr.flush()


def printable(text: str) -> str:
    """Replace control characters by spaces."""
    return "".join(c if c.isprintable() else " " for c in text)
