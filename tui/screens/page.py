"""The base of pages: a title line, the content, a footer; keys come from the registry.

A page is defined as

    class CatalogScreen(Page, page="catalog"):
        TITLE_TEXT = "Catalog"
        HELP = "What this page is for, in a few sentences."

        def compose_content(self) -> ComposeResult: ...
        def action_refresh(self) -> None: ...   # one per action of the page in `tui.actions`

and styled by `styles/<page>.tcss`, if that file exists.
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

# Styled in the app's file.
FIRST = "home"
STYLES = Path(__file__).parent.parent / "styles"


class Page(Screen[None]):
    """A full screen of the session."""

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS: ClassVar[str | None] = "*"
    page: ClassVar[str] = ""
    # The page's session.
    session_id: str | None = None
    _has_been_away = False
    TITLE_TEXT: ClassVar[str] = ""
    HELP: ClassVar[str] = ""

    def __init_subclass__(cls, page: str = "", **options: Any) -> None:  # noqa: ANN401  the toolkit's own options
        """Give the page its keys from the registry, and the style file of its name."""
        if page:
            cls.page = page
            cls.BINDINGS = list(actions.bindings(page))
            style = STYLES / f"{page}.tcss"
            cls.CSS_PATH = str(style) if page != FIRST and style.is_file() else None
        super().__init_subclass__(**options)

    def compose(self) -> ComposeResult:
        # The classes that the first event of a size would add, after which every style would be found again.
        for size, steps in zip(
            self.app.size, (self.app.HORIZONTAL_BREAKPOINTS, self.app.VERTICAL_BREAKPOINTS), strict=True
        ):
            self.add_class(max(step for step in steps or () if step[0] <= size)[1])
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
        """Show above the keys, with an animation, what the page waits for; "" if nothing."""
        for line in self.query("#page-busy").results(Busy):
            line.doing = what

    def title_note(self, text: str) -> None:
        """Show a short text at the right of the title line; outside text is safe here."""
        for line in self.query(TitleLine):
            line.note = text

    @on(events.ScreenSuspend)
    def _go_away(self) -> None:
        self._has_been_away = True

    @on(events.ScreenResume)
    def _come_back(self, event: events.ScreenResume) -> None:
        """Style the page again only if something could have changed: the toolkit would do so twice as it opens."""
        event.refresh_styles = event.refresh_styles and self._has_been_away
        self._has_been_away = False

    @on(events.ScreenResume)
    def _show_ways(self) -> None:
        for line in self.query(TitleLine):
            line.refresh()

    @on(events.ScreenResume)
    @on(events.ScreenSuspend)
    def _show_keys(self) -> None:
        """Draw the footer again: it is empty while a dialog is open."""
        for line in self.query(KeysLine):
            line.refresh()

    def arrive(self) -> None:
        """Focus where the next key belongs when the user opens the page by its key."""

    def catalog_changed(self) -> None:
        """React to a new catalog."""

    def begun(self) -> None:
        """Clear a new task's fields: a session has begun with them."""

    def called(self) -> str:
        """Return the name of what is open here, "" if it has none."""
        return ""

    def busy_with(self) -> str:
        """Return what quitting now would interrupt, as a sentence; "" if nothing."""
        return ""

    def close_down(self) -> None:
        """Stop running work, keeping answers and measurements; called once, before the program ends."""
