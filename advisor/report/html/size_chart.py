"""The picture of all candidates as SVG, and below it a cell for each example, which leads to its text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.report import picture as pictures
from advisor.report.html.evidence import SHOWN, article
from advisor.report.html.markup import Markup, element, join
from advisor.report.picture import Across, Picture, Point, picture
from advisor.report.sanitize import visible
from advisor.report.sentences import name_of
from advisor.units import format_bytes, percent, percent_floor, percent_upwards

if TYPE_CHECKING:
    from advisor.report.model import Report, Row

WIDTH, HEIGHT = 420, 280
LEFT, RIGHT, TOP, BOTTOM = 44, 16, 16, 44
APART, LABEL = 15.0, 30
# Marks keep off the edges of the line that they stand on.
INSET = 8.0
LEGEND = (
    ("good", "★", "the smallest above the bar"), ("good", "●", "passes"), ("bad", "✕", "given up"),
    ("open", "○", "undecided"), ("soft", "▽", "not probed"),
)  # fmt: skip
# Of so many examples each cell leads to a text; those beyond are drawn alone.
MOST_TEXTS, INPUT = 400, 600
SIGNS = {
    pictures.RIGHT: ("good", "■"), pictures.WRONG: ("bad", "✕"), pictures.LATER_RIGHT: ("soft", "□"),
    pictures.LATER_WRONG: ("soft", "×"), pictures.UNSEEN: ("soft", "·"),
}  # fmt: skip


def size_chart(document: Report) -> Markup:
    """Return the figure: bytes to serve (logarithmic) to the right, share of examples right upwards."""
    shown = picture(document)
    across = Across([point.size for point in shown.points], WIDTH - LEFT - RIGHT - INSET, APART)
    level = _y(shown, shown.bar)
    bar = f"bar {percent(shown.bar)}"
    pieces = [
        *_rate_axis(shown),
        *_size_axis(across),
        element("line", class_="bar-line", x1=LEFT, x2=WIDTH - RIGHT, y1=level, y2=level),
        element("text", bar, x=WIDTH - RIGHT - 4, y=level - 5, text_anchor="end", class_="halo bar-text"),
    ]
    marks = list(zip((LEFT + at for at in across.places()), shown.points, strict=True))
    for x, point in sorted(marks, key=lambda mark: mark[1].is_lit):  # what is lit lies on top
        pieces += _mark(point, x, shown)
    drawing = element(
        "svg",
        element("title", "Size against pass rate", id="size-chart-title"),
        element("desc", _in_words(shown), id="size-chart-text"),
        *pieces,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby="size-chart-title size-chart-text",
    )
    legend = element(
        "ul",
        *(
            element("li", element("span", sign, class_=f"swatch {kind}", aria_hidden="true"), words)
            for kind, sign, words in LEGEND
        ),
        class_="legend",
    )
    caption = (
        "Each mark is a candidate, numbered as in the table below: the share of its examples that came out right, and "
        "the interval in which its true rate lies, with the error budget shared over all candidates."
    )
    return element(
        "div", element("figure", drawing, legend, element("figcaption", caption), class_="wide"), _cells(document)
    )


def _in_words(shown: Picture) -> str:
    parts = [f"The bar is {percent(shown.bar)}."]
    for each in shown.points:
        size = f"{each.number}, {each.name}, {format_bytes(each.size)} to serve"
        if each.share is None:
            parts.append(f"{size}: not probed.")
            continue
        lit = ", the answer" if each.is_lit else ""
        low, high = percent_floor(each.low), percent_upwards(each.high)
        parts.append(
            f"{size}: {each.share:.1%} of {each.seen} right, true rate from {low} to {high}, {each.words}{lit}."
        )
    return " ".join(parts)


def _y(shown: Picture, share: float) -> float:
    return TOP + (1.0 - shown.height(share)) * (HEIGHT - TOP - BOTTOM)


def _rate_axis(shown: Picture) -> list[Markup]:
    step = 0.1 if shown.bottom >= 0.5 else 0.2  # noqa: PLR2004
    pieces = []
    for index in range(round((1.0 - shown.bottom) / step) + 1):
        share = 1.0 - index * step
        if share < shown.bottom - 1e-9:
            break
        level = _y(shown, share)
        pieces += [
            element("line", class_="axis", x1=LEFT, x2=WIDTH - RIGHT, y1=level, y2=level),
            element("text", f"{share:.0%}", x=LEFT - 6, y=level + 4, text_anchor="end", class_="soft"),
        ]
    return pieces


def _size_axis(across: Across) -> list[Markup]:
    baseline = HEIGHT - BOTTOM
    pieces = [element("line", class_="axis", x1=LEFT, x2=WIDTH - RIGHT, y1=baseline, y2=baseline)]
    for place, size in across.ticks():
        x = LEFT + place
        pieces += [
            element("line", class_="axis", x1=x, x2=x, y1=baseline, y2=baseline + 4),
            element("text", size, x=min(x, WIDTH - RIGHT - 12), y=baseline + 17, text_anchor="middle", class_="soft"),
        ]
    unknown = "; unknown at the right edge" if None in across.sizes else ""
    middle = (LEFT + WIDTH - RIGHT) / 2
    label = f"memory to serve it (logarithmic){unknown}"
    pieces.append(element("text", label, x=middle, y=HEIGHT - 8, text_anchor="middle", class_="soft"))
    return pieces


def _mark(point: Point, x: float, shown: Picture) -> list[Markup]:
    number, kind = str(point.number), point.kind
    if point.share is None:
        foot = HEIGHT - BOTTOM - 9
        shape = element("path", class_="mark unprobed", d=f"M{x - 4:.1f} {foot - 3:.1f}h8l-4 7z")
        return [shape, element("text", number, x=x, y=foot - 8, text_anchor="middle", class_="halo soft")]
    level, low, high = (_y(shown, share) for share in (point.share, point.low, point.high))
    pieces = [element("line", class_=f"interval {kind}", x1=x, x2=x, y1=low, y2=high)]
    ends = (high,) if point.low < shown.bottom else (low, high)
    pieces += [element("line", class_=f"interval {kind}", x1=x - 4, x2=x + 4, y1=end, y2=end) for end in ends]
    if kind == "bad":
        cross = f"M{x - 4:.1f} {level - 4:.1f}l8 8m0-8l-8 8"
        pieces.append(element("path", class_="mark bad", d=cross))
    else:
        pieces.append(element("circle", class_=f"mark {kind}", cx=x, cy=level, r=4.5))
    if not point.is_lit:
        return [*pieces, element("text", number, x=x + 8, y=level + 4, class_="halo")]
    is_left = x > WIDTH / 2
    pieces.insert(0, element("circle", class_="lit", cx=x, cy=level, r=10))
    words, side = one_line(f"★ {number} {point.name}", LABEL), "end" if is_left else "start"
    begin = x - 13 if is_left else x + 13
    return [*pieces, element("text", words, x=begin, y=level + 4, text_anchor=side, class_="halo lit-text")]


def _cells(document: Report) -> Markup | None:
    """Return a row of cells for each candidate that was probed, and the texts that they lead to."""
    probed = [each for each in document.candidates if each.answered]
    if not probed:
        return None
    rows = {row.order: row for row in (*document.failing, *document.right)}
    most = max(each.answered for each in probed)
    shown = {order: row for order, row in rows.items() if order <= min(most, MOST_TEXTS)}
    lines = []
    for each in probed:
        wrong = pictures.wrong_of(document, each.number)
        states = pictures.cells(wrong, each.answered, each.outcomes, most)
        cells = [_cell(number, state, is_link=number in shown) for number, state in enumerate(states, start=1)]
        lines.append(element("p", f"{each.number}. {name_of(each)}", class_="cells-of"))
        lines.append(element("div", *cells, class_="cells"))
    failing = {row.order for row in document.failing[:SHOWN]}
    names = {each.number: name_of(each) for each in document.candidates}
    texts = [_text(row, names) for order, row in sorted(shown.items()) if order not in failing]
    words = (
        "A cell for each example, in the order in which they were asked; each leads to its text. Pale ones were "
        "answered too and do not count."
    )
    return element("div", element("h3", "Example by example"), element("p", words, class_="note"), *lines,
                   element("div", join(texts), class_="texts"))  # fmt: skip


def _cell(number: int, state: str, *, is_link: bool) -> Markup:
    kind, sign = SIGNS[state]
    if not is_link or state == pictures.UNSEEN:
        return element("span", sign, class_=f"cell {kind}", aria_hidden="true")
    return element("a", sign, href=f"#example-{number}", class_=f"cell {kind}", aria_label=f"Example {number}: {state}")


def _text(row: Row, names: dict[int, str]) -> Markup:
    return article(row if row.answers else replace(row, input=visible(row.input, INPUT)), names)
