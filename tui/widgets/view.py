"""What a session page shows at a time: one of its views, drawn from the session's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Vertical
from textual.message import Message

from tui.actions import of_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from advisor.workflow.frontend import Answer
    from tui.state import State

# Keys that scroll a text which has not the focus, each with the method of the toolkit's.
SCROLLS = {
    "pagedown": "scroll_page_down", "pageup": "scroll_page_up", "down": "scroll_down", "up": "scroll_up",
    "home": "scroll_home", "end": "scroll_end",
}  # fmt: skip


class View(Vertical):
    """A step of a session. Its actions are the methods `action_<id>` of its page in the registry."""

    view: ClassVar[str] = ""
    TITLE_TEXT: ClassVar[str] = ""
    HELP: ClassVar[str | None] = ""

    @dataclass
    class Answered(Message):
        """The user answers, or changes an answer."""

        answer: Answer

    def show(self, state: State) -> None:
        """Draw what has changed; called often, so it must be cheap."""

    def offers(self, action: str) -> bool:
        return True

    def label(self, action: str) -> str | None:
        """Return what one of its actions is called now; None: as in the registry."""
        return None

    def take_focus(self) -> None:
        """Put the focus where the next key belongs."""
        for widget in self.query("*"):
            if widget.focusable:
                widget.focus()
                return


def delegate(page: type[Any], views: Iterable[str], view_of: Callable[[Any], View]) -> None:
    """Give a page that shows views, by name, a method for their actions, which the view in front carries out."""
    for view in views:
        for act in of_page(view):
            if act.page == view:
                setattr(page, f"action_{act.id}", _handing(f"action_{act.id}", view_of))


def _handing(method: str, view_of: Callable[[Any], View]) -> Callable[[Any], None]:
    def run(page: Any) -> None:  # noqa: ANN401  a page of any class
        getattr(view_of(page), method)()

    run.__doc__ = f"Hand {method!r} to the view that is shown."
    return run
