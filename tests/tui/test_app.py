"""The app around the pages: themes, settings, sizes, leaving, faults, and what it imports before it is painted."""

import asyncio
import json
import os
import subprocess
import sys
import webbrowser
from typing import Any

import pytest
from textual.containers import Vertical
from textual.geometry import Size
from textual.messages import ExitApp

from advisor.workflow import settings
from tests.conftest import ROOT, Home, run_python
from tests.tui.picture import compare, rows_of, text_of
from tests.tui.waiting import handled, settle
from tui import browser, themes
from tui.app import AdvisorApp
from tui.dialogs.confirm import Confirm
from tui.dialogs.text_modal import TextModal, room, visible
from tui.screens.page import Page
from tui.themes import NAMES
from tui.widgets.error_box import ErrorBox
from tui.widgets.keys_line import KeysLine
from tui.widgets.title import TitleLine
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
    settings.keep("theme", theme)
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        compare(app, f"home-{theme}")


async def test_no_color_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR every cell has the terminal's own colours; what is in focus and what is chosen still shows."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        compare(app, "home-no-colour")
        colours = {colour for row in rows_of(app) for _, look in row for colour in look[:2]}
        assert len(colours) == 2  # reversed where something is marked
        await pilot.press("f9")
        await settle(pilot)
        assert len({colour for row in rows_of(app) for _, look in row for colour in look[:2]}) == 2
        assert ["NO_COLOR is set" in note.message for note in app._notifications] == [True]
        assert not settings.path().exists()


async def test_a_theme_is_looked_at_and_kept() -> None:
    """The session shows the one at the cursor; esc leaves it as it was, enter keeps it for the next session."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f9", "down")
        assert app.theme == "light"
        await pilot.press("escape")
        assert app.theme == "dark"
        assert not settings.path().exists()
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
    """And can be written again."""
    settings.path().parent.mkdir(parents=True)
    settings.path().write_text(content, encoding="utf-8")
    assert themes.chosen() == "dark"
    assert settings.keep("theme", "light")
    assert json.loads(settings.path().read_text(encoding="utf-8"))["theme"] == "light"


def test_a_choice_that_cannot_be_kept_ends_nothing() -> None:
    """A folder that is a file."""
    settings.path().parent.parent.mkdir(parents=True)
    settings.path().parent.write_text("", encoding="utf-8")
    assert not settings.keep("theme", "light")
    assert themes.chosen() == "dark"


async def test_the_window_may_have_any_size_at_any_time() -> None:
    """Smaller than anything fits, larger than anything needs, and back; on every page and below a dialog."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("f2", "f4", "f1"):
            await pilot.press(key)
            for width, height in ((20, 6), (200, 60), (1, 1), (80, 24), (100, 32), (150, 10)):
                await pilot.resize_terminal(width, height)
                await handled(pilot)
                assert app.size == Size(width, height)
        assert app.is_running


async def test_ways_in_the_title_and_keys_at_the_foot_can_be_clicked() -> None:
    """A click on a page's name goes there; a click on a key does what the key does."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        line = text_of(app).splitlines()[0]
        await pilot.click(TitleLine, offset=(line.index("Runs") + 1, 0))
        await settle(pilot)
        assert app.current_mode == "runs"
        foot = text_of(app).splitlines()[-1]
        await pilot.click(KeysLine, offset=(foot.index("Help") + 1, 0))
        await settle(pilot)
        assert isinstance(app.screen, TextModal)


async def test_escape_leads_back_home() -> None:
    """From pages beside it; at home it does nothing."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f4", "escape")
        assert app.current_mode == "home"
        await pilot.press("escape")
        assert app.current_mode == "home"
        assert app.is_running


class Busy(Page, page="busy"):
    """A page that is in the middle of something."""

    TITLE_TEXT = "Busy"
    closed = 0

    def busy_with(self) -> str:
        """Say so."""
        return "A [bold]probe[/] is running."

    def close_down(self) -> None:
        """Count."""
        Busy.closed += 1


async def test_leaving_in_the_middle_asks_and_closes_down() -> None:
    """Twice the key asks once; no stays; yes closes down and ends."""
    Busy.closed = 0
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.add_mode("session", Busy)
        app.switch_mode("session")
        await settle(pilot)
        await pilot.press("ctrl+q", "ctrl+q")
        await settle(pilot)
        compare(app, "leaving")
        assert isinstance(app.screen, Confirm)
        assert "A [bold]probe[/] is running." in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert app.is_running
        assert isinstance(app.screen, Busy)
        await pilot.press("ctrl+q")
        await settle(pilot)
        await pilot.press("left", "right", "y")
        await handled(pilot)
    assert Busy.closed == 1
    assert app.return_code == 0


