"""A long text in a box: scrollable, with selectable and copyable words; no markup. Help is one."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from advisor.report.sanitize import visible
from tui.actions import APP, Act, key_name, of_page
from tui.dialogs.dialog import Dialog

# As in styles/app.tcss.
NARROW, WIDEST, LEAST = 100, 140, 40
BORDER, PADDING, SCROLLBAR = 1, 1, 2

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.screens.page import Page


class TextModal(Dialog[None]):
    """Shows a text until it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Close"),
        Binding("y", "copy", "Copy all"),
    ]
    AUTO_FOCUS: ClassVar[str | None] = ".dialog-text"

    def __init__(self, title: str, text: str) -> None:
        """Show a text of several lines; its control characters are made visible."""
        super().__init__()
        self._title = title
        self._text = visible(text)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box dialog-wide"):
            yield from self.heading(self._title)
            with VerticalScroll(classes="dialog-text", can_focus=True):
                yield Static(self._text, markup=False)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._text)
        self.notify("Copied.", markup=False)


def room(width: int) -> int:
    """Return the text's width in cells in a window of this width, as in the style."""
    outer = width if width < NARROW else min(WIDEST, width * 9 // 10)
    return max(LEAST, outer - 2 * (BORDER + PADDING) - SCROLLBAR)


class HelpModal(TextModal):
    """Shows a page's purpose and actions."""

    def __init__(self, page: Page) -> None:
        super().__init__(f"Help: {page.TITLE_TEXT}", help_text(page.page, page.HELP, room(page.app.size.width)))


def help_text(page: str, words: str, width: int) -> str:
    """Return a page's keys, its purpose, and the common keys, as lines of a width."""
    own = of_page(page)
    parts = ["On this page", *_lines(own, width), ""] if own else []
    # Paragraphs are wrapped to the dialog's width, not to the source's.
    parts += [" ".join(paragraph.split()) + "\n" for paragraph in words.strip().split("\n\n")]
    return "\n".join([*parts, "Everywhere", *_lines(of_page(APP), width), "", *_GENERAL])


_GENERAL = (
    "  tab, shift+tab    next and previous field; the mouse works too",
    "  arrows, PgUp PgDn move in lists, tables and texts; enter opens",
)


def _lines(acts: list[Act], width: int) -> list[str]:
    """Return keys with their effects; a second line is indented to the first one's beginning."""
    keys = [", ".join(map(key_name, act.keys)) for act in acts]
    left = max([16, *map(len, keys)])
    lines = [f"  {names:<{left}}  {act.title}. {act.help}" for names, act in zip(keys, acts, strict=True)]
    return [part for line in lines for part in textwrap.wrap(line, width, subsequent_indent=" " * (left + 4))]
