"""Questions with yes and no; and errors with numbered ways out, each with its cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from advisor.paths import at_home
from tui.dialogs.dialog import Dialog
from tui.widgets.choices import Choices

if TYPE_CHECKING:
    from textual.app import App, ComposeResult

    from advisor.interview.question import Choice
    from tui.app import AdvisorApp


class Confirm(Dialog[bool]):
    """Asks for confirmation; returns True for yes. The harmless answer has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "No", show=False),
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "#no"

    def __init__(self, question: str, detail: str = "", *, yes: str = "Yes", no: str = "No") -> None:
        """Ask, with the effect of either answer; "(y)" and "(n)" are added to the labels."""
        super().__init__()
        self._question, self._detail, self._yes, self._no = question, detail, yes, no

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box"):
            yield from self.heading(self._question, self._detail)
            with Horizontal(classes="dialog-buttons"):
                yield Button(f"{self._no} (n)", id="no", compact=True)
                yield Button(f"{self._yes} (y)", id="yes", variant="warning", compact=True)

    def action_answer(self, is_yes: bool) -> None:  # noqa: FBT001  the toolkit hands it over by position
        cast("AdvisorApp", self.app).ignore_enter()
        self.dismiss(is_yes)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")


def confirm(
    app: App[Any],
    question: str,
    detail: str,
    *,
    yes: str,
    no: str,
    then: Callable[[], object],
    otherwise: Callable[[], object] | None = None,
) -> Confirm:
    """Ask for confirmation: yes calls `then`, no calls `otherwise`, if given. Returns the dialog."""

    def decided(is_yes: bool | None) -> None:  # noqa: FBT001  the toolkit hands it over by position
        if is_yes:
            then()
        elif otherwise is not None:
            otherwise()

    asked = Confirm(question, detail, yes=yes, no=no)
    app.push_screen(asked, decided)
    return asked


class Choose(Dialog[Any]):
    """Returns the value of the choice, None if it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close")]
    AUTO_FOCUS: ClassVar[str | None] = "Choices"
    DEFAULT_CSS: ClassVar[str] = """
    Choose Choices { margin-bottom: 1; }
    """

    def __init__(self, title: str, detail: str, choices: Iterable[Choice]) -> None:
        """Say what happened and why, and offer choices, the likeliest first."""
        super().__init__()
        self._title, self._detail, self._choices = title, detail, tuple(choices)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box dialog-rows"):
            yield from self.heading(self._title, self._detail)
            yield Choices(self._choices)

    @on(Choices.Picked)
    def _picked(self, event: Choices.Picked) -> None:
        event.stop()
        self.dismiss(event.value)


class AskPath(Dialog[Path | None]):
    """Returns a path, None if the user cancels."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Leave it")]
    AUTO_FOCUS: ClassVar[str | None] = "Input"

    def __init__(
        self,
        question: str,
        detail: str,
        path: Path,
        yes: str,
        endings: tuple[str, ...] = (),
        *,
        is_written: bool = True,
    ) -> None:
        """Ask in a line; the detail is what is written, and the meaning of the name.

        `path` is proposed, `yes` the label of the button that continues; `endings` of the name are allowed, such as
        ".html", none: any name. What is there is written over only after a warning; unless it `is_written`, it is read.
        """
        super().__init__()
        self._question, self._detail, self._path, self._yes = question, detail, path, yes
        self._endings, self._is_written = endings, is_written
        self._warned: Path | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box"):
            yield from self.heading(self._question, self._detail)
            yield Input(str(self._path), select_on_focus=False)
            yield Static(id="path-warning", classes="dialog-detail", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Leave it (esc)", id="leave", compact=True)
                yield Button(self._yes, id="go", variant="primary", compact=True)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._go()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "go":
            self._go()
        else:
            self.dismiss(None)

    def _go(self) -> None:
        text = self.query_one(Input).value.strip()
        warning = self.query_one("#path-warning", Static)
        if not text:
            warning.update("Write a path.")
            return
        path = at_home(text)
        if self._endings and path.suffix.lower() not in self._endings:
            warning.update(Content(f"End the name in {', '.join(self._endings[:-1])} or {self._endings[-1]}."))
            return
        try:
            is_there = path.exists()
        except (OSError, ValueError):
            warning.update("That is not a path.")
            return
        if not self._is_written and not is_there:
            warning.update("There is no such file.")
            return
        if self._is_written and is_there and path != self._warned and not path.is_dir():
            self._warned = path
            warning.update(Content("A file of this name is there; enter again writes over it."))
            return
        self.dismiss(path)
