"""From a task file to a decision, for every front end: prepare a plan, then carry it out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.candidates import build, hub, installed, predict
from advisor.candidates.baselines import baselines
from advisor.candidates.candidate import CANNOT, size_order
from advisor.candidates.tuned import with_tuned
from advisor.decide.decision import Decision, decide
from advisor.decide.plan import Plan
from advisor.decide.records import Purpose
from advisor.errors import InputError, OutOfReachError, one_line
from advisor.execution.progress import Progress, Tell
from advisor.execution.scheduler import run_search
from advisor.interview.files.hub_dataset import with_files
from advisor.paths import runs_dir
from advisor.report.document import result_of
from advisor.runs import continued, ledger, origin
from advisor.runs.continued import begun, gone_on_with, growth_id
from advisor.runs.reader import learned
from advisor.runs.shortlists import question_id, recall_shortlist, remember_shortlist
from advisor.runs.store import RunStore
from advisor.system import machine
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from advisor.task.model import GROWING_ESCALATION
from advisor.task.reading import unread
from advisor.trust import agreements
from advisor.trust.consent import must_agree_to_send
from advisor.units import counted, format_bytes, size_asked
from catalog import open_catalog

if TYPE_CHECKING:
    from advisor.candidates.build import LeftOut, Shortlist
    from advisor.candidates.candidate import Candidate
    from advisor.candidates.installed import InstalledModel
    from advisor.cluster.ray_cluster import RayCluster
    from advisor.evidence.sequential import Strength
    from advisor.execution.control import Control
    from advisor.task.model import Task


class NothingInstalledError(OutOfReachError):
    """No candidate is on this disk and none may be downloaded."""

    kind = "no_model"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, its question, the models installed when it was made, and its origin."""

    plan: Plan
    question: str
    installed: tuple[InstalledModel, ...]
    origin: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run."""

    plan: Plan
    decision: Decision
    folder: Path


def prepare(
    task_file: Path,
    *,
    download_budget: int = 0,
    fresh: bool = False,
    escalation: bool = False,
    offline: bool = False,
    here: machine.Machine | None = None,
    tell: Callable[[str], None] | None = None,
) -> Prepared:
    """Load a task and its examples, find candidates and make the plan; nothing is run or downloaded.

    A repeated question keeps its candidates (`advisor.runs.shortlists`) unless `fresh`. With a download budget of 0 the
    Hub is never asked for models; `escalation` is measured whatever the task says. Examples on the Hub are downloaded,
    or read from the cache if `offline`. Candidates must fit `here`, by default this machine. For a large file `tell`
    receives the progress. InputError if the task or its examples cannot be used. NothingInstalledError if there is no
    candidate. OutOfReachError if the Hub does not provide the examples.
    """
    task = task_of(task_file, escalation=escalation, offline=offline)
    if task.escalation == "measure" and task.examples.size == "growing":
        raise InputError(f"{one_line(task_file, 200)}: {GROWING_ESCALATION}")
    known = installed.find_installed(task.allowed)
    named, missing = set[str](), list[str]()
    if task.models:
        known, missing = installed.resolve(task.models, task_file.parent, known, task.allowed)
        named = {model.name for model in known}
    here = here or machine.measure_machine()
    made = origin.describe_origin(task_file, task, download_budget)
    made |= {"growth": growth_id(task, download_budget), continued.NAME: continued.lowered_id(task, download_budget)}
    make = maker(task, here)
    lower = None if fresh else continued.plan_above(task, task_file.parent, download_budget, known, make)
    if lower is not None:
        question = question_id(task, lower.examples, download_budget)
        return Prepared(_counted(lower), question, tuple(known), made | continued.taken_over(lower))
    examples = load_examples(task, task_file.parent, () if fresh else begun(task, download_budget), tell)
    made |= {"unread": _not_read(task, task_file.parent)}
    question = question_id(task, examples, download_budget)
    remembered = None if fresh else recall_shortlist(question, known, goes_on=examples.goes_on is not None)
    if remembered is not None:
        plan = gone_on_with(make(task, examples, remembered))
        plan = replace(plan, learned=learned(runs_dir() / plan.run_id))
        return Prepared(_counted(plan, fresh=fresh), question, tuple(known), made)
    asks_hub = download_budget > 0 and hub.is_reachable()
    with open_catalog() as catalog:
        memory_limit = memory_of(task, here)
        context = build.Context(task, examples, here.threads, memory_limit, catalog, asks_hub, download_budget or None)
        shortlist = build.build(context, known, named=named, missing=missing, download_budget=download_budget)
        tried = tuple(baselines(context)) if task.baselines == "try" else ()
    if not shortlist.candidates and not tried:
        raise NothingInstalledError(nothing(shortlist.left_out), ways=_brought(shortlist))
    candidates = tuple(sorted([*shortlist.candidates, *tried], key=size_order))
    shortlist = with_tuned(replace(shortlist, candidates=candidates), task, examples, memory_limit)
    plan = gone_on_with(make(task, examples, shortlist))
    return Prepared(_counted(plan, fresh=fresh), question, tuple(known), made)


def _not_read(task: Task, folder: Path) -> list[str]:
    """Return the columns of words that a task neither reads nor forbids."""
    if not (found := unread(task, folder)):
        return []
    from advisor.interview.files.chosen_rows import forbidden  # with the vocabulary, for these lines alone
    from advisor.interview.files.columns import with_words

    left = with_words(found)
    return [name for name in left if name not in forbidden(task.instruction, left)]


def task_of(task_file: Path, *, escalation: bool, offline: bool) -> Task:
    """Return a task file's task, with its files from the Hub, and with escalation if requested.

    InputError if it cannot be used. OutOfReachError if the Hub does not provide the examples.
    """
    task = with_files(load_task(task_file), task_file.parent, offline=offline)
    return task.model_copy(update={"escalation": "measure"}) if escalation else task


def memory_of(task: Task, here: machine.Machine) -> int:
    """Return how many bytes a candidate may take on a machine."""
    return task.limits.memory or int(here.total_memory_bytes * build.MEMORY_SHARE)


def maker(task: Task, here: machine.Machine) -> Callable[..., Plan]:
    """Return a function that plans a task on a machine, given its examples and a shortlist."""
    return partial(Plan, threads=here.threads, memory_limit=memory_of(task, here))


def _counted(plan: Plan, *, fresh: bool = False) -> Plan:
    """Return the plan with the earlier tests of its rows, and the machine's current load."""
    name = None if fresh else ledger.name_of(plan.run_id) or (plan.lowers and ledger.name_of(plan.lowers))
    shared = ledger.shared(ledger.Chance.of(plan, name or ""))
    others = tuple(each for each in shared.runs if ledger.asks_other(each, plan.task))
    return replace(plan, shared=replace(shared, others=others), slowed=predict.slowed(machine.slowdown(), plan.threads))


