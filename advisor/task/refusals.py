"""Collects the errors of a file's rows into one message, so that all can be fixed at once.

Rows with an empty cell or a missing file do not invalidate the others: they are left out, with a note, and so are a few
whose answer does not fit their input.
"""

from collections.abc import Sequence
from pathlib import Path

from advisor.errors import InputError
from advisor.system.source import line_words, place

KINDS_SHOWN, LINES_SHOWN = 4, 8
# A file with this many invalid rows is another kind of file.
MOST = 500
# Rows with empty cells are left out if this many examples remain; with fewer every row counts.
ENOUGH_LEFT = 8
# More rows than this share of the examples do not fit by a slip.
MOST_STRAY = 0.1


class Refusals:
    """Collects errors of rows; equal ones are reported once, with all their lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[str, list[int]] = {}
        self._empty: set[str] = set()
        self._stray: dict[str, str] = {}
        self._strays = self._last = 0
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Whether enough errors are collected."""
        return self._count >= MOST or (self._strays >= MOST and self._strays > MOST_STRAY * self._last)

    def add(self, line: int, reason: str, *, is_empty: bool = False, stray: str = "") -> None:
        """Add a row's error; `is_empty` if something in the row is empty, `stray` what a few rows may have wrong."""
        self._lines.setdefault(reason, []).append(line)
        if is_empty:
            self._empty.add(reason)
        elif stray:
            self._stray[reason] = stray
            self._strays, self._last = self._strays + 1, line
        else:
            self._count += 1

    def leave_out(self, examples: int) -> list[str]:
        """Drop rows with empty cells if enough examples remain, and few that are stray; return the notes about them."""
        if examples < ENOUGH_LEFT:
            return []
        dropped: dict[str, list[int]] = {}
        is_few = sum(len(self._lines[reason]) for reason in self._stray) <= MOST_STRAY * examples
        for reason in [reason for reason in self._lines if reason in self._empty or (is_few and reason in self._stray)]:
            what = self._stray.get(reason, reason).partition(";")[0]  # without its cure
            dropped.setdefault(what, []).extend(self._lines.pop(reason))
        return [left_out(self._path, sorted(lines), what) for what, lines in dropped.items()]

    def raise_all(self) -> None:
        """Raise the collected errors, if there are any.

        InputError naming the file, the first line and its error, then the others.
        """
        if not self._lines:
            return
        kinds = list(self._lines.items())
        (reason, lines), *others = kinds[:KINDS_SHOWN]
        said = [f"{place(self._path, lines[0])}: {reason}{_more(lines[1:])}"]
        said += [f"{line_words(lines[0])}: {reason}{_more(lines[1:])}" for reason, lines in others]
        left = sum(len(lines) for _, lines in kinds[KINDS_SHOWN:])
        if left:
            said.append(f"{left} more {'row has' if left == 1 else 'rows have'} something else")
        if self.is_full:
            said.append("later rows were not checked")
        raise InputError(". ".join(said))


def _more(lines: list[int]) -> str:
    return f" (and {len(lines)} more: {listed_lines(lines)})" if lines else ""


def left_out(path: Path, lines: Sequence[int], reason: str) -> str:
    """Return that some rows are left out, with why."""
    rows = "1 row is left out" if len(lines) == 1 else f"{len(lines)} rows are left out"
    return f"{place(path).rpartition('/')[2]}: {rows}, {reason} ({listed_lines(lines)})"


def listed_lines(lines: Sequence[int]) -> str:
    """Return some lines in words: "lines 3, 8", or as they show themselves, such as "record 3, record 8"."""
    shown = ", ".join(map(str, lines[:LINES_SHOWN])) + (", …" if len(lines) > LINES_SHOWN else "")
    return f"line{'' if len(lines) == 1 else 's'} {shown}" if f"{lines[0]}".isdecimal() else shown
