"""The page of runs: the list, a report, going on, comparing, deleting; empty, damaged and in use."""

import json
import os
import shutil
import threading
import webbrowser
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from advisor.workflow.sessions import STATE, change_shown, folder_of
from tests.conftest import PATIENCE, SAMPLE, Home
from tests.tui.pages import press, started
from tests.tui.picture import SIZES, compare, text_of
from tests.tui.waiting import handled, reads, settle
from tests.tui.waiting import shown as until
from tui import history
from tui.dialogs.confirm import Confirm
from tui.dialogs.text_modal import TextModal
from tui.facts import recents
from tui.screens.answer import AnswerPage
from tui.screens.home import HomeScreen
from tui.screens.runs import RunsScreen, RunTable

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
        found = json.loads((copy / "run.json").read_text(encoding="utf-8"))
        found["run"], found["task"]["name"] = name, task
        (copy / "run.json").write_text(json.dumps(found), encoding="utf-8")
        if name[0] == "c":
            (copy / "result.json").unlink()
        if name[0] == "d":
            (copy / "run.json").write_text("{not json", encoding="utf-8")
        for file in copy.iterdir():
            os.utime(file, (NOW - 4000.0 * at, NOW - 4000.0 * at))
    monkeypatch.setattr("tui.facts.time.time", lambda: NOW + 60)
    return folder


def test_a_finished_answer_stays_on_home_when_its_task_is_taken_up_again(runs: Path) -> None:
    """Marked by its result, next to an unfinished task; a continuing run is listed under its task."""
    change_shown("5e55105e5510", {"title": "spam?", "state": "asking", "runs": [f"{'a' * 12}", f"{'c' * 12}"]})
    shown = {recent.id: (recent.kind, recent.state) for recent in recents()}
    assert shown["5e55105e5510"] == ("session", "asking")
    assert shown["a" * 12] == shown["b" * 12]
    assert shown["a" * 12][1] in {"passes", "likely"}
    assert "c" * 12 not in shown
    assert history.session_of("a" * 12) is None
    (folder_of("5e55105e5510") / STATE).touch()
    assert history.session_of("a" * 12) == "5e55105e5510"


def table(pilot: Pilot[None]) -> RunTable:
    return pilot.app.screen.query_one(RunTable)


def go_to(pilot: Pilot[None], run: str) -> None:
    table(pilot).move_cursor(row=[each.id for each in table(pilot)._runs].index(run))


def with_task_file(runs: Path) -> Path:
    """Name a task file in the run that was cut short, and return where it would be."""
    task = runs.parent / "task.yaml"
    found = json.loads((runs / "cccccccccccc" / "run.json").read_text(encoding="utf-8"))
    found["origin"] = {"files": {"task": {"path": str(task)}}}
    (runs / "cccccccccccc" / "run.json").write_text(json.dumps(found), encoding="utf-8")
    return task


def sessions(pilot: Pilot[None], monkeypatch: Any) -> list[dict[str, Any]]:
    """Return a list of the sessions that the app is asked to open from now on."""
    begun: list[dict[str, Any]] = []
    monkeypatch.setattr(pilot.app, "open_session", lambda session=None, **start: begun.append({"id": session} | start))
    return begun


