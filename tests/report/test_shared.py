"""A report that is passed around tells no folder of the machine that made it, and its code still runs there."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.report.file import render, without_paths, write_report
from advisor.report.full import report_of
from advisor.runs.reader import open_run
from tests.conftest import run_python
from tests.decide.simulated import candidate


@pytest.fixture
def run_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Make a finished run of one local model below a home."""

    def make(model: Path, *, home: Path | None = None) -> Path:
        monkeypatch.setenv("HOME", str(home or tmp_path))
        folder, weights = tmp_path / "runs" / "abc", model / "weights.txt"
        for each in (folder, model):
            each.mkdir(parents=True)
        weights.write_text("as they are", encoding="utf-8")
        facts = candidate(0, model=str(model), revision=None, folder=str(model), files=("weights.txt",)).to_json()
        task = {"name": "t", "instruction": f"Sort {model}.", "bar": {"pass_rate": 0.5, "confidence": 0.95}}
        shown = {
            **facts, "verdict": "passes", "reason": f"read from {weights}", "outcomes": 1, "passes": 1, "alpha": 0.05,
        }  # fmt: skip
        usage = f"with open({str(weights)!r}, encoding='utf-8') as file:\n    print(file.read())\n"
        files: dict[str, dict[str, Any]] = {
            "run.json": {"run": "abc", "format": 2, "task": task, "labels": ["a"], "candidates": ["k"],
                         "candidate_facts": [facts], "alpha_shares": [0.05]},
            "result.json": {"verdict": "passes", "strength": "examples", "recommended": {**facts, "usage": usage},
                            "candidates": [shown], "folder": str(folder)},
        }  # fmt: skip
        for name, value in files.items():
            (folder / name).write_text(json.dumps(value), encoding="utf-8")
        example = {"id": "e", "input": f"a text about {model}", "expected": "a", "line": 1}
        outcome = {"candidate": "k", "purpose": "evidence", "id": "e", "output": None, "score": 0.0, "passed": False,
                   "seconds": 0.1, "error": f"cannot read {weights}"}  # fmt: skip
        (folder / "evidence.jsonl").write_text(json.dumps(example) + "\n", encoding="utf-8")
        (folder / "outcomes.jsonl").write_text(json.dumps(outcome) + "\n", encoding="utf-8")
        return folder

    return make


@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_no_form_tells_a_folder(form: str, run_in: Callable[..., Path], tmp_path: Path) -> None:
    """Below the home a path begins with ~, elsewhere a model is shown by its name; what the user wrote stays."""
    below = tmp_path / "models" / "mine"
    folder = run_in(below)
    document = report_of(open_run(folder))
    text = render(replace(document, failing=[], task=replace(document.task, instruction="")), folder, form)
    assert str(tmp_path) not in text
    assert "models/mine" in text
    whole = render(document, folder, "json")
    assert json.loads(whole)["failing"][0]["input"] == f"a text about {below}"
    assert json.loads(whole)["failing"][0]["answers"][0]["error"] == "cannot read ~/models/mine/weights.txt"


def test_a_folder_outside_the_home_is_shown_by_its_name(run_in: Callable[..., Path], tmp_path: Path) -> None:
    """Of the candidate, in its reason and in the code, which says so."""
    folder = run_in(tmp_path / "models" / "mine", home=tmp_path / "home")
    shown = without_paths(report_of(open_run(folder)), folder)
    assert shown.candidates[0].model == "mine"
    assert shown.candidates[0].reason == "read from mine/weights.txt"
    assert shown.usage.startswith("# Folders of another machine")
    assert "open('mine/weights.txt'" in shown.usage


def test_the_code_still_runs_below_the_same_home(run_in: Callable[..., Path], tmp_path: Path) -> None:
    folder = run_in(tmp_path / "models" / "mine")
    usage = without_paths(report_of(open_run(folder)), folder).usage
    assert str(tmp_path) not in usage
    ran = run_python("-c", usage, env={"HOME": str(tmp_path)}, check=True)
    assert ran.stdout == "as they are\n"


def test_what_only_begins_alike_stays(run_in: Callable[..., Path], tmp_path: Path) -> None:
    """Another folder whose name goes on, and a report without paths, are left as they are."""
    folder = run_in(tmp_path / "models" / "mine", home=tmp_path / "home")
    document = report_of(open_run(folder))
    document.evidence_test = f"as in {tmp_path}/models/mine-too"
    assert without_paths(document, folder).evidence_test == f"as in {tmp_path}/models/mine-too"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """As with /dev/stdout; of a link its target is replaced."""
    pipe, kept, link = tmp_path / "pipe", tmp_path / "kept.md", tmp_path / "link.md"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_report(pipe, "a report")
    assert (os.read(reader, 99), pipe.is_fifo()) == (b"a report\n", True)
    os.close(reader)
    link.symlink_to(kept)
    write_report(link, "a report")
    assert (link.is_symlink(), kept.read_text(encoding="utf-8")) == (True, "a report\n")
