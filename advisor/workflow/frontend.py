"""The interface between runs and front ends: the terminal session, the scripted mode, a program.

A front end shows questions and progress and returns answers; it decides nothing. `drive` is the one loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from advisor.errors import InputError, one_line

if TYPE_CHECKING:
    from advisor.candidates.build import Shortlist
    from advisor.cluster.placement import ClusterPlan
    from advisor.decide.plan import Plan
    from advisor.execution.progress import Progress
    from advisor.interview.facts import Understanding
    from advisor.interview.question import Question


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; if its key is not the asked one, it changes an earlier answer or reading."""

    key: str  # A question's key, now or earlier.
    value: Any = None  # A JSON value of the question's kind; None: "I don't know".
    is_taken_back: bool = False  # Forget the answer to this key, so that it is asked or read again.
    unasked: str = ""  # Why it is taken without asking anybody, such as the source of a default; "" for a person's own.


def unasked(question: Question, value: Any) -> Answer:  # noqa: ANN401  a JSON value
    """Return an answer that is taken without asking anybody."""
    return Answer(question.key, value, unasked=question.default_from or "the likeliest")


@dataclass(frozen=True, slots=True)
class Stage:
    """A step has begun: "reading", "connecting", "planning", "fetching", "probing", "deciding", "reporting"."""

    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """The known facts of the task have changed."""

    understanding: Understanding  # The known facts.
    asked: tuple[Question, ...] = ()  # The questions asked so far, for a front end that reconnects; otherwise empty.


@dataclass(frozen=True, slots=True)
class Shortlisted:
    """What would be tried for a task without examples, as the user asked for it; nothing is tested.

    `note` says what the words leave open, and how it is changed.
    """

    shortlist: Shortlist
    family: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is made, with its place if it is not this machine; a "plan" question follows if consent is needed."""

    plan: Plan
    task_file: Path
    cluster: ClusterPlan | None = None


@dataclass(frozen=True, slots=True)
class Probed:
    """Something happened to a candidate."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class Reported:
    """There is a recommendation: the run's folder holds result.json and report.html."""

    folder: Path
    verdict: str


Event = Stage | Understood | Shortlisted | Planned | Probed | Reported


class MissingAnswerError(InputError):
    """A question has no answer, and no user to ask.

    Attributes:
        key: The question's.
    """

    kind = "missing_answer"

    def __init__(self, question: Question, first: str = "") -> None:
        """Say which answer is missing, after an optional first sentence."""
        flag = f"; give it with {question.flag}" if question.flag else ""
        named = [one_line(choice.label, 40) for choice in question.choices[:6]]
        of = f" ({', '.join(named)}{', …' if question.choices[6:] else ''})" if named else ""
        first = f"{one_line(first, 300)}; " if first else ""
        super().__init__(f"{first}{question.key} is missing: {one_line(question.text, 200)}{of}{flag}")
        self.key = question.key


class Frontend(Protocol):
    """The driver of a run: asks the user and shows events."""

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Return the answer; blocks until there is one.

        Stopped if the user leaves. MissingAnswerError if no user can answer.
        """

    def tell(self, event: Event) -> None:
        """Receive an event; called on any thread, must return soon."""
