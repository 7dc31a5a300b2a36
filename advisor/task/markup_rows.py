"""Reads rows from XML, the most frequent elements with a common parent, and from the largest table of a page."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, XMLParser, parse
from zipfile import ZipFile

from advisor.errors import InputError, one_line
from advisor.system.source import decode, place
from advisor.task.header import head_of
from advisor.task.layout import Given, Layout
from advisor.task.packed import BROKEN
from advisor.task.record import Row
from advisor.task.workbook import MOST_LOOKED, MOST_UNPACKED, table_of, width_of

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
CELLS = frozenset({"td", "th"})
# Formats of Word, OpenDocument and Excel's XML.
_TABLE, _ROW, _CELL = (
    ("tbl", "table", "Table"),
    ("tr", "table-row", "Row"),
    ("tc", "table-cell", "covered-table-cell", "Cell"),
)
_PARAGRAPHS, _BREAKS, _W = ("p", "h"), ("br", "tab"), "wordprocessingml"
_PLACE, _MOST_COLUMNS, _DIGITS = "{urn:schemas-microsoft-com:office:spreadsheet}Index", 1 << 14, 9
_XML = re.compile(rb"\s*<\?xml[^<]*<(?!!doctype|html)", re.IGNORECASE)
_INLINE = frozenset({"a", "b", "em", "font", "i", "span", "strong", "sub", "sup", "u", "wbr"})
# HTML elements that mark nothing in a text.
IN_LINE = frozenset(
    {*_INLINE, "abbr", "big", "cite", "code", "del", "img", "ins", "kbd", "label", "mark", "q", "s", "small", "tt"}
)
_OF_A_PAGE = re.compile(
    r"</(?:html|body|div|p|span|t[dr]|table|[uo]l|li|h[1-6]|a|b|i|u|strong|em|font|center|blockquote)\s*>|<br\s*/?>",
    re.IGNORECASE,
)
_OF_LINES = re.compile(r"</(?:html|body|div|p|t[dr]|table|[uo]l|li|h[1-6]|center|blockquote)\s*>", re.IGNORECASE)
_OPEN = frozenset({"new", "initial", "needs-translation", "needs-adaptation", "needs-l10n"})
_OF_TRANSLATIONS = {"target": _OPEN, "translation": frozenset({"unfinished", "vanished", "obsolete"})}
# Translations, and in their texts what stands for another format's own code (TMX 1.4b; XLIFF 1.2 and 2.1).
_TRANSLATED = frozenset({"tmx", "xliff"})
_CODES = frozenset({"bpt", "ept", "ph", "it", "x", "bx", "ex", "sc", "ec"})
UNSEEN = frozenset({"head", "script", "style", "template", "title"})


def read_xml(path: Path, stream: IO[bytes], _: Layout) -> Iterator[Row]:
    """Yield the rows of a document in UTF-8: attributes and the texts of children; the line is the row's number.

    Nothing outside the file is fetched, and expat (2.4 and newer) refuses entities that grow without bound. InputError
    naming the file and the error.
    """
    try:
        root = parse(stream, XMLParser(encoding="utf-8")).getroot()  # noqa: S314  as said above
    except (ParseError, ValueError) as error:
        raise InputError(f"{place(path)}: is not valid XML ({one_line(error, 120)})") from None
    is_translated = _name(root) in _TRANSLATED
    for code in [each for each in root.iter() if is_translated and _name(each) in _CODES]:
        code.text, code[:] = None, []
    found = Counter({(parent, child.tag): 0 for parent in root.iter() for child in parent})
    found.update((parent, child.tag) for parent in root.iter() for child in parent if len(child) or child.attrib)
    parent, tag = found.most_common(1)[0][0] if found else (root, root.tag)
    try:
        # Of each like parent: a blog's posts have comments of their own.
        elements = [child for each in root.iter(parent.tag) for child in each if child.tag == tag]
        marked = [] if is_translated else _marked(root)
        rows = list(map(_with_spans, marked) if 2 * len(marked) > len(elements) else map(_cells, elements))
    except RecursionError:
        raise InputError(f"{place(path)}: is nested too deeply; save its rows as CSV") from None
    names = list(dict.fromkeys(name for cells in rows for name in cells))
    for number, cells in enumerate(rows, 1):
        yield Row(number, {name: cells.get(name, "") for name in names})


def _marked(root: Element) -> list[Element]:
    """Return the elements whose texts contain annotations, such as TEI's <persName>, and those like them."""
    kinds = Counter(
        each.tag
        for each in root.iter()
        if _is_text(each) and any(_name(child) not in _INLINE and (child.text or "").strip() for child in each)
    )
    return list(root.iter(kinds.most_common(1)[0][0])) if kinds else []


