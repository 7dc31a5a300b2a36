"""All that is wrong with the rows of a file, in one message: whoever mends it need not come back for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.task.source import place

if TYPE_CHECKING:
    from pathlib import Path

KINDS_SHOWN, LINES_SHOWN = 4, 8
# A file of which this many rows are wrong is another kind of file: nobody mends it row by row.
MOST = 500


class Refusals:
    """Gathers what is wrong with rows; what is said of several is said once, with their lines."""

    def __init__(self, path: Path) -> None:
        """Begin with nothing wrong."""
        self._path = path
        self._lines: dict[str, list[int]] = {}
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Whether there is enough to tell."""
        return self._count >= MOST

    def add(self, line: int, reason: str) -> None:
        """Note what is wrong with a row, in words after its place."""
        self._lines.setdefault(reason, []).append(line)
        self._count += 1

    def tell(self) -> None:
        """Do nothing if nothing is wrong.

        Raises:
            InputError: naming the file, the first line and what is wrong with it, then all others.
        """
        if not self._lines:
            return
        told = list(self._lines.items())
        (reason, lines), *others = told[:KINDS_SHOWN]
        said = [f"{place(self._path, lines[0])}: {reason}{_more(lines[1:])}"]
        said += [f"line {lines[0]}: {reason}{_more(lines[1:])}" for reason, lines in others]
        left = sum(len(lines) for _, lines in told[KINDS_SHOWN:])
        if left:
            said.append(f"{left} more {'row has' if left == 1 else 'rows have'} something else")
        if self.is_full:
            said.append("what follows was not looked at")
        raise InputError(". ".join(said))


def _more(lines: list[int]) -> str:
    if not lines:
        return ""
    shown = ", ".join(map(str, lines[:LINES_SHOWN])) + (", …" if len(lines) > LINES_SHOWN else "")
    return f" (and {len(lines)} more: line{'' if len(lines) == 1 else 's'} {shown})"
