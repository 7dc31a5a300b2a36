"""The plan and the consent to it; nothing is fetched, run or sent before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from advisor.candidates import hub
from advisor.decide.bar import asked
from advisor.decide.records import CandidateRecord
from advisor.errors import one_line
from advisor.evidence.sequential import Strength
from advisor.report import same_rows
from advisor.report.picture import Picture, picture
from advisor.report.reach import bar_in_short, effort_words, finishing_words, in_short, proves
from advisor.report.sentences import method_words, right, warnings_of
from advisor.runs.find import before
from advisor.task.reading import columns_of
from advisor.trust import agreements, consent
from advisor.units import counted, format_bytes, percent
from advisor.workflow.frontend import Answer
from tui.board import Board
from tui.deferred import in_thread
from tui.state import INTERVIEW, PLAN, State
from tui.widgets.busy import Busy
from tui.widgets.picture import PictureView
from tui.widgets.view import SCROLLS, View
from tui.words import hung, in_session

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key

    from advisor.candidates.candidate import Candidate
    from advisor.cluster.placement import ClusterPlan
    from advisor.decide.plan import Plan
    from advisor.interview.question import Question

STRENGTHS = {
    Strength.CERTIFIED: "certified: proven for new inputs like these",
    Strength.EXAMPLES: "about your examples alone; nothing is proven for new ones",
    Strength.PROVISIONAL: "provisional: the budget ends first",
}
# Notices about words and file that have no question and are not among the examples' own notes.
OF_READING = frozenset({"label_bar", "metric", "without_texts", "leak", "label_in_input"})
# The sections above the picture: what will be done, and where examples go.
WHAT_IS_DONE = 2


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines, each a head, "" or the subject, and a text."""

    title: str
    parts: tuple[tuple[Content, Content], ...]


class _Sections(Static):
    """Sections of a plan, redrawn when their width changes."""

    def __init__(self, place: str) -> None:
        super().__init__(id=place, markup=False)
        self._sections: Sequence[Section] = ()

    def show(self, sections: Sequence[Section]) -> None:
        self._sections = sections
        self.on_resize()

    def on_resize(self) -> None:
        parts: list[Content] = []
        for section in self._sections:
            lines = [hung(head, text, self.size.width) for head, text in section.parts]
            parts += [Content.styled(section.title, "bold $text-primary"), *lines, Content("")]
        self.update(Content("\n").join(parts))