def _with_spans(element: Element) -> dict[str, Any]:
    """Return an element's text, with blanks folded, and its annotations."""
    parts, size = [" "], 0  # a first blank, so that none begins the text
    held: list[tuple[int, int, str]] = []

    def walk(node: Element) -> None:
        nonlocal size
        start = size
        for part, child in ((node.text, None), *((child.tail, child) for child in node)):
            if child is not None:
                walk(child)
            plain = " ".join(f"x{part or ''}x".split())[1:-1]
            plain = plain.lstrip() if parts[-1][-1] == " " else plain
            parts.extend(filter(None, [plain]))
            size += len(plain)
        if node is not element and _name(node) not in _INLINE:
            held.append((start, size, _name(node)))

    walk(element)
    text = "".join(parts[1:])
    spans = [
        {"start": start + len(marked) - len(marked.lstrip()), "end": start + len(marked.rstrip()), "label": label}
        for start, end, label in held
        if (marked := text[start:end]).strip()
    ]
    return {"text": text.rstrip(), "spans": sorted(spans, key=lambda each: each["start"])}


def _is_text(element: Element) -> bool:
    return any((part or "").strip() for part in (element.text, *(child.tail for child in element)))


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _cells(element: Element) -> dict[str, str]:
    """Return an element's attributes and the texts of its leaves by their tags; a leaf's own text.

    A translation that is not finished is empty (XLIFF 1.2 and 2.1, "state"; Qt, "type"). Texts in several languages
    get a column each (TMX 1.4b, "xml:lang"; before 1.4 "lang"). An element with text of its own is one text with
    everything inside; an empty one consists of its attribute, or has a column for each of several.
    """
    cells = dict(element.attrib)
    for child in element:
        language = child.get(_LANG) or (child.get("lang") if _name(child) == "tuv" else None)
        name = language or _name(child)
        if len(child) and not _is_text(child) and language is None:
            found = {key if key not in cells else f"{name}.{key}": cell for key, cell in _cells(child).items()}
        else:
            text = " ".join("".join(child.itertext()).split())
            are_apart = not text and len(child.attrib) > 1
            found = {f"{name}.{key}": cell for key, cell in child.attrib.items()} if are_apart else {}
            found = found or {name: text or " ".join(child.attrib.values())}
        states = {each.attrib.get(key) for each in (child, element) for key in ("state", "type")}
        if "source" in cells and not states.isdisjoint(_OF_TRANSLATIONS.get(_name(child), ())):
            found = {name: ""}
        for key, text in found.items():
            cells[key] = f"{cells[key]}; {text}" if key in cells else text
    if not len(element):
        cells["text"] = (element.text or "").strip()
    return cells


def html_layout(path: Path, stream: IO[bytes], encoding: str, given: Given) -> Layout:
    """Return where the largest table of a page in UTF-8 begins; `encoding` is the file's."""
    rows, others = _largest(path, stream)
    head = head_of(rows[:MOST_LOOKED], given.header)
    return Layout("html", encoding, above=head.above, names=head.names, others=others)


