"""One line on standard error that tells how something long is going."""

import contextlib
import shutil
import sys
import time
from typing import Final

QUIET_SECONDS: Final = 5.0


class LiveLine:
    """A line that is written over on a terminal; elsewhere one every few seconds, and the last one in any case."""

    def __init__(self) -> None:
        self._is_live = sys.stderr is not None and sys.stderr.isatty()
        self._open = False
        self._last = float("-inf")
        self._pending = ""

    def show(self, line: str, *, at_once: bool = False) -> None:
        """Show a line in place of the one before; ``at_once`` is for what must not be skipped."""
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
        """End the line, so that something else can be printed."""
        if self._open:
            self._write("\n")
            self._open = False
        if self._pending:
            self._write(f"{self._pending}\n")
            self._pending = ""

    @staticmethod
    def _write(text: str) -> None:
        if sys.stderr is not None:
            with contextlib.suppress(BrokenPipeError):  # its reader has left, which ends nothing
                sys.stderr.write(text)
                sys.stderr.flush()


def printable(text: str) -> str:
    """The text without what a terminal would act upon."""
    return "".join(c if c.isprintable() else " " for c in text)
