"""The editor of a question: a line, a text, numbered choices, columns; one widget for all kinds."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantFocus, Key
from textual.message import Message
from textual.widgets import Input, Label, Select, Static, TextArea

from advisor.errors import one_line
from advisor.interview.answer_forms import READERS, parts
from advisor.interview.question import Choice, Question
from advisor.units import format_bytes, percent
from tui import words
from tui.deferred import when_drawn
from tui.widgets.choices import Choices
from tui.widgets.path_picker import PathPicker
from tui.widgets.words_field import WordsField
from tui.words import NOTHING, SHARES, in_session

# Keys whose texts often have several lines.
TALL = frozenset({"words", "instruction"})
YES_NO = (Choice(value=True, label="Yes"), Choice(value=False, label="No"))


class AnswerBox(Vertical):
    """The editor of one question."""

    DEFAULT_CSS: ClassVar[str] = """
    AnswerBox { height: auto; }
    AnswerBox Choices { max-height: 14; }
    AnswerBox Input { margin-top: 1; }
    AnswerBox WordsField { height: 6; }
    AnswerBox WordsField.-labels { height: 8; }
    AnswerBox WordsField.-short { height: 5; }
    AnswerBox .columns-row { height: auto; }
    AnswerBox .columns-row Label { width: 18; padding: 1 1 0 0; }
    AnswerBox Select { width: 1fr; }
    AnswerBox .complaint { color: $text-error; height: auto; }
    AnswerBox .complaint.-none, AnswerBox .taken.-none { display: none; }
    AnswerBox .taken { color: $quiet; height: auto; }
    """

    @dataclass
    class Given(Message):
        """The question is answered; None: "I don't know"."""

        value: Any

    @dataclass
    class FileSeen(Message):
        """The typed path now names a file, or no longer any ("")."""

        path: str

    def __init__(self, question: Question, current: Any = None, draft: str = "") -> None:  # noqa: ANN401  a JSON value
        """Begin with the draft, else with the earlier answer, else with the default."""
        super().__init__()
        self._draft = draft
        self.question = question
        self._value = question.default if current is None else current
        self._is_complaining = False

    def compose(self) -> ComposeResult:
        """Lay out the editor of this kind, a complaint, and the default's source."""
        yield from self._editor()
        problem = without_key(self.question.key, self.question.problem)
        yield Static(Content(problem), classes="complaint" + ("" if problem else " -none"), markup=False)
        yield Static(self._default_words(), classes="taken -none")

    def _editor(self) -> ComposeResult:
        asked = self.question
        text = self._draft or typed(asked, self._value)
        match asked.kind:
            case "file":
                yield PathPicker(text, takes_folders=True)
            case "columns" if asked.choices:
                yield from self._columns()
            case "columns":
                yield WordsField("input: text", text=text)
            case "yes" | "plan":
                yield Choices(YES_NO, taken=self._value)
            case "labels":
                yield WordsField("billing, bug, other", text=text, classes="-labels")
            case "several" if asked.choices:
                yield Choices(asked.choices, taken=self._value, is_several=True)
            case "text":
                is_tall = asked.key in TALL or asked.key.startswith("write:")
                yield WordsField("", text=text, classes="" if is_tall else "-short")
                if asked.choices:
                    yield Choices(asked.choices)
            case _ if asked.choices:
                yield from self._choosing(text)
            case _:
                yield Input(text, placeholder=_hint(asked), select_on_focus=True, compact=True)

    def _choosing(self, text: str) -> ComposeResult:
        asked = self.question
        if asked.is_open and asked.is_by_hand:
            # A text is wanted, so the field has the focus; the choice that ends it is below.
            yield Input(text, select_on_focus=True, compact=True)
            yield Choices(asked.choices)
            return
        # Labels are given one after another: none by a key that was meant for the text before.
        yield Choices(asked.choices, taken=self._value, is_open=asked.key.startswith("label:"))
        if asked.is_open:
            known = any(choice.value == self._value for choice in asked.choices)
            yield Input("" if known and not self._draft else text, placeholder="or something else", compact=True)

    def _columns(self) -> ComposeResult:
        held = self._value if isinstance(self._value, dict) else {}
        names = [(one_line(choice.label, 60), choice.value) for choice in self.question.choices]
        for part in held or {"input": None, "expected": None}:
            with Horizontal(classes="columns-row"):
                yield Label(one_line(part, 16), markup=False)
                known = held.get(part) if any(value == held.get(part) for _, value in names) else Select.NULL
                yield Select(
                    [(Content(name), value) for name, value in names], value=known, name=part, prompt="not in the file"
                )

    def _default_words(self) -> Content:
        asked = self.question
        if asked.default is None:
            return Content("")
        shown = next(
            (choice.label for choice in asked.choices if choice.value == asked.default),
            words.value(asked.key, asked.default),
        )
        came = f" ({one_line(asked.default_from, 160)})" if asked.default_from else ""
        return Content(f"Enter takes: {one_line(shown, 120)}{came}")

    def on_mount(self) -> None:
        when_drawn(self, self._begin_to_watch)

    def _begin_to_watch(self) -> None:
        self._is_complaining = bool(self.question.problem)
        self._tell_taken()

    def focus(self, scroll_visible: bool = True) -> AnswerBox:  # noqa: FBT001, FBT002  the toolkit's signature
        editors = "Choices, PathPicker, WordsField, Input, Select"
        for editor in self.query("WordsField" if self.query(WordsField) else editors):
            editor.focus(scroll_visible)
            break
        return self

    @property
    def draft(self) -> str:
        """The typed text, submitted or not."""
        for text in self.query(WordsField):
            return text.text
        for line in self.query(Input):
            return line.value
        return ""

    def submit(self) -> None:
        """Submit the editor's content, or show why it is no answer."""
        try:
            self._give(self._read())
        except ValueError as error:
            self.complain(str(error))

    def complain(self, text: str) -> None:
        """Show why an answer is invalid; "" removes the complaint."""
        line = self.query_one(".complaint", Static)
        line.update(Content(one_line(text, 300)))
        line.set_class(not text, "-none")
        self._is_complaining = bool(text)

    def _tell_taken(self) -> None:
        """Show what enter takes while that is the default, and nothing else is typed, marked, or picked in a list."""
        for line in self.query(".taken"):
            line.set_class(not self._takes_default(), "-none")

    def _takes_default(self) -> bool:
        asked = self.question
        if asked.default is None or any(listed.has_focus for listed in self.query("PathPicker OptionList")):
            return False
        for picker in self.query(PathPicker):
            return picker.text == typed(asked, asked.default).strip()
        chosen = [choices for choices in self.query(Choices) if choices.has_focus]
        if chosen:  # enter takes its line, whatever is in the field below it
            return self._is_default(chosen[0].value)
        written = [line.value for line in self.query(Input)] + [text.text for text in self.query(WordsField)]
        if any(each.strip() for each in written) or (not asked.choices and asked.kind not in {"yes", "plan"}):
            return bool(written) and written[0].strip() == typed(asked, asked.default).strip()
        if self.query(Select):
            return self._is_default(self._chosen_columns())
        return all(self._is_default(choices.value) for choices in self.query(Choices))

    def _is_default(self, value: Any) -> bool:  # noqa: ANN401  a JSON value
        default = self.question.default
        if self.question.kind == "several" and isinstance(value, list) and isinstance(default, list | tuple):
            return len(value) == len(default) and all(each in default for each in value)  # in any order
        return bool(value == default)

    def _read(self) -> Any:  # noqa: ANN401  a JSON value
        asked = self.question
        if self.query(Select):
            if not (chosen := self._chosen_columns()):
                raise ValueError("choose a column for one of them")
            return chosen
        for line in self.query("AnswerBox > Input").results(Input):
            is_left = any(choices.has_focus for choices in self.query(Choices))
            if line.value.strip() or not asked.choices or (asked.is_by_hand and not is_left):
                return parse(asked, line.value)
        for text in self.query(WordsField):
            return self._written(text.text)
        for choices in self.query(Choices):
            if not choices.is_chosen:
                raise ValueError("press its number, or move to its line")
            return choices.value
        return parse(asked, self.query_one(PathPicker).text)

    def _written(self, text: str) -> Any:  # noqa: ANN401  a JSON value
        """Return what a text answers: as itself, or a line of the list below it by its number, or where it is empty."""
        for choices in self.query(Choices):
            if choices.has_focus and not text.strip():
                return choices.value
            if not self.question.is_by_hand and (numbered := choices.numbered(text.strip())) is not None:
                return numbered.value
        return parse(self.question, text)

    def _chosen_columns(self) -> dict[str, Any]:
        return {str(select.name): select.value for select in self.query(Select) if select.value is not Select.NULL}

    def _give(self, value: Any) -> None:  # noqa: ANN401  a JSON value
        self.complain("")
        self.post_message(self.Given(value))

    def on_key(self, event: Key) -> None:
        """Write what is typed on a list into its field; numbers that pick a line do so."""
        character = event.character or ""
        for line in self.query("AnswerBox > Input").results(Input) if event.is_printable else ():
            # Keys that the list got before the field had the focus belong to the text that was begun.
            if self.screen.focused is not line:
                picks = [each for each in self.query(Choices) if each.has_focus and each.picks(character)]
                if picks or character.isspace():
                    return
                line.select_on_focus = False  # the next key would overwrite it
                self.screen.set_focus(line)
            event.stop()
            line.insert_text_at_cursor(character)

    @on(Choices.Picked)
    def _picked(self, event: Choices.Picked) -> None:
        event.stop()
        self._give(event.value)

    @on(Input.Submitted)
    @on(WordsField.Submitted)
    @on(PathPicker.Picked)
    def _entered(self, event: Message) -> None:
        event.stop()
        self.submit()

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self) -> None:
        if self._is_complaining:
            self.complain("")
        self._tell_taken()

    @on(Choices.OptionHighlighted)
    @on(Choices.Marked)
    @on(Select.Changed)
    @on(DescendantFocus)
    def _moved(self) -> None:
        self._tell_taken()

    @on(PathPicker.Changed)
    def _seen(self, event: PathPicker.Changed) -> None:
        event.stop()
        self._tell_taken()
        self.post_message(self.FileSeen("" if event.path is None else str(event.path)))


