"""Home: what it shows, what it begins, what it says where something is missing."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key, Paste
from textual.widgets import Input

from advisor.errors import OutOfReachError
from advisor.workflow.sessions import change_shown, folder_of, read_session, sessions
from catalog.store.generations import exclusive, land
from tests.conftest import PATIENCE, Home
from tests.tui.conftest import cards
from tests.tui.pages import press, started
from tests.tui.picture import SIZES, VAST, compare, text_of
from tests.tui.waiting import handled, settle, until
from tui import facts
from tui.app import AdvisorApp
from tui.dialogs.confirm import Confirm
from tui.facts import DAY, Age, FactText, Recent, age
from tui.finder import Finder
from tui.screens.page import Page
from tui.widgets.recent_list import RecentList
from tui.widgets.words_field import WordsField, rows_in, table_below

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


@pytest.mark.parametrize("size", [*SIZES, VAST])
@pytest.mark.usefixtures("recent")
async def test_home_with_something_to_go_on_with(size: tuple[int, int]) -> None:
    """Each entry has a mark and words of its state, never a colour alone; its time; odd names as they are."""
    async with started(size=size) as (app, _pilot):
        compare(app, "home")
        assert "[bold]odd[/] name" in text_of(app)


@pytest.mark.usefixtures("recent")
async def test_in_a_small_window_the_list_has_the_whole_width() -> None:
    """At 40 columns the facts stand below what there is to go on with; its lines can be read and picked."""
    async with started("tab", "tab", "tab", size=(40, 12)) as (app, _pilot):
        assert isinstance(app.focused, RecentList)
        compare(app, "home")
        assert app.focused.size.width > 30
        assert "◔ sort support mail…  questions open" in text_of(app)


async def test_what_began_a_session_leaves_the_fields(tmp_path: Path, monkeypatch: Any) -> None:
    """Home is empty again for another task; where the user stays with the session that is open, the words stay."""
    (tmp_path / "mails.csv").write_text("text,label\na,x\nb,y\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    async with started() as (app, pilot):
        home = app.screen
        await pilot.press(*"sort", "tab", *"mails.csv")
        app.show_session(Page, is_new=True)
        await settle(pilot)
        assert home.query_one(WordsField).text == ""
        assert home.query_one("#examples", Input).value == ""
        home.query_one(WordsField).text = "another"
        app.show_session(Page, is_new=True)
        await settle(pilot)
        assert home.query_one(WordsField).text == "another"


async def test_an_empty_home() -> None:
    """With nothing to go on with it says where that will be."""
    async with started() as (app, _pilot):
        compare(app, "home-empty")
        assert "Nothing yet." in text_of(app)


async def test_home_before_anything_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is complete before any fact is there, and the field for the task has the focus."""
    monkeypatch.setattr("tui.screens.home.HomeScreen._look_around", lambda _self: None)
    monkeypatch.setattr("tui.screens.home.HomeScreen._look_up_recents", lambda _self: None)
    async with started() as (app, _pilot):
        compare(app, "home-loading")
        assert isinstance(app.focused, WordsField)


