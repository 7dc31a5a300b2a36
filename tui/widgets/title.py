"""The line at the top of a page: the program's name, the ways to the other pages, and a note at the right."""

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive

from advisor.errors import one_line
from tui.actions import APP, key_name, of_page
from tui.widgets.clickable import ClickableLine, Piece

NAME, SHORT_NAME = "Model Advisor", "Advisor"
WAYS = ("home", "catalog", "runs", "session")
GAP, ROOMY = 2, 96


class TitleLine(ClickableLine):
    """One line; the note gives way where the width does not suffice."""

    DEFAULT_CSS: ClassVar[str] = """
    TitleLine { dock: top; height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """
    note: reactive[str] = reactive("")

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def pieces(self) -> list[Piece]:
        """Return the name, the ways, and the note as far as there is room."""
        width = self.content_size.width
        left = [Piece(Content.styled(NAME if width >= ROOMY else SHORT_NAME, "bold $primary")), *self._ways()]
        used = sum(piece.content.cell_length for piece in left)
        room = width - used - GAP
        note = Content(one_line(self.note)).truncate(room, ellipsis=True) if room > GAP else Content("")
        gap = max(0, width - used - note.cell_length)
        return [*left, Piece(Content(" " * gap)), Piece(note.stylize("$quiet"))]

    def _ways(self) -> list[Piece]:
        """Return the pages' names, each clickable but for the one in front."""
        acts = {act.id: act for act in of_page(APP)}
        ways = [Piece(Content(" "))]
        for way in WAYS:
            key, label = key_name(acts[way].keys[0]), acts[way].label
            if way == self.app.current_mode:
                ways += [Piece(Content("  ")), Piece(Content.assemble((f"{key} ", "$accent"), (label, "bold reverse")))]
            elif self.app.check_action(way, ()):
                ways += [Piece(Content("  ")), Piece(Content.assemble((f"{key} ", "$accent"), label), f"app.{way}")]
        return ways
