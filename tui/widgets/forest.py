"""The evidence of all candidates: each one's rate with the interval that is proven of it, on one scale with the bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from advisor.errors import one_line
from advisor.report.sentences import name_of
from advisor.units import format_bytes, percent, percent_floor, percent_upwards
from tui import drawing
from tui.widgets.columns import Column, row

if TYPE_CHECKING:
    from textual.app import RenderResult
    from textual.geometry import Size

# What lies further below the bar is drawn at the edge: near the bar is where it is decided.
MOST_LEFT, MOST_SHOWN = 0.05, 0.4


class Forest(Widget):
    """A line a candidate, smallest first, from a report's document."""

    DEFAULT_CSS: ClassVar[str] = """
    Forest { height: auto; }
    """
    document: reactive[dict[str, Any] | None] = reactive["dict[str, Any] | None"](None, layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines it takes."""
        del container, viewport, width
        return 0 if self.document is None else len(self.document["candidates"]) + 3

    def render(self) -> RenderResult:
        """Draw the lines, the scale below them, and what the signs mean."""
        if self.document is None:
            return Content("")
        return Content("\n").join(forest(self.document, self.size.width))


def forest(document: dict[str, Any], width: int) -> list[Content]:
    """Return the chart's lines for a width in cells."""
    candidates, bar = document["candidates"], float(document["bar"]["pass_rate"])
    lows = [each["lower_bound"] or 0.0 for each in candidates if each["outcomes"]]
    begin = max(0.0, bar - MOST_SHOWN, min([bar - MOST_LEFT, *lows]) - MOST_LEFT)
    numbers = width >= 100  # noqa: PLR2004  room for the interval in digits
    columns = [Column("#", 2, is_right=True), Column("candidate", 24 if not numbers else 34)]
    columns += [Column("to serve", 8, is_right=True), Column("right", 8, is_right=True)]
    columns += [Column("true rate", 15)] if numbers else []
    columns.append(Column("chart", 0))
    given = sum(column.width for column in columns) + 2 * (len(columns) - 1)
    room = max(10, width - given)
    lines = []
    for each in candidates:
        ran = bool(each["outcomes"])
        observed = each["passes"] / each["outcomes"] if ran else None
        known = (each["lower_bound"] or 0.0, observed, each["upper_bound"]) if ran else (None, None, None)
        is_chosen = document["recommended"] == each["number"] - 1
        cells: list[str | Content] = [
            str(each["number"]),
            ("▸ " if is_chosen else "  ") + one_line(name_of(each), 60),
            format_bytes(each["serving_bytes"]),
            f"{each['passes']}/{each['outcomes']}" if ran else "",
        ]
        if numbers:
            low, high = percent_floor(each["lower_bound"] or 0.0), percent_upwards(each["upper_bound"] or 1.0)
            cells.append(f"{low} – {high}" if ran else "")
        picture = (
            drawing.interval(known, bar, (begin, 1.0), room) if ran else Content.styled("not probed", drawing.SOFT)
        )
        cells.append(picture)
        lines.append(row(columns, cells, width))
    scale = f"{begin:.0%}" + "100%".rjust(room - len(f"{begin:.0%}"))
    lines.append(Content.styled(" " * (width - room) + scale, drawing.SOFT))
    signs = f"┃ the bar, {percent(bar)}   ● ✗ share right   ├─┤ where the true rate lies"
    lines.append(Content.styled(signs, drawing.SOFT))
    return lines
