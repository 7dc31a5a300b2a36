"""All that a session's pages show, gathered from its events by part; nothing here draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.interview.facts import Understanding
from advisor.workflow.frontend import Planned, Probed, Reported, Stage, Understood
from tui.board import Board

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.decide.plan import Plan
    from advisor.interview.question import Question
    from advisor.workflow.frontend import Event

INTERVIEW, SHORTLIST, PLAN, PROBING, ANSWER = "interview", "shortlist", "plan", "probing", "recommendation"
VIEWS = (INTERVIEW, SHORTLIST, PLAN, PROBING, ANSWER)
STAGES = {
    "reading": "Reading what you gave",
    "planning": "Looking for candidates",
    "fetching": "Fetching models",
    "probing": "Probing",
    "deciding": "Weighing the evidence",
    "reporting": "Writing the report",
}


@dataclass
class Part:
    """One of the tasks of a session; most have one.

    Attributes:
        plan: What was or will be run.
        task_file: What it was made of.
        board: How its run stands.
        folder: Its run's, once that is finished.
        verdict: What the run came to.
        is_past: Whether all this is of before a change: it can be looked at until there is another plan.
    """

    plan: Plan | None = None
    task_file: Path | None = None
    board: Board | None = None
    folder: Path | None = None
    verdict: str = ""
    is_past: bool = False


@dataclass
class State:
    """What is known of the session.

    Attributes:
        parts: By number.
        names: The parts' names, where there are several.
        part: The one that is worked on.
        understanding: Of the part that is worked on.
        question: The one that waits, None while the loop works.
        asked: The questions that were asked, by key, the last ones last.
        stage: What the loop does, in words.
        has_ended: Whether the loop is over.
        is_cut_short: Whether it is over without its answer.
        task_file: The file that it was begun with, "" where the task is told in words.
    """

    parts: dict[int, Part] = field(default_factory=lambda: {0: Part()})
    names: tuple[str, ...] = ()
    part: int = 0
    understanding: Understanding = field(default_factory=Understanding)
    question: Question | None = None
    asked: dict[str, Question] = field(default_factory=dict)
    stage: str = ""
    has_ended: bool = False
    is_cut_short: bool = False
    task_file: str = ""

    @property
    def now(self) -> Part:
        """The part that is worked on."""
        return self.parts.setdefault(self.part, Part())

    def ask(self, question: Question, understanding: Understanding) -> None:
        """Take in a question."""
        self.question, self.understanding, self.part = question, understanding, question.part
        self.asked.pop(question.key, None)
        self.asked[question.key] = question
        self.stage = ""

    def take(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case Stage(name=name, detail=detail):
                # What probing is told with is the run's id, a word for programs.
                told = detail if name != "probing" else ""
                self.stage = f"{STAGES.get(name, name)}{f': {told}' if told else ''}"
            case Understood():
                self.understanding, self.part = event.understanding, event.part
                self.names = event.parts or self.names
                self.asked = {question.key: question for question in event.asked} | self.asked
            case Planned():
                self.part = event.part
                is_same = self.now.plan is not None and self.now.plan.run_id == event.plan.run_id
                if not is_same or self.now.is_past:
                    self.parts[event.part] = Part(event.plan, event.task_file, Board(event.plan))
            case Probed(progress=progress):
                if self.now.board is not None:
                    self.now.board.take(progress)
            case Reported():
                part = self.parts.setdefault(event.part, Part())
                part.folder, part.verdict, part.is_past = event.folder, event.verdict, False

    @property
    def part_words(self) -> str:
        """Which part is worked on, "" where there is one."""
        if len(self.names) < 2:  # noqa: PLR2004
            return ""
        name = self.names[self.part] if self.part < len(self.names) else ""
        return f"Part {self.part + 1} of {len(self.names)}: {name}"

    @property
    def is_unread(self) -> bool:
        """Whether it was begun with a task file that came to nothing, not even a plan."""
        return self.is_cut_short and bool(self.task_file) and self.now.plan is None

    @property
    def is_probing(self) -> bool:
        """Whether the run of the part that is worked on is under way, or has been."""
        now = self.now
        has_begun = now.folder is not None or (now.board is not None and now.board.current is not None)
        return has_begun and not now.is_past

    @property
    def reachable(self) -> frozenset[str]:
        """Which views have something to show."""
        known = {INTERVIEW}
        if any(part.plan for part in self.parts.values()):
            known |= {SHORTLIST, PLAN}
        if any(
            part.board is not None and (part.board.current is not None or part.folder) for part in self.parts.values()
        ):
            known |= {PROBING}
        if any(part.folder for part in self.parts.values()):
            known |= {ANSWER}
        return frozenset(known)
