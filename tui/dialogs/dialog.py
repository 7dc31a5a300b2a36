"""What every dialog is: closed once, however fast its keys come."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A screen above a page that ends in a result."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close it, unless a key before has: the toolkit would close the page below then."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
