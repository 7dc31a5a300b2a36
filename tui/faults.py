"""Faults of this program itself: the details go into a log file, the user reads one line."""

from __future__ import annotations

import tempfile
import traceback
from dataclasses import dataclass

from advisor.errors import one_line


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that nobody foresaw, and where its details are."""

    error: BaseException
    log: str

    def line(self) -> str:
        """Return it in one line."""
        told = one_line(f"{type(self.error).__name__}: {self.error}", 200)
        return f"error: a fault in model-advisor ({told}); details: {self.log}"


def keep(error: BaseException) -> str:
    """Write an error's traceback into a log file and return the file's path."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", suffix=".log", prefix="advisor-", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as log:
            traceback.print_exception(error, file=log)
    except OSError:
        return "none, the disk cannot be written"
    return log.name
