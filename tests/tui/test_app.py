"""The app around the pages: themes, settings, sizes, leaving, faults, and what it imports before it is painted."""

import asyncio
import json
import webbrowser
from typing import Any

import pytest
from textual.messages import ExitApp

from advisor.report.sanitize import visible
from advisor.workflow import settings
from tests.conftest import Home, run_python
from tests.tui.pages import press, started
from tests.tui.picture import compare, rows_of, text_of
from tests.tui.waiting import handled, reads, settle
from tui import browser, themes
from tui.app import AdvisorApp
from tui.dialogs.confirm import Confirm
from tui.dialogs.text_modal import TextModal, room
from tui.screens.page import Page
from tui.themes import NAMES
from tui.widgets.bars import KeysLine, TitleLine
from tui.widgets.words_field import WordsField

# The main process paints home without any of these.
NOT_BEFORE_PAINT = (
    "numpy", "pydantic", "langgraph", "langchain_core", "torch", "transformers", "sklearn", "faiss", "catalog",
    "duckdb", "huggingface_hub", "advisor.workflow.pipeline", "advisor.task", "advisor.runs", "advisor.candidates",
    "advisor.formats", "typer", "psutil", "aiohttp", "textual_serve",
)  # fmt: skip


def test_home_is_painted_before_the_engine_is_imported(home: Home) -> None:
    """A process of its own paints home and says what it has imported by then."""
    code = f"""
import asyncio, sys
from advisor.cli.session import can_draw
from tui.app import AdvisorApp
from tui.screens.home import HomeScreen
HomeScreen._look_around = HomeScreen._look_up_recents = AdvisorApp._import_pages = lambda self: None

async def main():
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        while not app.screen.query_one("#words").has_focus:
            await pilot.pause()
        names = {NOT_BEFORE_PAINT!r}
        print("LOADED", [m for m in sys.modules if m in names or m.startswith(tuple(n + "." for n in names))])

asyncio.run(main())
"""
    done = run_python("-c", code, home=home)
    assert "LOADED []" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("theme", ["light", "terminal"])
async def test_home_in_every_theme(theme: str) -> None:
    """The theme that was chosen is that of the first screen."""
    settings.keep_setting("theme", theme)
    async with started() as (app, _pilot):
        compare(app, f"home-{theme}")


async def test_no_color_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR every cell has the terminal's own colours; what is in focus and what is chosen still shows."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with started() as (app, pilot):
        compare(app, "home-no-colour")
        colours = {colour for row in rows_of(app) for _, look in row for colour in look[:2]}
        assert len(colours) == 2  # reversed where something is marked
        await press(pilot, "f9")
        assert len({colour for row in rows_of(app) for _, look in row for colour in look[:2]}) == 2
        assert ["NO_COLOR is set" in note.message for note in app._notifications] == [True]
        assert not settings.settings_file().exists()


async def test_a_theme_is_looked_at_and_kept() -> None:
    """The session shows the one at the cursor; esc leaves it as it was, enter keeps it for the next session."""
    async with started() as (app, pilot):
        await pilot.press("f9", "down")
        assert app.theme == "light"
        await pilot.press("escape")
        assert app.theme == "dark"
        assert not settings.settings_file().exists()
        await pilot.press("f9", "end", "f9")
        last = app.theme
        assert last == NAMES[-1]
        await pilot.press("enter")
        assert app.theme == last
        await settle(pilot)
    assert themes.chosen() == last
    assert AdvisorApp().theme == last


@pytest.mark.parametrize("content", ["", "{", "[]", '{"theme": 7}', '{"theme": "pink"}', '{"more": 1}', "9" * 100_000])
def test_a_damaged_choice_is_the_first_theme(content: str) -> None:
    """One of another kind can be chosen again; a file that cannot be read stays as it is, for the user to mend."""
    settings.settings_file().parent.mkdir(parents=True)
    settings.settings_file().write_text(content, encoding="utf-8")
    assert themes.chosen() == "dark"
    is_readable = content.startswith('{"')
    assert settings.keep_setting("theme", "light") == is_readable
    kept = settings.settings_file().read_text(encoding="utf-8")
    assert json.loads(kept)["theme"] == "light" if is_readable else kept == content


def test_a_choice_that_cannot_be_kept_ends_nothing() -> None:
    settings.settings_file().parent.parent.mkdir(parents=True)
    settings.settings_file().parent.write_text("", encoding="utf-8")
    assert not settings.keep_setting("theme", "light")
    assert themes.chosen() == "dark"


async def test_ways_in_the_title_and_keys_at_the_foot_can_be_clicked() -> None:
    """A click on a page's name goes there; a click on a key does what the key does; escape leads back home."""
    async with started() as (app, pilot):
        line = text_of(app).splitlines()[0]
        await pilot.click(TitleLine, offset=(line.index("Runs") + 1, 0))
        await settle(pilot)
        assert app.current_mode == "runs"
        foot = text_of(app).splitlines()[-1]
        await pilot.click(KeysLine, offset=(foot.index("Help") + 1, 0))
        await settle(pilot)
        assert isinstance(app.screen, TextModal)
        await pilot.press("escape", "escape", "escape")
        assert app.current_mode == "home"


class Busy(Page, page="busy"):
    """A page that is in the middle of something."""

    TITLE_TEXT = "Busy"
    closed = 0

    def busy_with(self) -> str:
        return "A [bold]probe[/] is running."

    def close_down(self) -> None:
        Busy.closed += 1


