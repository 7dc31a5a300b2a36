"""Code that uses any candidate through this library: it loads and asks the model with what the probe was given."""

from __future__ import annotations

from glob import escape
from pprint import pformat
from typing import TYPE_CHECKING, Any

from advisor.candidates.candidate import TUNED, Candidate
from advisor.engines.table import ENGINES
from advisor.runs.locate import tuned_file

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.decide.plan import Plan

_THROUGH = """\
import json
from pathlib import Path

from advisor.families import family
from advisor.families.methods.tuned import tuned
from advisor.probe.protocol import ProbeSpec
from advisor.engines.base import Load, load

{folder}
spec = ProbeSpec(
    path=folder,
    teaching={teaching},
    documents={documents},
    **{facts},
)
asked = Load(Path(spec.path), spec.files, spec.ability, spec.threads, frozenset(spec.allows), spec.options)
kind, model = family(spec.family), load(spec.runtime, asked)
answerer = kind.prepare(model, tuned(kind, model, spec))

def predict(inputs):
    inputs = list(inputs)
    return [answered.output for answered in answerer.answer(inputs)] if inputs else []
"""

_SNAPSHOT = """\
from huggingface_hub import snapshot_download

folder = snapshot_download({model!r}, revision={revision!r}, allow_patterns={wanted!r})"""

_TAUGHT = """tuple(
        (row.get("parts") or row["input"], row["expected"])
        for row in map(json.loads, Path({path!r}).open(encoding="utf-8"))
    )"""

_SEARCHED = """tuple(
        (row["id"], row["text"]) for row in map(json.loads, Path({path!r}).open(encoding="utf-8"))
    )"""


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
    teaching = _TAUGHT.format(path=str(folder / "teaching.jsonl")) if plan.examples.teaching else "()"
    documents = _SEARCHED.format(path=str(folder / "documents.jsonl")) if plan.examples.documents else "()"
    shown = pformat(facts, sort_dicts=False, width=110).replace("\n", "\n    ")
    return _THROUGH.format(folder=_folder(candidate), teaching=teaching, documents=documents, facts=shown)


def _folder(candidate: Candidate) -> str:
    """Return the lines that set `folder`; all that was fetched for the probe is fetched, whatever it loaded of it."""
    if candidate.is_weightless:
        return 'folder = "."  # nothing of the model is on this disk'
    if candidate.revision is None:
        return f"folder = {candidate.folder or candidate.model!r}"
    small = ENGINES[candidate.runtime].files_for((), frozenset(candidate.allows)).small
    wanted = [*small, *map(escape, candidate.files)]
    return _SNAPSHOT.format(model=candidate.model, revision=candidate.revision, wanted=wanted)
