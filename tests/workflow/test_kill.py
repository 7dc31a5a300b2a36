"""A session that is killed anywhere goes on where it was: nothing answered is asked again, nothing measured is lost."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_kill_and_resume import without_times
from tests.conftest import ROOT, Home, run_python

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

STATIC = "wordllama-l2-supercat-256"
KILLED = -9
# In the order in which a session comes by them.
PLACES = (
    "stage:reading", "ask:words", "ask:examples", "stage:planning", "ask:plan", "stage:probing", "probed:1", "probed:3",
    "stage:deciding", "stage:reporting", "reported",
)  # fmt: skip


def some_mails(folder: Path, count: int = 160) -> Path:
    """Write the first rows of the spam example, that a run may be short."""
    with (ROOT / "examples/spam/mails.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))
    path = folder / "mails.csv"
    with path.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows(rows[: count + 1])
    return path


def mails_task(folder: Path, **keys: Any) -> Path:
    """Write a task on some mails with one candidate that loads at once."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "version": 1,
        "name": "mails",
        "instruction": "Tell spam from ham.",
        "models": [STATIC],
        "baselines": "skip",
        "examples": {"path": some_mails(folder).name, "input": "text", "expected": "label"},
    }
    task = folder / "task.json"
    task.write_text(json.dumps(content | keys), encoding="utf-8")
    return task


def drive(home: Home, session: str, given: Path, log: Path, place: str = "") -> subprocess.CompletedProcess[str]:
    """Drive a session in a process of its own."""
    return run_python("-m", "tests.workflow.driver", session, given, log, place, home=home)


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Return a file with the answers of one user."""
    content: dict[str, Any] = {
        "answers": {"words": "tell spam from ham, 80% right", "examples": str(some_mails(tmp_path)), "plan": True},
        "start": {"answers": {"models": [STATIC]}, "offline": True},
    }
    path = tmp_path / "given.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.timeout(400)
@pytest.mark.soak
def test_a_session_killed_at_every_node_ends_as_one_that_was_not(ready_home: Home, given: Path, tmp_path: Path) -> None:
    """Killed with -9 at every node, question and in the middle of probing, each time begun again with the same id."""
    log = tmp_path / "answered.log"
    for place in PLACES:
        assert drive(ready_home, "killed", given, log, place).returncode == KILLED, place
    ended = drive(ready_home, "killed", given, log)
    assert ended.returncode == 0, ended.stderr
    assert log.read_text(encoding="utf-8").split() == ["words", "examples", "plan"]
    outcomes = [
        json.loads(line)
        for path in ready_home.data.glob("model-advisor/runs/*/outcomes.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len({(each["candidate"], each["purpose"], each["id"]) for each in outcomes}) == len(outcomes)

    other = ready_home.data / "model-advisor/runs"
    other.rename(other.with_name("runs-killed"))
    other.with_name("ledger.sqlite").unlink()  # a second run on the same rows says that it is one
    whole = drive(ready_home, "whole", given, tmp_path / "other.log")
    assert whole.returncode == 0, whole.stderr
    assert [without_times(each) for each in json.loads(ended.stdout)] == [
        without_times(each) for each in json.loads(whole.stdout)
    ]


def test_a_file_edited_after_probing_is_measured_before_it_is_decided(
    ready_home: Home, given: Path, tmp_path: Path
) -> None:
    """Killed between probing and deciding, with the examples edited: the new plan is asked for and probed."""
    log = tmp_path / "answered.log"
    assert drive(ready_home, "edited", given, log, "stage:deciding").returncode == KILLED
    some_mails(tmp_path, 130)
    ended = drive(ready_home, "edited", given, log)
    assert ended.returncode == 0, ended.stderr
    assert log.read_text(encoding="utf-8").split() == ["words", "examples", "plan", "plan"]
    run = json.loads(ended.stdout)[0]["run"]
    assert (ready_home.data / "model-advisor/runs" / run / "outcomes.jsonl").read_text(encoding="utf-8")
