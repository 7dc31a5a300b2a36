"""Two that work on one session: one of them does, the other is refused, and nothing of the first is touched."""

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from advisor.api import recommend
from advisor.paths import sessions_dir
from advisor.runs.store import RunInUseError
from advisor.workflow.frontend import Event, Probed, Stage
from advisor.workflow.sessions import SHOWN, change_shown, delete_session, folder_of, hold_alone
from tests.cli.test_kill_and_resume import without_times
from tests.conftest import PATIENCE, Home, run_python
from tests.tui.mails import short_mails


def test_a_second_thread_is_refused_and_the_first_one_finishes(here: Home, tmp_path: Path) -> None:
    """The same call of the library while the first one plans, and again while it probes."""
    task, refusals, kept = mails_task(tmp_path, bar={"pass_rate": 0.8}), list[str](), list[tuple[int, int]]()

    def second() -> None:
        try:
            recommend(task, offline=True)
        except RunInUseError as error:
            refusals.append(str(error))

    seen = set[str]()

    def tell(event: Event) -> None:
        place = event.name if isinstance(event, Stage) else "outcome" if isinstance(event, Probed) else ""
        if place not in ("planning", "outcome") or place in seen:
            return
        seen.add(place)
        other = threading.Thread(target=second)
        other.start()
        other.join(PATIENCE)
        kept.append((len(list(sessions_dir().glob("*/state.sqlite"))), len(list(sessions_dir().glob(".*.lock")))))

    found = recommend(task, offline=True, on_event=tell)
    assert seen == {"planning", "outcome"}
    assert found.result["inferences"] > 0
    assert len(refusals) == 2
    assert kept == [(1, 1), (1, 1)]
    assert all("is being worked on by another process or thread; wait for it or stop it" in each for each in refusals)
    # The session of a task file goes at its end, and the same call gives the same run.
    assert not any(folder.is_dir() for folder in sessions_dir().iterdir())
    assert recommend(task, offline=True).run == found.run


@pytest.mark.parametrize("damaged", ["[1]", "{"])
def test_a_damaged_list_entry_is_written_anew(here: Home, damaged: str) -> None:
    assert here.data
    change_shown("torn", {"title": "t"})
    (folder_of("torn") / SHOWN).write_text(damaged, encoding="utf-8")
    change_shown("torn", {"state": "asking"})
    assert json.loads((folder_of("torn") / SHOWN).read_text(encoding="utf-8")) == {"state": "asking"}


def test_a_session_that_is_held_is_not_deleted(here: Home) -> None:
    """Its folder and its lock stay; once it is released it can be deleted."""
    change_shown("held", {"title": "t"})
    with hold_alone("held"):
        refused: list[Exception] = []

        def other() -> None:
            try:
                delete_session("held")
            except RunInUseError as error:
                refused.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(PATIENCE)
        assert len(refused) == 1
        assert (folder_of("held") / SHOWN).exists()
    delete_session("held")
    assert not folder_of("held").exists()


STATIC = "wordllama-l2-supercat-256"
KILLED = -9
# In the order in which a session comes by them.
PLACES = (
    "stage:reading", "ask:words", "ask:examples", "stage:planning", "ask:plan", "stage:probing", "probed:1", "probed:3",
    "stage:deciding", "stage:reporting", "reported",
)  # fmt: skip


def some_mails(folder: Path, count: int = 160) -> Path:
    """Write the first rows of the spam example whole."""
    return short_mails(folder, count, 100_000)


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


@pytest.mark.soak
def test_a_session_killed_at_every_node_ends_as_one_that_was_not(ready_home: Home, given: Path, tmp_path: Path) -> None:
    """Killed with -9 at every node, question and in the middle of probing, each time begun again with the same id."""
    log = tmp_path / "answered.log"
    for place in PLACES:
        assert drive(ready_home, "killed", given, log, place).returncode == KILLED, place
    ended = drive(ready_home, "killed", given, log)
    assert ended.returncode == 0, ended.stderr
    assert log.read_text(encoding="utf-8").split() == ["words", "examples", "plan"]
    outcomes = ready_home.outcomes()
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
