"""One candidate's mistakes against the examples it has seen, between certified and given up, with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

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
        width, height = self.size
        above = Content(words_of(lane)).truncate(width, ellipsis=True)
        legend = Content("  ").join(Content.assemble((sign, style), f" {words}") for sign, style, words in LEGEND)
        beside = above.cell_length + legend.cell_length + 3 <= width
        first = [Content.assemble(above, "   ", legend)] if beside else [above]
        room = height - (1 if beside else 2)
        limits = lane.certified_at_most, lane.given_up_above
        picture = drawing.walk(lane.wrong_at, lane.seen, *limits, (width, room))
        return Content("\n").join([*first, *picture, *([] if beside or not picture else [legend])])


def words_of(lane: Lane) -> str:
    """Return what the chart of a candidate says."""
    if not lane.seen:
        return f"{lane.number}. {lane.total} examples are there to be seen; none was yet."
    parts = [f"{lane.number}. {lane.seen} of {lane.total} seen, {len(lane.wrong_at)} wrong"]
    if not lane.certified_at_most:
        parts.append("too few examples to certify")
    else:
        allowed, above = lane.certified_at_most[lane.seen - 1], lane.given_up_above[lane.seen]
        parts.append(f"certified with {allowed} or fewer" if allowed >= 0 else "too early to certify")
        parts.append(f"given up with more than {max(0, above)}")
    return "; ".join(parts)
