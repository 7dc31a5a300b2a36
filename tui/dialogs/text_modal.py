"""A long text in a box: scrollable, its words selectable and copyable; nothing in it is obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Label, Static

from tui.dialogs.dialog import Dialog

# As in styles/app.tcss.
NARROW, WIDEST, LEAST = 100, 140, 40
BORDER, PADDING, SCROLLBAR = 1, 1, 2

if TYPE_CHECKING:
    from textual.app import ComposeResult


class TextModal(Dialog[None]):
    """Shows a text until it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Close"),
        Binding("y", "copy", "Copy all"),
    ]
    AUTO_FOCUS: ClassVar[str | None] = ".dialog-text"

    def __init__(self, title: str, text: str) -> None:
        """Show a text.

        Args:
            title: One line.
            text: Lines; control characters are made visible, line ends stay.
        """
        super().__init__(classes="dialog")
        self._title = title
        self._text = visible(text)

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog-box dialog-wide"):
            yield Label(self._title, classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-text", can_focus=True):
                yield Static(self._text, markup=False)
            yield Label("esc closes   ↑ ↓ PgUp PgDn scroll   y copies all", classes="dialog-keys", markup=False)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Put the whole text into the clipboard."""
        self.app.copy_to_clipboard(self._text)
        self.notify("Copied.", markup=False)


def room(width: int) -> int:
    """Return how many cells a line of the text has in a window of this width; the style says the same."""
    outer = width if width < NARROW else min(WIDEST, width * 9 // 10)
    return max(LEAST, outer - 2 * (BORDER + PADDING) - SCROLLBAR)


def visible(text: str) -> str:
    """Return outside text with its line ends kept and every other control character made visible."""
    return "\n".join(
        "".join(c if c.isprintable() else "    " if c == "\t" else c.encode("unicode_escape").decode() for c in line)
        for line in text.split("\n")
    )
