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

LEGEND = (
    ("★", drawing.GOOD, "the smallest above the bar"), ("●", drawing.GOOD, "passes"), ("○", "bold", "open"),
    ("✗", drawing.BAD, "given up"), ("▽", drawing.SOFT, "not probed"), ("┬┴", "", "its true rate"),
)  # fmt: skip


class PictureView(Widget):
    """The picture; it takes the room it is given."""

    DEFAULT_CSS: ClassVar[str] = """
    PictureView { height: 1fr; min-height: 8; }
    """
    shown: reactive[Picture | None] = reactive["Picture | None"](None)
    at_work: reactive[int | None] = reactive["int | None"](None)

    def render(self) -> RenderResult:
        """Draw the picture, and what its signs mean."""
        if self.shown is None:
            return Content("")
        width, height = self.size
        lines = drawing.plot(self.shown, (width, height - 1), self.at_work)
        if not lines:
            return Content.styled("Too small a window for the picture.", drawing.SOFT)
        signs = [("━", drawing.BAR, f"bar {percent(self.shown.bar)}"), *LEGEND]
        legend = Content("   ").join(Content.assemble((sign, style), f" {words}") for sign, style, words in signs)
        return Content("\n").join([*lines, legend.truncate(width, ellipsis=True)])
