"""Reads rows from pages of HTML, also those that programs write for spreadsheets: the table with most rows.

Tables that begin with the same row, such as one a day, are one.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import IO

from advisor.errors import InputError
from advisor.system.source import decode, place
from advisor.task.header import head_of
from advisor.task.layout import Given, Layout
from advisor.task.record import Row, need_columns
from advisor.task.workbook import MOST_LOOKED, table_of, width_of

_CELLS = frozenset({"td", "th"})
_INLINE = frozenset({"a", "b", "em", "font", "i", "span", "strong", "sub", "sup", "u", "wbr"})


def html_layout(path: Path, stream: IO[bytes], encoding: str, given: Given) -> Layout:
    """Return where the largest table of a page in UTF-8 begins; `encoding` is that of the file."""
    rows, others = _largest(path, stream)
    head = head_of(rows[:MOST_LOOKED], given.header)
    return Layout("html", encoding, above=head.above, names=head.names, others=others)


def read_html(path: Path, stream: IO[bytes], columns: tuple[str, ...], layout: Layout) -> Iterator[Row]:
    """Yield the rows of the largest table of a page in UTF-8; the line is the row's number in the table."""
    rows, _ = _largest(path, stream)
    names, below = table_of(rows[layout.above :], layout.names, columns)
    need_columns(path, 1, names, columns)
    for number, cells in enumerate(below, len(rows) - len(below) + 1):
        if any(cells):
            yield Row(number, dict(zip(names, cells, strict=True)))


def _largest(path: Path, stream: IO[bytes]) -> tuple[list[list[str]], int]:
    """Return the cells of the table with most rows of several cells, and how many other tables there are.

    Raises:
        InputError: if there is none.
    """
    page = _Page()
    page.feed(decode(path, stream.read()))
    page.close()
    joined: dict[tuple[str, ...], list[list[str]]] = {}
    for table in filter(None, page.tables):
        rows = [[" ".join(cell.split()) for cell in row] for row in table]
        joined.setdefault(tuple(rows[0]), rows[:1]).extend(rows[1:])
    tables = list(joined.values())
    if not tables:
        raise InputError(f"{place(path)}: is a page without a table; save the examples as CSV")
    return max(tables, key=lambda rows: (sum(width_of(row) > 1 for row in rows), len(rows))), len(tables) - 1


class _Page(HTMLParser):
    """Collects the texts of each table's cells; rows and cells need not be closed, and tables may stand in cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._open: list[list[list[str]]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self.tables.append([])
            self._open.append(self.tables[-1])
        elif self._open and (tag == "tr" or (tag in _CELLS and not self._open[-1])):
            self._open[-1].append([])
        if self._open and tag in _CELLS:
            self._open[-1][-1].append("")
        elif tag not in _INLINE:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == "table":
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] and self._open[-1][-1] and self.cdata_elem is None:  # no script
            self._open[-1][-1][-1] += data
