"""Workers that are really killed from outside in real runs: tried again once, then not measured."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from advisor.report.full import report_of
from advisor.runs.reader import open_run
from tests.conftest import Home, begin_python, run_advisor
from tests.families.support import write_task
from tests.probe.test_permissions import TEXTS
from tests.probe.tiny import tiny
from tui.report_words import page_of

# A worker must not finish before it is killed: importing its libraries takes seconds.
pytestmark = pytest.mark.usefixtures("cold")
SMALL, LARGE = "small", "large"
KILLED = "was killed from outside, most likely by the system for lack of memory"
SKIPPED = f"A smaller model may pass: ./{SMALL} is smaller and was not measured (not measured: {KILLED})."


def recommend_while_killing(home: Home, folder: Path, times: int) -> tuple[str, dict[str, Any]]:
    """Run a task of two models, and kill the worker of the smaller one so many times as soon as it is there."""
    shutil.copytree(tiny("classify"), folder / SMALL)
    shutil.copytree(tiny("entail"), folder / LARGE)
    models = [f"./{SMALL}", f"./{LARGE}"]
    more: dict[str, Any] = {"labels": ["glad", "sad"], "teaching": {"count": 0}, "bar": {"pass_rate": 0.6}}
    task = write_task(folder, TEXTS, models=models, max_candidates=2, **more)
    process = begin_python("-m", "advisor", "recommend", task, "--offline", "--json", "--yes", home=home)
    killed: set[int] = set()
    while process.poll() is None and len(killed) < times:
        killed |= {pid for pid in workers_of(process.pid, SMALL) - killed if kill(pid)}
        time.sleep(0.02)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return err, json.loads(out)


def workers_of(pid: int, name: str) -> set[int]:
    """Return the worker processes of a candidate: those that print into its log."""
    found = set()
    try:
        for child in psutil.Process(pid).children():
            if any(f"_{name}_" in file.path and file.path.endswith(".log") for file in child.open_files()):
                found.add(child.pid)
    except psutil.Error:
        pass
    return found


def kill(pid: int) -> bool:
    try:
        psutil.Process(pid).kill()
    except psutil.NoSuchProcess:
        return False
    return True


def events(run: Path) -> list[tuple[str, str]]:
    """Return the events of the smaller one's probes, with the reason."""
    lines = [json.loads(line) for line in (run / "probes.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(each["event"], each.get("reason", "")) for each in lines if each["candidate"].startswith(f"./{SMALL}@")]


@pytest.mark.soak
def test_killed_twice_it_is_not_measured_and_the_answer_says_so_first(ready_home: Home, tmp_path: Path) -> None:
    """The larger one that passes is not called the smallest: in text, Markdown, HTML, JSON and the session."""
    said, document = recommend_while_killing(ready_home, tmp_path / "task", times=2)
    run = Path(document["folder"])
    assert document["recommended"]["model"] == f"./{LARGE}"
    assert document["unmeasured_smaller"] == [f"./{SMALL}"]
    small = next(each for each in document["candidates"] if each["model"] == f"./{SMALL}")
    assert (small["verdict"], small["reason"]) == ("not measured", f"not measured: {KILLED}")
    assert events(run) == [("interrupted", KILLED), ("failed", KILLED)]
    assert f"./{SMALL}: interrupted, tried again: {KILLED}" in said
    for form in ("txt", "md", "html"):
        run_advisor(ready_home, "report", run.name, "--output", tmp_path / f"report.{form}", code=0)
        text = (tmp_path / f"report.{form}").read_text(encoding="utf-8")
        assert text.index("A smaller model may pass") < text.index("right on your examples")
        assert "It is the smallest" not in text
    result = page_of(report_of(open_run(run)))
    assert str(result.why).startswith(SKIPPED)


def test_killed_once_it_is_tried_again_and_measured(ready_home: Home, tmp_path: Path) -> None:
    """Nothing remains of the kill but a line in the run's folder."""
    _, document = recommend_while_killing(ready_home, tmp_path / "task", times=1)
    run = Path(document["folder"])
    assert document["recommended"]["model"] == f"./{SMALL}"
    assert document["unmeasured_smaller"] == []
    assert events(run)[:2][0] == ("interrupted", KILLED)
    assert "loaded" in {name for name, _ in events(run)}
