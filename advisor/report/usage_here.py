"""Code that uses any candidate through this library: it loads and asks the model with what the probe was given."""

from __future__ import annotations

from glob import escape
from pprint import pformat
from typing import TYPE_CHECKING, Any

from advisor.candidates.candidate import TUNED, Candidate
from advisor.engines.table import ENGINES
from advisor.report.fill import fill
from advisor.runs.locate import tuned_file

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.decide.plan import Plan


def through(plan: Plan, candidate: Candidate, folder: Path, files: tuple[str, ...]) -> str:
    """Return code that defines `predict(inputs)` with this library."""
    task = plan.task
    facts: dict[str, Any] = {
        "runtime": candidate.runtime,
        "method": candidate.method,
        "files": files,
        "family": task.family,
        "instruction": task.instruction,
        "labels": {label: task.labels.get(label, "") for label in plan.examples.labels},
        "threads": plan.threads,
        "seed": task.seed,
        "ability": candidate.ability,
        "labels_per_text": task.labels_per_text,
        "label_map": dict(task.label_map),
        "prompt": task.prompt.model_dump(mode="json"),
        "scoring": plan.scoring,
        "allows": candidate.allows,
        "options": candidate.options,
    }
    facts |= {"kept": str(tuned_file(plan, candidate, folder))} if candidate.method == TUNED else {}
    wanted = None
    if candidate.revision is not None and not candidate.is_weightless:
        # All that was fetched for the probe is fetched, whatever it loaded of it.
        small = ENGINES[candidate.runtime].files_for((), frozenset(candidate.allows)).small
        wanted = [*small, *map(escape, candidate.files)]
    return fill(
        "through.py",
        is_weightless=candidate.is_weightless,
        folder=candidate.folder or candidate.model,
        model=candidate.model,
        revision=candidate.revision,
        wanted=wanted,
        teaching=str(folder / "teaching.jsonl") if plan.examples.teaching else "",
        documents=str(folder / "documents.jsonl") if plan.examples.documents else "",
        facts=pformat(facts, sort_dicts=False, width=110).replace("\n", "\n    "),
    )
