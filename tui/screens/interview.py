"""The interview: one question at a time, next to what is understood so far; everything can be changed later."""

from dataclasses import replace
from functools import partial
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.widgets import Button, Static

from advisor.errors import one_line
from advisor.interview.facts import Fact, Source
from advisor.interview.files.preview import COLUMN_KEYS, EXPECTED, INPUT, Preview, preview_named
from advisor.interview.question import Question
from advisor.workflow.frontend import Answer
from tui import words
from tui.deferred import in_thread, when_drawn
from tui.dialogs.confirm import Choose
from tui.dialogs.correct import Correct, settings
from tui.dialogs.reading import Found, look_first
from tui.state import INTERVIEW, State
from tui.widgets.answer_box import AnswerBox
from tui.widgets.busy import Busy
from tui.widgets.file_preview import FilePreview
from tui.widgets.known import MORE, Known, fitting
from tui.widgets.view import View

LONGEST = 4000  # the text of an example to label
SETTINGS = "Those of a task that are not known yet; a list is written as [a, b]."
LABEL, COLUMNS = "label:", frozenset(COLUMN_KEYS)
SCROLLS = {"ctrl+down": "scroll_page_down", "ctrl+up": "scroll_page_up"}


class InterviewView(View):
    """The open question, its answer, and what is known."""

    view = INTERVIEW
    TITLE_TEXT = "Your task"
    HELP = (
        "Enter takes what is shown. Each question says why it is asked and where its default comes from. What is "
        'understood is next to it: pick a line there to correct it. "Don\'t know" is an answer too.'
    )

    def __init__(self) -> None:
        super().__init__(id=INTERVIEW)
        self._state = State()
        self._asked: Question | None = None
        self._again: Question | None = None
        # How files were corrected, by path and the task's words.
        self._corrected: dict[tuple[str, str], dict[str, Any]] = {}
        # The question last drawn: a new question of the loop comes before one that is asked again.
        self._waiting: Question | None = None
        self._sent: Answer | None = None
        # The draft of a question while another answer was changed: its key, and the text.
        self._draft: tuple[str, str] | None = None
        # The answers given here, by key: not all are facts.
        self._answers: dict[str, Any] = {}

    def compose(self) -> ComposeResult:
        with Horizontal():
            with VerticalScroll(id="asking", can_focus=False):
                with VerticalScroll(id="question-box", can_focus=False):
                    yield Static(id="question", markup=False)
                yield Static(id="why", markup=False)
                yield Vertical(id="answer")
                yield Busy()
                with Horizontal(id="answer-buttons"):
                    yield Button("Answer", id="give", variant="primary", compact=True)
                    yield Button("I don't know", id="unknown", compact=True)
                    yield Button("Leave it as it was", id="forward", compact=True)
                yield FilePreview()
            with Vertical(id="aside"):
                yield Static(id="idle", markup=False)
                yield Static(id="fitting", markup=False)
                yield Static("Understood so far (enter corrects)", classes="heading", markup=False)
                yield Known()
        yield Static(id="folded", markup=False)

    def on_mount(self) -> None:
        self._offer(None)

    def _offer(self, question: Question | None) -> None:
        self.query_one("#give").display = question is not None
        self.query_one("#unknown").display = question is not None and question.may_skip
        self.query_one("#forward").display = question is not None and self._again is not None

    def show(self, state: State) -> None:
        self._state = state
        if state.question is not None and state.question is not self._waiting:
            self._again = None
            self._answers.pop(state.question.key, None)  # asked again: the former answer is void
        self._waiting = state.question
        known = self.query_one(Known)
        known.is_blank = state.is_blank
        known.understanding = state.understanding
        self.query_one("#fitting", Static).update("" if state.is_blank else fitting(state.understanding.candidates))
        self._draw_folded(state)
        is_waiting = state.question is None or state.question.kind == "plan"
        self._draw_idle()
        busy = self.query_one(Busy)
        stage = "Opening what was kept" if state.is_kept and state.is_blank else state.stage or "Getting ready"
        busy.doing = stage if state.question is None and self._is_reading(state) else ""
        if is_waiting and self._again is None:
            self._draw(None)
        elif self._again is None and state.question is not None:
            sent = self._sent
            was_refused = bool(state.question.problem) and sent is not None and sent.key == state.question.key
            self._draw(state.question, sent.value if was_refused and sent is not None else None)

    def _draw_idle(self) -> None:
        """Give the page to what is understood while nothing is asked; a question that is asked again takes it back."""
        state = self._state
        is_waiting = state.question is None or state.question.kind == "plan"
        is_idle = is_waiting and self._again is None and not (state.question is None and self._is_reading(state))
        self.set_class(is_idle, "-idle")
        self.set_class(is_idle and bool(state.file) and not state.understanding.facts, "-of-file")
        if is_idle:
            self.query_one("#idle", Static).update(Content(_idle(state)))

    @staticmethod
    def _is_reading(state: State) -> bool:
        """Return whether the next question is being prepared; probing asks none."""
        return not state.has_ended and not state.is_probing

    def _draw_folded(self, state: State) -> None:
        count, known = state.understanding.candidates, len(state.understanding.facts)
        left = "" if count is None else f"{fitting(count).partition(';')[0]}  ·  "
        if state.is_blank:
            self.query_one("#folded", Static).update("")
            return
        things = "1 thing" if known == 1 else f"{known} things"
        self.query_one("#folded", Static).update(Content(f"{left}{things} understood: ctrl+l shows and corrects"))

    def _draw(self, question: Question | None, current: Any = None) -> None:  # noqa: ANN401  a JSON value
        if question is self._asked and question is not None:
            return
        self._asked = question
        place = self.query_one("#answer", Vertical)
        if place.has_focus_within:  # else it moves to what is understood, and a second enter corrects that
            self.screen.set_focus(None)
        place.remove_children()
        self._offer(question)
        if question is None:
            self.query_one("#question", Static).update("")
            self.query_one("#why", Static).update("")
            self.query_one(FilePreview).look_at("")
            return
        self.query_one("#question", Static).update(Content(one_line(question.text, LONGEST)))
        self._tell_why(question)
        self.query_one("#question-box").scroll_home(animate=False)
        when_drawn(self, self._tell_why, question)
        draft = self._draft[1] if self._draft is not None and self._draft[0] == question.key else ""
        self._draft = None
        box = AnswerBox(question, current, draft)
        place.mount(box)
        self._preview(question)
        self.query_one("#asking").scroll_home(animate=False)
        # The question's own words stay visible, however long its list of answers.
        when_drawn(box, self.take_focus)

    def _tell_why(self, question: Question) -> None:
        """Show why it is asked, and how to see the rest of a long text."""
        more = " More of the text: ctrl+down, ctrl+up." if self.query_one("#question-box").max_scroll_y else ""
        if self._asked is question:
            self.query_one("#why", Static).update(Content(one_line(question.why, LONGEST) + more))

    def on_key(self, event: Key) -> None:
        if event.key in SCROLLS:
            event.stop()
            getattr(self.query_one("#question-box"), SCROLLS[event.key])(animate=False)

    @property
    def _words(self) -> str:
        return str(self._state.understanding.value("words", ""))

    def _preview(self, question: Question) -> None:
        path = ""
        if question.kind == "columns" or question.key == "reading" or question.key.startswith("examples."):
            path = str(self._state.understanding.value("examples") or "")
        elif question.kind == "file" and question.default is not None:
            path = str(question.default)
        self.query_one(FilePreview).look_at(path, self._words, self._read_as if path else None, question.problem)

    @property
    def _said_of_file(self) -> dict[str, Any]:
        """What the user said of how the file is read."""
        said = (each for each in self._state.understanding.facts if each.source is Source.ANSWER)
        about = (each for each in said if each.key == "family" or each.key.startswith("examples."))
        return {each.key: each.value for each in about if each.value is not None}

    @property
    def _read_as(self) -> dict[str, Any]:
        """How the file is read: what is known of it, from the user or guessed."""
        known = self._state.understanding
        if known.get(INPUT) is None:  # nothing is read yet
            return self._said_of_file
        read = {key: known.value(key) for key in ("family", INPUT, EXPECTED)}
        return {key: value for key, value in read.items() if value is not None} | self._said_of_file

    def offers(self, action: str) -> bool:
        match action:
            case "answer":
                return self._asked is not None and not self._is_covered
            case "unknown":
                return self._asked is not None and self._asked.may_skip and not self._is_covered
            case "back":
                return bool(self._earlier) or self.has_class("-show-known")
            case "known":
                return not self.has_class("-idle")
            case "reading":
                return self._asked is not None and bool(self._state.understanding.value("examples"))
            case _:
                return True

    @property
    def _is_covered(self) -> bool:
        """Return whether what is understood covers the page: a hidden question gets no keys."""
        return self.has_class("-idle") or (self.has_class("-show-known") and self.screen.has_class("-narrow"))

    def take_focus(self) -> None:
        """Focus the answer's editor, or what is known if that covers the page."""
        if self._is_covered:  # a former box may still exist
            self.query_one(Known).focus()
            return
        for box in self.query(AnswerBox):
            box.focus(scroll_visible=False)
            return

    # What the user does --------------------------------------------------------------------------------------------

    @on(AnswerBox.Given)
    def _given(self, event: AnswerBox.Given) -> None:
        event.stop()
        if self._asked is None:
            return
        if self._asked.key == "examples" and isinstance(event.value, str):
            self._look_first(event.value)
        else:
            self._send(Answer(self._asked.key, event.value))

    def _look_first(self, path: str, said: dict[str, Any] | None = None) -> None:
        if said is None:  # a file that was refused and mended is read as it was corrected before
            work = partial(seen_again, path, self._corrected.get((path, self._words), {}), self._words)
        else:
            work = partial(preview_named, path, said, self._words)
        failed = partial(self.notify, severity="error", markup=False)
        in_thread(self, "look", work, partial(self._looked, path, is_asked=said is None), failed)

    def _looked(self, path: str, seen: Preview, *, is_asked: bool) -> None:
        """Send a file with corrections of how it is read; one sent before is shown again to be changed."""

        def begin(found: Found | None) -> None:
            if found is None:
                self.take_focus()
                return
            before = {} if is_asked else self._said_of_file
            changed = {} if found.said == ({} if is_asked else seen.said) else found.said
            if changed:
                self._corrected[path, self._words] = {key: found.said[key] for key in found.said if key != "family"}
            for key, value in changed.items():
                if key != "family" and (key not in before or before[key] != value):  # that is no part of the dialog
                    self.post_message(self.Answered(Answer(key, value)))
            gone = before.keys() - found.said.keys()
            for key in gone | ({"reading"} if gone and self._state.understanding.get("reading") else set()):
                self.post_message(self.Answered(Answer(key, is_taken_back=True)))
            if found.path is not None and is_asked:
                self._send(Answer("examples", path if found.path == seen.path else found.path))

        self.query_one(FilePreview).renew(path, seen)
        shown = seen if is_asked else replace(seen, is_odd=True)
        look_first(self, shown, begin, words=self._words)

    def action_reading(self) -> None:
        """Show how the file is read, to change it."""
        if path := self._state.understanding.value("examples"):
            self._look_first(str(path), self._read_as)

    @on(AnswerBox.FileSeen)
    def _file_seen(self, event: AnswerBox.FileSeen) -> None:
        event.stop()
        told = self._asked.problem if self._asked is not None else ""
        self.query_one(FilePreview).look_at(event.path, self._words, told=told)

    @on(Known.Picked)
    def _correct(self, event: Known.Picked) -> None:
        event.stop()
        known = self._state.understanding
        if event.key == MORE:
            self.app.push_screen(Choose("Which setting?", SETTINGS, settings(known)), self._set)
        elif (fact := known.get(event.key)) is not None:
            self._change(fact)

    def _set(self, key: str | None) -> None:
        if key is not None:
            self._change(Fact(key, None, Source.DEFAULT))

    def _change(self, fact: Fact) -> None:
        """Offer to correct a fact, or to set what is not known."""
        if fact.key in COLUMNS and isinstance(fact.value, str | list):  # a letter takes the file's next column
            self.action_reading()
            return

        def changed(answer: Answer | None) -> None:
            if answer is not None:
                self._send(answer)

        known = self._state.understanding
        has_examples, kind = known.value("examples") is not None, str(known.value("family"))
        asked = self._state.asked.get(fact.key)
        self.app.push_screen(Correct(fact, asked, has_examples=has_examples, kind=kind), changed)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "give":
                self.action_answer()
            case "unknown":
                self.action_unknown()
            case "forward":
                self._forward()

    def action_answer(self) -> None:
        for box in self.query(AnswerBox):
            box.submit()

    def action_unknown(self) -> None:
        """Answer "I don't know", if that is allowed."""
        if self._asked is None:
            return
        if self._asked.may_skip:
            self._send(Answer(self._asked.key, None))
        else:
            self.query_one(AnswerBox).complain("There can be no task without this one.")

    def action_back(self) -> None:
        """Show the previous question, to change its answer; from there the one before that."""
        keys = self._earlier
        at = keys.index(self._asked.key) if self._asked is not None and self._asked.key in keys else len(keys)
        if self.has_class("-show-known"):
            self.action_known()
        elif self._again is None and (last := self._last_label(keys)) is not None:
            # While labelling, one label is withdrawn, so that later rows come again too, each with its label.
            del self._state.asked[keys[at]]
            self._send(Answer(last, is_taken_back=True))
        elif at > 0:
            self._again = self._state.asked[keys[at - 1]]
            fact = self._state.understanding.get(self._again.key)
            self._draw_idle()
            self._draw(self._again, self._answers.get(self._again.key) if fact is None else fact.value)
            self.screen.refresh_bindings()
        else:
            self.app.switch_mode("home")

    def _last_label(self, keys: list[str]) -> str | None:
        """Return the key of the row labelled last, while rows are labelled."""
        here = self._asked.key if self._asked is not None else ""
        labelled = [key for key in (*keys, *self._answers) if key.startswith(LABEL) and key != here]
        return labelled[-1] if here.startswith(LABEL) and labelled else None

    def _is_answered(self, key: str) -> bool:
        """Return whether a question is answered; "no model fits" may have led to another kind of task."""
        fact = self._state.understanding.get(key)
        stands = fact is not None and fact.source is Source.ANSWER
        return stands or ":" in key or (key in self._answers and key != "none_left")

    @property
    def _earlier(self) -> list[str]:
        """The keys of earlier questions; the plan's consent is given on its own page."""
        return [key for key, question in self._state.asked.items() if question.kind != "plan"]

    def action_known(self) -> None:
        """Show what is understood if it is folded, or go to it."""
        if self.has_class("-idle"):
            self.query_one(Known).focus()
            return
        self.toggle_class("-show-known")
        if self.has_class("-show-known"):
            self.query_one(Known).focus()
        else:
            self.take_focus()

    def _forward(self) -> None:
        self._again = None
        self.show(self._state)
        self.take_focus()

    def _send(self, answer: Answer) -> None:
        for box in self.query(AnswerBox):
            if box.question.key != answer.key:
                self._draft = (box.question.key, box.draft)
        for key in [key for key in self._state.asked if key != answer.key and not self._is_answered(key)]:
            del self._state.asked[key]  # depends on the changed answer; asked again if it still matters
        if (question := self._state.asked.pop(answer.key, None)) is not None:
            self._state.asked[answer.key] = question  # going back starts at the last answered
        self._again, self._sent = None, answer
        self._answers.pop(answer.key, None)
        if not answer.is_taken_back:
            self._answers[answer.key] = answer.value
        self.remove_class("-show-known")
        self._draw(None)
        self.query_one(Busy).doing = f"Taken: {words.title(answer.key)}"
        self.post_message(self.Answered(answer))


def _idle(state: State) -> str:
    """Return the line above what is understood while nothing is asked."""
    if state.is_unread:
        return f"{state.file} cannot be used as it is. Fix it, then try again (F5); F2 begins with something else."
    change = "Enter on a line below changes it"
    if state.question is not None:
        where, effect = "The plan waits for you: F8.", f"{change}, and makes a new plan."
    elif state.has_ended:
        where = "Nothing runs."
        effect = f"{change}, and makes a new plan, which is shown first; this run stays in the history."
    else:
        where, effect = "The run is under way.", f"{change}; you are asked before it is stopped for that."
    of_file = f"This task is {state.file}: change it there, then begin with it again (F2)."
    return f"{where} {of_file if state.file else effect}"


def seen_again(path: str, said: dict[str, Any], words: str) -> Preview:
    """Return a file's preview as it was corrected before, or afresh if it can no longer be read so."""
    seen = preview_named(path, said, words)
    return preview_named(path, {}, words) if said and seen.problem else seen
