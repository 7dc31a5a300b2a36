"""The line at the top of a page: the program's name, the page's, and a note at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from advisor.errors import one_line

if TYPE_CHECKING:
    from textual.app import RenderResult

NAME = "Model Advisor"


class TitleLine(Widget):
    """One line; the note gives way where the width does not suffice."""

    DEFAULT_CSS: ClassVar[str] = """
    TitleLine { dock: top; height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """
    note: reactive[str] = reactive("")

    def __init__(self, title: str) -> None:
        """Show a page's title."""
        super().__init__()
        self._title = title

    def render(self) -> RenderResult:
        """Draw the line."""
        left = Content.assemble((NAME, "bold $primary"), ("  ", ""), (self._title, "bold"))
        room = self.content_size.width - left.cell_length - 2
        note = Content(one_line(self.note)).truncate(max(0, room), ellipsis=True) if room > 0 else Content("")
        gap = max(0, self.content_size.width - left.cell_length - note.cell_length)
        return Content.assemble(left, " " * gap, note)
