"""The page of runs: the list, a report, going on, comparing, deleting; empty, damaged and in use."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from tests.tui.picture import SIZES, compare, settle, text_of
from tui.app import AdvisorApp
from tui.dialogs.confirm import Confirm
from tui.dialogs.text_modal import TextModal
from tui.screens.runs import RunsScreen
from tui.widgets.run_table import RunTable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from tests.conftest import Home

SAMPLE = Path(__file__).parent.parent / "runs" / "format1" / "e4def6a7438c"
NOW = 2_000_000_000.0


@pytest.fixture
def runs(home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four runs: finished, finished under an odd name, cut short, damaged."""
    folder = home.data / "model-advisor" / "runs"
    for at, (name, task) in enumerate(
        (
            ("aaaaaaaaaaaa", "spam"),
            ("bbbbbbbbbbbb", "[bold]odd[/] 你好"),
            ("cccccccccccc", "speeches"),
            ("dddddddddddd", ""),
        )
    ):
        copy = Path(shutil.copytree(SAMPLE, folder / name))
        told = json.loads((copy / "run.json").read_text(encoding="utf-8"))
        told["run"], told["task"]["name"] = name, task
        (copy / "run.json").write_text(json.dumps(told), encoding="utf-8")
        if name[0] == "c":
            (copy / "result.json").unlink()
        if name[0] == "d":
            (copy / "run.json").write_text("{not json", encoding="utf-8")
        for file in copy.iterdir():
            os.utime(file, (NOW - 4000.0 * at, NOW - 4000.0 * at))
    monkeypatch.setattr("tui.facts.time.time", lambda: NOW + 60)
    return folder


@asynccontextmanager
async def opened(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    """Open the app on the page of runs."""
    app = AdvisorApp()
    async with app.run_test(size=size) as pilot:
        await pilot.press("f4")
        await settle(pilot)
        yield pilot


def table(pilot: Pilot[None]) -> RunTable:
    """Return the list."""
    return pilot.app.screen.query_one(RunTable)


async def dialog(pilot: Pilot[None]) -> str:
    """Wait for a text's dialog and return what is on the screen."""
    while not isinstance(pilot.app.screen, TextModal):
        await pilot.pause(0.01)
    await settle(pilot)
    return text_of(pilot.app)


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("size", SIZES)
async def test_runs_are_listed_with_what_they_came_to(size: tuple[int, int]) -> None:
    """The last changed first; odd names as they are; a damaged one too; wide windows show the report beside."""
    async with opened(size) as pilot:
        compare(pilot.app, "runs")
        text = text_of(pilot.app)
        assert "[bold]odd[/]" in text
        assert "cannot be read" in text
        assert "cut short" in text
        assert ("What would a larger one add?" in text) == (size[0] >= 150)


async def test_without_a_run_it_says_how_one_begins() -> None:
    """And offers nothing to be done with a run."""
    async with opened() as pilot:
        compare(pilot.app, "runs-empty")
        assert "No run yet." in text_of(pilot.app)
        await pilot.press("r", "o", "space", "c", "delete")
        await settle(pilot)
        assert isinstance(pilot.app.screen, RunsScreen)


@pytest.mark.usefixtures("runs")
async def test_enter_shows_the_report() -> None:
    """As `advisor report` prints it, no line wider than the dialog."""
    async with opened() as pilot:
        await pilot.press("enter")
        text = await dialog(pilot)
        compare(pilot.app, "runs-report")
        assert "Use wordllama-l2-supercat-256" in text
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, RunsScreen)


@pytest.mark.usefixtures("runs")
async def test_a_damaged_run_says_why_and_can_be_deleted() -> None:
    """Enter shows the reason; delete asks, and the harmless answer is the one in focus."""
    async with opened() as pilot:
        table(pilot).go_to("dddddddddddd")
        await pilot.press("enter")
        assert "This run cannot be read" in await dialog(pilot)
        await pilot.press("escape", "delete")
        await settle(pilot)
        compare(pilot.app, "runs-delete")
        await pilot.press("enter")
        await settle(pilot)
        assert table(pilot).row_count == 4
        await pilot.press("delete")
        await settle(pilot)
        await pilot.press("y")
        while table(pilot).row_count != 3:
            await pilot.pause(0.01)
        assert "dddddddddddd" not in [run.id for run in table(pilot)._runs]