class PlanView(View):
    """The plan, and the consent to it."""

    view = PLAN
    TITLE_TEXT = "Plan"
    HELP = (
        "Nothing is downloaded, run or sent before you agree here. The picture has the candidates by their size; the "
        "one tried first has a ◂. w shows the chances in numbers. Go back (F7) to change an answer, or to take "
        "candidates out."
    )

    def __init__(self) -> None:
        super().__init__(id=PLAN)
        self._plan: Plan | None = None
        self._cluster: ClusterPlan | None = None
        self._question: Question | None = None
        # Whether the plan's text is there: nobody agrees to what is not worked out yet, or cannot be shown.
        self._is_shown = False
        # The sections in short and in full, and which are shown.
        self._said: tuple[list[Section], list[Section]] | None = None
        self._is_full = False

    def compose(self) -> ComposeResult:
        yield Static(id="plan-question", markup=False)
        yield Busy()
        with VerticalScroll(id="plan-text"):
            yield _Sections("plan-body")
            yield PictureView()
            yield _Sections("plan-proves")
        with Horizontal(id="plan-buttons"):
            yield Button("Start (ctrl+s)", id="begin", variant="primary", compact=True)
            yield Button("Not yet: change something (esc)", id="decline", compact=True)

    def show(self, state: State) -> None:
        waits = state.question if state.question is not None and state.question.kind == "plan" else None
        if waits is not self._question:
            self._question = waits
            question = one_line(waits.text, 300) if waits is not None else ""
            self.query_one("#plan-question", Static).update(Content(question))
            self.query_one("#plan-buttons").display = waits is not None
        if state.now.plan is not None and state.now.plan is not self._plan:
            self._plan, self._cluster, self._is_shown = state.now.plan, state.now.cluster, False
            self._said = None
            self.query_one(Busy).doing = "Working out what these examples can prove"
            self.query_one("#begin").display = False
            self._show([])
            self.query_one(PictureView).display = False
            said = [in_session(each.text) for each in state.understanding.notices if each.key in OF_READING]
            work = partial(_worked_out, self._plan, self._cluster, said)
            in_thread(self, "plan", work, partial(self._draw, self._plan), self._tell_failure)

    def offers(self, action: str) -> bool:
        if action == "odds":
            return self._said is not None
        return self._question is not None and (action != "begin" or self._is_shown)

    def on_mount(self) -> None:
        self.query_one("#plan-buttons").display = False

    def take_focus(self) -> None:
        """Focus the start, unless something should be read first."""
        plan = self._plan
        is_plain = plan is not None and not plan.download_bytes and not consent.where_sent(plan.candidates)
        is_plain = is_plain and self._cluster is None and plan is not None and not agreements.of_plan(plan)
        button = self.query_one("#begin", Button)
        (button if is_plain and self._question is not None else self.query_one("#plan-text")).focus()

    def on_key(self, event: Key) -> None:
        """Scroll the text even while a button has the focus, so that it can be read to its end before consent."""
        text = self.query_one("#plan-text")
        if event.key in SCROLLS and not text.has_focus:
            event.stop()
            getattr(text, SCROLLS[event.key])(animate=False)

    def _tell_failure(self, error: str) -> None:
        """Show in the plan's place why it is not shown."""
        self.query_one(Busy).doing = ""
        self._show([Section("This plan cannot be shown", (_plain(error, "$text-error"),))])

    def _draw(self, plan: Plan, worked: tuple[list[Section], list[Section], Picture]) -> None:
        if plan is not self._plan:
            return
        *said, shown = worked
        self._said = (said[0], said[1])
        self.query_one(Busy).doing, self._is_shown = "", True
        self.query_one("#begin").display = True
        self.refresh_bindings()
        self.focus_anew()
        self._show(self._said[self._is_full])
        view = self.query_one(PictureView)
        view.shown, view.at_work, view.display = shown, plan.expected + 1, True

    def _show(self, said: list[Section]) -> None:
        self.query_one("#plan-body", _Sections).show(said[:WHAT_IS_DONE])
        self.query_one("#plan-proves", _Sections).show(said[WHAT_IS_DONE:])

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "begin":
            self.action_begin()
        else:
            self.action_decline()

    def action_begin(self) -> None:
        if self._question is None or not self._is_shown:
            is_at_work = self._question is not None and bool(self.query_one(Busy).doing)
            why = "The plan is not worked out yet." if is_at_work else "No plan waits for consent."
            self.notify(why, markup=False, timeout=2)
            return
        self.post_message(self.Answered(Answer(self._question.key, value=True)))

    def action_odds(self) -> None:
        if self._said is not None:
            self._is_full = not self._is_full
            self._show(self._said[self._is_full])

    def action_decline(self) -> None:
        self.post_message(self.Left(INTERVIEW))


def _worked_out(
    plan: Plan, cluster: ClusterPlan | None, said: Sequence[str]
) -> tuple[list[Section], list[Section], Picture]:
    full = sections(plan, cluster, said)
    short = [*full]
    short[WHAT_IS_DONE] = _what_it_proves(plan, is_full=False)
    return short, full, picture(Board(plan).document())


def sections(plan: Plan, cluster: ClusterPlan | None = None, said: Sequence[str] = ()) -> list[Section]:
    """Return a plan's sections for its page; slow if the plan has not computed them yet.

    `said` is what the user should know of how the words were read.
    """
    proven = _what_it_proves(plan, is_full=True)
    return [_what_runs(plan), _what_is_sent(plan, cluster), proven, *_notes(plan, said)]


def _what_runs(plan: Plan) -> Section:
    cost, count = plan.expected_cost, len(plan.candidates)
    first = plan.candidates[plan.expected]
    name = f"{first.shown(60)} ({method_words(first.runtime, first.method)})"
    lines = [
        _row("Reads", _reading(plan)),
        _row("Bar", bar_in_short(plan)),
        _row("Tries", name if count == 1 else f"{count} candidates for the smallest that passes"),
    ]
    if count > 1:
        lines += [_listed(at, each, is_first=at == plan.expected) for at, each in enumerate(plan.candidates)]
    fetched, downloads = sum(each.download_bytes for each in plan.candidates), "none"
    if fetched:
        expected = format_bytes(cost.download_bytes) if cost.download_bytes else "none"
        free = hub.free_bytes()
        room = (
            "" if hub.has_room(plan.download_bytes, free) else ": too little; make room, or set HF_HOME to another disk"
        )
        downloads = f"at most {format_bytes(fetched)}, {expected} expected; {format_bytes(free)} free on the disk{room}"
    lines.append(_row("Downloads", downloads))
    lines.append(_row("Effort", effort_words(cost, "answers", plan.lowers, plan.slowed)))
    # An engine's own memory counts here: the largest need not be the one that takes most to serve.
    most = max(plan.candidates, key=lambda each: each.peak_bytes)
    of = f" ({most.shown(60)})" if count > 1 else ""
    lines.append(_row("Memory", f"at most {format_bytes(most.peak_bytes)}{of}"))
    return Section("What will be done", tuple(lines))