async def test_a_fact_that_fails_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said in its place, in one line, and the page goes on."""

    def fail() -> FactText:
        raise OutOfReachError("the disk [bold]is[/] gone\n\x1b[31m")

    facts = (("disk", "Disk", fail), ("memory", "Memory", lambda: FactText("1 GB of 2 GB free")))
    monkeypatch.setattr("tui.screens.home.facts", lambda _: facts)

    def recents() -> list[Recent]:
        raise OutOfReachError("/runs: cannot be read (it is a file)")

    monkeypatch.setattr("tui.screens.home.recents", recents)
    async with started() as (app, _pilot):
        compare(app, "home-failed")
        text = text_of(app)
        assert "the disk [bold]is[/]" in text
        assert "\x1b" not in text
        assert "1 GB of 2 GB free" in text
        assert "Cannot be looked up" in text


async def test_what_was_written_begins_a_session(tmp_path: Path, monkeypatch: Any) -> None:
    """Words and a file, whose path is absolute; a task file, without questions; a pasted text, all its lines."""
    (tmp_path / "mails.csv").write_text("text,label\na,x\nb,y\n", encoding="utf-8")
    (tmp_path / "task.yaml").write_text("name: x\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    async with started() as (app, pilot):
        opened = Opened(app, monkeypatch)
        words, path = app.screen.query_one(WordsField), app.screen.query_one("#examples", Input)
        await press(pilot, *"sort", "space", *"mails", "tab", *"mails.csv", "enter")
        words.text, path.value = "", str(tmp_path / "task.yaml")
        await press(pilot, "ctrl+s")
        path.value = ""
        words.focus()
        app.post_message(Paste("first line\nsecond line"))
        await settle(pilot)
        await press(pilot, "shift+enter", "x", "enter")
        assert opened.sessions == [
            (None, {"words": "sort mails", "examples": str(tmp_path / "mails.csv"), "answers": {}}),
            (None, {"task_file": str(tmp_path / "task.yaml")}),
            (None, {"words": "first line\nsecond line\nx", "examples": None}),
        ]


def test_a_task_begun_with_a_file_alone_is_called_by_the_files_name(tmp_path: Path, monkeypatch: Any) -> None:
    """Its folders would push the time out of the line; words stand as they are."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for session, title in (("aaa", str(tmp_path / "a folder/of/mails.csv")), ("bbb", "sort mails and/or faxes")):
        folder_of(session).mkdir(parents=True)
        change_shown(session, {"title": title, "state": "asking"})
    assert {recent.id: recent.title for recent in facts.recents()} == {
        "aaa": "mails.csv",
        "bbb": "sort mails and/or faxes",
    }


def test_a_pasted_table_is_told_from_a_text() -> None:
    """By rows of as many cells, whatever is between them; blanks, commas and semicolons of prose are none."""
    for pasted, rows in (
        ("text;label\nwin money;spam\nsee you;ham\n", 3),
        ('text,label\n"now, then",spam\n\nsee you,ham', 3),
        ("Sort mails, please.\nThree labels: a, b, c.\nThanks, Ada", 0),
        ("bug\nother\nspam", 0),
        ("text,label\nwin money,spam", 0),
    ):
        assert rows_in(pasted) == rows


def test_a_table_below_words_is_told_from_them() -> None:
    """After a blank line or a colon, or by its tabs; without either the whole is a text."""
    table = "text\tlabel\nwin money\tspam\nsee you\tham\n"
    assert table_below(f"Sort these, please.\n\n{table}") == ("Sort these, please.", table)
    assert table_below(f"Sort these.\nLike here:\n{table}") == ("Sort these.\nLike here:", table)
    assert table_below(table) == ("", table)
    assert table_below(f"Sort these.\n{table}") == ("Sort these.", table)
    assert table_below("Sort these.\n" + table.replace("\t", ",")) is None
    assert table_below("Sort mails, please.\n\nThree labels: a, b, c.\n\nThanks, Ada") is None


async def test_a_pasted_table_is_offered_as_a_file() -> None:
    """Cells copied from a spreadsheet; who wants them as a text has them as a text."""
    table = "text\tlabel\nwin money\tspam\nsee you\tham"
    async with started() as (app, pilot):
        words, path = app.screen.query_one(WordsField), app.screen.query_one("#examples", Input)
        for key, above, text in (("n", "", table), ("n", "Sort:\n", f"Sort:\n{table}"), ("y", "Sort:\n", "Sort:")):
            words.text = ""
            words.post_message(Paste(above + table))
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await handled(pilot)
            assert "3 pasted rows" in text_of(app)
            await pilot.press(key)
            await until(pilot, lambda: not isinstance(app.screen, Confirm))
            await handled(pilot)
            assert (words.text, bool(path.value)) == (text, key == "y")
        assert Path(path.value).read_text(encoding="utf-8") == f"{table}\n"  # noqa: ASYNC240  a few bytes
        taken, path.value = path.value, ""
        path.post_message(Paste(table))  # a table is no path
        await until(pilot, lambda: path.value == taken)


