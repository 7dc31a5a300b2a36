"""The state shown by a session's pages, gathered from its events; nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.interview.facts import Understanding
from advisor.workflow.frontend import Event, Planned, Probed, Reported, Shortlisted, Stage, Understood
from tui.board import Board

if TYPE_CHECKING:
    from advisor.cluster.placement import ClusterPlan
    from advisor.decide.plan import Plan
    from advisor.interview.question import Question

INTERVIEW, SHORTLIST, PLAN, PROBING, ANSWER = "interview", "shortlist", "plan", "probing", "recommendation"
VIEWS = (INTERVIEW, SHORTLIST, PLAN, PROBING, ANSWER)
STAGES = {
    "loading": "Getting ready",
    "reading": "Reading what you gave",
    "connecting": "Connecting to the cluster",
    "planning": "Looking for candidates",
    "fetching": "Fetching models",
    "probing": "Probing",
    "deciding": "Weighing the evidence",
    "reporting": "Writing the report",
}


@dataclass
class Work:
    """A plan and its run."""

    plan: Plan | None = None  # The plan.
    task_file: Path | None = None  # The task file of the plan.
    board: Board | None = None  # The state of its run.
    cluster: ClusterPlan | None = None  # Where it runs, if not on this machine.
    folder: Path | None = None  # Its run's, once that is finished.
    verdict: str = ""  # The run's verdict.
    is_past: bool = False  # Whether it precedes a change: it is shown until there is a new plan.


@dataclass
class State:
    """What is known of the session."""

    now: Work = field(default_factory=Work)  # The plan and its run.
    untested: Shortlisted | None = None  # What would be tried without examples, until there is a plan.
    understanding: Understanding = field(default_factory=Understanding)  # Of the task.
    question: Question | None = None  # The one that waits, None while the loop works.
    # The questions asked so far, by key, the last ones last.
    asked: dict[str, Question] = field(default_factory=dict)
    stage: str = ""  # The loop's activity, in words.
    has_ended: bool = False  # Whether the loop is over.
    is_cut_short: bool = False  # Whether it is over without its answer.
    is_kept: bool = False  # Whether it is continued: its state is read again.
    task_file: str = ""  # The task file that it was begun with, "" if the task is in words.

    def ask(self, question: Question, understanding: Understanding) -> None:
        self.question, self.understanding = question, understanding
        self.asked.pop(question.key, None)
        self.asked[question.key] = question
        self.stage = ""

    def take(self, event: Event) -> None:
        match event:
            case Stage(name=name, detail=detail):
                # Probing's detail is the run's id, which is for programs.
                about = detail if name != "probing" else ""
                self.stage = f"{STAGES.get(name, name)}{f': {about}' if about else ''}"
            case Understood():
                self.understanding = event.understanding
                self.asked = {question.key: question for question in event.asked} | self.asked
            case Shortlisted():
                self.untested = event
            case Planned():
                is_same = self.now.plan is not None and self.now.plan.run_id == event.plan.run_id
                if not is_same or self.now.is_past:
                    self.now = Work(event.plan, event.task_file, Board(event.plan))
                self.now.cluster, self.untested = event.cluster, None
            case Probed(progress=progress):
                if self.now.board is not None:
                    self.now.board.take(progress)
            case Reported():
                self.now.folder, self.now.verdict, self.now.is_past = event.folder, event.verdict, False

    @property
    def file(self) -> str:
        """The session's task file, also of one that is continued: of a task in words something is understood."""
        is_of_file = self.is_kept and self.now.task_file is not None and not self.understanding.facts
        return one_line(self.now.task_file, 200) if is_of_file else self.task_file

    @property
    def is_unread(self) -> bool:
        """Whether its task file led to nothing, not even a plan."""
        return self.is_cut_short and bool(self.file) and self.now.plan is None

    @property
    def is_blank(self) -> bool:
        """Whether nothing is known or asked yet."""
        return not self.understanding.facts and self.question is None and not self.has_ended

    @property
    def is_probing(self) -> bool:
        """Whether the run is or was running."""
        now = self.now
        has_begun = now.folder is not None or (now.board is not None and now.board.current is not None)
        return has_begun and not now.is_past

    @property
    def reachable(self) -> frozenset[str]:
        """The views that have content."""
        known = {INTERVIEW}
        if self.now.plan:
            known |= {SHORTLIST, PLAN}
        if self.untested is not None:
            known |= {SHORTLIST}
        if self.now.board is not None and (self.now.board.current is not None or self.now.folder):
            known |= {PROBING}
        if self.now.folder:
            known |= {ANSWER}
        return frozenset(known)
