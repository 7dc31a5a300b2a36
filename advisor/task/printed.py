"""Leaves out what programs print into tables for people: headers again on each page, and rules."""

import re
from collections.abc import Iterator, Mapping

from advisor.task.header import Numbered
from advisor.task.record import Row

_RULE = re.compile(r"[-=_+:\u2500\u2501\u2550\u253c]{3,}")


def without_print(rows: Iterator[Row], again: list[int] | None = None) -> Iterator[Row]:
    """Yield a table's rows without repeated headers and rules; the lines of headers are appended to `again`."""
    for row in rows:
        if is_header(row.columns):
            if again is not None:
                again.append(row.line)
        elif not _is_rule(row):
            yield row


def is_header(cells: Mapping[str, object]) -> bool:
    """Return whether a row repeats its header: two cells or more are filled, all with their columns' names."""
    filled = 0
    for name, cell in cells.items():
        if cell in (None, ""):
            continue
        if str(cell).strip() != (name.of if isinstance(name, Numbered) else name):
            return False
        filled += 1
    return filled > 1


def _is_rule(row: Row) -> bool:
    """Return whether all filled cells of a row are lines of dashes or the like."""
    filled = 0
    for cell in row.columns.values():
        if cell in (None, ""):
            continue
        if not isinstance(cell, str) or not _RULE.fullmatch(cell.strip()):
            return False
        filled += 1
    return filled > 0