async def test_a_closed_tab_closes_down_without_asking() -> None:
    """The browser's server sends the toolkit's own message."""
    Busy.closed = 0
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.add_mode("session", Busy)
        app.switch_mode("session")
        await settle(pilot)
        app.post_message(ExitApp())
        await handled(pilot)
    assert Busy.closed == 1


async def test_another_run_asks_before_the_open_one_is_closed(monkeypatch: Any) -> None:
    """No goes to the open one; yes closes it down and opens the other."""
    Busy.closed = 0
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.add_mode("session", Busy)
        app.switch_mode("session")
        await settle(pilot)
        await pilot.press("f2")
        opened: list[str | None] = []
        monkeypatch.setattr(app, "_import_session", lambda session, _start, **_: opened.append(session))
        app.open_session("other")
        await settle(pilot)
        assert "Another task is open." in text_of(app)
        await pilot.press("n")
        await settle(pilot)
        assert isinstance(app.screen, Busy)
        assert opened == []
        app.open_session("other")
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert opened == ["other"]
        assert Busy.closed == 1


async def test_a_session_that_cannot_be_opened_is_one_line(monkeypatch: Any) -> None:
    """Told in place with where the details are; the app goes on."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        monkeypatch.setattr("tui.app.importlib.import_module", lambda _name: 1 // 0)
        app.open_session(words="x")
        while "cannot be opened" not in " ".join(text_of(app).split()):
            await pilot.pause(0.01)
        assert app.is_running


async def test_ctrl_c_says_how_to_quit_and_copies_in_a_field() -> None:
    """It ends nothing."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        field = app.screen.query_one(WordsField)
        field.insert("kept")
        field.select_all()
        await pilot.press("ctrl+c")
        assert app.clipboard == "kept"
        app.screen.query_one("#recent").focus()
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert "ctrl+q quits." in text_of(app)


def test_a_fault_is_one_line_and_a_log(home: Home) -> None:
    """An error nobody foresaw ends the session with one line on standard error, its traceback in a file."""
    code = """
import sys
from tui.app import AdvisorApp
from tui.screens.home import HomeScreen
import tui

def fail(self):
    raise RuntimeError("a [bold]bug[/]\\x1b[31m")

HomeScreen.on_mount = fail
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


def test_a_fault_ends_what_still_runs(home: Home) -> None:
    """Else the shell would come back only when the refresh is over."""
    code = """
import asyncio, sys, time
from tui.app import AdvisorApp
from tui.background_job import BackgroundJob
from tui.screens.home import HomeScreen
from tui.widgets.job_line import JobLine
import tui

def begin(self):
    self.query_one(JobLine).begin(BackgroundJob("it", (sys.executable, "-c", "import time; time.sleep(60)"), "x"), "…")
    self.set_timer(0.5, lambda: 1 // 0)

HomeScreen.on_mount = begin
AdvisorApp.run.__kwdefaults__ = {**(AdvisorApp.run.__kwdefaults__ or {}), "headless": True}
sys.exit(tui.run())
"""
    command = [sys.executable, "-c", code]
    environment = os.environ | home.environment
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment, timeout=30)
    assert done.returncode == 70, done.stdout + done.stderr
    assert "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize("turns", range(6))
async def test_quitting_while_a_page_is_laid_out_is_no_fault(turns: int) -> None:
    """Whenever the end is asked for."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
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


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_long_text_scrolls_and_is_copied_whole(size: tuple[int, int]) -> None:
    """Markup, escapes and directions are shown; no line of the announced width is wrapped."""
    text = "\n".join(
        [
            "x" * room(size[0]),
            "[bold]not bold[/] [/",
            "\x1b[31mred\u202e",
            "tab\there",
            "你好 שלום",
            *map(str, range(200)),
        ]
    )
    app = AdvisorApp()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await app.push_screen(TextModal("A [b]title[/]", text))
        await settle(pilot)
        compare(app, "long-text")
        shown = text_of(app)
        assert "x" * room(size[0]) in shown
        assert "[bold]not bold[/] [/" in shown
        assert "\\x1b[31mred\\u202e" in shown
        await pilot.press("end", "y")
        await settle(pilot)
        assert "199" in text_of(app)
        assert app.clipboard == visible(text)
        await pilot.press("escape")


async def test_an_error_box_shows_any_text() -> None:
    """What happened and what helps, on lines of their own; clearing hides it."""
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        box = ErrorBox()
        await app.screen.query_one("#new", Vertical).mount(box)
        box.show("[/] went\nwrong \x1b[0m", "do [that]")
        await settle(pilot)
        assert "✗ [/] went wrong \\x1b[0m" in text_of(app)
        assert "→ do [that]" in text_of(app)
        box.clear()
        await settle(pilot)
        assert "do [that]" not in text_of(app)
