"""The history: what every run came to; its report, its resumption, its comparison with another, its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from advisor.errors import AdvisorError, one_line
from tui import history
from tui.browser import open_page
from tui.dialogs.confirm import Confirm
from tui.dialogs.text_modal import TextModal, room, visible
from tui.screens.page import Page
from tui.widgets.error_box import ErrorBox
from tui.widgets.run_table import RunTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult

    from advisor.runs.listed import RunSummary

NOTHING = "No run yet. F2 begins one; every run is kept, and shown here."
NARROWEST = 60
TWO = 2


class RunsScreen(Page, page="runs"):
    """All runs of this machine."""

    TITLE_TEXT = "Runs"
    AUTO_FOCUS: ClassVar[str | None] = "RunTable"
    HELP = """\
Every run is kept: what was asked, every single outcome, the verdict. The last changed stands first.

Enter shows what a run came to, as at its end. A run that was cut short goes on where it was; nothing that was measured
is done again.

To compare two runs, mark one with space, go to the other and press c: it says what differs between them, and tests the
two models on the examples that both have answered."""

    @dataclass
    class Listed(Message):
        """The runs were looked up."""

        runs: list[RunSummary]

    @dataclass
    class Told(Message):
        """A text was made.

        Attributes:
            title: Of the dialog it is for; "" is for the pane of the run under the cursor.
            run: The run it is about.
            text: As it is shown.
        """

        title: str
        run: str
        text: str

    @dataclass
    class PageReady(Message):
        """A run's HTML report is there."""

        path: Path

    @dataclass
    class WayFound(Message):
        """It is known how a run goes on."""

        way: history.Way

    @dataclass
    class Deleted(Message):
        """A run was deleted."""

        run: str

    @dataclass
    class Failed(Message):
        """Something could not be done."""

        error: str
        cure: str

    def compose_content(self) -> ComposeResult:
        """Lay out the page."""
        yield ErrorBox()
        yield Static("Looking…", id="empty", markup=False)
        with Horizontal(id="results"):
            yield RunTable()
            with VerticalScroll(id="report", can_focus=False):
                yield Static("", id="report-text", markup=False)

    # Listing -------------------------------------------------------------------------------------------------------

    @on(events.ScreenResume)
    def _back(self) -> None:
        self.call_after_refresh(self._look_up)

    @work(thread=True, exclusive=True, group="list", exit_on_error=False)
    def _look_up(self) -> None:
        from advisor.runs.listed import summaries

        worker = get_current_worker()
        try:
            found = summaries()
        except (AdvisorError, OSError) as error:
            cure = "Mend the folder, or set XDG_DATA_HOME to another."
            self.post_message(self.Failed(f"The runs cannot be looked up: {one_line(error, 300)}", cure))
            found = []
        if not worker.is_cancelled:
            self.post_message(self.Listed(found))

    @on(Listed)
    def _show(self, message: Listed) -> None:
        table = self.query_one(RunTable)
        table.show(message.runs)
        empty = self.query_one("#empty", Static)
        empty.update(NOTHING)
        empty.display = not message.runs
        self.query_one("#results").display = bool(message.runs)
        if not message.runs:
            self.query_one("#report-text", Static).update("")
        self.title_note(f"{len(message.runs)} run{'' if len(message.runs) == 1 else 's'}" if message.runs else "")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done with the run under the cursor."""
        if action not in {"open", "resume", "mark", "compare", "page", "delete"}:
            return super().check_action(action, parameters)
        run = self.query_one(RunTable).run if self.is_mounted else None
        if run is None:
            return False
        if action == "resume":
            return run.state == "not finished"
        return run.state != "damaged" or action == "delete"

    # One run -------------------------------------------------------------------------------------------------------

    @on(RunTable.Highlighted)
    def _highlighted(self, message: RunTable.Highlighted) -> None:
        self.refresh_bindings()
        # How wide it is, is known once it is laid out.
        self.call_after_refresh(self._tell_beside, message.run)

    def _tell_beside(self, run: RunSummary) -> None:
        if self.is_mounted and self.query_one("#report").display and self.query_one(RunTable).run == run:
            width = max(NARROWEST, self.query_one("#report").size.width - 3)
            self._tell("", run.id, lambda: self._report(run, width))

    @on(RunTable.Opened)
    def action_open(self) -> None:
        """Show what the run under the cursor came to, or why it cannot be read."""
        if (run := self.query_one(RunTable).run) is None:
            return
        if run.reason is None:
            self.advisor.open_run(run.id)
        else:
            self._tell(f"Run {run.id}", run.id, lambda: self._report(run, room(self.size.width)))

    @staticmethod
    def _report(run: RunSummary, width: int) -> str:
        if run.reason is not None:
            return f"This run cannot be read: {run.reason}\n\nDelete it, or mend its folder: {run.folder}"
        return history.report_text(run.folder, width)

    def action_mark(self) -> None:
        """Mark the run under the cursor for a comparison, or unmark it."""
        self.query_one(RunTable).toggle()
        self.refresh_bindings()

    def action_compare(self) -> None:
        """Compare the two marked runs, or the marked one with the one under the cursor."""
        pair = self._pair()
        if len(pair) < TWO:
            self.notify("Mark one with space, go to another, and press c there.", markup=False, timeout=4)
        else:
            first, second = (history.folder(run) for run in pair)
            width = room(self.size.width)
            title = f"A: run {pair[0]}   B: run {pair[1]}"
            self._tell(title, pair[0], lambda: history.comparison(first, second, width))

    def _pair(self) -> list[str]:
        table = self.query_one(RunTable)
        here = [table.run.id] if table.run is not None and table.run.id not in table.marked else []
        return [*table.marked, *here][:TWO]

    @work(thread=True, exclusive=True, group="text", exit_on_error=False)
    def _tell(self, title: str, run: str, make: Callable[[], str]) -> None:
        worker = get_current_worker()
        try:
            text = make()
        except Exception as error:  # noqa: BLE001  whatever it is, the page shows it and goes on
            text = f"This cannot be shown: {one_line(error, 500)}"
        if not worker.is_cancelled:
            self.post_message(self.Told(title, run, text))

    @on(Told)
    def _show_text(self, message: Told) -> None:
        if message.title:
            self.app.push_screen(TextModal(message.title, message.text))
        elif (run := self.query_one(RunTable).run) is not None and run.id == message.run:
            self.query_one("#report-text", Static).update(visible(message.text))
            self.query_one("#report").scroll_home(animate=False)

    def action_page(self) -> None:
        """Open the run's HTML report in the browser."""
        if (run := self.query_one(RunTable).run) is not None:
            folder = run.folder
            self._try(lambda: self.PageReady(history.page_of(folder)), "Its folder must be whole, and writable.")

    @on(PageReady)
    def _open_page(self, message: PageReady) -> None:
        self.notify(one_line(open_page(self.app, message.path), 300), markup=False, timeout=4)

    def action_resume(self) -> None:
        """Go on with the run under the cursor."""
        if (run := self.query_one(RunTable).run) is not None:
            folder = run.folder
            self._try(lambda: self.WayFound(history.way_on(folder)), "F2 begins a new run on the same examples.")

    @on(WayFound)
    def _go_on(self, message: WayFound) -> None:
        self.advisor.go_on(message.way)

    def action_delete(self) -> None:
        """Delete the run under the cursor, after asking."""
        if (run := self.query_one(RunTable).run) is None:
            return
        what = one_line(run.task or run.id, 60)

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001  the toolkit hands it over by position
            if is_yes:
                self._try(lambda: self._delete(run), "Wait until it has ended, or stop it.")

        detail = "Its outcomes are gone then, and would have to be measured again."
        self.app.push_screen(Confirm(f"Delete the run “{what}”?", detail, yes="Delete", no="Keep"), answered)

    def _delete(self, run: RunSummary) -> Message:
        from advisor.runs.find import delete

        delete(run.folder)
        return self.Deleted(run.id)

    @on(Deleted)
    def _gone(self, message: Deleted) -> None:
        self.notify(f"Deleted run {message.run}.", markup=False, timeout=3)
        self._look_up()

    @work(thread=True, group="deed", exit_on_error=False)
    def _try(self, deed: Callable[[], Message], cure: str) -> None:
        """Do something that may fail, and post what comes of it."""
        try:
            self.post_message(deed())
        except Exception as error:  # noqa: BLE001  whatever it is, the page shows it and goes on
            self.post_message(self.Failed(one_line(error, 500), cure))

    @on(Failed)
    def _tell_failure(self, message: Failed) -> None:
        self.query_one(ErrorBox).show(message.error, message.cure)
