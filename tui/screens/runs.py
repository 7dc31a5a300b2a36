"""The history: every run's result, its report, resumption, comparison and deletion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from rich.text import Text
from textual import events, on
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import DataTable, Static

from advisor.errors import one_line
from advisor.report.sanitize import visible
from tui import history
from tui.browser import open_page
from tui.deferred import in_thread
from tui.dialogs.confirm import confirm
from tui.dialogs.text_modal import TextModal, room
from tui.facts import ago, state_of
from tui.screens.page import Page
from tui.widgets.error_box import ErrorBox
from tui.widgets.model_table import CursorTable
from tui.widgets.recent_list import mark

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Resize

    from advisor.runs.find import RunSummary


NOTHING = "No run yet. F2 begins one; every run is kept, and shown here."
T = TypeVar("T")
NARROWEST = 60
TWO = 2


ID_WIDTH, STATE_WIDTH, WHEN_WIDTH, MARK_WIDTH, PADDING = 12, 17, 11, 1, 2
WITH_ID = 100
STRENGTHS = {"certified": "certified", "examples": "passes these", "provisional": "provisional"}


class RunTable(CursorTable):
    """The table."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row", id="runs")
        self._runs: tuple[RunSummary, ...] = ()
        self.marked: list[str] = []

    @property
    def chosen(self) -> RunSummary | None:
        return self._runs[self.cursor_row] if 0 <= self.cursor_row < len(self._runs) else None

    def show(self, runs: Sequence[RunSummary]) -> None:
        """Show runs; the cursor stays on its run, if that still exists."""
        at = self.chosen.id if self.chosen is not None else None
        place = self.cursor_row
        self._runs = tuple(runs)
        self.marked = [run for run in self.marked if any(each.id == run for each in runs)]
        self._draw(next((n for n, each in enumerate(self._runs) if each.id == at), min(place, len(runs) - 1)))

    def toggle(self) -> None:
        """Mark the run under the cursor, or unmark it; only the last two marks are kept."""
        if (run := self.chosen) is None:
            return
        self.marked = [each for each in self.marked if each != run.id] if run.id in self.marked else [
            *self.marked[-1:], run.id
        ]  # fmt: skip
        self._draw(self.cursor_row)

    def on_resize(self, event: Resize) -> None:
        self._draw(self.cursor_row)

    def _draw(self, row: int) -> None:
        width = self.size.width or 80
        with self.prevent(DataTable.RowHighlighted):
            self.clear(columns=True)
            titles = ["", "Outcome", "Task", "Recommended", "When", *(["Run"] if width >= WITH_ID else [])]
            for title, room in zip(titles, _widths(width, len(titles)), strict=True):
                self.add_column(Text(title), width=room)
            for each in self._runs:
                self.add_row(*self._cells(each)[: len(titles)])
            if self._runs:
                self.move_cursor(row=max(0, row))
        if (run := self.chosen) is not None:
            self.post_message(self.Highlighted(run))

    def _cells(self, run: RunSummary) -> tuple[Text, ...]:
        sign, _, words = mark(state_of(run))
        if run.verdict == "passes":
            words = STRENGTHS.get(run.strength or "", words)
        letter = "AB"[self.marked.index(run.id)] if run.id in self.marked else " "
        texts = (
            letter,
            f"{sign} {words}",
            one_line(run.task or "", 80),
            one_line(run.model or "", 80),
            ago(run.changed),
            run.id,
        )
        return tuple(Text(text, no_wrap=True, overflow="ellipsis") for text in texts)


