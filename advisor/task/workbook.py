"""Reads rows from workbooks: Excel's and OpenDocument's, by calamine (Rust, 2 MB)."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.system.source import OpenLayoutError, place, quoted
from advisor.task.header import head_of, told_apart
from advisor.task.layout import Layout
from advisor.task.record import Row, need_columns
from advisor.units import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from advisor.task.layout import Given

# What a workbook may unpack to: it is read whole.
MOST_UNPACKED = 512 << 20
_MOST_LOOKED = 500
# Another sheet with this share of the rows of the largest may be the one that is meant.
_AS_LARGE = 0.5
_CURE = "save it as CSV"


def workbook_layout(path: Path, given: Given) -> Layout:
    """Return which sheet holds the table, and where it begins there.

    Raises:
        InputError: if the file cannot be read, the sheet is not there, or several hold as much.
    """
    sheets = _sheets(path)
    filled = {name: sum(_width(row) > 1 for row in rows) for name, rows in sheets.items()}
    if given.sheet is not None:
        if given.sheet not in sheets:
            known = ", ".join(quoted(name) for name in sheets)
            raise InputError(f"{place(path)}: has no sheet {quoted(given.sheet)}; its sheets are {known}")
        name = given.sheet
    else:
        name = max(sheets, key=lambda each: (filled[each], len(sheets[each])))
        large = [each for each in sheets if filled[each] > 1 and filled[each] >= _AS_LARGE * filled[name]]
        if len(large) > 1:
            known = " and ".join(f"{quoted(each)} ({filled[each]} rows)" for each in large[:4])
            raise OpenLayoutError(
                f"{place(path)}: the sheets {known} hold a table each; name one, e.g. --set examples.sheet={large[0]}",
                "examples.sheet",
                tuple((each, counted(filled[each], "row")) for each in large),
            )
    head = head_of(sheets[name][:_MOST_LOOKED], given.header)
    return Layout("workbook", above=head.above, names=head.names, sheet=name)


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of the sheets in which something stands.

    Raises:
        InputError: if the file cannot be read.
    """
    return tuple(name for name, rows in _sheets(path).items() if rows)


def read_workbook(path: Path, columns: tuple[str, ...], layout: Layout) -> Iterator[Row]:
    """Yield the rows of a sheet; `Row.line` is the sheet's row.

    Raises:
        InputError: naming the file, the row and the cure.
    """
    rows = _sheets(path, layout.sheet)[layout.sheet]
    below = rows[layout.above :]
    header = list(layout.names or ())
    if not header and below:
        header = [str(_value(cell) or "").strip() for cell in below[0]]
        below = below[1:]
    used = [at for at, name in enumerate(header) if name]
    names = told_apart([header[at] for at in used], columns)
    first = len(rows) - len(below) + 1
    need_columns(path, max(1, first - 1), names, columns)
    for number, row in enumerate(below, first):
        cells = [_value(row[at]) if at < len(row) else None for at in used]
        yield Row(number, dict(zip(names, cells, strict=True)))


def _sheets(path: Path, only: str | None = None) -> dict[str, list[list[Any]]]:
    """Return the cells of each sheet from its first row on.

    Raises:
        InputError: if the file is no workbook, or unpacks to more than is read.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # a reader needed for this format alone

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                size = sum(each.file_size for each in packed.infolist())
            if size > MOST_UNPACKED:
                raise InputError(f"{place(path)}: unpacks to more than 512 MiB; keep a part of it, or {_CURE}")
        with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
            names = [name for name in book.sheet_names if only in (None, name)]
            return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names}
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{place(path)}: is not a readable workbook ({one_line(str(error) or type(error).__name__, 120)}); {_CURE}"
        ) from None


def _width(row: Sequence[Any]) -> int:
    return sum(cell not in (None, "") for cell in row)


def _value(cell: object) -> object:
    """Return a cell as rows hold values: whole numbers without a point, days and times as text."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat(sep=" ") if isinstance(cell, dt.datetime) else cell.isoformat()
    if isinstance(cell, dt.timedelta):
        return str(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return None if cell == "" else cell
