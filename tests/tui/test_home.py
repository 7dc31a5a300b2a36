"""Home: what it shows, what it begins, what it says where something is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from advisor.errors import OutOfReachError
from tests.tui.picture import SIZES, compare, settle, text_of
from tui.app import AdvisorApp
from tui.facts import Recent, Told
from tui.widgets.words_field import WordsField

if TYPE_CHECKING:
    from pathlib import Path


RECENTS = [
    Recent("session", "aaa", "sort support mails by what they are about", "asking", "", 1e9 - 120, is_open=True),
    Recent("run", "bbb", "spam", "passes", "wordllama-l2-supercat-256", 1e9 - 7200, is_open=False),
    Recent("run", "ccc", "speeches", "none", "", 1e9 - 9e4, is_open=False),
    Recent("run", "ddd", "[bold]odd[/] name", "not finished", "", 1e9 - 9e5, is_open=True),
    Recent("run", "eee", "مرحبا 你好", "damaged", "it is not JSON", 1e9 - 9e6, is_open=False),
]


class Opened:
    """Notes what an app was asked to open."""

    def __init__(self, app: AdvisorApp, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of opening."""
        self.sessions: list[tuple[str | None, dict[str, Any]]] = []
        self.runs: list[str] = []
        monkeypatch.setattr(app, "open_session", lambda session=None, **start: self.sessions.append((session, start)))
        monkeypatch.setattr(app, "open_run", self.runs.append)


@pytest.fixture
def recent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Home with sessions and runs of fixed times."""
    monkeypatch.setattr("tui.screens.home.recents", lambda: RECENTS)
    monkeypatch.setattr("tui.facts.time.time", lambda: 1e9)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.usefixtures("recent")
async def test_home_with_something_to_go_on_with(size: tuple[int, int]) -> None:
    """Each entry has a mark and words of its state, never a colour alone; its time; odd names as they are."""
    app = AdvisorApp()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        compare(app, "home")
        assert "[bold]odd[/] name" in text_of(app)


async def test_an_empty_home() -> None:
    """With nothing to go on with it says where that will be."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        compare(app, "home-empty")
        assert "Nothing yet." in text_of(app)


async def test_home_before_anything_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is complete before any fact is there, and the field for the task has the focus."""
    monkeypatch.setattr("tui.screens.home.HomeScreen._look_around", lambda _self: None)
    monkeypatch.setattr("tui.screens.home.HomeScreen._look_up_recents", lambda _self: None)
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        compare(app, "home-loading")
        assert isinstance(app.focused, WordsField)


async def test_a_fact_that_cannot_be_told_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said in its place, in one line, and the page goes on."""

    def fail() -> Told:
        raise OutOfReachError("the disk [bold]is[/] gone\n\x1b[31m")

    facts = (("disk", "Disk", fail), ("memory", "Memory", lambda: Told("1 GB of 2 GB free")))
    monkeypatch.setattr("tui.screens.home.FACTS", facts)

    def recents() -> list[Recent]:
        raise OutOfReachError("/runs: cannot be read (it is a file)")

    monkeypatch.setattr("tui.screens.home.recents", recents)
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        compare(app, "home-failed")
        text = text_of(app)
        assert "the disk [bold]is[/]" in text
        assert "\x1b" not in text
        assert "1 GB of 2 GB free" in text
        assert "Cannot be looked up" in text


async def test_words_and_a_file_begin_a_session(tmp_path: Path, monkeypatch: Any) -> None:
    """Enter in the field begins with what was written; the file's path is absolute."""
    (tmp_path / "mails.csv").write_text("text,label\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(app, monkeypatch)
        await pilot.press(*"sort", "space", *"mails")
        await pilot.press("tab", *"mails.csv", "enter")
        await pilot.pause()
        assert opened.sessions == [
            (None, {"words": "sort mails", "examples": str(tmp_path / "mails.csv")}),
        ]


async def test_a_pasted_text_of_several_lines_is_kept_whole(monkeypatch: Any) -> None:
    """What a job advert or a mail says about the task can be pasted as it is."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(app, monkeypatch)
        app.screen.query_one(WordsField).insert("first line\nsecond line")
        await pilot.press("shift+enter", "x", "enter")
        await pilot.pause()
        assert opened.sessions == [(None, {"words": "first line\nsecond line\nx", "examples": None})]


async def test_a_task_file_begins_without_questions(tmp_path: Path, monkeypatch: Any) -> None:
    """A YAML file in the place of examples is a task file."""
    (tmp_path / "task.yaml").write_text("name: x\n", encoding="utf-8")
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        opened = Opened(app, monkeypatch)
        app.screen.query_one("#examples", Input).value = str(tmp_path / "task.yaml")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert opened.sessions == [(None, {"task_file": str(tmp_path / "task.yaml")})]


@pytest.mark.parametrize(
    ("path", "told"),
    [("", "There is nothing to begin with yet."), ("no-such-file.csv", "is not there."), ("/", "is a folder.")],
)
async def test_what_cannot_begin_says_why_and_what_helps(monkeypatch: Any, path: str, told: str) -> None:
    """The error stands in place, with a cure; nothing is begun."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        opened = Opened(app, monkeypatch)
        app.screen.query_one("#examples", Input).value = path
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert opened.sessions == []
        assert told in text_of(app)
        if not path:
            compare(app, "home-nothing-written")


async def test_the_path_is_proposed_and_taken_with_the_right_arrow(tmp_path: Path, monkeypatch: Any) -> None:
    """The first entry of the folder that goes on as was typed."""
    (tmp_path / "mails-of-march.csv").write_text("text,label\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", *"mai")
        field = app.screen.query_one("#examples", Input)
        while not field._suggestion:
            await pilot.pause(0.01)
        await pilot.press("right")
        assert field.value == "mails-of-march.csv"


@pytest.mark.usefixtures("recent")
async def test_an_entry_is_opened_by_what_it_is(monkeypatch: Any) -> None:
    """A session goes on, a run is shown."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        opened = Opened(app, monkeypatch)
        await pilot.press("tab", "tab", "tab", "enter", "down", "enter")
        await pilot.pause()
        assert opened.sessions == [("aaa", {})]
        assert opened.runs == ["bbb"]
