"""Try it: type an input, and see what the recommended model, a smaller and a larger one say, and how long they take."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Label, Static

from advisor.errors import one_line
from advisor.report.sanitize import visible
from advisor.units import format_bytes, format_seconds
from tui.dialogs.dialog import Dialog
from tui.widgets.busy import Busy
from tui.widgets.words_field import WordsField

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult

    from advisor.execution.trial import Said, Trial
    from advisor.runs.reader import Run

TITLES = {
    "recommended": "Recommended",
    "nearest": "Nearest to the bar",
    "smaller": "Next smaller",
    "larger": "Next larger",
}
SHOWN = 4000


class Answers(Vertical):
    """One model: what it is, what it does now, what it said last."""

    DEFAULT_CSS: ClassVar[str] = """
    Answers { width: 1fr; height: auto; min-height: 4; padding: 0 1 1 0; }
    Answers .tried-name { text-style: bold; }
    Answers Static { height: auto; }
    """

    def __init__(self, part: str, name: str) -> None:
        """Show no answer yet."""
        super().__init__()
        self._part, self._model = part, name

    def compose(self) -> ComposeResult:
        """Lay out its name, what it does, and its answer."""
        yield Static(TITLES[self._part], classes="heading", markup=False)
        yield Static(self._model, classes="tried-name", markup=False)
        yield Busy()
        yield Static(classes="tried-answer", markup=False)

    def wait(self, doing: str) -> None:
        """Say what it does now."""
        self.query_one(Busy).doing = doing

    def show(self, said: Said) -> None:
        """Show an answer, its time, and how long loading took where it was the first."""
        self.query_one(Busy).doing = ""
        took = [f"{format_seconds(said.seconds)}"] if said.seconds is not None else []
        took += [f"own score {said.confidence:.2f}"] if said.confidence is not None else []
        took += [f"loaded in {format_seconds(said.load_seconds)}"] if said.load_seconds is not None else []
        text, style = visible(said.text, SHOWN), "$text-error" if said.is_error else "bold"
        told = Content.assemble(("! " if said.is_error else "", style), (text, style), ("\n" if took else "", ""))
        line = Content.styled("  ·  ".join(took), "$quiet")
        self.query_one(".tried-answer", Static).update(Content.assemble(told, line))


class TryIt(Dialog[None]):
    """Asks up to three models of a run; leaving it ends their processes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close, and free the memory")]
    AUTO_FOCUS: ClassVar[str | None] = "WordsField"
    DEFAULT_CSS: ClassVar[str] = """
    TryIt #tried { height: auto; layout: vertical; }
    .-wide TryIt #tried, TryIt.-wide #tried, TryIt.-vast #tried { layout: horizontal; }
    """

    @dataclass
    class Ready(Message):
        """The run is read: these are its models."""

        run: Run
        models: list[tuple[str, str, Trial]]
        parts: tuple[str, ...]

    @dataclass
    class Answered(Message):
        """A model has answered the question of a number."""

        number: int
        at: int
        said: Said

    @dataclass
    class Failed(Message):
        """The run cannot be read."""

        error: str

    def __init__(self, folder: Path, about: int) -> None:
        """Take a run's models.

        Args:
            folder: The run's.
            about: The place of the recommended candidate, else of the best one.
        """
        super().__init__(classes="dialog")
        self._folder, self._about = folder, about
        self._trials: list[Trial] = []
        self._of: Run | None = None
        # Of the question asked last, and which models have not answered it.
        self._number, self._awaited = 0, set[int]()
        self._is_closed = False

    def compose(self) -> ComposeResult:
        """Lay out the fields, and a place for each model."""
        with Vertical(classes="dialog-box dialog-wide"):
            yield Label("Try it", classes="dialog-title", markup=False)
            yield Vertical(id="try-fields")
            yield Busy()
            with VerticalScroll(classes="dialog-text", can_focus=True):
                yield Horizontal(id="tried")

    def on_mount(self) -> None:
        """Read the run."""
        self.query_one("#try-fields").styles.height = "auto"
        self.query_one(Busy).doing = "Reading the run"
        self._read()

    @work(thread=True, exit_on_error=False)
    def _read(self) -> None:
        from advisor.execution.trial import Trial, neighbours, parts_of
        from advisor.report.sentences import name_of
        from advisor.runs.reader import open_run

        models: list[tuple[str, str, Trial]] = []
        is_taken = False
        try:
            run = open_run(self._folder)
            parts = parts_of(run)
            for part, each in neighbours(run, self._about):
                size = format_bytes(each.candidate.serving_bytes)
                name = name_of(each.candidate)
                models.append((part, f"{name}  {size}", Trial(run, each)))
            is_taken = self.post_message(self.Ready(run, models, parts))
        except Exception as error:  # noqa: BLE001  whatever it is, the dialog shows it
            self.post_message(self.Failed(one_line(error, 400)))
        if not is_taken:  # the dialog was left meanwhile
            for *_, trial in models:
                trial.close()

    @on(Ready)
    async def _lay_out(self, message: Ready) -> None:
        message.stop()
        self._of, self._trials = message.run, [trial for *_, trial in message.models]
        if self._is_closed:
            self._end()
            return
        self.query_one(Busy).doing = ""
        several = len(message.parts) > 1
        hint = "Type an input, then enter"
        fields = [WordsField(each if several else hint, name=each) for each in message.parts]
        await self.query_one("#try-fields").mount_all(fields)
        await self.query_one("#tried").mount_all([Answers(part, name) for part, name, _ in message.models])
        fields[0].focus()

    @on(Failed)
    def _tell_failure(self, message: Failed) -> None:
        message.stop()
        self.query_one(Busy).doing = ""
        self.query_one(".dialog-title", Label).update(Content(message.error))

    @on(WordsField.TablePasted)
    def _take_table(self, message: WordsField.TablePasted) -> None:
        message.stop()
        if isinstance(self.focused, WordsField):
            self.focused.insert(message.text)

    @on(WordsField.Submitted)
    def _ask(self, event: WordsField.Submitted) -> None:
        from advisor.execution.trial import read

        event.stop()
        fields = list(self.query(WordsField))
        if empty := next((field for field in fields if not field.text.strip()), None):
            empty.focus()
            return
        if self._of is None or self._awaited:
            self._say("The models are still answering; ask again when they have.")
            return
        try:
            given = read(self._of, {str(field.name): field.text for field in fields})
        except ValueError as error:
            self._say(one_line(error, 400))
            return
        self._number += 1
        self._awaited = set(range(len(self._trials)))
        for at, (trial, shown) in enumerate(zip(self._trials, self.query(Answers), strict=True)):
            shown.wait("Loading and answering" if not shown.has_class("-loaded") else "Answering")
            trial.ask(given, partial(self._tell, self._number, at))

    def _say(self, text: str) -> None:
        self.notify(text, severity="warning", markup=False, timeout=4)

    def _tell(self, number: int, at: int, said: Said) -> None:
        self.post_message(self.Answered(number, at, said))

    @on(Answered)
    def _show(self, message: Answered) -> None:
        message.stop()
        if message.number != self._number:
            return
        self._awaited.discard(message.at)
        shown = list(self.query(Answers))[message.at]
        shown.set_class(not message.said.is_error, "-loaded")
        shown.show(message.said)

    def action_close(self) -> None:
        """Leave it, and end the models' processes."""
        self._end()
        self.dismiss(None)

    def on_unmount(self) -> None:
        """End the processes also where the app is left."""
        self._end()

    def _end(self) -> None:
        self._is_closed = True
        trials, self._trials = self._trials, []
        for trial in trials:  # each may take a moment, and keys must not wait for it
            threading.Thread(target=trial.close, daemon=True).start()
