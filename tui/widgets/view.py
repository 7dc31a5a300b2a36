"""What a session page shows at a time: one of its views, drawn from the session's state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical

if TYPE_CHECKING:
    from tui.state import State


class View(Vertical):
    """A step of a session. Its actions are the methods `action_<id>` of its page in the registry."""

    view: ClassVar[str] = ""
    TITLE_TEXT: ClassVar[str] = ""
    HELP: ClassVar[str | None] = ""

    def show(self, state: State) -> None:
        """Draw what has changed; called often, so it must be cheap."""

    def offers(self, action: str) -> bool:
        """Return whether one of its actions can do anything now."""
        del action
        return True

    def take_focus(self) -> None:
        """Put the focus where the next key belongs."""
        for widget in self.query("*"):
            if widget.focusable:
                widget.focus()
                return
