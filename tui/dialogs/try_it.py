"""Try it: type an input, and see the answers of the recommended, a smaller and a larger model, with their times."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Label, Static

from advisor.errors import one_line
from advisor.report.sanitize import visible
from advisor.units import format_bytes, format_seconds
from tui.deferred import in_thread
from tui.dialogs.dialog import Dialog
from tui.widgets.busy import Busy
from tui.widgets.path_picker import PathPicker
from tui.widgets.words_field import WordsField

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.message import Message

    from advisor.execution.trial import Said, Trial
    from advisor.runs.reader import Run, RunCandidate

TITLES = {
    "recommended": "Recommended",
    "nearest": "Nearest to the bar",
    "smaller": "Next smaller",
    "larger": "Next larger",
}
EXAMPLES = {"image": "photo.jpg", "audio": "call.wav"}
SHOWN = 4000


class Answers(Vertical):
    """One model: its name, its activity, its last answer."""

    DEFAULT_CSS: ClassVar[str] = """
    Answers { width: 1fr; height: auto; min-height: 4; padding: 0 1 1 0; }
    Answers .tried-name { text-style: bold; }
    Answers Static { height: auto; }
    """

    def __init__(self, part: str, name: str) -> None:
        super().__init__()
        self._part, self._model = part, name

    def compose(self) -> ComposeResult:
        yield Static(TITLES[self._part], classes="heading", markup=False)
        yield Static(self._model, classes="tried-name", markup=False)
        yield Busy()
        yield Static(classes="tried-answer", markup=False)

    def wait(self, doing: str) -> None:
        self.query_one(Busy).doing = doing

    def show(self, said: Said) -> None:
        self.query_one(Busy).doing = ""
        took = [f"{format_seconds(said.seconds)}"] if said.seconds is not None else []
        took += [f"own score {said.confidence:.2f}"] if said.confidence is not None else []
        took += [f"loaded in {format_seconds(said.load_seconds)}"] if said.load_seconds is not None else []
        text, style = visible(said.text, SHOWN), "$text-error" if said.is_error else "bold"
        content = Content.assemble(("! " if said.is_error else "", style), (text, style), ("\n" if took else "", ""))
        line = Content.styled("  ·  ".join(took), "$quiet")
        self.query_one(".tried-answer", Static).update(Content.assemble(content, line))


class TryIt(Dialog[None]):
    """Asks up to three models of a run; closing it ends their processes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close, and free the memory")]
    AUTO_FOCUS: ClassVar[str | None] = "WordsField"
    DEFAULT_CSS: ClassVar[str] = """
    TryIt #tried { height: auto; layout: vertical; }
    TryIt PathPicker OptionList { max-height: 5; }
    TryIt #asked { height: auto; color: $quiet; }
    .-wide TryIt #tried, TryIt.-wide #tried, TryIt.-vast #tried { layout: horizontal; }
    """

    def __init__(self, folder: Path, about: int) -> None:
        """Take a run's folder, and the index of the recommended candidate, else of the best one."""
        super().__init__()
        self._folder, self._about = folder, about
        self._trials: list[Trial] = []
        self._of: Run | None = None
        # The last input and its number, and the models that are answering one.
        self._given: str | dict[str, str] = ""
        self._number, self._busy = 0, set[int]()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box dialog-wide"):
            yield from self.heading("Try it")
            yield Vertical(id="try-fields")
            yield Busy()
            with VerticalScroll(classes="dialog-text", can_focus=True):
                yield Static(id="asked", markup=False)
                yield Horizontal(id="tried")

    def on_mount(self) -> None:
        self.query_one("#try-fields").styles.height = "auto"
        self.query_one(Busy).doing = "Reading the run"
        in_thread(self, "run", partial(_models, self._folder, self._about), self._lay_out, self._tell_failure)

    async def _lay_out(self, found: tuple[Run, list[tuple[str, RunCandidate]], tuple[str, ...]]) -> None:
        from advisor.execution.trial import Trial
        from advisor.families import family
        from advisor.report.sentences import name_of

        self._of, models, parts = found
        self._trials = [Trial(self._of, each) for _, each in models]
        self.query_one(Busy).doing = ""
        several = len(parts) > 1
        hint = "Type an input, then enter"
        part = family(str(self._of.task.get("family"))).file_part
        fields = [
            PathPicker(name=each, example=EXAMPLES[each])
            if each == part
            else WordsField(each if several else hint, name=each)
            for each in parts
        ]
        await self.query_one("#try-fields").mount_all(fields)
        await self.query_one("#tried").mount_all(
            [
                Answers(part, f"{name_of(each.candidate)}  {format_bytes(each.candidate.serving_bytes)}")
                for part, each in models
            ]
        )
        fields[0].focus()

    def _tell_failure(self, error: str) -> None:
        self.query_one(Busy).doing = ""
        self.query_one(".dialog-title", Label).update(Content(error))

    @on(WordsField.Submitted)
    @on(PathPicker.Picked)
    def _ask(self, event: Message) -> None:
        from advisor.execution.trial import parse_typed_input

        event.stop()
        fields = [each for each in self.query("WordsField, PathPicker") if isinstance(each, WordsField | PathPicker)]
        if empty := next((field for field in fields if not field.text.strip()), None):
            empty.focus()
            return
        if self._of is None:
            return
        try:
            self._given = parse_typed_input(self._of, {str(field.name): field.text for field in fields})
        except ValueError as error:
            self.notify(one_line(error, 400), severity="warning", markup=False, timeout=4)
            return
        asked = [f"{field.name}: {field.text}" if len(fields) > 1 else field.text for field in fields]
        self.query_one("#asked", Static).update(Content("\n".join(visible(each, SHOWN) for each in asked)))
        for field in fields:
            field.clear()
        fields[0].focus()
        self._number += 1
        for at, shown in enumerate(self.query(Answers)):
            shown.wait("Answering" if shown.has_class("-loaded") else "Loading and answering")
            self._hand(at)

    def _hand(self, at: int) -> None:
        """Hand the last input to a model, unless it is answering an earlier one: then as soon as that is answered."""
        if at not in self._busy:
            self._busy.add(at)
            self._trials[at].ask(self._given, partial(self.call_later, self._show, self._number, at))

    def _show(self, number: int, at: int, said: Said) -> None:
        if not self._trials:  # left meanwhile
            return
        self._busy.discard(at)
        shown = list(self.query(Answers))[at]
        shown.set_class(not said.is_error, "-loaded")
        if number == self._number:
            shown.show(said)
        else:
            self._hand(at)

    def action_close(self) -> None:
        """Close it, and end the models' processes."""
        self._end()
        self.dismiss(None)

    def on_unmount(self) -> None:
        """End the processes also if the app is closed."""
        self._end()

    def _end(self) -> None:
        trials, self._trials = self._trials, []
        for trial in trials:  # each may take a moment; keys must not wait
            threading.Thread(target=trial.close, daemon=True).start()


def _models(folder: Path, about: int) -> tuple[Run, list[tuple[str, RunCandidate]], tuple[str, ...]]:
    """Return a run, the models to try by their role relative to a candidate, and the parts of an input."""
    from advisor.execution.trial import neighbours, parts_of
    from advisor.runs.reader import open_run

    run = open_run(folder)
    return run, neighbours(run, about), parts_of(run)
