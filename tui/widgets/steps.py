"""The line of steps at the top of a session: where it is, and what else can be looked at."""

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive

from advisor.errors import one_line
from tui.actions import key_name, of_page
from tui.state import VIEWS
from tui.widgets.clickable import ClickableLine, Piece

SESSION, SEPARATOR = "session", "→"
LABELS = dict(zip(VIEWS, ("Task", "Shortlist", "Plan", "Probing", "Answer"), strict=True))
KEYS = f"{' '.join(key_name(act.keys[0]) for act in of_page(SESSION) if act.id.endswith('_view'))} step"


class Steps(ClickableLine):
    """All steps in a line; a click goes to one. At the right is what is being done, else the keys."""

    DEFAULT_CSS: ClassVar[str] = "Steps { height: 1; background: $surface; }"
    here: reactive[str] = reactive("")
    reachable: reactive[frozenset[str]] = reactive(frozenset[str]())
    doing: reactive[str] = reactive("")

    def pieces(self) -> list[Piece]:
        """Return the steps, and what stands at the right as far as there is room."""
        steps: list[Piece] = []
        for view in VIEWS:
            is_open = view in self.reachable
            style = "bold reverse $primary" if view == self.here else "" if is_open else "$quiet"
            steps += [Piece(Content.styled(SEPARATOR, "$quiet"))] if steps else []
            action = f"screen.show_step('{view}')" if is_open else ""
            steps.append(Piece(Content.styled(f" {LABELS[view]} ", style), action))
        room = self.content_size.width - sum(piece.content.cell_length for piece in steps) - 1
        doing = Content.styled(one_line(self.doing or KEYS), "$quiet").truncate(max(0, room), ellipsis=True)
        return [*steps, Piece(Content(" " * max(0, room - doing.cell_length))), Piece(doing)]
