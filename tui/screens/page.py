"""What every page is: a title line, its content, a footer; its keys come from the registry.

A page is written as

    class CatalogScreen(Page, page="catalog"):
        TITLE_TEXT = "Catalog"
        HELP = "What this page is for, in a few sentences."

        def compose_content(self) -> ComposeResult: ...
        def action_refresh(self) -> None: ...   # one for each of the page's actions in `tui.actions`

and styled by `styles/<page>.tcss`, if that file is there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, on
from textual.containers import Vertical
from textual.screen import Screen

from tui import actions
from tui.widgets.bars import KeysLine, TitleLine
from tui.widgets.busy import Busy

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app import AdvisorApp

# Its style is among the app's.
FIRST = "home"
STYLES = Path(__file__).parent.parent / "styles"


class Page(Screen[None]):
    """A full screen of the session."""

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS: ClassVar[str | None] = "*"
    page: ClassVar[str] = ""
    # Of the session that the page is of.
    session_id: str | None = None
    TITLE_TEXT: ClassVar[str] = ""
    HELP: ClassVar[str] = ""

    def __init_subclass__(cls, page: str = "", **options: Any) -> None:  # noqa: ANN401  the toolkit's own options
        """Give the page the keys that the registry has for it, and the style file of its name."""
        if page:
            cls.page = page
            cls.BINDINGS = list(actions.bindings(page))
            style = STYLES / f"{page}.tcss"
            cls.CSS_PATH = str(style) if page != FIRST and style.is_file() else None
        super().__init_subclass__(**options)

    def compose(self) -> ComposeResult:
        yield TitleLine(self.TITLE_TEXT)
        with Vertical(id="content"):
            yield from self.compose_content()
        yield Busy(id="page-busy")
        yield KeysLine()

    def compose_content(self) -> ComposeResult:
        yield from ()

    @property
    def advisor(self) -> AdvisorApp:
        """The app, by its own type."""
        return cast("AdvisorApp", self.app)

    def tell_doing(self, what: str) -> None:
        """Show above the keys, with movement, what the page waits for; "" where it waits no more."""
        for line in self.query("#page-busy").results(Busy):
            line.doing = what

    def title_note(self, text: str) -> None:
        """Show a short text at the right of the title line; outside text is safe there."""
        for line in self.query(TitleLine):
            line.note = text

    @on(events.ScreenResume)
    def _show_ways(self) -> None:
        for line in self.query(TitleLine):
            line.refresh()

    @on(events.ScreenResume)
    @on(events.ScreenSuspend)
    def _show_keys(self) -> None:
        """Draw the footer again: its keys are none while a dialog lies on top."""
        for line in self.query(KeysLine):
            line.refresh()

    def arrive(self) -> None:
        """Put the focus where the next key belongs when the user comes here by the page's own key."""

    def catalog_changed(self) -> None:
        """Tell of another catalog: one has come."""

    def begun(self) -> None:
        """Let go of what was written for a new task: a session has begun with it."""

    def called(self) -> str:
        """Return the name of what is open here, "" where it has none."""
        return ""

    def busy_with(self) -> str:
        """Return what leaving the program now would interrupt, as a sentence; "" if nothing."""
        return ""

    def close_down(self) -> None:
        """Stop what runs, keeping what was answered and measured; called once, before the program ends."""
