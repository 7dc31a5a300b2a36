"""What every dialog is: closed once, however fast its keys come."""

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType

from tui.widgets.bars import KeysLine


class Dialog(ModalScreen[ScreenResultType]):
    """A screen above a page that ends in a result; the line of keys stays, with the dialog's own."""

    def on_mount(self) -> None:
        self.mount(KeysLine())

    def action_close(self) -> None:
        self.dismiss(None)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close it, unless a key before has: the toolkit would close the page below then."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
