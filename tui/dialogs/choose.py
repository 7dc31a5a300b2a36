"""A dead end with its ways out: what happened, and numbered choices, each with what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label, Static

from tui.dialogs.dialog import Dialog
from tui.widgets.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult

    from advisor.interview.question import Choice


class Choose(Dialog[Any]):
    """Returns the value of the choice, None where it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close")]
    AUTO_FOCUS: ClassVar[str | None] = "Choices"
    DEFAULT_CSS: ClassVar[str] = """
    Choose Choices { height: auto; margin-bottom: 1; }
    """

    def __init__(self, title: str, detail: str, choices: Iterable[Choice]) -> None:
        """Offer choices.

        Args:
            title: What happened.
            detail: Why, in a sentence.
            choices: What can be done, the likeliest first.
        """
        super().__init__(classes="dialog")
        self._title, self._detail, self._choices = title, detail, tuple(choices)

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog-box dialog-rows"):
            yield Label(self._title, classes="dialog-title", markup=False)
            if self._detail:
                yield Static(self._detail, classes="dialog-detail", markup=False)
            yield Choices(self._choices)
            yield Label("a number, or ↑ ↓ and enter   esc closes", classes="dialog-keys", markup=False)

    @on(Choices.Picked)
    def _picked(self, event: Choices.Picked) -> None:
        event.stop()
        self.dismiss(event.value)

    def action_close(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
