"""`advisor runs`: listed, shown, resumed where they were cut, deleted."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from advisor.cli.runs import remove
from advisor.errors import InputError
from advisor.runs.find import summaries
from advisor.runs.store import RunInUseError
from tests.conftest import PATIENCE, SAMPLE, Home, begin_python, move_into, run_advisor

STATIC = "wordllama-l2-supercat-256"


@pytest.fixture
def task(small_task: Path, tmp_path: Path) -> Path:
    """A task of one's own, of the two smallest models, that may be changed."""
    folder = tmp_path / "my task"
    folder.mkdir()
    shutil.copy(small_task.parent / "subjects.jsonl", folder)
    text = small_task.read_text(encoding="utf-8") + f"models: [{STATIC}, paraphrase-MiniLM-L3-v2-onnx]\n"
    (folder / "task.yaml").write_text(text, encoding="utf-8")
    return folder / "task.yaml"


@pytest.fixture
def with_run(home: Home) -> Home:
    """A home with the sample run in it."""
    shutil.copytree(SAMPLE, home.data / "model-advisor" / "runs" / SAMPLE.name)
    return home


def listed(home: Home) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run_advisor(home, "runs", "list", "--json").out)
    return rows


def test_what_changed_is_reported_instead_of_going_on(ready_home: Home, task: Path) -> None:
    """A bar that was raised, a label that was corrected, a task file that is gone."""
    first = run_advisor(ready_home, "recommend", task, "--json", "--offline")
    identity = json.loads(first.out)["run"]
    text = task.read_text(encoding="utf-8")
    task.write_text(text.replace("pass_rate: 0.97", "pass_rate: 0.8"), encoding="utf-8")
    ran = run_advisor(ready_home, "runs", "resume", identity)
    assert ran.code == 2
    assert "task bar pass_rate: 0.8, was 0.97" in ran.err
    assert "advisor recommend" in ran.err
    task.write_text(text, encoding="utf-8")
    examples = task.parent / "subjects.jsonl"
    kept = examples.read_text(encoding="utf-8")
    examples.write_text(kept.partition("\n")[2], encoding="utf-8")
    ran = run_advisor(ready_home, "runs", "resume", identity)
    assert ran.code == 2
    assert "1 gone" in ran.err
    examples.write_text(kept, encoding="utf-8")
    assert run_advisor(ready_home, "runs", "resume", identity).code == first.code
    task.rename(task.with_suffix(".moved"))
    ran = run_advisor(ready_home, "runs", "resume", identity)
    assert ran.code == 2
    assert "no longer exists" in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_a_run_that_names_no_task_file_is_listed_and_shown_but_not_resumed(with_run: Home) -> None:
    (row,) = listed(with_run)
    assert (row["format"], row["state"], row["model"]) == (2, "finished", STATIC)
    assert STATIC in run_advisor(with_run, "runs").out
    ran = run_advisor(with_run, "runs", "resume", "last")
    assert ran.code == 2
    assert "advisor recommend TASK" in ran.err


def test_deleting_asks(with_run: Home) -> None:
    """Without a terminal it needs --yes; then the folder is gone, and nothing else."""
    folder = with_run.data / "model-advisor" / "runs" / SAMPLE.name
    (folder.parent / "other").mkdir()
    ran = run_advisor(with_run, "runs", "delete", "e4d")
    assert ran.code == 2
    assert "--yes" in ran.err
    assert folder.exists()
    assert run_advisor(with_run, "runs", "delete", "e4d", "--yes").code == 0
    assert not folder.exists()
    assert (folder.parent / "other").exists()
    assert listed(with_run) == []


def test_only_runs_are_deleted(with_run: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder elsewhere stays, though it is a run; of a link only the link goes; a damaged run goes."""
    move_into(with_run, monkeypatch)
    elsewhere = Path(shutil.copytree(SAMPLE, tmp_path / "elsewhere"))
    with pytest.raises(InputError, match="is not in"):
        remove(str(elsewhere), yes=True)
    questions = with_run.data / "model-advisor" / "runs" / "questions"
    questions.mkdir()
    with pytest.raises(InputError, match="is not a run's folder"):
        remove(str(questions), yes=True)
    assert questions.exists()
    (with_run.data / "model-advisor" / "runs" / "linked").symlink_to(elsewhere)
    remove("linked", yes=True)
    assert (elsewhere / "run.json").exists()
    (questions.parent / SAMPLE.name / "run.json").write_text("{", encoding="utf-8")
    assert [each.state for each in summaries()] == ["damaged"]
    remove("last", yes=True)
    assert summaries() == []


def test_a_run_at_work_is_not_deleted(with_run: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into(with_run, monkeypatch)
    runs = with_run.data / "model-advisor" / "runs"
    code = "import sys, filelock\nwith filelock.FileLock(sys.argv[1]): print('held', flush=True); sys.stdin.read()"
    holder = begin_python("-c", code, runs / f".{SAMPLE.name}.lock", stderr=None)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(RunInUseError, match="another process"):
        remove("e4d", yes=True)
    holder.communicate("", timeout=PATIENCE)
    assert (runs / SAMPLE.name / "run.json").exists()
