"""The page of a session: its steps, the view of each, and the one loop behind them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, on
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import ContentSwitcher

from advisor.errors import one_line
from advisor.interview.question import Choice
from advisor.workflow.frontend import Answer, Event, Probed, Reported, Shortlisted, Stage
from advisor.workflow.sessions import Start, new_id
from tui import actions
from tui.actions import key_name, of_page
from tui.deferred import when_drawn
from tui.dialogs.confirm import Confirm, confirm
from tui.screens.interview import InterviewView
from tui.screens.page import STYLES, Page
from tui.screens.plan import PlanView
from tui.screens.probing import ProbingView
from tui.screens.recommendation import RecommendationView
from tui.screens.shortlist import ShortlistView
from tui.session import Asked, Ended, NewsArrived, Session
from tui.state import ANSWER, INTERVIEW, PLAN, PROBING, SHORTLIST, VIEWS, State
from tui.widgets.bars import ClickableLine, Piece
from tui.widgets.choices import Choices
from tui.widgets.error_box import ErrorBox
from tui.widgets.view import View, delegate

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer

    from advisor.cluster.placement import Place


SESSION_PAGE = "session"
# The view that a shortlist without examples moved to.
SHORTLISTED = "shortlisted"
# A fast model sends hundreds of events a second; five redraws suffice, fewer if something covers the page.
DRAW_SECONDS, BEHIND_SECONDS = 0.2, 1.0
# Drawing gets at most a sixth of the time, however slow the machine is: the rest is for keys.
SHARE = 6
# The choices after an error or a stop, with their costs.
WAYS_ON = (
    Choice("again", "Go on where it was", "what was answered and measured is kept"),
    Choice("change", "Change something", "a new plan is shown first"),
    Choice("away", "Hide this", "look at what there is"),
)


class SessionPage(Page, page=SESSION_PAGE):
    """One session from the first question to the recommendation."""

    def __init__(
        self,
        session_id: str | None = None,
        start: Start | None = None,
        drive: Callable[..., Any] | None = None,
        *,
        to_change: bool = False,
        change: Answer | None = None,
        place: Place | None = None,
    ) -> None:
        """Continue the session with this id, or begin a new one.

        `to_change` shows what is understood first; with a `change` an ended session continues from it.
        """
        super().__init__()
        task_file = "" if start is None else one_line(start.task_file or "", 200)
        self.state = State(task_file=task_file, is_kept=session_id is not None and start is None)
        self._drive, self._place = drive, place
        self._start = Start() if start is None and session_id is None else start
        self.session_id = session_id or new_id()
        self.session = Session(self.session_id, self.post_message, self._start, drive, place=place)
        self._drawing: Timer | None = None
        self._asks: Confirm | None = None
        self._drawn_in = self._paused_at = 0.0
        # A user who changes something has seen the answer.
        self._moved: str = "answered" if to_change else ""
        self._is_agreed = False
        self._offered: tuple[str, ...] = ()
        # Changes to apply: once the user agrees to stop the run for them, and once it is stopped.
        self._proposed: list[Answer] = []
        self._changes = [] if change is None else [change]

    def compose_content(self) -> ComposeResult:
        yield Steps()
        with Vertical(id="session-error"):
            yield ErrorBox()
            yield Choices(WAYS_ON)
        with ContentSwitcher(initial=INTERVIEW, id="views"):
            yield InterviewView()
            yield ShortlistView()
            yield PlanView()
            yield ProbingView()
            yield RecommendationView()

    def on_mount(self) -> None:
        self._show_view(INTERVIEW)
        self._draw()
        self.session.begin()

    # The loop ------------------------------------------------------------------------------------------------------

    @on(Asked)
    def _asked(self, message: Asked) -> None:
        self._take_news()
        if self._changes and not self.session.control.is_stopped:
            self.session.answer(self._changes.pop(0))
            return
        self._is_agreed = False
        self.advisor.go_on_ignoring_enter()
        self.state.ask(message.question, message.understanding)
        is_plan = message.question.kind == "plan"
        self._call("The plan waits for you" if is_plan else "A question waits for you")
        if self._moved != SHORTLISTED:  # what was requested is looked at before the question that remains
            self._move(PLAN if is_plan else INTERVIEW)
        self._moved = ""
        self._draw()

    @on(NewsArrived)
    def _redraw_soon(self) -> None:
        if self._drawing is None:
            pace = max(DRAW_SECONDS, SHARE * self._drawn_in)
            self._drawing = self.set_timer(pace if self.is_active else max(pace, BEHIND_SECONDS), self._redraw)

    def _redraw(self) -> None:
        self._drawing = None
        began = time.perf_counter()
        self._take_news()
        self._draw()
        self._drawn_in = time.perf_counter() - began

    @on(events.ScreenResume)
    def _catch_up(self) -> None:
        if self._drawing is not None:
            self._drawing.stop()
            self._redraw()

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        self._take_news()
        if self._changes:
            self._go_on(self._changes.pop(0))
            return
        self.state.has_ended = True
        if self._asks is not None and self._asks.is_current:
            self._asks.dismiss(result=False)  # nothing is left to stop
        self.state.is_cut_short = message.error is not None or message.was_stopped
        if (done := message.done) is not None:
            self.state.take(Reported(Path(done.folder), done.verdict))
        self.state.question, self.state.stage = None, ""
        self._call("The run has failed" if message.error is not None else "The run has ended")
        if message.error is not None:
            cure = "What was answered and measured is kept; try again once that is fixed."
            self._fail(message.error, "Fix the file, then try again." if self.state.is_unread else cure)
        elif message.was_stopped:
            self._fail("Stopped.", "Everything answered and measured is kept; it resumes where it was.")
        elif ANSWER in self.state.reachable:
            self._show_answer()
        self._draw()
        if self.page == INTERVIEW and not self.state.is_cut_short:  # nothing is asked: the facts fill the page
            when_drawn(self, self._take_focus)

    def _call(self, what: str) -> None:
        """Tell a user who is on another page that there is something here."""
        if self not in self.app.screen_stack:
            self.notify(f"{what}: F6.", markup=False, timeout=6)

    def _take_news(self) -> None:
        for event in self.session.news():
            self.state.take(event)
            self._follow(event)

    def _follow(self, event: Event) -> None:
        """Show the view of an event, if it is the first of its kind."""
        match event:
            case Probed() | Stage(name="probing"):
                self.state.question = None
                self._move(PROBING, once="probing")
            case Shortlisted():
                self._move(SHORTLIST, once=SHORTLISTED)
            case Reported():
                self._show_answer()

    def _show_answer(self) -> None:
        """Show the answer, unless the user is looking at something else."""
        if self.page in {PLAN, PROBING, ANSWER} or not self._moved:
            self._move(ANSWER)
        elif self._moved != "answered":
            self._moved = "answered"
            self.notify("The answer is there: F8.", markup=False, timeout=6)

    def _fail(self, what: str, cure: str) -> None:
        self.query_one("#session-error").display = True
        self.query_one("#session-error ErrorBox", ErrorBox).show(what, cure)
        ways = self.query_one("#session-error Choices", Choices)
        ways.highlighted = 0
        when_drawn(ways, ways.focus)

    def _go_on(self, change: Answer | None = None) -> None:
        """Run the loop again where it was, or from a changed answer; the former content stays until the next plan."""
        self.query_one("#session-error").display = self.state.is_cut_short = False
        self.state.has_ended, self.state.question = False, None
        self._is_agreed = False
        self.state.stage = "Going on" if change is None else "Taking that in"
        if change is not None:
            self.state.now.is_past = True
        elif (board := self.state.now.board) is not None:
            board.begin_again()
        self.query_one(ProbingView).is_paused = False
        self.session = Session(self.session.id, self.post_message, self._start, self._drive, change, self._place)
        self.session.begin()
        if self.page not in self.state.reachable:
            self._show_view(INTERVIEW)
        self.take_view().take_focus()
        self._draw()

    # Drawing -------------------------------------------------------------------------------------------------------

    def take_view(self) -> View:
        return cast("View", self.query_one(f"#{self.query_one(ContentSwitcher).current}"))

    def _draw(self) -> None:
        steps = self.query_one(Steps)
        steps.here, steps.reachable = self.page, self.state.reachable
        # The pages of the task and of the run show their own activity.
        is_elsewhere = self.state.question is None and self.page not in {INTERVIEW, PROBING}
        steps.doing = self.state.stage if is_elsewhere else ""
        self.take_view().show(self.state)
        self.title_note(self.called())
        # Redrawing the footer is slow, and this is called many times a second.
        offered = tuple(act.id for act in actions.of_page(self.page) if self.check_action(act.id, ()))
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    def _move(self, view: str, once: str = "") -> None:
        """Show a view that the run has reached, unless the user has left the view `once`."""
        if once and self._moved == once:
            return
        self._moved = once
        if self.page != view:
            self._show_view(view)

    def _show_view(self, view: str) -> None:
        self.page = view  # type: ignore[misc]  # the help and the palette ask for what is shown
        self.query_one(ContentSwitcher).current = view
        shown = self.take_view()
        self.TITLE_TEXT, self.HELP = shown.TITLE_TEXT, shown.HELP or ""  # type: ignore[misc]
        shown.show(self.state)
        self.query_one(Steps).here = view
        self.refresh_bindings()
        when_drawn(self, self._take_focus)

    @property
    def active_bindings(self) -> dict[str, Any]:
        """The keys that do something here; also during a dialog, for which the toolkit would return the dialog's."""
        found = {}
        for key, active in super().active_bindings.items():
            action = active.binding.action.removeprefix("screen.")
            if not self.check_action(action, ()):
                continue
            label = self.take_view().label(action) or active.binding.description
            found[key] = active._replace(binding=replace(active.binding, description=label))
        return found

    def _take_focus(self) -> None:
        self.take_view().take_focus()

    # What the user does --------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ONLY_IN:
            return self.page in ONLY_IN[action] and self.take_view().offers(action)
        if action == "go_on":
            return self.state.is_cut_short
        if action == "change":  # the interview's own key does more
            return self.page != INTERVIEW
        return super().check_action(action, parameters)

    def action_change(self) -> None:
        """Show what is understood; during a run, a change asks first whether to stop it."""
        self._show_view(INTERVIEW)

    def action_show_step(self, view: str) -> None:
        self._show_view(view)

    def action_next_view(self) -> None:
        """Show the next step with content; from the task the plan, while it waits for consent."""
        question = self.state.question
        self._turn(2 if self.page == INTERVIEW and question is not None and question.kind == "plan" else 1)

    def action_previous_view(self) -> None:
        self._turn(-1)

    def _turn(self, by: int) -> None:
        reachable = [view for view in VIEWS if view in self.state.reachable]
        at = reachable.index(self.page) if self.page in reachable else 0
        self._show_view(reachable[(at + by) % len(reachable)])

    @on(View.Answered)
    def _answered(self, message: View.Answered) -> None:
        answer = message.answer
        question = self.state.question
        asked = {"plan"} if question is None else {"plan", question.key}
        if self.state.file and answer.key not in asked:
            text = "This task is a file: change it there, then begin with it again (F2)."
            self.notify(text, severity="warning", markup=False, timeout=6)
            self._draw()
            return
        if self.state.has_ended:
            self._go_on(answer)
            return
        if question is None and answer.key == "plan":
            return  # the key came twice: the next plan must be read first
        if question is None and (self._is_agreed or self.state.is_probing):
            self._ask_to_stop(answer)
            return
        self.state.question, self.state.stage = None, "Taking that in"
        # From then on nothing more is asked, and an answer would be lost.
        self._is_agreed = question is not None and question.kind == "plan"
        self.session.answer(answer)
        self._draw()

    @on(View.Left)
    def _left(self, message: View.Left) -> None:
        self._show_view(message.view)

    def _ask_to_stop(self, change: Answer) -> None:
        """Ask whether to stop the running run for another answer."""
        self._proposed.append(change)
        if len(self._proposed) > 1:  # of one correction, such as both columns
            return

        def stop() -> None:
            self._changes, self._proposed = self._proposed, []
            if self.session.is_alive:
                self.state.stage = "Stopping"
                self.session.close()
            else:
                self._go_on(self._changes.pop(0))
            self._draw()

        def leave() -> None:
            self._proposed.clear()
            self._draw()

        question = "Stop the run and change this?"
        detail = "What was measured is kept. A new plan is made with the change; it is shown before anything runs."
        confirm(self.app, question, detail, yes="Change it", no="Go on", then=stop, otherwise=leave)
        self._draw()

    @on(ProbingView.Pause)
    def _pause(self) -> None:
        control, board = self.session.control, self.state.now.board
        if control.is_paused:
            control.resume()
            if board is not None:
                board.pause(time.monotonic() - self._paused_at)
        else:
            control.pause()
            self._paused_at = time.monotonic()
        self.query_one(ProbingView).is_paused = control.is_paused
        self._draw()
        self.refresh_bindings()

    @on(ProbingView.Skip)
    def _skip(self, message: ProbingView.Skip) -> None:
        model = one_line(message.model, 60)

        def skip() -> None:
            board = self.state.now.board
            if board is not None:
                board.skipped.add(message.key)
            self.session.control.skip(message.key)
            self.notify(f"{model} is skipped.", markup=False, timeout=4)
            self._draw()

        detail = "What it has answered is kept; it is asked no more."
        self._asks = confirm(self.app, f"Skip {model}?", detail, yes="Skip", no="Go on", then=skip)

    @on(ProbingView.Stop)
    def _stop(self) -> None:
        if self.state.has_ended:
            self.notify("It has ended.", markup=False, timeout=2)
            return

        def stop() -> None:
            self.state.stage = "Stopping"
            self.session.close()
            self._draw()

        detail = "Every finished outcome is kept; it can be resumed at any time."
        self._asks = confirm(self.app, "Stop the run?", detail, yes="Stop", no="Go on", then=stop)

    def action_go_on(self) -> None:
        """Continue where the loop ended without its answer."""
        if self.state.is_cut_short:
            self._go_on()

    @on(Choices.Picked)
    def _way_picked(self, event: Choices.Picked) -> None:
        event.stop()
        match event.value:
            case "again":
                self.action_go_on()
            case "change":
                self.action_change()
            case _:
                self.query_one("#session-error").display = False
                self.take_view().take_focus()

    # Leaving -------------------------------------------------------------------------------------------------------

    def called(self) -> str:
        """Return the task's name, its words, or its file."""
        known, start = self.state.understanding, self._start
        given = Path(self.state.file or (start.examples if start is not None else None) or "").name
        return one_line(known.value("name") or known.value("words") or (start and start.words) or given, 60)

    def busy_with(self) -> str:
        if not self.session.is_alive:
            return self.query_one(RecommendationView).busy_with() if self.is_mounted else ""
        if (question := self.state.question) is not None:
            return "A plan waits for your consent." if question.kind == "plan" else "A question is open."
        return f"{self.state.stage or 'The run'} is under way."

    def close_down(self) -> None:
        self.session.close()
        self.session.wait()

    def on_unmount(self) -> None:
        """End the loop also if the page is removed."""
        self.session.close()


