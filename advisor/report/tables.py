"""Plain tables and wrapped prose for a terminal of some width, or for none."""

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

NARROWEST_COLUMN = 18
NARROWEST_TEXT = 40
GAP = "  "
CODE_INDENT = "    "
# Combining marks (accents, vowels of Thai and Hindi), and joiners.
WITHOUT_WIDTH = frozenset({"Mn", "Me", "Cf"})


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    right: frozenset[int] = frozenset(),
    width: int | None = None,
    optional: Sequence[int] = (),
) -> list[str]:
    """Return the lines of a plain table.

    Columns in `right` are right-aligned and never cut; to fit a `width` the widest others are cut, and `optional` ones
    dropped, in the order named, as soon as others would become too narrow.
    """
    grid = [list(header), *map(list, rows)]
    widths = {column: max(width_of(row[column]) for row in grid) for column in range(len(header))}
    if width is not None:
        _narrow(widths, right, width, list(optional))

    def line(row: list[str]) -> str:
        return GAP.join(_fitted(row[i], w, to_right=i in right) for i, w in widths.items()).rstrip()

    return [line(grid[0]), GAP.join("-" * w for w in widths.values()), *(line(row) for row in grid[1:])]


def wrap(lines: Iterable[str], width: int | None) -> list[str]:
    """Return prose lines wrapped to a width with their indentation; code (indented by four) is unchanged."""
    if width is None:
        return list(lines)
    wrapped: list[str] = []
    for line in lines:
        if len(line) <= width or line.startswith(CODE_INDENT):
            wrapped.append(line)
            continue
        indent = line[: len(line) - len(line.lstrip())]
        wrapped += textwrap.wrap(
            line, max(width, NARROWEST_TEXT), subsequent_indent=indent + "  ", break_on_hyphens=False
        )
    return wrapped


def _narrow(widths: dict[int, int], right: frozenset[int], most: int, optional: list[int]) -> None:
    while sum(widths.values()) + len(GAP) * (len(widths) - 1) > most:
        flexible = [column for column in widths if column not in right]
        widest = max(flexible, key=lambda column: widths[column], default=None)
        if widest is not None and widths[widest] > NARROWEST_COLUMN:
            widths[widest] -= 1
        elif optional:
            widths.pop(optional.pop(0), None)
        else:
            return


def width_of(text: str) -> int:
    """Return a text's width in terminal columns: Chinese characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    seen = [each for each in text if unicodedata.category(each) not in WITHOUT_WIDTH]
    return len(seen) + sum(unicodedata.east_asian_width(each) in "WF" for each in seen)


def _fitted(cell: str, width: int, *, to_right: bool) -> str:
    if width_of(cell) > width:
        while width_of(cell) > width - 1:
            cell = cell[:-1]
        cell += "…"
    blank = " " * (width - width_of(cell))
    return blank + cell if to_right else cell + blank
