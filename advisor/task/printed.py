"""Undoes what programs print into tables for people: headers again on each page, rules, and padding."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from advisor.task.header import Numbered
from advisor.task.record import Row, peeked

# Rows that decide which columns are padded: most of their filled cells are.
_LOOKED = 200
_RULE = re.compile(r"[-=_+:\u2500\u2501\u2550\u253c]{3,}")


def without_print(rows: Iterator[Row], again: list[int] | None = None) -> Iterator[Row]:
    """Yield a table's rows without repeated headers and rules, and padded columns without padding.

    The lines of headers are appended to `again`.
    """
    looked, rows = peeked((row for row in rows if not _is_printed(row, again)), _LOOKED)
    padded = _padded(looked)
    for row in rows:
        held = {name: cell.strip() for name in padded if isinstance(cell := row.columns.get(name), str)}
        yield row._replace(columns=row.columns | held) if held else row


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


def _is_printed(row: Row, again: list[int] | None) -> bool:
    if is_header(row.columns):
        if again is not None:
            again.append(row.line)
        return True
    return _is_rule(row)


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


def _padded(rows: list[Row]) -> list[str]:
    filled, padded = Counter[str](), Counter[str]()
    for row in rows:
        for name, cell in row.columns.items():
            if isinstance(cell, str) and cell:
                filled[name] += 1
                padded[name] += cell != cell.strip()
    return [name for name, count in padded.items() if 2 * count > filled[name]]
