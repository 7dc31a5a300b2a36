"""The part of the app that opens runs: the pages of a session, and the answer of a past run.

A run's pages are opened like this:

    app.open_session(session_id, words=..., examples=..., task_file=...)    # fields of advisor.workflow.sessions.Start

imports `tui.screens.session` in a thread (it imports the engine), then shows its page in the mode "session"; further
pages are pushed above it. A page that must not be closed silently overrides `Page.busy_with` and `Page.close_down`.
`app.close_session()` removes the mode.

    app.open_run(run)

shows a past run's answer above the current page, to which its own key returns.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App

from advisor.errors import OutOfReachError
from advisor.workflow import crash_file
from tui import garbage
from tui.deferred import in_thread
from tui.screens.page import STYLES, Page
from tui.widgets.bars import TitleLine
from tui.widgets.view import View

if TYPE_CHECKING:
    from textual.screen import Screen

    from advisor.cluster.placement import Place
    from advisor.workflow.frontend import Answer
    from tui.history import Way

SESSION = "session"
T = TypeVar("T")
# The styles of the page with a run's answer.
ANSWER_STYLES = (SESSION, "recommendation")


class OpeningApp(App[None], inherit_bindings=False):
    """Opens sessions and runs, and closes them down."""

    place: Place | None = None  # A cluster that candidates are probed on; None: this machine.

    # A session ---------------------------------------------------------------------------------------------------

    @property
    def has_session(self) -> bool:
        return SESSION in self._modes

    def is_open(self, session_id: str) -> bool:
        return any(page.session_id == session_id for page in self._pages(SESSION))

    def open_session(
        self,
        session_id: str | None = None,
        *,
        to_change: bool = False,
        change: Answer | None = None,
        **start: Any,  # noqa: ANN401  fields of another type
    ) -> None:
        """Open a run's pages: a new one, or the existing session named.

        A session that has ended is opened `to_change` something: `change`, if known. `start` are fields of
        `advisor.workflow.sessions.Start`.
        """
        if session_id is not None and self.is_open(session_id):
            self.switch_mode(SESSION)
            if change is not None:
                for page in self._pages(SESSION):
                    page.post_message(View.Answered(change))
            return
        if self.has_session:
            self._ask_before_another(
                partial(self.open_session, session_id, to_change=to_change, change=change, **start)
            )
            return
        self._tell_doing("Loading the interview")
        self._import_session(session_id, start, to_change=to_change, change=change)

    def close_session(self) -> None:
        """Remove the run's pages and show home; running work must have been stopped before."""
        if self.has_session:
            self.switch_mode("home")
            self.remove_mode(SESSION)
            self._show_ways()

    def _import_session(
        self, session_id: str | None, start: dict[str, Any], *, to_change: bool, change: Answer | None
    ) -> None:
        def imported() -> Callable[[], Page]:
            from advisor.workflow.sessions import Start

            # The engine behind these pages takes a second to import.
            pages = importlib.import_module("tui.screens.session")
            garbage.keep()
            begun = Start(**start) if start else None
            return partial(pages.SessionPage, session_id, begun, to_change=to_change, change=change, place=self.place)

        self._bring("session", "The interview", imported, partial(self.show_session, is_new=bool(start)))

    def show_session(self, make: Callable[[], Page], *, is_new: bool) -> None:
        """Show the pages of a run, whose modules are imported."""
        self._tell_doing("")
        if not self.has_session:
            self.add_mode(SESSION, make)
            for page in self._pages() if is_new else ():
                page.begun()
        self.switch_mode(SESSION)
        self._show_ways()

    def _show_ways(self) -> None:
        """Update whether the title line offers the session."""
        self.refresh_bindings()
        for line in self.screen.query(TitleLine):
            line.refresh()

    def _bring(self, group: str, what: str, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Import a page's modules in a thread, then show it; errors are shown in one line."""

        def brought() -> T:
            try:
                return work()
            except Exception as error:
                fault = crash_file.write_crash_file(error)
                raise OutOfReachError(f"{what} cannot be opened: {fault.message}; {fault.what_to_do}") from error

        in_thread(self, group, brought, then, self._tell_failure)

    def _tell_failure(self, error: str) -> None:
        self._tell_doing("")
        self.notify(error, severity="error", markup=False, timeout=15)

    def _ask_before_another(self, begin: Callable[[], None]) -> None:
        def go_on() -> None:
            for page in self._pages(SESSION):
                page.close_down()
            self.close_session()
            begin()

        if not (busy := self.busy_with(SESSION)):
            go_on()
            return
        from tui.dialogs.confirm import confirm

        named = "".join(f"“{name}”: " for page in self._pages() if (name := page.called()))
        text, stay = f"{named}{busy}\nWhat was done is kept.", partial(self.switch_mode, SESSION)
        question = "Another task is open. Close it?"
        confirm(self, question, text, yes="Close it", no="Go to it", then=go_on, otherwise=stay)

    # A run of the history ------------------------------------------------------------------------------------------

    def open_run(self, run: str) -> None:
        from tui.history import folder

        def imported() -> Callable[[], Page]:
            return partial(importlib.import_module("tui.screens.answer").AnswerPage, folder(run))

        self._tell_doing("Loading the run")
        self._bring("answer", f"The run {run}", imported, lambda make: self._show_answer(make()))

    def _show_answer(self, page: Page) -> None:
        self._tell_doing("")
        self.know_styles(page, ANSWER_STYLES)
        self.push_screen(page)

    def read_styles(self, names: Iterable[str]) -> None:
        """Read the styles of other pages ahead, so that the key that opens one need not wait."""
        for name in names:
            path = STYLES / f"{name}.tcss"
            if not self.stylesheet.has_source(str(path), ""):
                self.stylesheet.read(path)

    def know_styles(self, page: Page, names: Iterable[str]) -> None:
        """Read a page's styles if necessary, and mark everything else as read."""
        self.read_styles(names)
        page._css_update_count = self._css_update_count  # noqa: SLF001  the toolkit has no other word for it

    def go_on(self, way: Way) -> None:
        if way.session is not None:
            self.open_session(way.session)
        else:
            self.open_session(task_file=str(way.task_file))

    # All pages -----------------------------------------------------------------------------------------------------

    def _pages(self, mode: str = "") -> list[Page]:
        """Return the existing pages, of one mode or of all."""
        stacks: list[list[Screen[Any]]] = [stack for name, stack in self._screen_stacks.items() if mode in {"", name}]
        return [screen for stack in stacks for screen in stack if isinstance(screen, Page)]

    def _tell_doing(self, what: str) -> None:
        for page in self._pages():
            page.tell_doing(what)

    def catalog_changed(self) -> None:
        for page in self._pages():
            page.catalog_changed()

    def busy_with(self, mode: str = "") -> str:
        """Return what closing the pages of a mode, or all pages, would interrupt."""
        return " ".join(filter(None, (page.busy_with() for page in self._pages(mode))))

    def close_down(self) -> None:
        for page in self._pages():
            page.close_down()
