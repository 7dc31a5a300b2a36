"""The app: its pages, how to leave it, and the handling of errors.

Home, catalog and runs are modes with a stack of screens each, and so is the current run ("session"): a user who looks
something up in the catalog returns to the question that was open.
"""

import contextlib
import importlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, ClassVar

from textual import events, on, work
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.css.query import NoMatches
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, OptionList

from advisor.workflow import crash_file, settings
from tui import garbage, themes
from tui.actions import APP, Act, bindings, key_name, of_page
from tui.finder import Finder
from tui.opening import ANSWER_STYLES, SESSION, OpeningApp
from tui.screens.page import Page
from tui.themes import DARK, NAMES, TERMINAL, named

# Enter within this many seconds after a digit or letter that picked an answer, or after what comes next is shown,
# belongs to that: what comes next is unread.
TOGETHER = 0.6
# The pages besides home, each a mode.
PAGES = ("catalog", "runs")
# Imported after the first keys are handled; a page that is opened sooner is imported then.
IMPORT_SECONDS = 0.15


class Palette(CommandPalette):
    """The command palette, which runs one command and closes once, however fast its keys come."""

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _once(self, event: Message) -> None:
        if not self.is_active:
            event.stop().prevent_default()

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close it, unless an earlier key has."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Commands(Provider):
    """Offers the actions of the page from which the palette was opened."""

    async def discover(self) -> Hits:
        """Offer everything, the page's own actions first."""
        for act, run in self._offers():
            yield DiscoveryHit(act.title, run, help=act.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for act, run in self._offers():
            score = matcher.match(act.title)
            if score > 0:
                yield Hit(score, matcher.highlight(act.title), run, help=act.help)

    def _offers(self) -> Iterator[tuple[Act, Callable[[], object]]]:
        page = getattr(self.screen, "page", "")
        for act in (*(of_page(page) if page else ()), *of_page(APP)):
            owner = self.app if act.page == APP else self.screen
            if act.id != "command_palette" and owner.check_action(act.id, ()):
                yield act, self._runner(act)

    def _runner(self, act: Act) -> Callable[[], object]:
        scope = "app" if act.page == APP else "screen"

        async def run() -> None:
            await self.screen.run_action(f"{scope}.{act.id}")

        return run


class AdvisorApp(OpeningApp, inherit_bindings=False):
    """The terminal session."""

    TITLE = "Model Advisor"
    # Home's style is read with the app's: a page's own style file means reading all of them again.
    CSS_PATH = ["styles/app.tcss", "styles/home.tcss"]  # noqa: RUF012  declared so by the toolkit
    DEFAULT_MODE = "home"
    COMMANDS: ClassVar[set[Any]] = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(APP),
        # A habitual ctrl+c names the key that quits; in a field it copies.
        Binding("ctrl+c", "tell_how_to_quit", show=False, system=True),
        # Handled before any field: otherwise the next keys would still go to the previous field.
        Binding("tab", "next_field", show=False, priority=True, system=True),
        Binding("shift+tab", "previous_field", show=False, priority=True, system=True),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-vast")]  # noqa: RUF012  declared so by the toolkit
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012  declared so by the toolkit

    @dataclass
    class PagesImported(Message):
        """The other pages are imported."""

    def __init__(self, finder: Finder | None = None) -> None:
        self.fault: crash_file.Fault | None = None
        # When a key picked an answer, or what comes next was shown; None after any other key.
        self._picked_at: float | None = None
        self.finder = finder or Finder()
        is_plain = "NO_COLOR" in os.environ
        # The toolkit disables colours only in the terminal's own theme.
        super().__init__(ansi_color=True if is_plain else None)
        name = TERMINAL.name if is_plain else themes.chosen()
        for each in {DARK.name, name}:  # the others on demand
            self.register_theme(named(each))
        if name == DARK.name:
            # Set normally, the theme would cause every style to be read a second time.
            self.set_reactive(App.theme, name)
            self.stylesheet.set_variables(self.get_css_variables())
        else:
            self.theme = name
        for mode in PAGES:
            self.add_mode(mode, partial(self._page, mode))

    def get_default_screen(self) -> Screen[Any]:
        """Return home as the default screen, which is painted at once: a mode's styles would be read again."""
        return _screen("home")

    def on_mount(self) -> None:
        """Turn home into a mode like the others; prepare the other pages once it is painted."""
        self.add_mode("home", partial(_screen, "home"))
        self.call_after_refresh(garbage.begin)
        self.set_timer(IMPORT_SECONDS, self._import_pages)

    def on_unmount(self) -> None:
        self.finder.leave()

    @work(thread=True, group="pages", exit_on_error=False)
    def _import_pages(self) -> None:
        for page in PAGES:
            importlib.import_module(f"tui.screens.{page}")
        garbage.keep()
        self.post_message(self.PagesImported())

    @on(PagesImported)
    def _read_styles(self) -> None:
        """Read the styles of other pages ahead, so that the key that opens one need not wait."""
        self.read_styles((*PAGES, *ANSWER_STYLES))

    def _page(self, name: str) -> Page:
        page = _screen(name)
        self.know_styles(page, [name])
        return page

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own colours for themes that lack them."""
        return {"quiet": "ansi_bright_black"}

    def get_key_display(self, binding: Binding) -> str:
        return key_name(binding.key)

    # Keys ----------------------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Pass over Enter right behind a key that picked an answer."""
        if isinstance(event, events.Key) and self._picked_at is not None:
            if event.key == "enter" and monotonic() - self._picked_at < TOGETHER:
                return
            self._picked_at = None
        await super().on_event(event)

    def ignore_enter(self) -> None:
        """Begin to pass over Enter: a key has picked an answer."""
        self._picked_at = monotonic()

    def go_on_ignoring_enter(self) -> None:
        """Note that what the key led to is shown: Enter may still be on its way."""
        if self._picked_at is not None:
            self._picked_at = monotonic()

    # Going from page to page ---------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way back to a session only if there is one."""
        if action == "session":
            return self.has_session and self.current_mode != SESSION
        if action == "back":
            return self.current_mode in {"catalog", "runs"}
        if action == "next_field":
            # A field with completion uses the key itself.
            return not hasattr(self.focused, "action_complete")
        return super().check_action(action, parameters)

    def action_next_field(self) -> None:
        self.screen.focus_next()

    def action_previous_field(self) -> None:
        self.screen.focus_previous()

    def action_home(self) -> None:
        self._show_mode("home")

    def action_catalog(self) -> None:
        self._show_mode("catalog")

    def action_runs(self) -> None:
        self._show_mode("runs")

    def _show_mode(self, mode: str) -> None:
        """Show a page; screens above it are closed."""
        self.switch_mode(mode)
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if isinstance(self.screen, Page):
            self.call_after_refresh(self.screen.arrive)

    async def action_back(self) -> None:
        self.switch_mode(SESSION if self.has_session else "home")

    def action_session(self) -> None:
        self.switch_mode(SESSION)

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def action_help(self) -> None:
        from tui.dialogs.text_modal import HelpModal

        if isinstance(self.screen, Page):
            self.push_screen(HelpModal(self.screen))

    def action_theme(self) -> None:
        from tui.dialogs.themes import Themes

        if "NO_COLOR" in os.environ:
            message = "NO_COLOR is set: there are no colours, whatever the theme. Begin without it to choose one."
            self.notify(message, markup=False, timeout=4)
            return
        if isinstance(self.screen, Themes):
            return
        for name in NAMES:
            self.register_theme(named(name))
        self.push_screen(Themes(NAMES, self.theme), self._keep_theme)

    def _keep_theme(self, chosen: str | None) -> None:
        if chosen is not None and not settings.keep_setting("theme", chosen):
            self.notify("The theme cannot be kept for the next session.", markup=False, timeout=3)

    # Leaving -------------------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """End the session; ask first if something is running."""
        from tui.dialogs.confirm import Confirm, confirm

        if isinstance(self.screen, Confirm):
            return
        if not (busy := self.busy_with()):
            self.exit()
            return
        detail = f"{busy}\nEverything answered and measured is kept; it is on the home page at the next start."
        confirm(self, "Quit now?", detail, yes="Quit", no="Stay", then=self.exit)

    def action_tell_how_to_quit(self) -> None:
        self.notify("ctrl+q quits.", markup=False, timeout=3)

    async def action_quit(self) -> None:
        """Quit in the same way at the toolkit's request."""
        self.action_leave()

    async def _on_exit_app(self) -> None:
        """Close down, for whatever reason: the user, a closed browser tab, an interrupt."""
        self.close_down()
        await super()._on_exit_app()

    # When something fails ------------------------------------------------------------------------------------------

    def _fatal_error(self) -> None:
        """Restore the terminal, and print one line with the place of the details instead of a traceback."""
        with contextlib.suppress(Exception):  # report the first error only
            self.close_down()  # running work would keep the program alive
        self._close_messages_no_wait()

    def _handle_exception(self, error: Exception) -> None:
        if self._exit and isinstance(error, NoMatches):
            return  # a page still being laid out at the end
        first = self._exception is None
        super()._handle_exception(error)
        if first:
            self.fault = crash_file.write_crash_file(error)


def _screen(module: str) -> Page:
    page: Page = getattr(importlib.import_module(f"tui.screens.{module}"), f"{module.capitalize()}Screen")()
    return page