async def dialog(pilot: Pilot[None], kind: type[Screen[Any]] = TextModal) -> str:
    """Wait for a text's dialog, or for another screen, and return what is on the screen."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    return text_of(pilot.app)


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("size", SIZES)
async def test_runs_are_listed_with_what_they_came_to(size: tuple[int, int]) -> None:
    """The last changed first; odd names as they are; a damaged one too; large windows show the report too."""
    async with started("f4", size=size) as (app, pilot):
        # A picture must not tell where it was taken, which the end of a report does.
        report = app.screen.query_one("#report-text", Static)
        report.update(str(report.content).partition("\nRun ")[0])
        await settle(pilot)
        compare(app, "runs")
        text = text_of(app)
        assert "[bold]odd[/]" in text
        assert "cannot be read" in text
        assert "cut short" in text
        assert ("What would a larger one add?" in text) == (size != (80, 24))


async def test_without_a_run_it_says_how_one_begins() -> None:
    async with started("f4") as (app, pilot):
        compare(app, "runs-empty")
        assert "No run yet." in text_of(app)
        await press(pilot, "r", "o", "space", "c", "delete")
        assert isinstance(app.screen, RunsScreen)


@pytest.mark.usefixtures("runs")
async def test_enter_opens_the_page_that_a_session_ends_in() -> None:
    """Verdict, tabs, code and its actions; esc leads back to the list, with the cursor where it was."""
    async with started("f4") as (app, pilot):
        await pilot.press("down", "enter")
        text = await dialog(pilot, AnswerPage)
        compare(app, "runs-answer")
        assert "Use wordllama-l2-supercat-256" in text
        assert "What would a larger one add?" in text
        await press(pilot, "c")
        assert "def predict(texts)" in app.clipboard
        await press(pilot, "escape")
        assert isinstance(app.screen, RunsScreen)
        assert table(pilot).cursor_row == 1


async def test_a_run_that_was_cut_short_shows_how_far_it_came_and_goes_on(runs: Path, monkeypatch: Any) -> None:
    """No verdict but the best so far; g goes on; where the task file is gone, the page says so and what helps."""
    task = with_task_file(runs)
    async with started("f4") as (app, pilot):
        begun = sessions(pilot, monkeypatch)
        go_to(pilot, "cccccccccccc")
        await pilot.press("enter")
        text = await dialog(pilot, AnswerPage)
        compare(app, "runs-answer-cut-short")
        assert "g resumes it" in text
        await pilot.press("g")
        await reads(pilot, "no longer exists")
        task.write_text("name: x\n", encoding="utf-8")
        await pilot.press("g")
        await until(pilot, lambda: begun)
        assert begun == [{"id": None, "task_file": str(task)}]


async def test_a_damaged_run_of_home_says_so_on_its_page(runs: Path) -> None:
    """The reason in one line; nothing to copy or save; esc leads home."""
    async with started(notifications=True) as (app, pilot):
        app.open_run("dddddddddddd")
        await dialog(pilot, AnswerPage)
        await until(pilot, lambda: "is not JSON" in text_of(app))
        assert "Fill table" not in text_of(app)
        assert "Why" not in text_of(app)
        await press(pilot, "c", "s", "e", "n", "escape")
        assert app.current_mode == "home"
        assert isinstance(app.screen, HomeScreen)
    assert (runs / "dddddddddddd").is_dir()


@pytest.mark.usefixtures("runs")
async def test_a_damaged_run_says_why_and_can_be_deleted() -> None:
    """Enter shows the reason; delete asks, and the harmless answer is the one in focus."""
    async with started("f4") as (app, pilot):
        go_to(pilot, "dddddddddddd")
        await pilot.press("enter")
        assert "This run cannot be read" in await dialog(pilot)
        await press(pilot, "escape", "delete")
        compare(app, "runs-delete")
        await press(pilot, "enter")
        assert table(pilot).row_count == 4
        await press(pilot, "delete")
        await pilot.press("y")
        await until(pilot, lambda: table(pilot).row_count == 3)
        assert "dddddddddddd" not in [run.id for run in table(pilot)._runs]


async def test_a_run_in_use_is_not_deleted(runs: Path) -> None:
    """The error stands in place with what helps, and the run is there."""
    async with started("f4") as (app, pilot):
        with FileLock(runs / ".aaaaaaaaaaaa.lock"):
            await press(pilot, "home", "delete")
            assert isinstance(app.screen, Confirm)
            await pilot.press("y")
            await until(pilot, lambda: "is being worked on by another process" in text_of(app))
        compare(app, "runs-in-use")
    assert (runs / "aaaaaaaaaaaa" / "run.json").is_file()


@pytest.mark.usefixtures("runs")
async def test_two_runs_are_compared() -> None:
    """One is marked A, the other lies under the cursor; marking it too makes it B."""
    async with started("f4") as (app, pilot):
        await pilot.press("space", "down", "c")
        assert "A: run aaaaaaaaaaaa   B: run bbbbbbbbbbbb" in await dialog(pilot)
        compare(app, "runs-compare")
        await press(pilot, "escape", "space")
        assert table(pilot).marked == ["aaaaaaaaaaaa", "bbbbbbbbbbbb"]
        await pilot.press("down", "space")
        assert table(pilot).marked == ["bbbbbbbbbbbb", "cccccccccccc"]
        await pilot.press("space")
        assert table(pilot).marked == ["bbbbbbbbbbbb"]


@pytest.mark.usefixtures("runs")
async def test_a_comparison_is_made_although_the_cursor_moves_on(monkeypatch: Any) -> None:
    """Next to the report of the run that it leads to."""
    go, compare_now = threading.Event(), history.comparison
    monkeypatch.setattr(history, "comparison", lambda *given: (go.wait(PATIENCE), compare_now(*given))[1])
    async with started("f4", size=(160, 50)) as (_app, pilot):
        await pilot.press("space", "down", "c", "down", "up")
        await handled(pilot)
        go.set()
        assert "A: run aaaaaaaaaaaa   B: run bbbbbbbbbbbb" in await dialog(pilot)


@pytest.mark.usefixtures("runs")
async def test_a_comparison_of_one_says_how_it_is_made() -> None:
    """With nothing marked, or on the marked run, c tells what is to be done first; the footer shows it throughout."""
    async with started("f4") as (app, pilot):
        assert "c Compare" in text_of(app)
        await press(pilot, "c", "space", "c")
        found = [note.message for note in app._notifications]
        assert found == ["Mark one with space, go to another, and press c there."] * 2
        assert not isinstance(app.screen, TextModal)


async def test_a_run_of_a_session_goes_on_in_its_session(runs: Path, monkeypatch: Any) -> None:
    from advisor.workflow.sessions import change_shown

    change_shown("mysession", {"title": "speeches", "state": "probing", "runs": ["cccccccccccc"]})
    async with started("f4") as (_app, pilot):
        begun = sessions(pilot, monkeypatch)
        go_to(pilot, "cccccccccccc")
        await pilot.press("g")
        await until(pilot, lambda: begun)
        assert begun == [{"id": "mysession"}]
    assert (runs / "cccccccccccc").is_dir()


async def test_the_report_opens_in_the_browser(runs: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(webbrowser, "get", lambda *_: None)
    async with started("f4") as (app, pilot):
        urls: list[str] = []
        monkeypatch.setattr(app, "open_url", lambda url, **_: urls.append(url))
        await pilot.press("home", "o")
        await until(pilot, lambda: urls)
        assert urls == [(runs / "aaaaaaaaaaaa" / "report.html").as_uri()]
        assert "<html" in (runs / "aaaaaaaaaaaa" / "report.html").read_text(encoding="utf-8")[:200]


@pytest.mark.usefixtures("runs")
async def test_home_leads_to_a_runs_answer_and_f2_back() -> None:
    """Enter on what was begun earlier opens its answer; F2 shows home itself again."""
    async with started(size=(120, 40)) as (app, pilot):
        app.screen.query_one("#recent").focus()
        await pilot.press("home", "enter")
        assert "Use wordllama-l2-supercat-256" in await dialog(pilot, AnswerPage)
        await press(pilot, "f2")
        assert isinstance(app.screen, HomeScreen)
        assert len(app.screen_stack) == 1


async def test_a_folder_that_cannot_be_read_says_what_helps(home: Home) -> None:
    folder = home.data / "model-advisor"
    folder.mkdir(parents=True)
    (folder / "runs").write_text("", encoding="utf-8")
    async with started("f4") as (app, pilot):
        await reads(pilot, "cannot be read")
        assert "XDG_DATA_HOME" in text_of(app)
