"""Runs whose examples may be added to: finds those that a task may go on with, and takes more examples into one.

What was fixed before the first outcome stays as `run.json` has it: candidates, shares of α, where probing starts, the
seed, the teaching examples, the labels, the evidence of the first look. `evidence.jsonl` holds the whole order: each
look's examples come after those before, and `look` says with which they came.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.errors import AdvisorError, InputError
from advisor.paths import runs_dir
from advisor.runs.changes import changes
from advisor.runs.find import folders
from advisor.runs.reader import open_run
from advisor.runs.store import sharing_of
from advisor.task.growth import AFRESH, Held

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.decide.plan import Plan
    from advisor.task.model import Task

ID_LENGTH = 16
MOST_CHANGES = 4
ASIDE = "~"


def growth_id(task: Task, download_budget: int) -> str:
    """Return the name of all that decides which run a task continues, but for its examples."""
    content = {
        "task": task.model_dump(mode="json", exclude={"limits", "escalation"}),
        "memory": task.limits.memory,
        "download_budget": download_budget,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:ID_LENGTH]


def begun(task: Task, download_budget: int) -> list[Held]:
    """Return the runs that a task may go on with, the one begun last first; none unless its examples may grow."""
    if task.examples.size != "growing":
        return []
    wanted = growth_id(task, download_budget)
    found = []
    for folder in folders():
        if ASIDE in folder.name or not may_be(folder, wanted):
            continue
        try:
            run = open_run(folder)
        except AdvisorError:
            continue  # damaged: `advisor runs` tells so
        if run.origin.get("growth") == wanted:
            found.append(run)
    found.sort(key=lambda run: (str(run.origin.get("made")), run.id), reverse=True)
    return [
        Held(run.id, run.evidence, run.teaching, run.looks, run.labels, run.fixed.get("settled") or {}) for run in found
    ]


def may_be(folder: Path, wanted: str) -> bool:
    """Return whether a run's description holds a name at all: quicker than to open it."""
    try:
        return wanted in (folder / "run.json").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def gone_on_with(plan: Plan) -> Plan:
    """Return the plan of a begun run, with its own shares of α; any other plan as it is.

    Raises:
        InputError: naming what has changed beside the number of examples.
    """
    if plan.examples.goes_on is None:
        return plan
    fixed = open_run(runs_dir() / plan.examples.goes_on, brief=True).fixed
    own = replace(plan, fixed_sharing=sharing_of(fixed))
    if own.run_id == fixed["run"]:
        return own
    lines = changes(fixed, json.loads(json.dumps(own.fixed()))) or ["how the plan is made"]
    more = f"; and {len(lines) - MOST_CHANGES} more" if len(lines) > MOST_CHANGES else ""
    raise InputError(
        f"run {fixed['run']} cannot take more examples because what it depends on has changed: "
        f"{'; '.join(lines[:MOST_CHANGES])}{more}. Undo that, {AFRESH}"
    )
