"""A table that was pasted, as a spreadsheet's cells are: rows of cells with tabs between; kept as a file to be read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from advisor.paths import data_dir

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "pasted"
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
    name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
    path = data_dir() / FOLDER / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(text.splitlines()) + "\n", encoding="utf-8", errors="replace")
    return path
