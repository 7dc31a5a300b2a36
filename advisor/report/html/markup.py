"""Builds HTML and SVG. Text is escaped unless it was built here: what comes from outside cannot become markup."""

import html
from collections.abc import Iterable, Sequence

from advisor.report.sanitize import visible

_EMPTY_ELEMENTS = frozenset({"meta", "br", "line", "circle", "path", "polyline", "polygon", "rect"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | Markup | None


def element(name: str, /, *content: Content, **attributes: str | float | bool | None) -> Markup:
    """Return an element of text, which is escaped, or markup; None is left out.

    Of an attribute's name a trailing "_" is dropped and "_" becomes "-"; None and False leave it out, True gives no
    value.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    inside = join(content)
    if name in _EMPTY_ELEMENTS and not inside:
        return Markup(f"<{name}{written}>" if name in {"meta", "br"} else f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{inside}</{name}>")


def join(content: Iterable[Content], between: str = "") -> Markup:
    """Return pieces one after the other, text escaped."""
    return Markup(between.join(escape(piece) for piece in content if piece is not None))


def escape(piece: str | Markup) -> Markup:
    """Return text as markup; control characters and marks of direction are written out."""
    return piece if isinstance(piece, Markup) else Markup(html.escape(visible(piece)))


def table(
    caption: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Content]],
    *,
    numbers: frozenset[int] = frozenset(),
    row_classes: Sequence[str] = (),
) -> Markup:
    """Return a table that becomes one block a row where the screen is narrow; for a screen reader it stays a table.

    The second cell names the row if there are two or more; columns in `numbers` are aligned to the right.
    """
    heads = [
        element("th", name, scope="col", role="columnheader", class_="number" if at in numbers else None)
        for at, name in enumerate(header)
    ]
    lines = []
    for index, row in enumerate(rows):
        cells = [
            element(
                "th" if at == 1 else "td",
                cell,
                scope="row" if at == 1 else None,
                role="rowheader" if at == 1 else "cell",
                data_label=header[at],
                data_number=str(row[0]) if at == 1 and header[0] == "#" else None,
                class_=" ".join(
                    name for name, holds in (("number", at in numbers), ("none", cell in (None, ""))) if holds
                )
                or None,
            )
            for at, cell in enumerate(row)
        ]
        lines.append(element("tr", *cells, role="row", class_=row_classes[index] if row_classes else None))
    return element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads, role="row"), role="rowgroup"),
        element("tbody", *lines, role="rowgroup"),
        role="table",
    )


def section(identity: str, title: str, *content: Content) -> Markup:
    """Return a section with its heading, which names it for a screen reader."""
    heading = element("h2", title, id=f"{identity}-title")
    return element("section", heading, *content, id=identity, aria_labelledby=f"{identity}-title")


def items(pieces: Iterable[Content], **attributes: str) -> Markup:
    """Return a list."""
    return element("ul", *(element("li", piece) for piece in pieces), **attributes)


def facts(pairs: Iterable[tuple[str, Content]], **attributes: str) -> Markup:
    """Return a list of names and values; those without a value are left out."""
    rows = [
        element("div", element("dt", name), element("dd", value)) for name, value in pairs if value not in (None, "")
    ]
    return element("dl", *rows, **attributes)


def _attribute(key: str, value: str | float | bool | None) -> str:  # noqa: FBT001  an attribute may be a switch
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-") if key != "viewBox" else key
    if value is True:
        return f" {name}"
    shown = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else visible(value)
    return f' {name}="{html.escape(shown)}"'
