"""A run that is killed goes on where it was, and ends as if it had not been."""

import json
import random
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import warm
from tests.conftest import PATIENCE, Home, Ran, begin_python, run_advisor
from tests.probe.support import wait_until

TIMED = {
    "seconds_per_example", "predicted_seconds_per_example", "p50_seconds", "p95_seconds", "tokens_per_second",
    "machine_load", "load_seconds", "teaching_seconds", "peak_memory_bytes",
}  # fmt: skip


def start(home: Home, task: Path, *arguments: str) -> subprocess.Popen[str]:
    given = ("--json", "--offline", *arguments)
    return begin_python("-m", "advisor", "recommend", task, *given, home=home, start_new_session=True)


def wait_for_outcomes(process: subprocess.Popen[str], home: Home, count: int, before: set[int]) -> set[int]:
    """Wait until so many outcomes are on disk or the process ends; return the processes it has started."""
    came = wait_until(lambda: process.poll() is not None or len(home.outcomes()) >= count)
    assert came, "no outcome in time"
    return warm.started_by(process.pid, before)


def all_gone(pids: set[int]) -> bool:
    processes = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    return not alive


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    """Return a result without what differs between two runs of the same thing: times, memory and the folder."""
    kept = {key: value for key, value in document.items() if key != "folder"}
    kept["candidates"] = [{k: v for k, v in c.items() if k not in TIMED} for c in document["candidates"]]
    if kept["recommended"]:
        kept["recommended"] = {k: v for k, v in kept["recommended"].items() if k != "usage"}
    return kept


@pytest.fixture(scope="session")
def uninterrupted(quick_run: tuple[Home, Ran], quick_task: Path) -> dict[str, Any]:
    """The result of a run that nothing disturbed: the same command after the end prints it."""
    document: dict[str, Any] = json.loads(run_advisor(quick_run[0], "recommend", quick_task, "--json", "--offline").out)
    return document


def test_a_killed_run_ends_as_an_uninterrupted_one(
    ready_home: Home, quick_task: Path, uninterrupted: dict[str, Any]
) -> None:
    """Killed with SIGKILL at random moments, run again and resumed: the same result, and no inference made twice."""
    moments = sorted(random.Random(1).sample(range(1, uninterrupted["inferences"]), 1))
    for moment in moments:
        others = warm.forked()
        process = start(ready_home, quick_task)
        workers = wait_for_outcomes(process, ready_home, moment, others)
        process.kill()
        process.communicate()
        assert all_gone(workers), "a worker outlived the main process"
        before = ready_home.outcomes()
    (row,) = json.loads(run_advisor(ready_home, "runs", "--json").out)
    assert (row["state"], row["verdict"], row["task"]) == ("not finished", None, "subjects")
    ran = run_advisor(ready_home, "runs", "resume", "last", "--json")  # from its folder: no task file is named
    lines = ready_home.outcomes()
    assert lines[: len(before)] == before, "a finished outcome was lost or changed"
    made = [(line["candidate"], line["purpose"], line["id"]) for line in lines]
    assert len(made) == len(set(made)), "an inference was made twice"
    assert without_times(json.loads(ran.out)) == without_times(uninterrupted)


@pytest.fixture
def light_task(small_task: Path, tmp_path: Path) -> Path:
    """The small task with one candidate, whose engine takes no time."""
    text = small_task.read_text(encoding="utf-8").replace("subjects.jsonl", str(small_task.with_name("subjects.jsonl")))
    task = tmp_path / "light.yaml"
    task.write_text(f"{text}models: [wordllama-l2-supercat-256]\n", encoding="utf-8")
    return task


def verdicts(document: dict[str, Any]) -> list[Any]:
    """Return what a run says: of itself, and of each candidate that counts for it."""
    return [
        document["verdict"],
        document["strength"],
        document["recommended"] and document["recommended"]["model"],
        document["agreement"],
        *((c["model"], c["verdict"], c["outcomes"], c["passes"]) for c in document["candidates"] if c["outcomes"]),
    ]


@pytest.mark.soak
def test_side_by_side_gives_the_same_verdicts(
    ready_home: Home, quick_task: Path, uninterrupted: dict[str, Any]
) -> None:
    """With --jobs 2, killed once and run again: what one by one says is said, and no inference is made twice."""
    others = warm.forked()
    process = start(ready_home, quick_task, "--jobs", "2")
    workers = wait_for_outcomes(process, ready_home, 60, others)
    process.kill()
    process.communicate()
    assert all_gone(workers)
    ran = run_advisor(ready_home, "recommend", quick_task, "--json", "--offline", "--jobs", "2")
    lines = ready_home.outcomes()
    made = [(line["candidate"], line["purpose"], line["id"]) for line in lines]
    assert len(made) == len(set(made))
    document = json.loads(ran.out)
    one_by_one = verdicts(uninterrupted)
    assert verdicts(document)[:4] == one_by_one[:4]
    # Besides the sequential measurements, another candidate may have been started.
    assert set(one_by_one[4:]) <= set(verdicts(document)[4:])


def test_a_run_at_work_is_left_alone_and_an_interrupt_keeps_what_it_measured(
    ready_home: Home, quick_task: Path
) -> None:
    """A second process says so in one line. Ctrl-C: exit code 130, results so far, no worker left, outcomes kept."""
    others = warm.forked()
    process = start(ready_home, quick_task)
    workers = wait_for_outcomes(process, ready_home, 5, others)
    process.send_signal(signal.SIGSTOP)  # however fast it is, it is not over
    ran = run_advisor(ready_home, "recommend", quick_task, "--json", "--offline")
    assert process.poll() is None
    process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert (ran.code, "another process" in ran.err.strip().splitlines()[-1]) == (5, True)
    assert process.returncode == 130
    assert json.loads(out)["error"]["exit_code"] == 130
    assert "Traceback" not in err
    *_, so_far, last = err.strip().splitlines()
    assert last.startswith("interrupted")
    assert re.search(r"outcomes so far \(.* \d+ of \d+ right\)", so_far), err
    assert workers
    assert all_gone(workers)
    assert len(ready_home.outcomes()) >= 5


def test_a_finished_run_is_not_measured_again_and_a_torn_last_line_is_dropped(
    ready_home: Home, light_task: Path
) -> None:
    """The same command gives the same document at once; a torn write costs that outcome; --fresh is a second run."""
    first = run_advisor(ready_home, "recommend", light_task, "--json", "--offline")
    measured = ready_home.outcomes()
    second = run_advisor(ready_home, "recommend", light_task, "--json", "--offline")
    assert second.out == first.out
    assert ready_home.outcomes() == measured
    (path,) = ready_home.data.glob("model-advisor/runs/*/outcomes.jsonl")
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: len(text) // 2], encoding="utf-8")
    again = run_advisor(ready_home, "recommend", light_task, "--json", "--offline")
    assert verdicts(json.loads(again.out)) == verdicts(json.loads(first.out))
    made = [(line["candidate"], line["purpose"], line["id"]) for line in ready_home.outcomes()]
    # What a batch ran beyond what counts need not be run again.
    assert text[: len(text) // 2].count("\n") < len(made) == len(set(made)) <= text.count("\n")
    fresh = run_advisor(ready_home, "recommend", light_task, "--json", "--offline", "--fresh")
    before, after = (without_times(json.loads(ran.out)) for ran in (first, fresh))
    assert (before.pop("shared_rows")["number"], after.pop("shared_rows")["number"]) == (1, 2)
    assert after == before
