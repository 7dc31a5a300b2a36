"""Continued runs: with more examples, or with the same answers at a lower bar.

If examples are added, everything fixed before the first outcome stays as in `run.json`: candidates, shares of α, start
of probing, seed, training rows, labels, evidence of the first look. `evidence.jsonl` has the whole order: each look's
examples come after earlier ones, and `look` is the number of their look.

At a lower bar rows, candidates, shares of α and outcomes of the earlier run are reused. Then a lower bar adds no
probability of error, however often it is lowered. Let the first run test at bar b with shares a_k that may be handed
on, later ones at bars below b with a_k only. Let l be any possible level of k in the first run and F_l(p) the exact
probability that its test at l accepts a true rate p. Below b the rate p is tested at e(p), the minimum of l - F_l(p)
over all these l (`boundary.reserve`), and a lower bar b' is certified if the first run's test at a_k holds or every
rate of a grid up to b' is accepted at its e (`boundary.lowered`). A candidate with true rate p is certified falsely

- by the first run only if p <= b, and then at no more than l_k, the levels of `advisor.evidence.sharing`, which for all
  such k sum to at most α;
- by a later one at a bar b' only if p <= b' < b, so again only for such a k, and then the test at l_k, which accepts
  everything that the one at a_k does, or the test of p at e(p) has accepted.

So for any false certificate of k, at b or any lowered bar, one of two tests of p has accepted, with probability at most
F_l(p) + e(p) <= l_k at l = l_k, and for all k together at most Σ l_k <= α. Handing on at a lower bar would break this:
a candidate between two bars, falsely certified at the upper one and correctly at the lower, would lend its share twice.
The lower bounds of the first run are from the same tests (`sequential.Test.lower_bound`): a bar lowered to a proven
bound is certified, except for the loss of a coarser grid.

A *higher* bar after a look is a new run, as is a lower one after any other change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import AdvisorError, InputError
from advisor.paths import runs_dir
from advisor.runs.find import RESULT, folders
from advisor.runs.origin import changes
from advisor.runs.reader import Run, learned, open_run, sharing_of
from advisor.runs.shortlists import question_id, recall_shortlist, task_id
from advisor.task.examples import load_examples
from advisor.task.growth import AFRESH, Held

if TYPE_CHECKING:
    from advisor.candidates.installed import InstalledModel
    from advisor.decide.plan import Plan
    from advisor.evidence.sharing import Sharing
    from advisor.task.model import Task

MOST_CHANGES = 4
ASIDE = "~"


def growth_id(task: Task, download_budget: int) -> str:
    """Return a hash of everything that determines which run a task continues, except its examples."""
    return task_id(task, download_budget)


def begun(task: Task, download_budget: int) -> list[Held]:
    """Return the runs that a task may continue, the latest first; none unless its examples may grow."""
    if task.examples.size != "growing":
        return []
    found = list(_runs("growth", growth_id(task, download_budget)))
    found.sort(key=lambda run: (str(run.origin.get("made")), run.id), reverse=True)
    return [
        Held(run.id, run.evidence, run.teaching, run.looks, run.labels, run.fixed.get("settled") or {}) for run in found
    ]


def _runs(name: str, wanted: str, *, is_finished: bool = False) -> Iterator[Run]:
    """Yield the runs with this hash, without damaged ones, which `advisor runs` lists."""
    for folder in folders():
        if ASIDE in folder.name or not _may_be(folder, wanted):
            continue
        if is_finished and not all((folder / each).is_file() for each in (RESULT, "outcomes.jsonl", "probes.jsonl")):
            continue
        try:
            run = open_run(folder, brief=is_finished)
        except AdvisorError:
            continue
        if run.origin.get(name) == wanted:
            yield run


def _may_be(folder: Path, wanted: str) -> bool:
    """Return whether a run's description contains a hash, which is faster than opening it."""
    try:
        return wanted in (folder / "run.json").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def gone_on_with(plan: Plan) -> Plan:
    """Return the plan of a begun run, with its own shares of α; any other plan unchanged.

    InputError naming the changes other than the number of examples.
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


NAME = "lowered"


def without_heirs(sharing: Sharing) -> Sharing:
    """Return the same shares and start, without handing on."""
    return replace(sharing, name=NAME, ladder=(sharing.ladder[sharing.start],), start=0)


def lowered_id(task: Task, download_budget: int) -> str:
    """Return a hash of everything that determines which runs a task reuses, except its bar's pass rate."""
    return growth_id(_at(task, 0.5), download_budget)


def plan_above(
    task: Task, folder: Path, download_budget: int, known: list[InstalledModel] | None, make: Callable[..., Plan]
) -> Plan | None:
    """Return the plan of a task that differs from a finished run's only by a lower bar; None if there is none.

    If models other than the `known` ones have been installed since, all are tried again; None: ignore new ones. `make`
    makes a plan from a task, its examples, candidates and shares.
    """
    if task.examples.size == "growing":
        return None
    runs = list(_runs(NAME, lowered_id(task, download_budget), is_finished=True))
    for first in runs:  # the last changed first
        if first.fixed.get("alpha_sharing") == NAME or first.bar <= task.bar.pass_rate:
            continue
        above = _at(task, first.bar)
        try:
            examples, sharing = load_examples(above, folder), learned(first.folder)
        except AdvisorError:
            continue  # its files are missing, changed or damaged
        kept = recall_shortlist(question_id(above, examples, download_budget), known or [], goes_on=known is None)
        guessed = sharing_of(first.fixed)
        if kept is None or make(above, examples, kept, fixed_sharing=guessed).run_id != first.id:
            continue
        sharing = sharing or guessed
        before = (first.bar, sharing)
        plan = replace(make(task, examples, kept, fixed_sharing=without_heirs(sharing)), before=before)
        name = first.origin.get("chance")
        chain = [run for run in runs if run.origin.get("chance") == name and run.id != plan.run_id]
        # Of runs that reuse each other the last one has measured most.
        return replace(plan, lowers=max(chain, key=lambda run: (run.folder / "outcomes.jsonl").stat().st_size).id)
    return None


def taken_over(plan: Plan) -> dict[str, Any]:
    """Return the origin that a run at a lower bar stores: the ledger name of the run it lowers."""
    if plan.lowers is None:
        return {}
    origin = open_run(runs_dir() / plan.lowers, brief=True).origin
    return {"lowers": plan.lowers, "chance": origin.get("chance") or plan.lowers}


def _at(task: Task, rate: float) -> Task:
    return task.model_copy(update={"bar": task.bar.model_copy(update={"pass_rate": rate})})