def _widths(width: int, columns: int) -> list[int]:
    """Return the columns' widths; task and model share the rest."""
    others = MARK_WIDTH + STATE_WIDTH + WHEN_WIDTH + (ID_WIDTH if columns > 5 else 0)  # noqa: PLR2004
    rest = max(20, width - 1 - PADDING * columns - others)
    return [MARK_WIDTH, STATE_WIDTH, rest // 2, rest - rest // 2, WHEN_WIDTH, ID_WIDTH][:columns]


class RunsScreen(Page, page="runs"):
    """All runs of this machine."""

    TITLE_TEXT = "Runs"
    AUTO_FOCUS: ClassVar[str | None] = "RunTable"
    HELP = """\
Every run is kept: what was asked, every single outcome, the verdict; the last changed stands first. Enter shows what it
came to; one that was cut short goes on where it was. A comparison of two says what differs between them, and tests
their models on the examples that both have answered."""

    def compose_content(self) -> ComposeResult:
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

    def _look_up(self) -> None:
        in_thread(self, "list", _summaries, self._show, self._tell_unlisted)

    def _tell_unlisted(self, error: str) -> None:
        cure = "Fix the folder, or set XDG_DATA_HOME to another."
        self.query_one(ErrorBox).show(f"The runs cannot be looked up: {error}", cure)
        self._show([])

    def _show(self, runs: list[RunSummary]) -> None:
        table = self.query_one(RunTable)
        table.show(runs)
        empty = self.query_one("#empty", Static)
        empty.update(NOTHING)
        empty.display = not runs
        self.query_one("#results").display = bool(runs)
        if not runs:
            self.query_one("#report-text", Static).update("")
        self.title_note(f"{len(runs)} run{'' if len(runs) == 1 else 's'}" if runs else "")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action not in {"open", "resume", "mark", "compare", "page", "delete"}:
            return super().check_action(action, parameters)
        run = self.query_one(RunTable).chosen if self.is_mounted else None
        if run is None:
            return False
        if action == "resume":
            return run.state == "not finished"
        return run.state != "damaged" or action == "delete"

    # One run -------------------------------------------------------------------------------------------------------

    @on(RunTable.Highlighted)
    def _highlighted(self, message: RunTable.Highlighted) -> None:
        self.refresh_bindings()
        # Its width is known only after layout.
        self.call_after_refresh(self._show_report, message.chosen)

    def _show_report(self, run: RunSummary) -> None:
        if self.is_mounted and self.query_one("#report").display and self.query_one(RunTable).chosen == run:
            width = max(NARROWEST, self.query_one("#report").size.width - 3)
            self._tell("", run.id, lambda: self._report(run, width))

    @on(RunTable.Opened)
    def action_open(self) -> None:
        """Show the answer of the run under the cursor, or why it cannot be read."""
        if (run := self.query_one(RunTable).chosen) is None:
            return
        if run.reason is None:
            self.advisor.open_run(run.id)
        else:
            self._tell(f"Run {run.id}", run.id, lambda: self._report(run, room(self.size.width)))

    @staticmethod
    def _report(run: RunSummary, width: int) -> str:
        if run.reason is not None:
            return f"This run cannot be read: {run.reason}\n\nDelete it, or fix its folder: {run.folder}"
        return history.report_text(run.folder, width)

    def action_mark(self) -> None:
        self.query_one(RunTable).toggle()
        self.refresh_bindings()

    def action_compare(self) -> None:
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
        here = [table.chosen.id] if table.chosen is not None and table.chosen.id not in table.marked else []
        return [*table.marked, *here][:TWO]

    def _tell(self, title: str, run: str, make: Callable[[], str]) -> None:
        """Show a text in a dialog, or without a title in the pane of the run under the cursor."""

        def failed(error: str) -> None:
            self._show_text(title, run, f"This cannot be shown: {error}")

        # Moving to another run cancels only the pane's text.
        in_thread(self, "dialog" if title else "pane", make, partial(self._show_text, title, run), failed)

    def _show_text(self, title: str, run: str, text: str) -> None:
        if title:
            self.app.push_screen(TextModal(title, text))
        elif (here := self.query_one(RunTable).chosen) is not None and here.id == run:
            self.query_one("#report-text", Static).update(visible(text))
            self.query_one("#report").scroll_home(animate=False)

    def action_page(self) -> None:
        if (run := self.query_one(RunTable).chosen) is not None:
            self._try(partial(history.page_of, run.folder), self._open_page, "Its folder must be whole, and writable.")

    def _open_page(self, path: Path) -> None:
        self.notify(one_line(open_page(self.app, path), 300), markup=False, timeout=4)

    def action_resume(self) -> None:
        if (run := self.query_one(RunTable).chosen) is not None:
            cure = "F2 begins a new run on the same examples."
            self._try(partial(history.way_on, run.folder), self.advisor.go_on, cure)

    def action_delete(self) -> None:
        if (run := self.query_one(RunTable).chosen) is None:
            return
        what = one_line(run.task or run.id, 60)

        def delete() -> None:
            work = partial(_delete, run.folder)
            self._try(work, lambda _: self._gone(run.id), "Wait until it has ended, or stop it.")

        detail = "Its outcomes are gone then, and would have to be measured again."
        confirm(self.app, f"Delete the run “{what}”?", detail, yes="Delete", no="Keep", then=delete)

    def _gone(self, run: str) -> None:
        self.notify(f"Deleted run {run}.", markup=False, timeout=3)
        self._look_up()

    def _try(self, deed: Callable[[], T], then: Callable[[T], object], cure: str) -> None:
        """Do something that may fail; `cure` is shown with the error."""
        in_thread(self, "deed", deed, then, partial(self.query_one(ErrorBox).show, cure=cure), is_exclusive=False)


def _summaries() -> list[RunSummary]:
    from advisor.runs.find import summaries

    return summaries()


def _delete(folder: Path) -> None:
    from advisor.runs.find import delete_run

    delete_run(folder)