async def test_leaving_in_the_middle_asks_and_closes_down() -> None:
    """Twice the key asks once; no stays; yes closes down and ends."""
    Busy.closed = 0
    async with started() as (app, pilot):
        app.add_mode("session", Busy)
        app.switch_mode("session")
        await settle(pilot)
        await press(pilot, "ctrl+q", "ctrl+q")
        compare(app, "leaving")
        assert isinstance(app.screen, Confirm)
        assert "A [bold]probe[/] is running." in text_of(app)
        await press(pilot, "escape")
        assert app.is_running
        assert isinstance(app.screen, Busy)
        await press(pilot, "ctrl+q")
        await pilot.press("left", "right", "y")
        await handled(pilot)
    assert Busy.closed == 1
    assert app.return_code == 0


async def test_a_closed_tab_closes_down_without_asking() -> None:
    """The browser's server sends the toolkit's own message."""
    Busy.closed = 0
    async with started() as (app, pilot):
        app.add_mode("session", Busy)
        app.switch_mode("session")
        await settle(pilot)
        app.post_message(ExitApp())
        await handled(pilot)
    assert Busy.closed == 1


async def test_a_session_that_cannot_be_opened_is_one_line(monkeypatch: Any) -> None:
    """Reported in place with the path of the details; the app goes on."""
    async with started(notifications=True) as (app, pilot):
        monkeypatch.setattr("tui.app.importlib.import_module", lambda _name: 1 // 0)
        app.open_session(words="x")
        await reads(pilot, "cannot be opened")
        assert app.is_running


async def test_ctrl_c_says_how_to_quit_and_copies_in_a_field() -> None:
    async with started(notifications=True) as (app, pilot):
        field = app.screen.query_one(WordsField)
        field.insert("kept")
        field.select_all()
        await pilot.press("ctrl+c")
        assert app.clipboard == "kept"
        app.screen.query_one("#recent").focus()
        await press(pilot, "ctrl+c")
        assert "ctrl+q quits." in text_of(app)
        (toast,) = app.screen.query("Toast")
        assert (toast.region.y, toast.region.height) == (app.size.height - 1, 1), "over the keys alone"


@pytest.mark.usefixtures("cold")  # begun warm it hung once in fifty times on a busy machine, as a user's never did
def test_a_fault_is_one_line_and_a_log_and_ends_what_still_runs(home: Home) -> None:
    """An unexpected error: one line on standard error, its traceback in a file, the shell comes back at once."""
    code = """
import sys
from tui.app import AdvisorApp
from tui.background_job import BackgroundJob
from tui.screens.home import HomeScreen
from tui.widgets.job_line import JobLine
import tui

def fail():
    raise RuntimeError("a [bold]bug[/]\\x1b[31m")

def begin(self):
    self.query_one(JobLine).begin(BackgroundJob("it", (sys.executable, "-c", "import time; time.sleep(600)"), "x"), "…")
    self.set_timer(0.5, fail)

HomeScreen.on_mount = begin
AdvisorApp.run.__kwdefaults__ = {**(AdvisorApp.run.__kwdefaults__ or {}), "headless": True}
sys.exit(tui.run())
"""
    done = run_python("-c", code, home=home)
    assert done.returncode == 70, done.stdout + done.stderr
    line = done.stderr.strip()
    assert "\n" not in line
    assert line.startswith("error: a fault in model-advisor (RuntimeError: a [bold]bug[/]\\x1b[31m); attach ")
    assert "Traceback" not in done.stdout + done.stderr
    (log,) = (home.data / "model-advisor" / "crashes").iterdir()
    assert line.endswith(f"attach {log} to a report")
    assert "in fail" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("turns", [0, 2, 5])
async def test_quitting_while_a_page_is_laid_out_is_no_fault(turns: int) -> None:
    async with started() as (app, _pilot):
        app.action_catalog()
        for _ in range(turns):
            await asyncio.sleep(0)
        app.exit()
    assert app.fault is None
    assert app.return_code == 0


@pytest.mark.parametrize(("kind", "is_one"), [(webbrowser.BackgroundBrowser, True), (webbrowser.GenericBrowser, False)])
def test_a_browser_of_the_terminal_is_none(monkeypatch: pytest.MonkeyPatch, kind: type[Any], *, is_one: bool) -> None:
    """It would take the terminal from the session."""
    monkeypatch.setattr(webbrowser, "get", lambda: kind("lynx"))
    assert browser._has_browser() is is_one


async def test_a_long_text_scrolls_and_is_copied_whole() -> None:
    """Markup, escapes and directions are shown; no line of the announced width is wrapped."""
    odd = ("[bold]not bold[/] [/", "\x1b[31mred\u202e", "tab\there", "你好 שלום")
    text = "\n".join(["x" * room(80), *odd, *map(str, range(200))])
    async with started() as (app, pilot):
        await app.push_screen(TextModal("A [b]title[/]", text))
        await settle(pilot)
        compare(app, "long-text")
        shown = text_of(app)
        assert "x" * room(80) in shown
        assert "[bold]not bold[/] [/" in shown
        assert "\\x1b[31mred\\u202e" in shown
        await press(pilot, "end", "y")
        assert "199" in text_of(app)
        assert app.clipboard == visible(text)
        await pilot.press("escape")
