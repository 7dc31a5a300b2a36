"""The views of a session page: one is shown at a time, drawn from the session's state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Vertical
from textual.message import Message

from tui.actions import of_page
from tui.deferred import when_drawn

if TYPE_CHECKING:
    from advisor.workflow.frontend import Answer
    from tui.state import State

# Keys that scroll an unfocused text, each with the toolkit's method.
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

    @dataclass
    class Left(Message):
        """The user goes to another view."""

        view: str

    def show(self, state: State) -> None:
        """Draw what has changed; called often, so it must be fast."""

    def offers(self, action: str) -> bool:
        return True

    def label(self, action: str) -> str | None:
        """Return the current label of one of its actions; None: as in the registry."""
        return None

    def take_focus(self) -> None:
        """Focus where the next key belongs."""
        for widget in self.query("*"):
            if widget.focusable:
                widget.focus()
                return

    def focus_anew(self) -> None:
        """Take the focus once what was drawn is there, unless another part of the page has it.

        A focus that is still to come counts as none: it was asked for before there was what it belongs to.
        """
        focused = self.screen.focused
        if self.display and (focused is None or self in focused.ancestors or not focused.is_on_screen):
            when_drawn(self, self.take_focus)


def delegate(page: type[Any], views: Iterable[str], view_of: Callable[[Any], View]) -> None:
    """Add to a page with views, by name, a method per action of theirs, which calls the front view's."""
    for view in views:
        for act in of_page(view):
            if act.page == view:
                setattr(page, f"action_{act.id}", _handing(f"action_{act.id}", view_of))


def _handing(method: str, view_of: Callable[[Any], View]) -> Callable[[Any], None]:
    def run(page: Any) -> None:  # noqa: ANN401  a page of any class
        getattr(view_of(page), method)()

    run.__doc__ = f"Hand {method!r} to the view that is shown."
    return run
