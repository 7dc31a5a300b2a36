"""A run of the history: the page that a session ends in, opened again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from advisor.errors import one_line
from tui import actions, history
from tui.opening import ANSWER_STYLES
from tui.screens.page import STYLES, Page
from tui.screens.recommendation import RecommendationView
from tui.widgets.view import delegate

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult

PAGE = "answer"
OF_VIEW = {act.id for act in actions.of_page(PAGE) if act.page == RecommendationView.view}


class AnswerPage(Page, page=PAGE):
    """What a run came to, or how far it has come."""

    TITLE_TEXT = RecommendationView.TITLE_TEXT
    HELP = RecommendationView.HELP

    @dataclass
    class WayFound(Message):
        """It is known how the run goes on."""

        way: history.Way

    @dataclass
    class NoWay(Message):
        """It cannot go on."""

        error: str

    def __init__(self, folder: Path) -> None:
        """Show the run of a folder."""
        super().__init__()
        self._folder = folder
        self._is_cut_short = False

    def compose_content(self) -> ComposeResult:
        """Lay out the view."""
        yield RecommendationView()

    def on_mount(self) -> None:
        """Read the run."""
        self.view.show_run(self._folder)
        self.view.take_focus()

    @property
    def view(self) -> RecommendationView:
        """What shows the run."""
        return self.query_one(RecommendationView)

    @on(RecommendationView.Shown)
    def _name_it(self, message: RecommendationView.Shown) -> None:
        self._is_cut_short = not message.told.document.finished
        self.title_note(one_line(f"{message.told.document.task.name} · run {message.told.run}", 80))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what applies to this run."""
        if action == "resume":
            return self._is_cut_short
        if action in OF_VIEW and self.is_mounted:
            return self.view.offers(action)
        return super().check_action(action, parameters)

    @on(RecommendationView.Change)
    def _change(self, message: RecommendationView.Change) -> None:
        """Open the run's session at what is understood."""
        if message.session is not None:
            self.advisor.open_session(message.session, to_change=True)

    def action_resume(self) -> None:
        """Go on with the run."""
        self._find_way()

    @work(thread=True, exclusive=True, group="way", exit_on_error=False)
    def _find_way(self) -> None:
        try:
            self.post_message(self.WayFound(history.way_on(self._folder)))
        except Exception as error:  # noqa: BLE001  whatever it is, the page shows it and goes on
            self.post_message(self.NoWay(one_line(error, 500)))

    @on(WayFound)
    def _go_on(self, message: WayFound) -> None:
        self.advisor.go_on(message.way)

    @on(NoWay)
    def _tell_failure(self, message: NoWay) -> None:
        self.view.complain(message.error, "F2 begins a new run on the same examples.")

    def action_back(self) -> None:
        """Go back to the page below."""
        self.dismiss(None)

    def busy_with(self) -> str:
        """Return what is being written."""
        return self.view.busy_with() if self.is_mounted else ""


delegate(AnswerPage, {RecommendationView.view}, lambda page: page.view)
AnswerPage.CSS_PATH = [str(STYLES / f"{name}.tcss") for name in ANSWER_STYLES]