# The views of each action; the page's own are for all views.
ONLY_IN: dict[str, set[str]] = {}
for _view in VIEWS:
    for _act in actions.of_page(_view):
        if _act.page == _view:
            ONLY_IN.setdefault(_act.id, set()).add(_view)
delegate(SessionPage, VIEWS, SessionPage.take_view)
SessionPage.CSS_PATH = [str(STYLES / f"{name}.tcss") for name in (SESSION_PAGE, *VIEWS)]


SESSION, SEPARATOR = "session", "→"
LABELS = dict(zip(VIEWS, ("Task", "Shortlist", "Plan", "Probing", "Answer"), strict=True))
KEYS = f"{' '.join(key_name(act.keys[0]) for act in of_page(SESSION) if act.id.endswith('_view'))} step"


class Steps(ClickableLine):
    """All steps in a line; a click goes to one. At the right is the current activity, else the keys."""

    DEFAULT_CSS: ClassVar[str] = "Steps { height: 1; background: $surface; }"
    here: reactive[str] = reactive("")
    reachable: reactive[frozenset[str]] = reactive(frozenset[str]())
    doing: reactive[str] = reactive("")

    def pieces(self) -> list[Piece]:
        """Return the steps, and the right part as far as there is room."""
        steps: list[Piece] = []
        for view in VIEWS:
            is_open = view in self.reachable
            style = "bold reverse $primary" if view == self.here else "" if is_open else "$quiet"
            steps += [Piece(Content.styled(SEPARATOR, "$quiet"))] if steps else []
            action = f"screen.show_step('{view}')" if is_open else ""
            steps.append(Piece(Content.styled(f" {LABELS[view]} ", style), action))
        room = self.content_size.width - sum(piece.content.cell_length for piece in steps) - 1
        doing = Content.styled(one_line(self.doing or KEYS), "$quiet").truncate(max(0, room), ellipsis=True)
        return [*steps, Piece(Content(" " * max(0, room - doing.cell_length))), Piece(doing)]
