"""Where a run keeps tuned weights: one file, named by all that they follow from, so that nothing is tuned twice."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from advisor.decide.plan import METHODS_VERSION
from advisor.errors import OutOfReachError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from advisor.candidates.candidate import Candidate
    from advisor.decide.plan import Plan
    from advisor.runs.reader import Run, RunCandidate

FOLDER = "tuned"
ID_LENGTH = 16


def of_plan(plan: Plan, candidate: Candidate, folder: Path) -> Path:
    """Return the file of a candidate's tuned weights in a run's folder."""
    rows = ((each.given, each.expected) for each in plan.examples.teaching)
    return _file(folder, candidate.key, rows, plan.task.seed, METHODS_VERSION)


def of_run(run: Run, candidate: RunCandidate) -> Path:
    """Return the same of a run that is read again.

    Raises:
        OutOfReachError: if the run's folder lacks it: what is tuned again is not what the outcomes are of.
    """
    rows = ((each.given, each.expected) for each in run.teaching)
    kept = _file(run.folder, candidate.key, rows, run.task.get("seed", 0), run.fixed.get("methods"))
    if not kept.is_file():
        raise OutOfReachError(f"run {run.id}: its tuned weights are not in its folder; make the run again with --fresh")
    return kept


def _file(folder: Path, key: str, rows: Iterable[tuple[Any, Any]], seed: object, methods: object) -> Path:
    """Return the file by the candidate, which names the model's revision, the training rows, seed and methods."""
    content = json.dumps([key, [list(row) for row in rows], seed, methods])
    return folder / FOLDER / f"{hashlib.sha256(content.encode()).hexdigest()[:ID_LENGTH]}.safetensors"