CANNOT_BEGIN = {
    "": "There is nothing to begin with yet.",
    "no-such-file.csv": "1 Name another file",
    "good.cvs": "1 Take good.csv",
    "holds/": "1 Take mails.csv",
    "empty/": "2 Go on without it",
    "ada/mails": "1 Take hf://datasets/ada/mails",
    "~nobody-of-this-name/x.csv": "no such file.",
    "x" * 300 + ".csv": "2 Go on without it",
}


async def test_what_cannot_begin_says_why_and_what_helps(tmp_path: Path, monkeypatch: Any) -> None:
    """Why, and numbered ways on: what may be meant instead comes first; nothing is begun."""
    for name in ("empty", "holds"):
        (tmp_path / name).mkdir()
    for name in ("good.csv", "holds/mails.csv"):
        (tmp_path / name).write_text("text,label\na,x\nb,y\n", encoding="utf-8")
    (tmp_path / "holds/prices.csv").write_text("item,price,shop\na,1,x\nb,2,y\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    async with started() as (app, pilot):
        opened = Opened(app, monkeypatch)
        for path, shown in CANNOT_BEGIN.items():
            app.screen.query_one("#examples", Input).value = path
            await press(pilot, "ctrl+s")
            assert shown in text_of(app)
            if not path:
                compare(app, "home-nothing-written")
            await pilot.press("escape")
        assert opened.sessions == []
        app.screen.query_one("#examples", Input).value = "good.cvs"
        await press(pilot, "ctrl+s", "1")
        await until(pilot, lambda: opened.sessions)
        assert opened.sessions[0][1]["examples"] == str(tmp_path / "good.csv")


UNREADABLE = {
    "x.csv": (b"", "x.csv: is empty.", "It needs at least two examples"),
    "x.jsonl": (b'{"text": "a"}\n{"text": \n{"text": "b"}\n', "x.jsonl:2:", ""),
}


async def test_a_file_that_cannot_be_read_has_ways_out(tmp_path: Path, monkeypatch: Any) -> None:
    """Why, and the cure; by number another file is named, or the task begins without one."""
    (tmp_path / "good.csv").write_text("text,label\na,x\nb,y\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    async with started(size=(100, 30)) as (app, pilot):
        opened = Opened(app, monkeypatch)
        field = app.screen.query_one("#examples", Input)

        async def begin_with(name: str, *keys: str) -> str:
            field.value = name
            await press(pilot, "ctrl+s")
            text = " ".join(text_of(app).replace("│", " ").split())  # a line that goes on
            await press(pilot, *keys)
            return text

        for name, (content, shown, cure) in UNREADABLE.items():
            (tmp_path / name).write_bytes(content)
            text = await begin_with(name, "1")
            assert shown in text
            assert cure in text
            assert app.focused is field
        assert opened.sessions == []
        await begin_with("good.csv")
        (tmp_path / "x.csv").write_bytes(b"")
        assert "2 Go on without it" in await begin_with("x.csv", "2")
        assert opened.sessions == [
            (None, {"words": "", "examples": str(tmp_path / "good.csv"), "answers": {}}),
            (None, {"words": "", "examples": None, "answers": {"examples": None}}),
        ]


async def test_the_path_is_proposed_and_taken_with_tab_or_the_right_arrow(tmp_path: Path, monkeypatch: Any) -> None:
    """The first entry of the folder that goes on as was typed, also by enter; without one tab goes on to the next."""
    (tmp_path / "mails-of-march.csv").write_text("text,label\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    async with started() as (app, pilot):
        await pilot.press("tab", *"mai")
        field = app.screen.query_one("#examples", Input)
        await until(pilot, lambda: field._suggestion)
        await pilot.press("right")
        assert field.value == "mails-of-march.csv"
        await pilot.press("backspace", "backspace")
        await until(pilot, lambda: field._suggestion == "mails-of-march.csv")
        await pilot.press("tab")
        assert (field.value, field.has_focus) == ("mails-of-march.csv", True)
        await pilot.press("tab")
        assert not field.has_focus
        await pilot.press("shift+tab", "backspace")
        await until(pilot, lambda: field._suggestion == "mails-of-march.csv")
        await pilot.press("enter")
        assert field.value == "mails-of-march.csv"


async def test_what_cannot_be_proposed_ends_no_session(monkeypatch: Any) -> None:
    """As where a module's import fails, because another thread imports it, too."""

    def fails(_: str) -> None:
        raise KeyError("a module")

    monkeypatch.setattr("tui.screens.home._entries", fails)
    async with started() as (app, pilot):
        await pilot.press("tab", *"mai")
        await app.workers.wait_for_complete()
        assert app.screen.query_one("#examples", Input).value == "mai"


@pytest.mark.usefixtures("recent")
async def test_an_entry_is_opened_by_what_it_is(monkeypatch: Any) -> None:
    async with started() as (app, pilot):
        opened = Opened(app, monkeypatch)
        await pilot.press("tab", "tab", "tab", "enter", "down", "enter")
        await handled(pilot)
        assert opened.sessions == [("aaa", {})]
        assert opened.runs == ["bbb"]


# The starter models ----------------------------------------------------------------------------------------------


async def test_one_thread_looks_around_however_often_home_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a fact takes long, as the catalog's does at the first start; the others are shown before it."""
    go, asked = threading.Event(), []

    def slow() -> FactText:
        asked.append(1)
        go.wait(PATIENCE)
        return FactText("18,798 models")

    shown = (("catalog", "Catalog", slow), ("disk", "Disk", lambda: FactText("212 GB free")))
    monkeypatch.setattr("tui.screens.home.facts", lambda _: shown)
    app = AdvisorApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "212 GB free" in " ".join(text_of(app).split()), lambda: text_of(app))
        for _ in range(4):
            await pilot.press("f3", "f2")
            await handled(pilot)
        assert len(asked) == 1
        go.set()
        await until(pilot, lambda: "18,798 models" in " ".join(text_of(app).split()), lambda: text_of(app))
        assert len(asked) == 1


def test_an_oddly_named_folder_hides_no_session(home: Home) -> None:
    (home.data / "model-advisor" / "sessions" / "abc123 (copy)").mkdir(parents=True)
    assert sessions() == []
    assert read_session("abc123 (copy)") is None


# The catalog's age -----------------------------------------------------------------------------------------------


def test_the_catalogs_age_is_that_of_its_facts(
    small_catalog: Home, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """What is imported is as old as its newest fact, what is refreshed as old as that, what says no day has none."""
    finder = Finder()
    request.addfinalizer(finder.leave)
    assert age(finder).words == "facts of 2026-08-22, 9 days old"
    with exclusive():
        land([card.to_json() for card in cards()[:2]], "refresh")
    today = datetime.now(UTC).date().isoformat()
    monkeypatch.setattr("tui.facts._seconds_since", lambda day: {today: 60.0}[day])
    assert age(finder).words == f"facts of {today}, of today"


@pytest.mark.parametrize(
    ("day", "seconds", "words"),
    [
        ("2026-08-22", 95 * DAY, "facts of 2026-08-22, 3 months old"),
        ("2026-08-22", 1.5 * DAY, "facts of 2026-08-22, 1 day old"),
        ("", None, "facts of no known day"),
    ],
)
def test_an_age_in_words(day: str, seconds: float | None, words: str) -> None:
    assert Age(5, day, seconds).words == words


async def test_what_is_typed_right_after_tab_goes_to_the_next_field() -> None:
    """Also where the keys come faster than they are handled, as over a slow line."""
    async with started() as (app, pilot):
        for key, character in (("tab", "\t"), ("a", "a"), ("b", "b"), ("shift+tab", None), ("c", "c")):
            app.post_message(Key(key, character))
        await settle(pilot)
        assert app.screen.query_one("#examples", Input).value == "ab"
        assert app.screen.query_one(WordsField).text == "c"
