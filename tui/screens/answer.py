"""A past run: the final page of a session, opened again."""

from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult

from advisor.errors import one_line
from tui import actions, history
from tui.deferred import in_thread
from tui.opening import ANSWER_STYLES
from tui.screens.page import STYLES, Page
from tui.screens.recommendation import RecommendationView
from tui.widgets.view import delegate

PAGE = "answer"
OF_VIEW = {act.id for act in actions.of_page(PAGE) if act.page == RecommendationView.view}


class AnswerPage(Page, page=PAGE):
    """A run's answer, or its progress."""

    TITLE_TEXT = RecommendationView.TITLE_TEXT
    HELP = RecommendationView.HELP

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._is_cut_short = False

    def compose_content(self) -> ComposeResult:
        yield RecommendationView()

    def on_mount(self) -> None:
        self.view.show_run(self._folder)
        self.view.take_focus()

    @property
    def view(self) -> RecommendationView:
        return self.query_one(RecommendationView)

    @on(RecommendationView.Shown)
    def _name_it(self, message: RecommendationView.Shown) -> None:
        self._is_cut_short = not message.page.document.finished
        self.title_note(one_line(f"{message.page.document.task.name} · run {message.page.run}", 80))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "resume":
            return self._is_cut_short
        if action == "change":
            return self.is_mounted and self.view.session is not None
        if action in OF_VIEW and self.is_mounted:
            return self.view.offers(action)
        return super().check_action(action, parameters)

    @on(RecommendationView.Answered)
    def _step_picked(self, message: RecommendationView.Answered) -> None:
        message.stop()
        if self.view.session is not None:
            self.advisor.open_session(self.view.session, to_change=True, change=message.answer)

    def action_change(self) -> None:
        self.advisor.open_session(self.view.session, to_change=True)

    def action_resume(self) -> None:
        in_thread(self, "way", partial(history.way_on, self._folder), self.advisor.go_on, self._tell_failure)

    def _tell_failure(self, error: str) -> None:
        self.view.complain(error, "F2 begins a new run on the same examples.")

    def action_back(self) -> None:
        self.dismiss(None)

    def busy_with(self) -> str:
        return self.view.busy_with() if self.is_mounted else ""


delegate(AnswerPage, {RecommendationView.view}, lambda page: page.view)
AnswerPage.CSS_PATH = [str(STYLES / f"{name}.tcss") for name in ANSWER_STYLES]
