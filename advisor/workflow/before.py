"""What a session has behind it, for a door that comes back: the questions it answered, the plan of its run."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.candidates import build
from advisor.decide.plan import Plan
from advisor.errors import AdvisorError
from advisor.runs import lowered
from advisor.runs.growing import begun, gone_on_with
from advisor.runs.questions import question_id, recall
from advisor.system import machine
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from advisor.workflow.frontend import Planned
from advisor.workflow.planned import budget_of
from advisor.workflow.sessions import TASK

if TYPE_CHECKING:
    from advisor.interview.question import Question
    from advisor.workflow.context import Context
    from advisor.workflow.state import Done, State


def asked_before(graph: Any, config: Any) -> tuple[Question, ...]:  # noqa: ANN401  langgraph's generics
    """Return the questions that were asked, in the order in which they were asked last, each as it was then."""
    found: dict[str, Question] = {}
    for snapshot in graph.get_state_history(config):  # the newest first
        question = snapshot.values.get("question")
        if question is not None and snapshot.next == ("ask",):
            found.setdefault(question.key, question)
    return tuple(reversed(found.values()))


def tell_plan(state: State, context: Context) -> None:
    """Tell the plan that the session's run was made by, where it can be put together as it was.

    Nothing is looked for again: a plan is the task, the examples and the candidates kept with the question. Where
    a file has changed since, it is another plan, and none is told.
    """
    if (done := state.get("done")) is None:
        return
    given = state["start"].task_file
    task_file = context.folder / TASK if given is None else Path(given)
    with suppress(AdvisorError, OSError):
        if (plan := _plan_of(state, done, task_file)) is not None:
            context.tell(Planned(plan, task_file))


def _plan_of(state: State, done: Done, task_file: Path) -> Plan | None:
    """Return the plan of a run, None where it cannot be made any more.

    Raises:
        AdvisorError: if the task or its examples cannot be used any more.
        OSError: likewise.
    """
    task, budget = load_task(task_file), budget_of(state)
    if state["start"].escalation:
        task = task.model_copy(update={"escalation": "measure"})
    here = machine.look()
    memory_limit = task.limits.memory or int(here.total_memory_bytes * build.MEMORY_SHARE)
    make = partial(Plan, threads=here.threads, memory_limit=memory_limit)
    # Its own candidates, whatever other models have come since.
    plan = lowered.plan_above(task, task_file.parent, budget, None, make)
    if plan is None or plan.run_id != done.run:
        examples = load_examples(task, task_file.parent, begun(task, budget))
        kept = recall(question_id(task, examples, budget), [], goes_on=True)
        if kept is None:
            return None
        plan = gone_on_with(make(task, examples, kept))
    return plan if plan.run_id == done.run else None