async def test_a_run_in_use_is_not_deleted(runs: Path) -> None:
    """The error stands in place with what helps, and the run is there."""
    async with opened() as pilot:
        with FileLock(runs / ".aaaaaaaaaaaa.lock"):
            await pilot.press("home", "delete")
            await settle(pilot)
            assert isinstance(pilot.app.screen, Confirm)
            await pilot.press("y")
            while "is being worked on by another process" not in text_of(pilot.app):
                await pilot.pause(0.01)
        compare(pilot.app, "runs-in-use")
    assert (runs / "aaaaaaaaaaaa" / "run.json").is_file()


@pytest.mark.usefixtures("runs")
async def test_two_runs_are_compared() -> None:
    """One is marked A, the other lies under the cursor; marking it too makes it B."""
    async with opened() as pilot:
        await pilot.press("space", "down", "c")
        assert "A: run aaaaaaaaaaaa   B: run bbbbbbbbbbbb" in await dialog(pilot)
        compare(pilot.app, "runs-compare")
        await pilot.press("escape", "space")
        await settle(pilot)
        assert table(pilot).marked == ["aaaaaaaaaaaa", "bbbbbbbbbbbb"]
        await pilot.press("down", "space")
        assert table(pilot).marked == ["bbbbbbbbbbbb", "cccccccccccc"]
        await pilot.press("space")
        assert table(pilot).marked == ["bbbbbbbbbbbb"]


async def test_a_run_that_was_cut_short_goes_on_from_its_task_file(runs: Path, monkeypatch: Any) -> None:
    """Where the task file is; where it is gone, the page says so and what helps."""
    told = json.loads((runs / "cccccccccccc" / "run.json").read_text(encoding="utf-8"))
    task = runs.parent / "task.yaml"
    told["origin"] = {"files": {"task": {"path": str(task)}}}
    (runs / "cccccccccccc" / "run.json").write_text(json.dumps(told), encoding="utf-8")
    async with opened() as pilot:
        begun: list[dict[str, Any]] = []
        monkeypatch.setattr(
            pilot.app, "open_session", lambda session=None, **start: begun.append({"id": session} | start)
        )
        assert table(pilot).go_to("cccccccccccc")
        await pilot.press("g")
        while "is not there any more" not in text_of(pilot.app):
            await pilot.pause(0.01)
        task.write_text("name: x\n", encoding="utf-8")
        await pilot.press("g")
        while not begun:
            await pilot.pause(0.01)
        assert begun == [{"id": None, "task_file": str(task)}]


async def test_a_run_of_a_session_goes_on_in_its_session(runs: Path, monkeypatch: Any) -> None:
    """What was answered is there again."""
    from advisor.session import show

    show("mysession", {"title": "speeches", "state": "probing", "runs": ["cccccccccccc"]})
    async with opened() as pilot:
        begun: list[str | None] = []
        monkeypatch.setattr(pilot.app, "open_session", lambda session=None, **_: begun.append(session))
        table(pilot).go_to("cccccccccccc")
        await pilot.press("g")
        while not begun:
            await pilot.pause(0.01)
        assert begun == ["mysession"]
    assert (runs / "cccccccccccc").is_dir()


async def test_the_report_opens_in_the_browser(runs: Path, monkeypatch: Any) -> None:
    """It is written where it is not there yet."""
    async with opened() as pilot:
        urls: list[str] = []
        monkeypatch.setattr(pilot.app, "open_url", lambda url, **_: urls.append(url))
        await pilot.press("home", "o")
        while not urls:
            await pilot.pause(0.01)
        assert urls == [(runs / "aaaaaaaaaaaa" / "report.html").as_uri()]
        assert "<html" in (runs / "aaaaaaaaaaaa" / "report.html").read_text(encoding="utf-8")[:200]


@pytest.mark.usefixtures("runs")
async def test_home_leads_to_a_runs_report() -> None:
    """The page of runs opens with that run's report in front."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.open_run("bbbbbbbbbbbb")
        assert "Run bbbbbbbbbbbb" in await dialog(pilot)


async def test_a_folder_that_cannot_be_read_says_what_helps(home: Home) -> None:
    """The error in place with a cure."""
    folder = home.data / "model-advisor"
    folder.mkdir(parents=True)
    (folder / "runs").write_text("", encoding="utf-8")
    async with opened() as pilot:
        assert "cannot be read" in text_of(pilot.app)
        assert "XDG_DATA_HOME" in text_of(pilot.app)
