"""Whether a file can be read as examples at all, before anything is begun with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import InputError, one_line
from advisor.task.source import place

if TYPE_CHECKING:
    from pathlib import Path

# So many rows are described; the others are read and counted alone.
LOOKED = 200
FEWEST = 2


def unreadable(path: Path) -> str:
    """Return why a file cannot be read as examples, what is wrong and the cure parted by "; "; "" if it can.

    A row beyond which nothing can be read counts too: planning would refuse the whole file for it.
    """
    from advisor.interview.files.sheet import look

    try:
        table = look(path, LOOKED)
    except InputError as error:
        return str(error)
    except OSError as error:
        return f"{place(path)}: cannot be read ({one_line(error.strerror or error, 120)})"
    if table.broken:
        return table.broken
    if table.rows < FEWEST:
        return f"{place(path)}: holds one row; it needs at least two examples, one a row"
    return ""
