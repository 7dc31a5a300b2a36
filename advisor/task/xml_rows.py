"""Reads rows from XML: each of the elements that stand most often under one parent is a row."""

from __future__ import annotations

from collections import Counter
from typing import IO, TYPE_CHECKING

from advisor.errors import InputError, one_line
from advisor.system.source import place
from advisor.task.record import Row, need_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from advisor.task.layout import Layout

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def read_xml(path: Path, stream: IO[bytes], columns: tuple[str, ...], layout: Layout) -> Iterator[Row]:
    """Yield the rows of a document in UTF-8: attributes and the texts of children; the line is the row's number.

    Nothing outside the file is fetched, and expat (2.4 and newer) refuses entities that grow without bound.

    Raises:
        InputError: naming the file and what is wrong with it.
    """
    del layout
    from xml.etree.ElementTree import ParseError, XMLParser, parse

    try:
        root = parse(stream, XMLParser(encoding="utf-8")).getroot()  # noqa: S314  as said above
    except (ParseError, ValueError) as error:
        raise InputError(f"{place(path)}: is not valid XML ({one_line(error, 120)})") from None
    found = Counter({(parent, child.tag): 0 for parent in root.iter() for child in parent})
    found.update((parent, child.tag) for parent in root.iter() for child in parent if len(child) or child.attrib)
    (parent, tag), _ = found.most_common(1)[0] if found else ((root, root.tag), 0)
    try:
        rows = [_cells(child) for child in parent if child.tag == tag]
    except RecursionError:
        raise InputError(f"{place(path)}: is nested too deeply; save its rows as CSV") from None
    names = list(dict.fromkeys(name for cells in rows for name in cells))
    need_columns(path, 1, names, columns)
    for number, cells in enumerate(rows, 1):
        yield Row(number, {name: cells.get(name, "") for name in names})


def _cells(element: Element) -> dict[str, str]:
    """Return an element's attributes and the texts of its leaves, named by their tags; its own text where it is a leaf.

    What is written in several languages has a column for each (TMX 1.4b, "xml:lang"). An element with text of its own
    is one text with all that stands in it; an empty one is what its attributes say.
    """
    cells = dict(element.attrib)
    for child in element:
        name = child.get(_LANG) or child.tag.rpartition("}")[2]
        is_text = any((part or "").strip() for part in (child.text, *(each.tail for each in child)))
        if len(child) and not is_text and _LANG not in child.attrib:
            found = {key if key not in cells else f"{name}.{key}": cell for key, cell in _cells(child).items()}
        else:
            found = {name: " ".join("".join(child.itertext()).split()) or " ".join(child.attrib.values())}
        for key, text in found.items():
            cells[key] = f"{cells[key]}; {text}" if key in cells else text
    if not len(element):
        cells["text"] = (element.text or "").strip()
    return cells
