"""The plan and the consent to it; nothing is fetched, run or sent before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static
from textual.worker import get_current_worker

from advisor.errors import one_line
from advisor.report.picture import Picture, picture
from advisor.trust import agreements, consent
from advisor.workflow.frontend import Answer
from tui.board import Board
from tui.plan_words import Section, sections
from tui.state import PLAN, State
from tui.widgets.busy import Busy
from tui.widgets.picture import PictureView
from tui.widgets.view import SCROLLS, View

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key

    from advisor.decide.plan import Plan
    from advisor.interview.question import Question

# The sections above the picture: what will be done, and where examples go.
WHAT_IS_DONE = 2


class PlanView(View):
    """The plan, and whether it is agreed to."""

    view = PLAN
    TITLE_TEXT = "Plan"
    HELP = (
        "Nothing is downloaded, run or sent before you agree here. The picture has the candidates by their size; the "
        "one tried first has a ◂. The chances are exact for the test that will be made. Go back to the task (F7) to "
        "change an answer, or to the shortlist to take candidates out."
    )

    @dataclass
    class Answered(Message):
        """The user agrees, or does not."""

        answer: Answer

    @dataclass
    class Worked(Message):
        """A plan's sections are worked out."""

        plan: Plan
        found: list[Section]
        shown: Picture

    def __init__(self) -> None:
        """Show no plan yet."""
        super().__init__(id=PLAN)
        self._plan: Plan | None = None
        self._question: Question | None = None

    def compose(self) -> ComposeResult:
        """Lay out the plan, and the buttons below it."""
        yield Static(id="plan-question", markup=False)
        yield Busy()
        with VerticalScroll(id="plan-text"):
            yield Static(id="plan-body", markup=False)
            yield PictureView()
            yield Static(id="plan-proves", markup=False)
        with Horizontal(id="plan-buttons"):
            yield Button("Start (ctrl+s)", id="begin", variant="primary", compact=True)
            yield Button("Not yet: change something (esc)", id="decline", compact=True)

    def show(self, state: State) -> None:
        """Draw a new plan, and whether it waits for consent."""
        waits = state.question if state.question is not None and state.question.kind == "plan" else None
        if waits is not self._question:
            self._question = waits
            told = one_line(waits.text, 300) if waits is not None else ""
            self.query_one("#plan-question", Static).update(Content(told))
            self.query_one("#plan-buttons").display = waits is not None
        if state.now.plan is not None and state.now.plan is not self._plan:
            self._plan = state.now.plan
            self.query_one(Busy).doing = "Working out what these examples can prove"
            self._draw_sections("#plan-body", [])
            self._draw_sections("#plan-proves", [])
            self.query_one(PictureView).display = False
            self._work_out(self._plan)

    def offers(self, action: str) -> bool:
        """Offer consent while it is asked for."""
        del action
        return self._question is not None

    def on_mount(self) -> None:
        """Offer nothing yet."""
        self.query_one("#plan-buttons").display = False

    def take_focus(self) -> None:
        """Focus the start, unless there is something that should be read first."""
        plan = self._plan
        is_plain = plan is not None and not plan.download_bytes and not consent.where_sent(plan.candidates)
        is_plain = is_plain and plan is not None and not agreements.of_plan(plan)
        button = self.query_one("#begin", Button)
        (button if is_plain and self._question is not None else self.query_one("#plan-text")).focus()

    def on_key(self, event: Key) -> None:
        """Scroll the text also while a button has the focus: what is agreed to can be read to its end."""
        text = self.query_one("#plan-text")
        if event.key in SCROLLS and not text.has_focus:
            event.stop()
            getattr(text, SCROLLS[event.key])(animate=False)

    @work(thread=True, exclusive=True, group="plan", exit_on_error=False)
    def _work_out(self, plan: Plan) -> None:
        worker = get_current_worker()
        found, shown = sections(plan), picture(Board(plan).document())
        if not worker.is_cancelled:
            self.post_message(self.Worked(plan, found, shown))

    @on(Worked)
    def _draw(self, message: Worked) -> None:
        message.stop()
        if message.plan is not self._plan:
            return
        self.query_one(Busy).doing = ""
        self._draw_sections("#plan-body", message.found[:WHAT_IS_DONE])
        self._draw_sections("#plan-proves", message.found[WHAT_IS_DONE:])
        view = self.query_one(PictureView)
        view.shown, view.at_work, view.display = message.shown, message.plan.expected + 1, True

    def _draw_sections(self, place: str, found: list[Section]) -> None:
        parts: list[Content] = []
        for section in found:
            parts += [Content.styled(section.title, "bold $text-primary"), *section.lines, Content("")]
        self.query_one(place, Static).update(Content("\n").join(parts))

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "begin":
            self.action_begin()
        else:
            self.action_decline()

    def action_begin(self) -> None:
        """Agree to the plan."""
        if self._question is None:
            self.notify("No plan waits for consent.", markup=False, timeout=2)
            return
        self.post_message(self.Answered(Answer(self._question.key, value=True)))

    def action_decline(self) -> None:
        """Do not agree yet."""
        if self._question is not None:
            self.post_message(self.Answered(Answer(self._question.key, value=False)))
