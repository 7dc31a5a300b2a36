"""Columns of plain text: wide characters take two cells, and alignment is by cells."""

import textwrap
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.content import Content

GAP, INDENT = 2, 12


class Column(NamedTuple):
    """A column's title, its width in cells (0: the rest), whether it is right-aligned, and its style."""

    title: str
    width: int
    is_right: bool = False
    style: str = ""


def fit(text: str, width: int, *, is_right: bool = False) -> str:
    """Return a text in exactly this many cells; a longer one ends in an ellipsis."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width else ""
    return " " * (width - length) + text if is_right else text + " " * (width - length)


def short(name: str, width: int) -> str:
    """Return a model's name within this many cells if possible: its owner is cut first, so that names stay distinct."""
    maker, slash, own = name.partition("/")
    room = width - cell_len(own) - 2
    if not slash or cell_len(name) <= width:
        return name
    return f"{set_cell_size(maker, max(0, room))}…/{own}"


def row(columns: Sequence[Column], cells: Sequence[str | Content], width: int) -> Content:
    """Return a line of cells of this width; a `Content` must already have its column's width.

    At most one column has width 0. There is a cell per column; outside text must be on one line.
    """
    given = sum(column.width for column in columns) + GAP * (len(columns) - 1)
    parts: list[tuple[str, str] | Content] = []
    for column, cell in zip(columns, cells, strict=True):
        room = column.width or max(4, width - given)
        if parts:
            parts.append((" " * GAP, ""))
        parts.append(cell if isinstance(cell, Content) else (fit(cell, room, is_right=column.is_right), column.style))
    return Content.assemble(*parts)


def shares(wanted: Sequence[int], room: int, least: int = 12) -> list[int]:
    """Return column widths that fill a line: the widest shrink first; columns without room are dropped.

    The most important of the widths `wanted` come first; `room` are the line's cells; no column is narrower than
    `least`, unless it wants less.
    """
    count = len(wanted)
    while count > 1 and sum(min(width, least) for width in wanted[:count]) + GAP * (count - 1) > room:
        count -= 1
    widths = list(wanted[:count])
    while widths and (over := sum(widths) + GAP * (count - 1) - room) > 0 and max(widths) > 1:
        at = widths.index(max(widths))
        second = max((width for other, width in enumerate(widths) if other != at), default=1)
        widths[at] -= min(over, max(1, widths[at] - second))  # equally wide ones shrink in turn
    return widths


def side_by_side(left: Sequence[str], right: Sequence[str], width: int) -> list[str]:
    """Return two texts in two columns of a line, with equal parts side by side; a part ends with an empty line."""
    column = (width - GAP) // 2
    lines: list[str] = []
    nothing: list[str] = []
    for one, other in zip_longest(_parts(left, column), _parts(right, column), fillvalue=nothing):
        for here, there in zip_longest(one, other, fillvalue=""):
            lines.append(f"{fit(here, column)}{' ' * GAP}{there}".rstrip())
        lines.append("")
    return lines[:-1]


def _parts(lines: Sequence[str], width: int) -> list[list[str]]:
    """Return lines by part, wrapped to a width; continuations are indented to the value."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if not line:
            parts.append([])
            continue
        parts[-1] += textwrap.wrap(line, width, subsequent_indent=" " * min(INDENT, width // 2)) or [line]
    return parts