def without_key(key: str, problem: str) -> str:
    """Return why an answer is none, without the key, which flags and files need: the question is shown above."""
    return in_session(one_line(problem, 300).removeprefix(f"{key}: "))


def _hint(question: Question) -> str:
    return {"number": "a number, e.g. 0.9 or 90%", "size": "a size, e.g. 4GB"}.get(question.kind, "")


def parse(question: Question, text: str) -> Any:  # noqa: ANN401  a JSON value
    """Return a text as an answer: a number, a size, a yes as the engine reads them for its key.

    ValueError in words for the user, if it is invalid.
    """
    value = text.strip()
    if not value:
        raise ValueError("write an answer" + (", or say that you don't know (ctrl+o)" if question.may_skip else ""))
    match question.kind:
        case "number":
            return READERS.get(question.key, number)(value)
        case "size":
            return READERS.get(question.key, READERS["download"])(value)
        case "labels":
            return labels(value)
        case "yes" | "plan":
            return READERS["plan"](value)
        case "several":
            return READERS["models"](value)
        case "columns":
            return columns(value)
        case _ if question.key in SHARES:
            return READERS[question.key](value)
        case _:
            return value


def number(text: str) -> float:
    """Return a number: "0.9", "0,9", "90%"; ValueError if it is none."""
    if text.endswith("%"):
        return float(READERS["bar.pass_rate"](text))
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]!r} is not a number; write for example 0.9")
    return value


