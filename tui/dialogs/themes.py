"""Pick a theme: the whole session shows the one at the cursor."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui import drawing
from tui.dialogs.dialog import Dialog

GOOD, BAD, BAR = (f"bold {style}" for style in (drawing.GOOD, drawing.BAD, drawing.BAR))
SAMPLE = Content("\n").join(
    [
        Content.styled("A heading", "bold $primary"),
        Content("What is read, and"),
        Content.styled("what is secondary", "$quiet"),
        Content.assemble(("● passes", GOOD), "  ", ("✗ given up", BAD), "  ", ("━ the bar", BAR)),
        Content.assemble(("■■■■■■", drawing.GOOD), ("✗", BAD), ("■■■■■", drawing.GOOD), ("····", drawing.SOFT)),
        Content.assemble(("^s", "bold $accent"), " Begin  ", (" at the cursor ", "reverse bold")),
    ]
)


class Names(OptionList):
    """The themes' names."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Keep it")]


class Themes(Dialog[str]):
    """Returns the theme's name; None if cancelled, with the former theme restored."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "As it was")]
    AUTO_FOCUS: ClassVar[str | None] = "OptionList"
    DEFAULT_CSS: ClassVar[str] = """
    Themes OptionList { width: 24; height: auto; max-height: 16; padding: 0; margin-bottom: 1; }
    Themes Horizontal { height: auto; }
    Themes #theme-sample { width: 1fr; height: auto; padding: 0 0 0 2; }
    """

    def __init__(self, names: Sequence[str], chosen: str) -> None:
        super().__init__()
        self._names, self._chosen = list(names), chosen

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box"):
            yield from self.heading("Theme")
            with Horizontal():
                yield Names(*(Option(name) for name in self._names), markup=False, compact=True)
                yield Static(SAMPLE, id="theme-sample", markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = self._names.index(self._chosen)

    @on(OptionList.OptionHighlighted)
    def _look(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.app.theme = self._names[event.option_index]

    @on(OptionList.OptionSelected)
    def _keep(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._names[event.option_index])

    def action_close(self) -> None:
        self.app.theme = self._chosen
        self.dismiss(None)
