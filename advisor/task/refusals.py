"""All that is wrong with the rows of a file, in one message, so that all can be mended at once.

Rows in which something is empty, or whose file is lost, are no reason to refuse the others: they are left out, and
told.
"""

from collections.abc import Sequence
from pathlib import Path

from advisor.errors import InputError
from advisor.system.source import place

KINDS_SHOWN, LINES_SHOWN = 4, 8
# A file of which this many rows are wrong is another kind of file: nobody mends it row by row.
MOST = 500
# Rows in which something is empty are left out where so many examples stand without them; of fewer each one counts.
ENOUGH_LEFT = 8


class Refusals:
    """Gathers what is wrong with rows; what is said of several is said once, with their lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[str, list[int]] = {}
        self._empty: set[str] = set()
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Whether there is enough to tell."""
        return self._count >= MOST

    def add(self, line: int, reason: str, *, is_empty: bool = False) -> None:
        """Note what is wrong with a row, in words after its place; and whether it is that something is empty."""
        self._lines.setdefault(reason, []).append(line)
        if is_empty:
            self._empty.add(reason)
        else:
            self._count += 1

    def leave_out(self, examples: int) -> list[str]:
        """Forgive rows in which something is empty where enough examples stand without them; return what to say."""
        if examples < ENOUGH_LEFT:
            return []
        said = []
        for reason in [reason for reason in self._lines if reason in self._empty]:
            lines = self._lines.pop(reason)
            rows = "1 row is left out" if len(lines) == 1 else f"{len(lines)} rows are left out"
            name = place(self._path).rpartition("/")[2]
            said.append(f"{name}: {rows}, {reason.partition(';')[0]} ({listed_lines(lines)})")
        return said

    def raise_all(self) -> None:
        """Do nothing if nothing is wrong.

        Raises:
            InputError: naming the file, the first line and what is wrong with it, then all others.
        """
        if not self._lines:
            return
        kinds = list(self._lines.items())
        (reason, lines), *others = kinds[:KINDS_SHOWN]
        said = [f"{place(self._path, lines[0])}: {reason}{_more(lines[1:])}"]
        said += [f"line {lines[0]}: {reason}{_more(lines[1:])}" for reason, lines in others]
        left = sum(len(lines) for _, lines in kinds[KINDS_SHOWN:])
        if left:
            said.append(f"{left} more {'row has' if left == 1 else 'rows have'} something else")
        if self.is_full:
            said.append("what follows was not looked at")
        raise InputError(". ".join(said))


def _more(lines: list[int]) -> str:
    return f" (and {len(lines)} more: {listed_lines(lines)})" if lines else ""


def listed_lines(lines: Sequence[int]) -> str:
    """Return the first of some lines, e.g. "lines 3, 8"."""
    shown = ", ".join(map(str, lines[:LINES_SHOWN])) + (", …" if len(lines) > LINES_SHOWN else "")
    return f"line{'' if len(lines) == 1 else 's'} {shown}"