def _reading(plan: Plan) -> str:
    """Return which columns are read and expected, and how many rows of them are evidence."""
    parts, expected = columns_of(plan.task)
    inputs = " + ".join(name for own in parts.values() for name in own)
    names = expected.values() if isinstance(expected, dict) else [expected] if expected else []
    labels = ", ".join(plan.examples.labels)
    what = f"{one_line(inputs, 60)} → {one_line(', '.join(names), 60)}" if names else one_line(inputs, 60)
    taught = f", {len(plan.examples.teaching)} teach" if plan.examples.teaching else ""
    searched = f", of {counted(len(plan.examples.documents), 'document')}" if plan.examples.documents else ""
    shown = f" ({one_line(labels, 80)})" if labels else ""
    return f"{what}{shown}{searched}; {len(plan.evidence)} rows are evidence{taught}"


def _row(title: str, text: str) -> tuple[Content, Content]:
    return Content.styled(f"{title:<11}", "$quiet"), Content(text)


def _listed(at: int, candidate: Candidate, *, is_first: bool) -> tuple[Content, Content]:
    fetches = f", {format_bytes(candidate.download_bytes)} to download" if candidate.download_bytes else ""
    how = "; ".join((method_words(candidate.runtime, candidate.method), *warnings_of(candidate)))
    head = Content.styled(f"{f'▽{at + 1}':>10} ", "$quiet")
    return head, Content.assemble(candidate.shown(60), (f"  {how}{fetches}", "$quiet"), "  ◂ first" if is_first else "")


def _plain(line: str, style: str = "") -> tuple[Content, Content]:
    return Content(""), Content.styled(line, style)


def _what_is_sent(plan: Plan, cluster: ClusterPlan | None) -> Section:
    sentences = [*consent.sending_sentences(plan.candidates), *([cluster.consent] if cluster is not None else [])]
    lines = [_plain(one_line(each, 300), "bold $text-warning") for each in sentences]
    if cluster is not None:
        for address, kind, memory, gpus, disk, holds in cluster.rows:
            cards = f", {gpus} GPU{'s' if gpus != '1' else ''}" if gpus != "0" else ""
            text = f"{kind}, {memory} memory{cards}, {disk} free disk; can hold {holds}"
            lines.append((Content.styled(f"{address:<15} ", "$quiet"), Content(text)))
        lines += [_plain(each) for each in cluster.said]
    return Section("Where your examples go", (*lines,) or (_plain("Nowhere: everything runs on this machine."),))


def _what_it_proves(plan: Plan, *, is_full: bool) -> Section:
    bar = plan.task.bar
    besides = "; ".join(each.words for each in asked(plan, CandidateRecord(), plan.expected, 0))
    words = right(plan.task.family, plan.task.scoring.metric)
    bar_words = f"{words} for more than {percent(bar.pass_rate)} of new inputs, at {percent(bar.confidence)} confidence"
    numbers = (*proves(plan), *finishing_words(plan)) if is_full else (f"{in_short(plan)} Press w for the odds.",)
    lines = [
        _row("Bar", bar_words + (f"; besides: {one_line(besides, 200)}" if besides else "")),
        _row("Strength", STRENGTHS[plan.reachable]),
        *(_plain(one_line(line, 600)) for line in numbers),
    ]
    return Section("What it can prove", tuple(lines))


def _notes(plan: Plan, said: Sequence[str]) -> list[Section]:
    same = before(plan.run_id)
    lines = [_plain(same, "bold")] if same is not None else []
    shared = plan.shared
    if headline := same_rows.headline(shared):
        lines.append(_plain(headline, "bold $text-warning"))
    lines += [_plain(each) for each in (*same_rows.details(shared), *same_rows.lowers(plan.lowers))]
    lines += [_plain(one_line(note, 300)) for note in (*said, *plan.examples.notes)]
    lines += [_plain(one_line(each.sentence, 400), "bold $text-warning") for each in agreements.of_plan(plan)]
    return [Section("To know", tuple(lines))] if lines else []
