"""How a task in words is read: the interview up to the plan, with defaults where they may be taken."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from advisor.api import Defaults, needs_people
from advisor.cli.mcp.answers import Next, Open, Understood
from advisor.errors import InputError, one_line
from advisor.execution.control import Stopped
from advisor.interview.facts import Source, Understanding
from advisor.workflow import frontend
from advisor.workflow.sessions import Start, id_of

if TYPE_CHECKING:
    from advisor.interview.question import Question

MOST_LISTED, LONGEST = 12, 120
GIVEN = frozenset({"words", "instruction", "examples"})  # the caller knows them
_one_at_a_time = threading.Lock()  # the same question twice at once is the same session


class Reading(Defaults):
    """A front end that takes defaults up to the plan, and keeps what is understood and what has to be answered."""

    def __init__(self) -> None:
        super().__init__()
        self.known = Understanding()
        self.must: Question | None = None

    def ask(self, question: Question, understanding: Understanding) -> frontend.Answer:
        """Return the default; stop where there is none that may be taken."""
        self.known = understanding
        if question.problem:
            raise InputError(question.problem)
        if needs_people(question, understanding) or (question.default is None and not question.may_skip):
            self.must = question
            raise Stopped
        return frontend.Answer(question.key, question.default)

    def tell(self, event: frontend.Event) -> None:
        """Keep what is understood; stop at the plan."""
        if isinstance(event, frontend.Understood):
            self.known = event.understanding
        if isinstance(event, frontend.Stage) and event.name == "planning":
            raise Stopped


def understood(start: Start) -> Understood:
    """Return how a task in words is read; nothing of it is kept."""
    from advisor.workflow.drive import drive  # the graph's library takes most of a second

    front = Reading()
    with _one_at_a_time, contextlib.suppress(Stopped):
        drive(f"read-{id_of(start)}", front, start=start, is_kept=False)
    answers = {key: value for key, value in start.answers.items() if key != "send_to"}
    asked = {"task": start.words, "examples": start.examples, "answers": answers}
    step = Next(tool="plan", arguments={name: value for name, value in asked.items() if value})
    lacking = None
    if (must := front.must) is not None:
        lacks = "the argument examples" if must.key == "examples" else f"an answer to {must.key}"
        step.tool, step.why = "understand_task", f"with {lacks}"
        choices = _short([choice.value for choice in must.choices])
        lacking = Open(key=must.key, question=must.text, default=_short(must.default), choices=choices)
    facts = [fact for fact in front.known.facts if fact.key not in GIVEN and fact.value]
    return Understood(
        facts={fact.key: _short(fact.value) for fact in facts if fact.source is not Source.MACHINE},
        must_answer=lacking,
        assumed=[fact.key for fact in facts if fact.source is Source.DEFAULT],
        notices=[notice.text for notice in front.known.notices],
        next=step,
    )


def _short(value: Any) -> Any:  # noqa: ANN401  a JSON value
    """Return a fact's value, long texts and lists cut."""
    if isinstance(value, list):
        more = [f"… {len(value)} in all"] if len(value) > MOST_LISTED else []
        return [*map(_short, value[:MOST_LISTED]), *more]
    return one_line(value, LONGEST) if isinstance(value, str) else value
