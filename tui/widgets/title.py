"""The line at the top of a page: the program's name, the ways to the other pages, and a note at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from advisor.errors import one_line
from tui.actions import APP, key_name, of_page

if TYPE_CHECKING:
    from textual.app import RenderResult

NAME, SHORT_NAME = "Model Advisor", "Advisor"
WAYS = ("home", "catalog", "runs", "session")
GAP, ROOMY = 2, 96


class TitleLine(Widget):
    """One line; the note gives way where the width does not suffice."""

    DEFAULT_CSS: ClassVar[str] = """
    TitleLine { dock: top; height: 1; padding: 0 1; background: $panel; color: $foreground; link-style: none;
                link-background: transparent; link-color: $foreground; link-background-hover: $primary;
                link-color-hover: $background; link-style-hover: none; }
    """
    note: reactive[str] = reactive("")

    def __init__(self, title: str) -> None:
        """Show a page's title."""
        super().__init__()
        self._title = title

    def render(self) -> RenderResult:
        """Draw the line."""
        width = self.content_size.width
        left = Content.assemble((NAME if width >= ROOMY else SHORT_NAME, "bold $primary"), " ", *self._ways())
        room = width - left.cell_length - GAP
        note = Content(one_line(self.note)).truncate(room, ellipsis=True) if room > GAP else Content("")
        gap = max(0, width - left.cell_length - note.cell_length)
        return Content.assemble(left, " " * gap, note.stylize("$quiet"))

    def _ways(self) -> list[Content]:
        """Return the pages' names, each a link but for the one in front."""
        acts = {act.id: act for act in of_page(APP)}
        ways = []
        for way in WAYS:
            act = acts[way]
            if way == self.app.current_mode:
                ways.append(
                    Content.assemble("  ", (f"{key_name(act.keys[0])} ", "$accent"), (act.label, "bold reverse"))
                )
            elif self.app.check_action(way, ()):
                name = Content.assemble((f"{key_name(act.keys[0])} ", "$accent"), act.label)
                ways.append(Content.assemble("  ", name.stylize(Style.from_meta({"@click": f"app.{way}"}))))
        return ways
