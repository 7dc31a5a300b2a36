"""Stored shortlists: the candidates that a question was planned with, so that asking it again uses the same ones.

Available models change during a run (its downloads arrive) and for other reasons (the catalog is refreshed, the Hub is
out of reach): none of that may change the candidates of an interrupted run, because their shares of the error are
fixed. A finished run's candidates are kept too, until models other than its own are installed.

    runs/questions/<question id>.json    run, candidates, downloads, left_out, suggestions, installed
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.candidates.build import LeftOut, Shortlist, Suggestion
from advisor.candidates.candidate import Candidate
from advisor.candidates.candidate_factory import fingerprint
from advisor.candidates.hub import Download
from advisor.paths import runs_dir
from advisor.system.files import write_whole

if TYPE_CHECKING:
    from advisor.candidates.installed import InstalledModel
    from advisor.decide.plan import Plan
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task

ID_LENGTH = 16


def question_id(task: Task, examples: ExampleSet, download_budget: int) -> str:
    """Return the id of a question: a hash of the task, its examples and the download budget.

    Examples added since the start of a run do not make another question.
    """
    begun = examples.looks[0] if examples.looks else None
    evidence, teaching = (
        [[example.id, example.expected] for example in part] for part in (examples.evidence[:begun], examples.teaching)
    )
    return task_id(task, download_budget, evidence=evidence, teaching=teaching)


def task_id(task: Task, download_budget: int, **more: Any) -> str:  # noqa: ANN401  JSON values
    """Return a hash of a task, the download budget, and more."""
    # Limits may be raised between two attempts; only memory affects the candidates.
    kept = {"task": task.model_dump(mode="json", exclude={"limits", "escalation"}), "memory": task.limits.memory}
    content = kept | {"download_budget": download_budget} | more
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:ID_LENGTH]


def remember_shortlist(question: str, plan: Plan, installed: list[InstalledModel]) -> None:
    """Store a plan's candidates for its question; OSError if the file cannot be written."""
    shortlist = plan.shortlist
    path = _path(question)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "run": plan.run_id,
        "candidates": [candidate.to_json() for candidate in shortlist.candidates],
        "downloads": {key: asdict(download) for key, download in shortlist.downloads.items()},
        "left_out": [asdict(left) for left in shortlist.left_out],
        "suggestions": [asdict(suggestion) for suggestion in shortlist.suggestions],
        "installed": sorted(_others(installed, shortlist.candidates)),
    }
    write_whole(path, json.dumps(content) + "\n")


def recall_shortlist(question: str, installed: list[InstalledModel], *, goes_on: bool = False) -> Shortlist | None:
    """Return the candidates that a question was planned with, or None if it must be planned again.

    It must be planned if it is new, if a local model of it has changed or is missing, or if its run is finished and
    other models are installed now. A run that `goes_on` with more examples keeps its candidates, finished or not.
    """
    try:
        content = json.loads(_path(question).read_text(encoding="utf-8"))
        candidates = tuple(Candidate.from_json(each) for each in content["candidates"])
        downloads = {key: _download(each) for key, each in content["downloads"].items()}
        left_out = tuple(LeftOut(**each) for each in content["left_out"])
        suggestions = tuple(Suggestion(**each | {"why": tuple(each["why"])}) for each in content["suggestions"])
        run, others = str(content["run"]), list(content["installed"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not all(is_unchanged(candidate) for candidate in candidates):
        return None
    is_finished = (runs_dir() / run / "result.json").exists()
    if is_finished and not goes_on and sorted(_others(installed, candidates)) != others:
        return None
    return Shortlist(candidates, left_out, suggestions, downloads)


def _path(question: str) -> Path:
    return runs_dir() / "questions" / f"{question}.json"


def _others(installed: list[InstalledModel], candidates: tuple[Candidate, ...]) -> set[str]:
    """Return the ids of installed models that are not candidates; they may be from this run's downloads."""
    own = {candidate.model for candidate in candidates}
    return {
        f"{model.name}@{model.revision or fingerprint(model.folder)}" for model in installed if model.name not in own
    }


def is_unchanged(candidate: Candidate) -> bool:
    """Return whether a local candidate's files are those that it was planned with."""
    if candidate.folder is None:  # to be downloaded, at a pinned revision
        return True
    folder = Path(candidate.folder)
    if not all((folder / name).is_file() for name in candidate.files):
        return False
    return candidate.revision is not None or fingerprint(folder) == candidate.fingerprint


def _download(data: dict[str, Any]) -> Download:
    return Download(**data | {"patterns": tuple(data["patterns"]), "files": tuple(data["files"])})
