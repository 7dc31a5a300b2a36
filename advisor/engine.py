"""The line from a task file to a decision, for every front door: prepare a plan, then carry it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor import machine
from advisor.climb import Progress, climb
from advisor.decide.decision import Decision, decide
from advisor.errors import OutOfReachError, one_line
from advisor.models import at_hand
from advisor.plan import Plan
from advisor.report.document import result_document
from advisor.runs.store import RunStore
from advisor.shortlist import build, hub
from advisor.task.examples import load_examples
from advisor.task.file import load_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from advisor.evidence.sequential import Strength
    from advisor.shortlist.build import LeftOut


class NothingAtHandError(OutOfReachError):
    """No candidate is on this disk and none may be downloaded."""


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run."""

    plan: Plan
    decision: Decision
    folder: Path


def prepare(task_file: Path, *, download_budget: int = 0) -> Plan:
    """Load a task and its examples, find its candidates and fix the plan; nothing is run or downloaded.

    Args:
        task_file: YAML or JSON.
        download_budget: How many bytes may be downloaded; 0 never asks the Hub.

    Raises:
        InputError: if the task or its examples cannot be used.
        NothingAtHandError: if there is no candidate.
        OutOfReachError: if downloads are asked for and the Hub is out of reach.
    """
    from catalog import open_catalog

    task = load_task(task_file)
    examples = load_examples(task, task_file.parent)
    known = at_hand.find()
    named, missing = set[str](), list[str]()
    if task.models:
        known, missing = at_hand.resolve(task.models, task_file.parent, known)
        named = {model.name for model in known}
    if download_budget > 0 and not hub.is_reachable():
        raise OutOfReachError("the Hub cannot be reached; leave out --download to use only the models at hand")
    here = machine.look()
    with open_catalog() as catalog:
        context = build.Context(task, examples, here, catalog)
        shortlist = build.build(context, known, named=named, download_budget=download_budget)
    if not shortlist.candidates:
        raise NothingAtHandError(_nothing(shortlist.left_out, missing, has_models=bool(known)))
    return Plan(task, examples, shortlist, here.threads, context.memory_limit)


def carry_out(plan: Plan, *, required: Strength, tell: Callable[[Progress], None], fresh: bool = False) -> Result:
    """Probe a plan's candidates until the evidence suffices, and decide.

    A run that was cut short goes on where it was; a finished one is not measured again unless `fresh`.

    Args:
        plan: From `prepare`.
        required: The strength an answer must have to count as passing.
        tell: Receives progress.
        fresh: Set earlier outcomes of the same run aside.

    Raises:
        OutOfReachError: if the run's folder cannot be written or another process works on it.
        KeyboardInterrupt: if interrupted; every finished outcome is kept.
    """
    with RunStore(plan, fresh=fresh) as store:
        climb(plan, store, tell)
        decision = decide(plan, store.records, required)
        store.finish(result_document(plan, decision, store.folder))
        return Result(plan, decision, store.folder)


def _nothing(left_out: tuple[LeftOut, ...], missing: list[str], *, has_models: bool) -> str:
    reasons = [f"{one_line(left.model, 60)}: {one_line(left.reason, 120)}" for left in left_out[:3]]
    reasons += [f"{one_line(name, 60)}: not at hand" for name in missing[:3]]
    start = "none of the models at hand fits this task" if has_models or missing else "no model is at hand"
    detail = f" ({'; '.join(reasons)})" if reasons else ""
    return f"{start}{detail}"
