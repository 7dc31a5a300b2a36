"""The app: which pages there are, how a run's pages are opened, and what happens when something fails.

Each of home, catalog and runs is a mode with a stack of screens of its own, and so is the run that is under way
("session"): whoever looks something up in the catalog comes back to the very question that was open.

A run's pages hang in so:

    app.open_session(session_id, words=..., examples=..., task_file=...)    # fields of advisor.session.Start

imports `tui.screens.interview` in a thread (it brings the engine in), then shows `interview.first_page(session_id,
start)`, a `Page`, in the mode "session" (`start` is None where a session is gone on with); further pages are pushed
above it. A page that must not be left without a
word overrides `Page.busy_with` and `Page.close_down`. `app.close_session()` takes the mode away again.
"""

from __future__ import annotations

import gc
import importlib
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import App
from textual.binding import Binding
from textual.message import Message

from tui import faults, settings
from tui.actions import APP, bindings, key_name
from tui.finder import Finder
from tui.palette import Commands
from tui.screens.page import STYLES, Page
from tui.themes import DARK, TERMINAL, THEMES
from tui.widgets.title import TitleLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType
    from textual.screen import Screen

SESSION = "session"
# Those beside home, each a mode.
PAGES = ("catalog", "runs")


class AdvisorApp(App[None], inherit_bindings=False):
    """The terminal session."""

    TITLE = "Model Advisor"
    # Home's style is read with the app's, for a page's own means reading all of them anew.
    CSS_PATH = ["styles/app.tcss", "styles/home.tcss"]  # noqa: RUF012  declared so by the toolkit
    DEFAULT_MODE = "home"
    COMMANDS: ClassVar[set[Any]] = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(APP),
        # Whoever presses it by habit is told which key quits; in a field it copies.
        Binding("ctrl+c", "tell_how_to_quit", show=False, system=True),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-vast")]  # noqa: RUF012  declared so by the toolkit
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012  declared so by the toolkit

    @dataclass
    class PagesImported(Message):
        """The pages that are not in front at first are imported."""

    @dataclass
    class SessionReady(Message):
        """The pages of a run are imported."""

        make: Callable[[], Page]

    @dataclass
    class SessionFailed(Message):
        """The pages of a run cannot be shown."""

        error: Exception

    def __init__(self) -> None:
        """Take up the settings; paint nothing yet."""
        self.fault: faults.Fault | None = None
        self.finder = Finder()
        is_plain = "NO_COLOR" in os.environ
        # The toolkit shows no colour at all only where colours are the terminal's own.
        super().__init__(ansi_color=True if is_plain else None)
        self.settings = settings.load()
        for theme in THEMES:
            self.register_theme(theme)
        name = TERMINAL.name if is_plain else self.settings.theme
        if name == DARK.name:
            # Set in full, the theme would have every style read a second time.
            self.set_reactive(App.theme, name)
            self.stylesheet.set_variables(self.get_css_variables())
        else:
            self.theme = name
        for mode in PAGES:
            self.add_mode(mode, partial(self._page, mode))

    def get_default_screen(self) -> Screen[Any]:
        """Return home: as the default screen it is painted at once, as a mode's every style would be read again."""
        return _screen("home")

    def on_mount(self) -> None:
        """Make home a mode like the others, now that it is there; make ready for the others once it is painted."""
        self.add_mode("home", partial(_screen, "home"))
        self.call_after_refresh(_collect_again)
        self.call_after_refresh(self._import_pages)

    def on_unmount(self) -> None:
        """Let go of the catalog."""
        self.finder.leave()

    @work(thread=True, group="pages", exit_on_error=False)
    def _import_pages(self) -> None:
        for page in PAGES:
            importlib.import_module(f"tui.screens.{page}")
        self.post_message(self.PagesImported())

    @on(PagesImported)
    def _read_styles(self) -> None:
        """Read the styles of the pages to come, so that the key that opens one need not wait for it."""
        for page in PAGES:
            path = STYLES / f"{page}.tcss"
            if not self.stylesheet.has_source(str(path), ""):
                self.stylesheet.read(path)

    def _page(self, name: str) -> Page:
        page = _screen(name)
        if self.stylesheet.has_source(str(STYLES / f"{name}.tcss"), ""):
            page._css_update_count = self._css_update_count  # noqa: SLF001  its style is known: nothing to read anew
        return page

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own colours for themes that do not have them."""
        return {"quiet": "ansi_bright_black"}

    def get_key_display(self, binding: Binding) -> str:
        """Return a key as it is printed on it."""
        return key_name(binding.key)

    # Going from page to page ---------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way back to a session only while there is one."""
        if action == "session":
            return self.has_session and self.current_mode != SESSION
        if action == "back":
            return self.current_mode in {"catalog", "runs"}
        return super().check_action(action, parameters)

    def action_home(self) -> None:
        """Show home."""
        self.switch_mode("home")

    def action_catalog(self) -> None:
        """Show the catalog."""
        self.switch_mode("catalog")

    def action_runs(self) -> None:
        """Show the runs."""
        self.switch_mode("runs")

    async def action_back(self) -> None:
        """Go back to the session, or home."""
        self.switch_mode(SESSION if self.has_session else "home")

    def action_session(self) -> None:
        """Show the run that is open."""
        self.switch_mode(SESSION)

    def action_help(self) -> None:
        """Show the help of the page in front."""
        from tui.dialogs.help import HelpModal

        if isinstance(self.screen, Page):
            self.push_screen(HelpModal(self.screen))

    def action_theme(self) -> None:
        """Take the next theme, and keep the choice."""
        names = settings.THEMES
        chosen = names[(names.index(self.settings.theme) + 1) % len(names)]
        self.settings = settings.Settings(theme=chosen)
        self.theme = chosen
        kept = settings.save(self.settings)
        self.notify(f"Theme: {chosen}" + ("" if kept else "; it cannot be kept"), markup=False, timeout=2)

    # The run that is under way -------------------------------------------------------------------------------------

    @property
    def has_session(self) -> bool:
        """Whether a run is open."""
        return SESSION in self._modes

    def open_session(self, session_id: str | None = None, **start: Any) -> None:  # noqa: ANN401  fields of another type
        """Open a run's pages: a new one, or the session of this id where it was.

        Args:
            session_id: The session to go on with; None begins a new one.
            **start: Fields of `advisor.session.Start`.
        """
        if self.has_session:
            self._ask_before_another(partial(self.open_session, session_id, **start))
            return
        self.notify("Getting ready…", markup=False, timeout=2)
        self._import_session(session_id, start)

    def open_run(self, run: str) -> None:
        """Show a run of the history: what came out of it, or how to go on with it."""
        self.switch_mode("runs")
        if isinstance(self.screen, Page):
            self.screen.show_run(run)

    def close_session(self, mode: str = "home") -> None:
        """Take the run's pages away and show another mode; what runs must have been stopped before."""
        if self.has_session:
            self.switch_mode(mode)
            self.remove_mode(SESSION)
            self._show_ways()

    @work(thread=True, exclusive=True, group="session", exit_on_error=False)
    def _import_session(self, session_id: str | None, start: dict[str, Any]) -> None:
        try:
            from advisor.session import Start

            # The engine behind these pages takes a second to import.
            pages = importlib.import_module("tui.screens.interview")
        except Exception as error:  # noqa: BLE001  whatever it is, the user reads it in one line
            self.post_message(self.SessionFailed(error))
            return
        self.post_message(self.SessionReady(partial(pages.first_page, session_id, Start(**start) if start else None)))

    @on(SessionReady)
    def _show_session(self, message: SessionReady) -> None:
        if not self.has_session:
            self.add_mode(SESSION, message.make)
        self.switch_mode(SESSION)
        self._show_ways()

    def _show_ways(self) -> None:
        """Offer the way to the session, or no more."""
        self.refresh_bindings()
        for line in self.screen.query(TitleLine):
            line.refresh()

    @on(SessionFailed)
    def _tell_failure(self, message: SessionFailed) -> None:
        log = faults.keep(message.error)
        self.notify(f"The interview cannot be opened. Details: {log}", severity="error", markup=False, timeout=15)

    def _ask_before_another(self, begin: Callable[[], None]) -> None:
        def go_on(is_yes: bool | None) -> None:  # noqa: FBT001  the toolkit hands it over by position
            if is_yes:
                self._close_down()
                self.close_session()
                begin()
            else:
                self.switch_mode(SESSION)

        if not (busy := self._busy_with()):
            go_on(True)  # noqa: FBT003
            return
        from tui.dialogs.confirm import Confirm

        question = "Another run is open. Close it?"
        self.push_screen(Confirm(question, f"{busy}\nWhat was done is kept.", yes="Close it", no="Go to it"), go_on)

    # Leaving -------------------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """End the session; ask first where something is under way."""
        from tui.dialogs.confirm import Confirm

        if isinstance(self.screen, Confirm):
            return
        if not (busy := self._busy_with()):
            self._leave(True)  # noqa: FBT003
            return
        detail = f"{busy}\nEverything answered and measured is kept; it is on the home page at the next start."
        self.push_screen(Confirm("Quit now?", detail, yes="Quit", no="Stay"), self._leave)

    def action_tell_how_to_quit(self) -> None:
        """Say which key quits."""
        self.notify("ctrl+q quits.", markup=False, timeout=3)

    async def action_quit(self) -> None:
        """Leave in the same way where the toolkit asks for it."""
        self.action_leave()

    def _leave(self, is_yes: bool | None) -> None:  # noqa: FBT001  the toolkit hands it over by position
        if is_yes:
            self.exit()

    async def _on_exit_app(self) -> None:
        """Close down whoever asked for the end: the user, a closed browser tab, an interrupt."""
        self._close_down()
        await super()._on_exit_app()

    def _pages(self) -> list[Page]:
        stacks: list[list[Screen[Any]]] = list(self._screen_stacks.values())
        return [screen for stack in stacks for screen in stack if isinstance(screen, Page)]

    def _busy_with(self) -> str:
        return " ".join(filter(None, (page.busy_with() for page in self._pages())))

    def _close_down(self) -> None:
        for page in self._pages():
            page.close_down()

    # When something fails ------------------------------------------------------------------------------------------

    def _fatal_error(self) -> None:
        """Leave the terminal as it was, with one line and the place of the details instead of a traceback."""
        self._close_messages_no_wait()

    def _handle_exception(self, error: Exception) -> None:
        first = self._exception is None
        super()._handle_exception(error)
        if first:
            self.fault = faults.Fault(error, faults.keep(error))


def _collect_again() -> None:
    """Begin to collect garbage; what the start has made stays, and is not looked at again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _screen(module: str) -> Page:
    page: Page = getattr(importlib.import_module(f"tui.screens.{module}"), f"{module.capitalize()}Screen")()
    return page
