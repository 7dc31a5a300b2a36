"""One candidate's mistakes against the examples it has seen, between certified and given up, with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from advisor.report.full import steps
from advisor.report.page.path_chart import in_words
from tui import drawing

if TYPE_CHECKING:
    from textual.app import RenderResult

    from tui.board import Lane

LEGEND = (("━", "bold", "its mistakes"), (drawing.CERTIFIED, drawing.GOOD, "certified in here"),
          (drawing.GIVEN_UP, drawing.BAD, "given up in here"))  # fmt: skip


class Walk(Widget):
    """The chart; it takes the room it is given."""

    DEFAULT_CSS: ClassVar[str] = """
    Walk { height: 1fr; min-height: 4; }
    """
    lane: reactive[Lane | None] = reactive["Lane | None"](None)

    def render(self) -> RenderResult:
        """Draw the path, its legend, and what it says in words."""
        lane = self.lane
        if lane is None:
            return Content.styled("No candidate is probed yet.", "$text-muted")
        said = words_of(lane)
        width, height = self.size
        above = Content(said).truncate(width, ellipsis=True) if len(said) > 2 * width else Content(said)
        taken = 1 + len(said) // max(1, width) + 1
        picture = drawing.walk(
            lane.wrong_at, lane.seen, lane.certified_at_most, lane.given_up_above, (width, height - taken)
        )
        legend = Content("  ").join(Content.assemble((sign, style), f" {words}") for sign, style, words in LEGEND)
        return Content("\n").join([above, *picture, *([legend] if picture else [])])


def words_of(lane: Lane) -> str:
    """Return what the chart of a candidate says, as the report does."""
    if not lane.seen:
        return f"{lane.total} examples are there to be seen; none was yet."
    return in_words(
        {
            "outcomes": lane.seen,
            "wrong_at": list(lane.wrong_at),
            "certified_at_most": steps(lane.certified_at_most, 1),
            "given_up_above": steps(lane.given_up_above[1:], 1),
        }
    )
