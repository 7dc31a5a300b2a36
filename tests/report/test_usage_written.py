"""Snippets of transformers' models that chat and rewrite, run as a user would, give what the probe gave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from advisor.decide.decision import CandidateResult
from advisor.evidence.sequential import Verdict
from advisor.plan import Plan
from advisor.probe.protocol import ProbeSpec
from advisor.probe.supervisor import Worker
from advisor.report.usage import usage
from advisor.runs.records import CandidateRecord
from advisor.shortlist.build import Shortlist
from advisor.task.examples import ExampleSet
from advisor.task.model import Task
from tests.probe.support import LIMITS, examples
from tests.probe.tiny import tiny
from tests.report.test_usage import RUN, candidate

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ("the day is sunny", "grey day", "lovely day", "the day is lovely")
MOODS = {"glad": "", "sad": ""}
WITHOUT_THIS_PROGRAM = 'sys.modules["advisor"] = None\n'


class Kind(NamedTuple):
    """A tiny model, how it is used, and whether its snippet needs this program."""

    model: str
    method: str
    family: str
    labels: dict[str, str]
    options: dict[str, Any]
    is_ours: bool
    template: str | None = None


KINDS = {
    "chat": Kind("chat", "prompted", "text-generation", {}, {}, is_ours=False),
    "chat, in a template": Kind("chat", "prompted", "text-generation", {}, {}, is_ours=False, template="{text} day"),
    "chat, of labels": Kind("chat", "prompted", "text-classification", MOODS, {}, is_ours=True),
    "without a template": Kind("plain", "prompted", "text-classification", MOODS, {}, is_ours=True),
    "t5": Kind("t5", "as is", "summarization", {}, {}, is_ours=False),
    "bart": Kind("bart", "as is", "summarization", {}, {}, is_ours=False, template="{text}"),
    "marian": Kind("marian", "as is", "translation", {}, {}, is_ours=False),
    "mbart": Kind("mbart", "as is", "translation", {}, {"source": "en", "target": "de"}, is_ours=True),
}


def predicted(tmp_path: Path, kind: Kind) -> tuple[list[str], list[str], str]:
    """Return what a worker answers, what the snippet predicts in a process of its own, and the snippet."""
    folder = tiny(kind.model)
    ability = "chat" if kind.method == "prompted" else "rewrite"
    chosen = replace(
        candidate(kind.model, folder, "transformers", "model.safetensors", method=kind.method),
        ability=ability,
        options=kind.options,
    )
    told = {"name": "t", "instruction": "Say glad or sad.", "labels": kind.labels, "family": kind.family}
    told |= {"examples": {"path": "texts.csv"}, "prompt": {"max_tokens": 12, "template": kind.template}}
    told |= {"scoring": {"metric": "exact"}} if kind.family == "text-generation" else {}
    task = Task.model_validate(told)
    what = ProbeSpec(
        runtime=chosen.runtime,
        method=chosen.method,
        path=str(folder),
        files=chosen.files,
        family=task.family,
        instruction=task.instruction,
        labels=kind.labels,
        teaching=(),
        threads=1,
        seed=0,
        ability=ability,
        prompt=task.prompt.model_dump(mode="json"),
        scoring=task.scoring.model_dump(mode="json"),
        options=kind.options,
    )
    record = CandidateRecord()
    with Worker(what, LIMITS, tmp_path / "log") as worker:
        record.details = worker.load().details
        outcomes = worker.run(examples(*TEXTS))
    plan = Plan(task, ExampleSet(tuple(kind.labels), (), (), ()), Shortlist((chosen,), (), (), {}), 1, 4_000_000_000)
    snippet = usage(plan, CandidateResult(chosen, Verdict.PASSES, "", (), None, record, ()), tmp_path)
    (tmp_path / "snippet.py").write_text(snippet, encoding="utf-8")
    (tmp_path / "texts.json").write_text(json.dumps(TEXTS), encoding="utf-8")
    code = RUN.replace(WITHOUT_THIS_PROGRAM, "") if kind.is_ours else RUN
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    answers: list[str] = json.loads(done.stdout.splitlines()[-1])
    return [str(outcome.output) for outcome in outcomes], answers, snippet


@pytest.mark.parametrize("name", KINDS)
def test_the_snippet_answers_as_the_probe_did(name: str, tmp_path: Path) -> None:
    """Short code of transformers where that suffices; through this program where labels, languages or lines count."""
    kind = KINDS[name]
    probed, used, snippet = predicted(tmp_path, kind)
    assert used == probed
    assert all(probed)
    assert ("from advisor" in snippet) == kind.is_ours
    if kind.labels:
        assert set(probed) <= set(MOODS)
