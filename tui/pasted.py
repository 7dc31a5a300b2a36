"""A table that was pasted, as a spreadsheet's cells are: rows of cells with tabs between; kept as a file to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.interview.files import kept

if TYPE_CHECKING:
    from pathlib import Path

FEWEST_ROWS = 3


def rows_in(text: str) -> int:
    """Return how many rows a pasted table has, 0 where it is none: all rows have tabs, and as many of them."""
    lines = [line for line in text.splitlines() if line.strip()]
    marks = {line.count("\t") for line in lines}
    return len(lines) if len(lines) >= FEWEST_ROWS and len(marks) == 1 and 0 not in marks else 0


def keep(text: str) -> Path:
    """Write a pasted table below the data folder, and return its file; the same table is the same file.

    Raises:
        OSError: if it cannot be written.
    """
    return kept.keep(("\n".join(text.splitlines()) + "\n").encode("utf-8", "replace"), ".tsv")