def probe(
    prepared: Prepared,
    *,
    required: Strength,
    tell: Tell,
    fresh: bool = False,
    jobs: int = 1,
    send_to: Collection[str] = (),
    control: Control | None = None,
    cluster: RayCluster | None = None,
) -> Path:
    """Probe a plan's candidates until the evidence suffices, and return the run's folder.

    An interrupted run continues; a finished one is not measured again unless `fresh`. The strength `required` and the
    hosts to `send_to` are saved with the run; `jobs` candidates are probed concurrently as memory allows. On a
    `cluster` each has a node, and as many are probed as there is room for.

    Raises:
        Stopped, KeyboardInterrupt: if the control or the user stopped it; every finished outcome is kept.
        ConsentNeededError: if a candidate's examples would go elsewhere.
        AgreementNeededError: if the user has not agreed to code that the task brings.
        OutOfReachError: if the run's folder cannot be written, another process works on it, or the disk lacks space for
            the downloads.
    """
    plan = prepared.plan
    must_agree_to_send(plan.candidates, send_to, None if cluster is None else cluster.consent)
    brought = agreements.of_plan(plan)
    agreements.must_agree_to_run(brought)
    if unasked := [each for each in plan.candidates if each.is_predicted]:
        raise OutOfReachError(
            f"the Hub cannot be reached, and {len(unasked)} of the {len(plan.candidates)} candidates are on it; try "
            "again online, or allow no download to use only the installed models",
            ways=(
                f"without --download: the {len(plan.candidates) - len(unasked)} candidates that are here, at once",
                f"the same command online: fetches {format_bytes(plan.download_bytes)} at most, then tries all",
            ),
        )
    kept = prepared.origin | {"require": str(required)} | ({"send_to": sorted(send_to)} if send_to else {})
    kept |= {"brought": [each.to_json() for each in brought]} if brought else {}
    with RunStore(plan, fresh=fresh, origin=kept) as store:
        remember_shortlist(prepared.question, plan, list(prepared.installed))
        hub.check_room(plan.download_bytes)
        if cluster is None:
            run_search(store.plan, store, tell, jobs=jobs, control=control)
        else:
            cluster.moved = partial(_say_moved, store, tell)
            run_search(store.plan, store, tell, jobs=max(jobs, cluster.jobs), control=control, place=cluster)
        return store.folder


def _say_moved(store: RunStore, tell: Tell, candidate: Candidate, words: str) -> None:
    at = len(store.records[candidate.key].outcomes[Purpose.EVIDENCE]) + 1
    tell(Progress("moved", candidate, detail=f"{words} from example {at}"))


def conclude(prepared: Prepared, *, required: Strength) -> Result:
    """Decide by the outcomes in the run's folder, and write the result there.

    OutOfReachError if the run's folder cannot be read or written.
    """
    with RunStore(_counted(prepared.plan), retries=False) as store:
        plan = store.plan
        decision = decide(plan, store.records, required)
        store.finish(result_of(plan, decision, store.folder))
        return Result(plan, decision, store.folder)


def _brought(shortlist: Shortlist) -> Iterator[str]:
    """Yield what downloads would add if no installed model fits."""
    more = shortlist.suggestions
    sizes = [each.download_bytes or 0 for each in more]
    if more:
        yield f"--download {size_asked(sizes[0])}: tries {one_line(more[0].model, 60)} from the Hub"
    if more[1:]:
        yield f"--download {size_asked(sum(sizes))}: tries {len(more) - 1} more, too"


def nothing(left_out: tuple[LeftOut, ...]) -> str:
    """Return in words that no model is a candidate, and why."""
    lacking = [
        left.reason.removeprefix(CANNOT).partition(":")[0] for left in left_out if left.reason.startswith(CANNOT)
    ]
    if lacking and len(lacking) == len(left_out):
        return f"none of {counted(len(lacking), 'installed model')} can do {lacking[0]}"
    reasons = [f"{one_line(left.model, 60)}: {one_line(left.reason, 120)}" for left in left_out[:3]]
    start = "no model fits this task" if left_out else "no model is installed"
    if len(left_out) > len(reasons):
        reasons.append(f"and {len(left_out) - len(reasons)} more")
    detail = f" ({'; '.join(reasons)})" if reasons else ""
    return f"{start}{detail}"
