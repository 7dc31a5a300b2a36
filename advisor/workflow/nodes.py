"""The graph's nodes. A node that asks does nothing else; the others ask nothing and can be repeated.

read -> ask -> read ... -> plan -> ask -> read -> plan ... -> probe -> decide -> report
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from advisor.errors import InputError
from advisor.evidence.sequential import Strength
from advisor.execution.control import PlanOnly
from advisor.families import reads_texts
from advisor.interview import none_left, remembered
from advisor.interview.answers import MORE_EXAMPLES, UNASKED, given_by
from advisor.interview.ask import next_question
from advisor.interview.facts import Source
from advisor.interview.question import ANYWAY
from advisor.interview.understand import with_granted
from advisor.workflow import helped, pipeline, without_examples
from advisor.workflow.context import Context
from advisor.workflow.frontend import Probed, Reported, Stage, Understood
from advisor.workflow.planned import (
    agreement_needed,
    budget_of,
    consent_needed,
    mend_question,
    none_left_of,
    nothing_runs_question,
    plan_question,
    planned,
    prepare,
    seen_of,
    starter_question,
    task_file_of,
    tell_shortlist,
    words_of,
)
from advisor.workflow.state import KEPT_CLASSES, Done, State, answers_of, forgotten, with_more, without_file

# Words that need no language model.
GIVEN = frozenset({Source.WORDS, Source.FILE, Source.ANSWER})
# Asked before the question of missing examples.
FIRST = frozenset({"words", "examples", "examples.sheet", "examples.expected", "family", "labels", "unscored"})


def read(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Combine what is known, and choose the next question."""
    context, tell = runtime.context, runtime.context.tell
    if state["start"].task_file is not None:
        return {"question": None}
    tell(Stage("reading"))
    answers = answers_of(state)
    seen = seen_of(state, context)
    tell(Understood(with_granted(context.understanding, may_download=not context.offline)))
    if helped.is_wanted(state, words_of(state)):
        return {"question": None}
    if (question := helped.confirm_question(state, answers)) is not None:
        return {"question": question}
    if MORE_EXAMPLES in answers:
        return {"question": without_examples.more_question(seen, answers, session=context.folder.name)}
    if seen.problem and seen.table is None and answers.get("examples"):
        return {"question": without_examples.unread_question(str(answers["examples"]), seen.problem)}
    question = next_question(seen, context.pool)
    if question is None or question.key not in FIRST:
        missing = without_examples.next_question(seen, answers, session=context.folder.name)
        question = none_left_of(context, seen.understanding, answers, seen.table) or missing or question
        if missing is not None and without_examples.asks_shortlist(answers) and question is not None:
            problem = tell_shortlist(seen.understanding, context, budget_of(state))
            question = replace(question, problem=problem or question.problem)
    elif question.key == "examples" and none_left.is_said_too_much(seen.understanding, context.pool):
        question = none_left_of(context, seen.understanding, answers, seen.table) or question
    if question is None:
        return {"question": None}
    problem = question.problem if seen.open_layout is not None else seen.problem or question.problem
    return {"question": replace(question, problem=problem)}


def ask(state: State) -> dict[str, Any]:
    """Ask one question. `advisor.workflow.drive` validates the answer before it returns."""
    question = state["question"]
    answer = interrupt(question)
    key, value = str(answer["key"]), answer.get("value")
    if answer.get("is_taken_back"):
        return {"answers": forgotten(state, key), "question": None}
    if key == "plan":
        return {"agreed": state["run"] if value else "", "question": None}
    if key == none_left.KEY and value == none_left.OTHER_KIND:
        return {"answers": forgotten(state, none_left.OTHER_KIND), "question": None, "agreed": ""}
    if key == none_left.KEY and value == none_left.OTHER_EXAMPLES and answers_of(state).get("examples"):
        return {"answers": {MORE_EXAMPLES: True}, "question": None, "agreed": ""}
    if key == none_left.KEY:
        return {"answers": none_left.given_way(value), "question": None, "agreed": ""}
    if key in {"examples", "no_examples"} and MORE_EXAMPLES in state["answers"]:
        return {"answers": with_more(state, key, value), "question": None, "agreed": ""}
    if key == "unscored" and value not in {None, ANYWAY}:  # the task in other words
        key = "words"
    if key == "download" and isinstance(value, int):
        remembered.keep_download(value)
    held = state.get("answers", {}).get(UNASKED) or {}
    unasked = {UNASKED: held | {key: [value, why]}} if (why := answer.get("unasked")) else {}
    given = given_by(key, value, {"words": words_of(state)} | answers_of(state))
    reset = without_file(state, value) if key == "examples" and value is not None else {}
    return {"answers": reset | given | unasked, "question": None, "agreed": ""}


