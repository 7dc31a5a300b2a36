"""The line of steps at the top of a session: where it is, and what else can be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from tui.actions import key_name, of_page
from tui.state import VIEWS

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Click

SESSION = "session"
LABELS = dict(zip(VIEWS, ("Task", "Shortlist", "Plan", "Probing", "Answer"), strict=True))

KEYS = f"{' '.join(key_name(act.keys[0]) for act in of_page(SESSION) if act.id.endswith('_view'))} step"


class Step(Static):
    """One step; a click goes there."""

    @dataclass
    class Clicked(Message):
        """The step was clicked."""

        view: str

    def __init__(self, view: str) -> None:
        """Show a step."""
        super().__init__(LABELS[view], markup=False)
        self.view = view

    def on_click(self, event: Click) -> None:
        """Go there."""
        event.stop()
        self.post_message(self.Clicked(self.view))


class Steps(Horizontal):
    """All steps in a line."""

    DEFAULT_CSS: ClassVar[str] = """
    Steps { height: 1; background: $surface; }
    Steps .between { width: 1; color: $quiet; }
    Steps Step { width: auto; padding: 0 1; color: $text-disabled; }
    Steps Step.-open { color: $foreground; }
    Steps Step.-open:hover { text-style: underline; }
    Steps Step.-here { text-style: bold reverse; color: $primary; }
    Steps .busy { width: 1fr; text-align: right; padding: 0 1; color: $quiet; }
    """

    @dataclass
    class Wanted(Message):
        """A step that can be looked at was clicked."""

        view: str

    here: reactive[str] = reactive("")
    reachable: reactive[frozenset[str]] = reactive(frozenset[str]())
    doing: reactive[str] = reactive("")

    def compose(self) -> ComposeResult:
        """Lay out the steps, and what is being done."""
        for view in VIEWS:
            if view != VIEWS[0]:
                yield Static("→", classes="between")
            yield Step(view)
        yield Static(KEYS, classes="busy", markup=False)

    def watch_here(self) -> None:
        """Mark where the session is."""
        self._mark()

    def watch_reachable(self) -> None:
        """Mark what can be looked at."""
        self._mark()

    def watch_doing(self, doing: str) -> None:
        """Show what is being done."""
        for line in self.query(".busy").results(Static):
            line.update(Content(doing or KEYS))

    def _mark(self) -> None:
        for step in self.query(Step):
            step.set_class(step.view == self.here, "-here")
            step.set_class(step.view in self.reachable, "-open")

    @on(Step.Clicked)
    def _clicked(self, event: Step.Clicked) -> None:
        event.stop()
        if event.view in self.reachable:
            self.post_message(self.Wanted(event.view))
