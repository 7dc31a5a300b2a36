"""Reads an HTML report as a browser and a screen reader would, for tests."""

from html.parser import HTMLParser
from typing import NamedTuple

EMPTY = frozenset({"meta", "br"})


class Table(NamedTuple):
    """A table's caption, header and rows, as text."""

    caption: str
    header: list[str]
    rows: list[list[str]]


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, tables, headings, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.tables: list[Table] = []
        self.headings: list[tuple[int, str]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self._into: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in EMPTY:
            return
        self._open.append(tag)
        if tag == "table":
            self.tables.append(Table("", [], []))
        elif tag == "tr" and "tbody" in self._open:
            self.tables[-1].rows.append([])
        elif tag in {"th", "td", "caption", "h1", "h2", "h3"}:
            self._into = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that is closed at once."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Close an element; the right one, or the page is broken."""
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1] == tag, f"</{tag}> closes <{self._open[-1]}>"
        self._open.pop()
        words = " ".join("".join(self._into).split())
        if tag == "caption":
            self.tables[-1] = self.tables[-1]._replace(caption=words)
        elif tag in {"th", "td"}:
            (self.tables[-1].rows[-1] if "tbody" in self._open else self.tables[-1].header).append(words)
        elif tag in {"h1", "h2", "h3"}:
            self.headings.append((int(tag[1]), words))

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self._into.append(data)
            self.text.append(data)

    def table(self, caption: str) -> Table:
        """Return the one table whose caption begins so."""
        (found,) = [table for table in self.tables if table.caption.startswith(caption)]
        return found