def read_html(path: Path, stream: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield the rows of the page's table with most rows, including those that programs write for spreadsheets.

    Tables that begin with the same row, such as one per day, are joined; the line is the row's number in the table.
    """
    rows, _ = _largest(path, stream)
    names, below, lines = table_of(rows, layout.names, layout.above)
    for number, cells in zip(lines, below, strict=True):
        if any(cells):
            yield Row(number, dict(zip(names, cells, strict=True)))


def _largest(path: Path, stream: IO[bytes]) -> tuple[list[list[str]], int]:
    """Return the cells of the table with most rows of several cells, and the number of other tables.

    InputError if there is none.
    """
    raw = stream.read()
    if raw.startswith(b"PK") or _XML.match(raw):
        found = _tables_of(path, raw)
    else:
        page = _Page()
        page.feed(decode(path, raw))
        page.close()
        found = list(map(page.spread, page.tables))
    joined: dict[tuple[str, ...], list[list[str]]] = {}
    for table in filter(None, found):
        rows = [[" ".join(cell.split()) for cell in row] for row in table]
        joined.setdefault(tuple(rows[0]), rows[:1]).extend(rows[1:])
    tables = list(joined.values())
    if max(map(len, tables), default=0) < 2:  # noqa: PLR2004  a header alone
        raise InputError(f"{place(path)}: is a page without a table of several rows; save the examples as CSV or .txt")
    return max(tables, key=lambda rows: (sum(width_of(row) > 1 for row in rows), len(rows))), len(tables) - 1


def is_page_text(text: str) -> bool:
    """Return whether a text is HTML: an element is closed in it, or a line breaks."""
    return _OF_A_PAGE.search(text) is not None


def has_paragraphs(text: str) -> bool:
    """Return whether an element of whole lines is closed in a text, as an editor of HTML writes them."""
    return _OF_LINES.search(text) is not None


def page_text(page: str) -> str:
    """Return a page's visible text, one line per paragraph: without tags, head, scripts and hidden parts."""
    prose = Prose()
    prose.feed(page)
    prose.close()
    return "\n".join(filter(None, (" ".join(line.split()) for line in "".join(prose.parts).split("\n"))))


def _tables_of(path: Path, raw: bytes) -> list[list[list[str]]]:
    """Return the cells of the tables in a text document of Word or OpenDocument, or in Excel's XML of 2003.

    InputError as `_document`.
    """
    tables = []
    for each in _document(path, raw).iter():
        if _name(each) in _TABLE:
            tables.append(table := list[list[str]]())
            for row in _inside(each, _ROW):
                table.append(_row(row, table[-1] if table else []))
    return tables


def paragraphs(path: Path, raw: bytes) -> list[str]:
    """Return the paragraphs of a text document of Word or OpenDocument that are not empty.

    InputError as `_document`.
    """
    texts = (_paragraph(each) for each in _document(path, raw).iter() if _name(each) in _PARAGRAPHS)
    return [text for text in texts if text]


def _paragraph(element: Element) -> str:
    """Return the text of a paragraph; Word's text and line breaks are in elements of their own."""
    parts = (
        "\n" if _name(each) in _BREAKS else each.text or "" for each in element.iter() if _name(each) != "instrText"
    )
    return "".join(parts if _name(element) == "p" and _W in element.tag else element.itertext()).strip()


def _document(path: Path, raw: bytes) -> Element:
    """Return the root of a text document of Word or OpenDocument, or of Excel's XML of 2003.

    InputError if it is damaged, or unpacks to more than 512 MiB.
    """
    try:
        if raw.startswith(b"PK"):
            with ZipFile(BytesIO(raw)) as packed:
                inside = packed.getinfo("content.xml" if path.suffix.lower() == ".odt" else "word/document.xml")
                if inside.file_size > MOST_UNPACKED:
                    raise ValueError("it unpacks to more than 512 MiB")
                raw = packed.read(inside)
        return parse(BytesIO(raw), XMLParser(encoding="utf-8")).getroot()  # noqa: S314  as said above
    except (*BROKEN, ParseError, KeyError) as error:
        raise InputError(f"{place(path)}: cannot be read ({one_line(error, 120)}); save the examples as CSV") from None


def _inside(element: Element, names: tuple[str, ...]) -> list[Element]:
    """Return an element's descendants of these names, except those of a nested table."""
    found, left = [], [*element][::-1]
    while left:
        each = left.pop()
        if _name(each) in names:
            found.append(each)
        elif _name(each) not in _TABLE:
            left += [*each][::-1]
    return found


def _row(row: Element, above: list[str]) -> list[str]:
    """Return a row's cells; Excel leaves out empty ones and numbers the next, Word says which go on from `above`."""
    cells: list[str] = []
    for cell in _inside(row, _CELL):
        cells += [""] * (_number(cell.get(_PLACE)) - 1 - len(cells))
        said = {_name(each): [*each.attrib.values()] for part in cell if _name(part) == "tcPr" for each in part}
        goes_on = said.get("vMerge") in ([], ["continue"]) and len(cells) < len(above)
        text = above[len(cells)] if goes_on else " ".join("".join(part.itertext()) for part in cell)
        cells += [text, *[""] * (_number(*said.get("gridSpan", ())[:1]) - 1)]
    return cells


def _number(said: str | None = None) -> int:
    """Return a number of rows or columns, 1 if none is said."""
    return min(int(said[:_DIGITS]), _MOST_COLUMNS) or 1 if said is not None and said.isdecimal() else 1


class Prose(HTMLParser):
    """Collects a page's visible text; block elements begin a line."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._hidden = 0 if tag == "body" else self._hidden + (tag in UNSEEN)  # some heads are never closed
        if tag not in IN_LINE:
            self.parts.append("\t" if tag in CELLS else "\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in UNSEEN and self._hidden > 0
        if tag not in IN_LINE | CELLS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(" ".join(f"x{data}x".split())[1:-1])


class _Page(HTMLParser):
    """Collects the texts of each table's cells; rows and cells need not be closed, and tables may be nested."""

    def __init__(self) -> None:
        super().__init__()
        # Of each table its rows, their cells, and the parts of their texts.
        self.tables: list[list[list[list[str]]]] = []
        self._open: list[list[list[list[str]]]] = []
        # The rows and columns that a cell spans, by its row and its index in it.
        self._spans: dict[tuple[int, int], tuple[int, int]] = {}

    def spread(self, table: list[list[list[str]]]) -> list[list[str]]:
        """Return a table's texts: a cell over several rows is repeated in each, one over columns is in the first."""
        made = []
        left: dict[int, tuple[int, str]] = {}
        for row in table:
            whole: list[str] = []
            begun: dict[int, tuple[int, str]] = {}
            for at, cell in enumerate([*row, None]):
                while len(whole) in left:
                    whole.append(left[len(whole)][1])
                rows, columns = self._spans.get((id(row), at), (1, 1))
                for text in ("".join(cell), *[""] * (columns - 1)) if cell is not None else ():
                    begun[len(whole)] = (rows, text)
                    whole.append(text)
            left = {at: (rows - 1, cell) for at, (rows, cell) in (left | begun).items() if rows > 1}
            made.append(whole)
        return made

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
            self._open.append(self.tables[-1])
        elif self._open and (tag == "tr" or (tag in CELLS and not self._open[-1])):
            self._open[-1].append([])
        if self._open and tag in CELLS:
            self._open[-1][-1].append([])
            spans = _number(dict(attrs).get("rowspan")), _number(dict(attrs).get("colspan"))
            if spans != (1, 1):
                self._spans[id(self._open[-1][-1]), len(self._open[-1][-1]) - 1] = spans
        elif tag not in _INLINE:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == "table":
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] and self._open[-1][-1] and self.cdata_elem is None:  # no script
            self._open[-1][-1][-1].append(data)
