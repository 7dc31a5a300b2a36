"""Workers that are really killed from outside in real runs: tried again once, then not measured."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import psutil

from advisor.report.full import report_of
from advisor.runs.reader import open_run
from tests import warm
from tests.conftest import Home, begin_python, run_advisor
from tests.families.support import write_task
from tests.probe.test_permissions import TEXTS
from tests.probe.tiny import tiny
from tui.report_words import page_of

SMALL, LARGE = "small", "large"
KILLED = "was killed from outside, most likely by the system for lack of memory"
SKIPPED = f"A smaller model may pass: ./{SMALL} is smaller and was not measured (not measured: {KILLED})."


def recommend_while_killing(home: Home, folder: Path, times: dict[str, int]) -> tuple[str, dict[str, Any]]:
    """Run a task of two models, and kill each one's worker so many times as soon as it is there."""
    shutil.copytree(tiny("classify"), folder / SMALL)
    shutil.copytree(tiny("entail"), folder / LARGE)
    models = [f"./{SMALL}", f"./{LARGE}"]
    more: dict[str, Any] = {"labels": ["glad", "sad"], "teaching": {"count": 0}, "bar": {"pass_rate": 0.6}}
    task = write_task(folder, TEXTS, models=models, max_candidates=2, **more)
    process = begin_python("-m", "advisor", "recommend", task, "--offline", "--json", "--yes", home=home)
    killed: dict[str, set[int]] = {name: set() for name in times}
    while process.poll() is None and any(len(killed[name]) < count for name, count in times.items()):
        for name, count in times.items():
            if len(killed[name]) < count:
                killed[name] |= {pid for pid in workers_of(process.pid, name) - killed[name] if kill(pid)}
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


def events(run: Path, name: str) -> list[tuple[str, str]]:
    """Return the events of one's probes, with the reason."""
    lines = [json.loads(line) for line in (run / "probes.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(each["event"], each.get("reason", "")) for each in lines if each["candidate"].startswith(f"./{name}@")]


def test_killed_twice_it_is_not_measured_and_killed_once_it_is(ready_home: Home, tmp_path: Path) -> None:
    """The larger one that passes is not called the smallest: in text, Markdown, HTML, JSON and the session."""
    # A worker must not finish before it is killed: importing its libraries takes seconds.
    before = warm.switched(is_off=True)
    said, document = recommend_while_killing(ready_home, tmp_path / "task", {SMALL: 2, LARGE: 1})
    warm.switched(is_off=before)
    run = Path(document["folder"])
    assert document["recommended"]["model"] == f"./{LARGE}"
    assert document["unmeasured_smaller"] == [f"./{SMALL}"]
    small = next(each for each in document["candidates"] if each["model"] == f"./{SMALL}")
    assert (small["verdict"], small["reason"]) == ("not measured", f"not measured: {KILLED}")
    assert events(run, SMALL) == [("interrupted", KILLED), ("failed", KILLED)]
    assert [events(run, LARGE)[0], events(run, LARGE)[1][0]] == [("interrupted", KILLED), "loaded"]
    assert f"./{SMALL}: interrupted, tried again: {KILLED}" in said
    for form in ("txt", "md", "html"):
        run_advisor(ready_home, "report", run.name, "--output", tmp_path / f"report.{form}", code=0)
        text = (tmp_path / f"report.{form}").read_text(encoding="utf-8")
        assert text.index("A smaller model may pass") < text.index("right on your examples")
        assert "It is the smallest" not in text
    result = page_of(report_of(open_run(run)))
    assert str(result.why).startswith(SKIPPED)
