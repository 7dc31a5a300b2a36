"""The base of dialogs: closed once, however fast the keys come."""

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType

from tui.widgets.bars import KeysLine


class Dialog(ModalScreen[ScreenResultType]):
    """A screen above a page that ends with a result; the line of keys shows the dialog's own."""

    def on_mount(self) -> None:
        self.mount(KeysLine())

    def action_close(self) -> None:
        self.dismiss(None)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close it, unless an earlier key has: the toolkit would then close the page below."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
