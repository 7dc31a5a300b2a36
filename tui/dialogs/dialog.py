"""The base of dialogs: closed once, however fast the keys come."""

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Label, Static

from tui.widgets.bars import KeysLine


class Dialog(ModalScreen[ScreenResultType]):
    """A screen above a page that ends with a result; the line of keys shows the dialog's own."""

    def __init__(self) -> None:
        super().__init__(classes="dialog")

    @staticmethod
    def heading(title: str, detail: str = "") -> ComposeResult:
        """Yield what stands at the top of its box; any text is safe."""
        yield Label(title, classes="dialog-title", markup=False)
        if detail:
            yield Static(detail, classes="dialog-detail", markup=False)

    def on_mount(self) -> None:
        self.mount(KeysLine())

    def action_close(self) -> None:
        self.dismiss(None)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close it, unless an earlier key has: the toolkit would then close the page below."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
