"""Questions: with a yes and a no; and what happened, with numbered ways out, each with its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Label, Static

from tui.dialogs.dialog import Dialog
from tui.widgets.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult

    from advisor.interview.question import Choice


class Confirm(Dialog[bool]):
    """Asks whether to go on; returns True for yes. The harmless answer is in focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "No", show=False),
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "#no"

    def __init__(self, question: str, detail: str = "", *, yes: str = "Yes", no: str = "No") -> None:
        """Ask.

        Args:
            question: One line.
            detail: What either answer brings.
            yes: The label of going on; "(y)" is added.
            no: The label of leaving it; "(n)" is added.
        """
        super().__init__(classes="dialog")
        self._question, self._detail, self._yes, self._no = question, detail, yes, no

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog-box"):
            yield Label(self._question, classes="dialog-title", markup=False)
            if self._detail:
                yield Static(self._detail, classes="dialog-detail", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(f"{self._no} (n)", id="no", compact=True)
                yield Button(f"{self._yes} (y)", id="yes", variant="warning", compact=True)

    def action_answer(self, is_yes: bool) -> None:  # noqa: FBT001  the toolkit hands it over by position
        """Return the answer."""
        self.dismiss(is_yes)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")


class Choose(Dialog[Any]):
    """Returns the value of the choice, None where it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close")]
    AUTO_FOCUS: ClassVar[str | None] = "Choices"
    DEFAULT_CSS: ClassVar[str] = """
    Choose Choices { margin-bottom: 1; }
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

    @on(Choices.Picked)
    def _picked(self, event: Choices.Picked) -> None:
        event.stop()
        self.dismiss(event.value)
