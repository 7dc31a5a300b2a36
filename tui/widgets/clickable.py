"""A line of pieces, some of which run an action when they are clicked."""

from typing import NamedTuple

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget


class Piece(NamedTuple):
    """A part of the line, and the action a click on it runs ("" for none)."""

    content: Content
    action: str = ""


class ClickableLine(Widget):
    """One line; the toolkit's own links would give every piece the links' colour."""

    ALLOW_SELECT = False

    def pieces(self) -> list[Piece]:
        return []

    def render(self) -> RenderResult:
        return Content("").join([piece.content for piece in self.pieces()])

    async def on_click(self, event: events.Click) -> None:
        at = event.x - self.styles.gutter.left
        for piece in self.pieces():
            at -= piece.content.cell_length
            if at < 0:
                if piece.action:
                    event.stop()
                    await self.screen.run_action(piece.action)
                return
