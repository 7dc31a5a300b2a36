"""The picture of a run, live and afterwards: size across, share right upwards, the bar a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from advisor.units import percent
from tui import drawing

if TYPE_CHECKING:
    from textual.app import RenderResult

    from advisor.report.picture import Picture

RANGE = "┬┴"
LEGEND = (
    ("●", drawing.GOOD, "reaches it"), ("○", "bold", "undecided"),
    ("✗", drawing.BAD, "given up"), ("▽", drawing.SOFT, "not probed"), (RANGE, "", "true rate"),
)  # fmt: skip


class PictureView(Widget):
    """The picture; it fills the room that it is given."""

    DEFAULT_CSS: ClassVar[str] = """
    PictureView { height: 1fr; min-height: 8; }
    """
    shown: reactive[Picture | None] = reactive["Picture | None"](None)
    at_work: reactive[int | None] = reactive["int | None"](None)

    def render(self) -> RenderResult:
        """Draw the picture, and the legend of its signs."""
        if self.shown is None:
            return Content("")
        width, height = self.size
        lines = drawing.plot(self.shown, (width, height - 1), self.at_work)
        if not lines:
            return Content.styled("Too small a window for the picture.", drawing.SOFT)
        seen = {"★" if point.is_lit else drawing.MARKS[point.kind][0] for point in self.shown.points}
        seen |= {RANGE for point in self.shown.points if point.share is not None}
        legend = (("★", drawing.star_style(self.shown), self.shown.star), *LEGEND)
        signs = [("━", drawing.BAR, f"bar {percent(self.shown.bar)}"), *(each for each in legend if each[0] in seen)]
        said = Content("  ").join(
            Content.assemble((sign, style), (f" {words}", drawing.SOFT)) for sign, style, words in signs
        )
        return Content("\n").join([*lines, said.truncate(width, ellipsis=True)])