def _is_share(text: str, value: float) -> bool:
    """Return whether a share is written like this: not with more digits than are read, nor out of bounds."""
    try:
        return bool(READERS["bar.pass_rate"](text) == value)
    except ValueError:
        return False


def _share_text(value: float) -> str:
    return percent(value) if _is_share(percent(value), value) else f"{100 * value:.10g}%"


def labels(text: str) -> list[str]:
    """Return labels, one per line or separated by commas, without duplicates; ValueError if fewer than two."""
    named = text.splitlines() if "\n" in text else parts(text)
    found = list(dict.fromkeys(part.strip() for part in named if part.strip()))
    if len(found) < 2:  # noqa: PLR2004  one label leaves nothing to decide
        raise ValueError("name at least two labels, with commas between them")
    return found


def columns(text: str) -> dict[str, Any]:
    """Return a mapping, from JSON or "part: column" lines; ValueError if a line is invalid."""
    if text.startswith("{"):
        try:
            read: dict[str, Any] = json.loads(text)
        except ValueError as error:
            raise ValueError(f"cannot be read as JSON: {error}") from None
        return read
    found = {}
    for line in text.splitlines():
        part, mark, column = line.partition(":")
        if not mark or not part.strip() or not column.strip():
            raise ValueError(f"{line[:40]!r}: write a part and its column, e.g. input: text")
        found[part.strip()] = column.strip()
    return found


def typed(question: Question, value: Any) -> str:  # noqa: ANN401  a JSON value
    if value is None:
        return ""
    match question.kind:
        case "size" if isinstance(value, int):
            return format_bytes(value).replace(" ", "") if value else NOTHING
        case "labels":
            return "\n".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)
        case "number" if question.key in SHARES and _is_share(percent(value), value):
            return percent(value)
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return f"{value:.10g}" if math.isfinite(value) else ""
        case "several" if isinstance(value, list | tuple):
            return ", ".join(str(each) for each in value)
        case "columns" if isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
            return "\n".join(f"{part}: {column}" for part, column in value.items())
        case _ if question.key in SHARES and isinstance(value, dict):
            listed = (f"{label}: {_share_text(rate)}" for label, rate in value.items())
            return ("\n" if question.kind == "text" else ", ").join(listed)
        case "text" if question.key in SHARES:
            return _share_text(value)
        case _:
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
