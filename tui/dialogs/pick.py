"""Pick one of several values by typing a part of it, or enter another."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from advisor.errors import one_line
from tui.dialogs.dialog import Dialog

ANY = ("", "any")


class Pick(Dialog[str]):
    """Returns the value, "" for any if that is offered, None if it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close"),
        Binding("down", "cursor(1)", show=False),
        Binding("up", "cursor(-1)", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "Input"

    def __init__(
        self, title: str, choices: Sequence[tuple[str, str]], *, open_to: str = "", has_any: bool = True
    ) -> None:
        """Offer values with their labels; `open_to` describes what else may be typed, "" for nothing."""
        super().__init__()
        self._title, self._open_to = title, open_to
        self._choices = (ANY, *choices) if has_any else tuple(choices)
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box"):
            yield from self.heading(self._title)
            yield Input(placeholder=self._open_to or "type to narrow the list", compact=True)
            yield OptionList(markup=False, compact=True)

    def on_mount(self) -> None:
        self._list("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._list(event.value)

    def _list(self, typed: str) -> None:
        wanted = typed.strip().casefold()
        found = [(v, shown) for v, shown in self._choices if wanted in v.casefold() or wanted in shown.casefold()]
        if self._open_to and wanted and wanted not in {v.casefold() for v, _ in found}:
            # A typed size that is only the ending of a listed one, such as 6 GB, is meant literally.
            is_meant = wanted[0].isdigit() and not any(v.casefold().startswith(wanted) for v, _ in found)
            found.insert(0 if is_meant else len(found), (typed.strip(), f"“{one_line(typed, 40)}” as typed"))
        self._shown = [value for value, _ in found]
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options([Option(Content(one_line(shown, 80))) for _, shown in found])
        listed.highlighted = 0 if found else None

    def action_cursor(self, step: int) -> None:
        listed = self.query_one(OptionList)
        (listed.action_cursor_down if step > 0 else listed.action_cursor_up)()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self.dismiss(self._shown[at])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._shown[event.option_index])
