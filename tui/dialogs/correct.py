"""Corrects one understood fact: its value and source, and a way to be asked again."""

from functools import partial
from typing import Any, ClassVar, Literal, get_args, get_origin

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from advisor.errors import InputError, one_line
from advisor.families.ranked import InOrder
from advisor.interview.answer_forms import DEVICES, read_value
from advisor.interview.answers import checked, task_keys
from advisor.interview.facts import Fact, Understanding
from advisor.interview.question import Choice, Kind, Question
from advisor.workflow.frontend import Answer
from tui import words
from tui.deferred import in_thread, when_drawn
from tui.dialogs.dialog import Dialog
from tui.widgets.answer_box import AnswerBox, without_key

# Sections of a task file that list things with several keys each.
_IN_FILES = frozenset({"servers", "providers", "costs", "teaching", "documents"})
NO_RATES = Choice(None, words.UNSET["bar.per_label"], "the rate over all inputs is enough")


def settings(known: Understanding) -> list[Choice]:
    """Return the settings of a task that are not known yet and mean something to its kind, with their meaning."""
    from advisor.families import FAMILY_NAMES, family

    name = known.value("family")
    kind = family(str(name)) if name in FAMILY_NAMES else None
    hidden = {"version", "family", "instruction", "examples.path", *(fact.key for fact in known.facts)}
    keys = {key: means for key, means in task_keys().items() if key.partition(".")[0] not in _IN_FILES}
    return [
        Choice(key, key, one_line(means, 100))
        for key, means in keys.items()
        if key not in hidden and (kind is None or kind.has_use_for(key))
    ]


def question_of(fact: Fact, *, has_examples: bool = False, kind: str = "") -> Question:
    """Return a question that a fact answers, for a fact that was never asked about, in a kind of task."""
    if (listed := _choices(fact, has_examples=has_examples, kind=kind)) is not None:
        return listed
    form: Kind = "text"
    if isinstance(fact.value, bool):
        form = "yes"
    elif isinstance(fact.value, dict):
        form = "columns"
    elif fact.key in words.SIZES:
        form = "size"
    elif isinstance(fact.value, int | float):
        form = "number"
    elif fact.key == "labels":
        form = "labels"
    elif fact.key in {"examples", "examples.path"}:
        form = "file"
    elif isinstance(fact.value, list | tuple):
        form = "several"
    return Question(fact.key, words.title(fact.key), form, may_skip=False)


def _choices(fact: Fact, *, has_examples: bool, kind: str) -> Question | None:
    """Return the question of a fact with a few possible values; None for others.

    Examples of pictures or recordings restrict the kinds of task to those that read them.
    """
    if fact.key == "family":
        from advisor.families import FAMILY_NAMES, family
        from advisor.interview.needed import family_choices

        part = family(fact.value).file_part if fact.value in FAMILY_NAMES and has_examples else None
        names = [name for name in FAMILY_NAMES if family(name).file_part == part] if part else ()
        return Question(fact.key, words.title(fact.key), "choice", choices=family_choices(names), may_skip=False)
    if fact.key == "scoring.metric" and fact.value is None and kind:
        from advisor.families import family

        metrics = tuple(Choice(name, *InOrder.comparisons.get(name, (name, ""))) for name in family(kind).metrics)
        return Question(fact.key, words.title(fact.key), "choice", choices=metrics, may_skip=False)
    if fact.key == "scoring.metric" and fact.value in InOrder.comparisons:
        places = tuple(Choice(name, label, detail) for name, (label, detail) in InOrder.comparisons.items())
        return Question(fact.key, words.title(fact.key), "choice", choices=places, may_skip=False)
    if (named := _named(fact.key)) and fact.value in {None, *named}:
        listed = tuple(Choice(name, words.value(fact.key, name)) for name in named)
        return Question(fact.key, words.title(fact.key), "choice", choices=listed, may_skip=False)
    if fact.key in words.OF_PARTS:
        return Question(fact.key, words.title(fact.key), "text", choices=(NO_RATES,), may_skip=False)
    return None


def _named(key: str) -> tuple[str, ...]:
    """Return the values of a key that has a few words for them; empty for others."""
    if key == "device":
        return DEVICES
    from advisor.task.model import Task

    section, _, name = key.rpartition(".")
    model = Task.model_fields[section].annotation if section in Task.model_fields else Task
    field = getattr(model, "model_fields", {}).get(name)
    found = get_args(field.annotation) if field is not None and get_origin(field.annotation) is Literal else ()
    return tuple(each for each in found if isinstance(each, str))


def refusal(key: str, value: Any) -> str:  # noqa: ANN401  a JSON value
    """Return why the engine would reject an answer, without the key, which is shown above; "" if it would not."""
    try:
        checked(key, value)
    except InputError as error:
        return without_key(key, str(error))
    return ""


class Correct(Dialog[Answer | None]):
    """Returns the changed answer, None if it is unchanged."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Leave it"),
        Binding("ctrl+s", "change", "Change"),
    ]
    AUTO_FOCUS: ClassVar[str | None] = None

    def __init__(self, fact: Fact, question: Question | None, *, has_examples: bool = False, kind: str = "") -> None:
        """Show a fact, with the question that it answers; None: it was never asked. `kind` is the kind of task."""
        super().__init__()
        self._fact = fact
        self._is_new = (fact.value, fact.words) == (None, "")  # one of `settings`
        # The choices of a question cannot show a mapping.
        is_fit = question is not None and (question.kind == "columns" or not isinstance(fact.value, dict))
        own = question_of(fact, has_examples=has_examples, kind=kind)
        self._question = question if question is not None and is_fit else own

    def compose(self) -> ComposeResult:
        fact = self._fact
        source, origin = words.SOURCES[fact.source], words.origin(fact)
        with Vertical(classes="dialog-box dialog-rows" if self._question.choices else "dialog-box"):
            title = f"{words.title(fact.key)}: {words.value(fact.key, fact.value, 60)}"
            if self._is_new:
                yield from self.heading(fact.key, one_line(task_keys().get(fact.key, ""), 300))
            else:
                yield from self.heading(title, f"{source}{f': “{origin}”' if origin else ''}")
            yield AnswerBox(self._question, fact.value)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Leave it (esc)", id="keep", compact=True)
                if not self._is_new:
                    yield Button("Forget it, ask me", id="forget", compact=True)
                yield Button("Change", id="change", variant="primary", compact=True)

    def on_mount(self) -> None:
        box = self.query_one(AnswerBox)
        when_drawn(box, box.focus)

    def action_change(self) -> None:
        self.query_one(AnswerBox).submit()

    @on(AnswerBox.Given)
    def _given(self, event: AnswerBox.Given) -> None:
        event.stop()
        # The engine looks up rare languages and licences in the catalog, and paths on the disk.
        value = event.value
        if self._is_new and isinstance(value, str):
            value = read_value(value)  # "[0, 10]"
        work = partial(refusal, self._fact.key, value)
        in_thread(self, "check", work, partial(self._take, value), self.query_one(AnswerBox).complain)

    def _take(self, value: Any, problem: str) -> None:  # noqa: ANN401  a JSON value
        if problem:
            self.query_one(AnswerBox).complain(problem)
        else:
            self.dismiss(Answer(self._fact.key, value))

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "forget":
                self.dismiss(Answer(self._fact.key, is_taken_back=True))
            case "change":
                self.action_change()
            case _:
                self.dismiss(None)
