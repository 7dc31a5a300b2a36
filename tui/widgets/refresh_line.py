"""How a refresh of the catalog goes: a bar, a line of words, and the key that stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal
from textual.widgets import Label, ProgressBar

if TYPE_CHECKING:
    from textual.app import ComposeResult


class RefreshLine(Horizontal):
    """Hidden while there is no refresh and nothing to say of the last one."""

    DEFAULT_CSS: ClassVar[str] = """
    RefreshLine { display: none; height: 1; }
    RefreshLine.-shown { display: block; }
    RefreshLine ProgressBar { width: 20; margin-right: 1; }
    RefreshLine.-over ProgressBar { display: none; }
    RefreshLine Label { width: 1fr; }
    """

    def compose(self) -> ComposeResult:
        """Lay out the line."""
        yield ProgressBar(show_percentage=False, show_eta=False)
        yield Label("", markup=False)

    def show(self, text: str, done: int, total: int | None) -> None:
        """Show how it goes."""
        self.remove_class("-over").add_class("-shown")
        self.query_one(ProgressBar).update(total=total or None, progress=done)
        self.query_one(Label).update(text)

    def end(self, text: str) -> None:
        """Show how it ended; "" hides the line."""
        self.set_class(bool(text), "-shown").add_class("-over")
        self.query_one(Label).update(text)
