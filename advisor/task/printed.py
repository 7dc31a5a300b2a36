"""What programs print into tables for people: headers again on each page, rules, and sums."""

import re
from collections.abc import Iterator, Mapping, Sequence

from advisor.families.json_fields import written_number
from advisor.task.header import Numbered
from advisor.task.record import Row

_RULE = re.compile(r"[-=_+:\u2500\u2501\u2550\u253c]{3,}")
# With fewer rows the last may be the sum of the others by chance; totals may include hidden or non-numeric cells.
_FEWEST_ADDED, _ROUNDED = 5, 0.1


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


def adds_up(rows: Sequence[Row]) -> bool:
    """Return whether the last row is half empty and has the sum of a column, such as "Total"."""
    last = rows[-1].columns if len(rows) > _FEWEST_ADDED else {}
    filled = {name: cell for name, cell in last.items() if cell not in (None, "")}
    if not filled or 2 * len(filled) > len(last):
        return False
    for name, cell in filled.items():
        total = written_number(cell)
        parts = [number for row in rows[:-1] if (number := written_number(row.columns.get(name))) is not None]
        if total and len(parts) * 2 > len(rows) and abs(sum(parts) - total) <= _ROUNDED * abs(total):
            return True
    return False