def plan(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Write the task file, find the candidates, make the plan; nothing is run or downloaded."""
    context, tell = runtime.context, runtime.context.tell
    answers = answers_of(state)
    tell(Stage("planning"))
    helped.keep_confirmed(state, answers, context.folder)
    task_file, problem = task_file_of(state, context, answers)
    if problem is not None:
        return {"question": problem}
    try:
        prepared = prepare(state, context, task_file)
    except pipeline.NothingInstalledError as error:
        question = starter_question(str(error), answers, may_download=budget_of(state) > 0)
        question = question or nothing_runs_question(state, context, str(error))
        if question is None:
            raise
        return {"question": question, "task_file": str(task_file)}
    except InputError as error:
        if state["start"].task_file is not None:
            raise
        return {"question": mend_question(state, context, str(error), task_file)}
    if not prepared.plan.has_models and reads_texts(prepared.plan.task.family):
        why = f"{pipeline.nothing(prepared.plan.shortlist.left_out)}, so only baselines can be tried"
        question = starter_question(why, answers, may_download=budget_of(state) > 0, may_skip=True)
        if question is not None:
            return {"question": question, "task_file": str(task_file)}
    run = prepared.plan.run_id
    tell(planned(prepared, context, task_file))
    said = state["start"].answers.get("plan")
    if said is False:
        raise PlanOnly
    question = agreement_needed(prepared, context, state) or consent_needed(prepared, answers, context)
    asks_plan = context.asks_plan and said is None
    if question is None and asks_plan and state.get("agreed") != run:
        question = plan_question(prepared)
    agreed = {} if question is not None or asks_plan else {"agreed": run}
    return {"task_file": str(task_file), "run": run, "question": question} | agreed


def probe(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Probe the candidates until the evidence suffices.

    The next candidate depends on the outcomes of the others, so candidates are not branches of the graph, which would
    all run, or wait for the slowest: the scheduler distributes them over the jobs, and stops each as soon as it is
    decided. Every outcome is saved in the run's folder at once.
    """
    context, tell = runtime.context, runtime.context.tell
    prepared = prepare(state, context, Path(state["task_file"]))
    if prepared.plan.run_id != state["run"]:  # availability has changed since the plan was agreed to
        return {"run": "", "agreed": ""}
    tell(planned(prepared, context, Path(state["task_file"])))  # for a front end that reconnects
    tell(Stage("probing", prepared.plan.run_id))
    pipeline.probe(
        prepared,
        required=Strength(state["start"].require),
        tell=lambda progress: tell(Probed(progress)),
        fresh=context.fresh,
        jobs=context.jobs,
        send_to=answers_of(state).get("send_to") or (),
        control=context.control,
        cluster=context.cluster,
    )
    context.fresh = False
    return {}


def decide(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Decide by the outcomes, and write the result into the run's folder."""
    runtime.context.tell(Stage("deciding"))
    prepared = prepare(state, runtime.context, Path(state["task_file"]))
    if prepared.plan.run_id != state["run"]:  # interrupted after probing, and a file was edited since
        return {"run": "", "agreed": ""}
    result = pipeline.conclude(prepared, required=Strength(state["start"].require))
    return {"done": Done(prepared.plan.run_id, str(result.folder), result.decision.verdict)}


def report(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    from advisor.report.file import write_html

    tell = runtime.context.tell
    tell(Stage("reporting"))
    done = state["done"]
    assert done is not None  # noqa: S101  decided before
    write_html(Path(done.folder))
    tell(Reported(Path(done.folder), done.verdict))
    return {"question": None, "agreed": "", "run": ""}


def propose(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Let the language model read the words; its readings are used once confirmed."""
    runtime.context.tell(Stage("reading", "by the language model"))
    words = words_of(state)
    known = [fact.key for fact in seen_of(state, runtime.context).understanding.facts if fact.source in GIVEN]
    return helped.propose(state, words, known, runtime.context.folder)


def after_propose(state: State) -> Literal["ask", "read"]:
    """Ask if the words would leave this machine."""
    return "ask" if state.get("question") is not None else "read"


def after_read(state: State) -> Literal["ask", "plan", "propose"]:
    if state.get("question") is None and helped.is_wanted(state, words_of(state)):
        return "propose"
    return "ask" if state.get("question") is not None else "plan"


def after_plan(state: State) -> Literal["ask", "probe"]:
    return "ask" if state.get("question") is not None else "probe"


def after_probe(state: State) -> Literal["plan", "decide"]:
    """Plan again if the plan no longer holds."""
    return "decide" if state.get("run") else "plan"


def after_decide(state: State) -> Literal["plan", "report"]:
    """Plan again if the plan no longer holds: the measurements belong to another plan."""
    return "report" if state.get("run") else "plan"


def serializer() -> JsonPlusSerializer:
    """Return the serializer of checkpoints: plain values and our own frozen classes, nothing else."""
    return JsonPlusSerializer(allowed_msgpack_modules=[(kind.__module__, kind.__qualname__) for kind in KEPT_CLASSES])


def build(checkpoints: BaseCheckpointSaver[Any]) -> CompiledStateGraph[State, Context, State, State]:
    graph = StateGraph(State, context_schema=Context)
    for node in (read, ask, propose, plan, probe, decide, report):
        graph.add_node(node)
    graph.add_edge(START, "read")
    graph.add_edge("ask", "read")
    graph.add_conditional_edges("read", after_read)
    graph.add_conditional_edges("propose", after_propose)
    graph.add_conditional_edges("plan", after_plan)
    graph.add_conditional_edges("probe", after_probe)
    graph.add_conditional_edges("decide", after_decide)
    graph.add_edge("report", END)
    return graph.compile(checkpointer=checkpoints)
