"""One task after another, quickly: a page that is taken away while something is still to be done on it."""

import random
from pathlib import Path

import pytest

from tests.tui import loops
from tests.tui.pages import opened, started
from tests.tui.picture import text_of
from tests.tui.waiting import settle, until
from tui.deferred import when_drawn
from tui.dialogs.confirm import Confirm
from tui.screens.session import SessionPage

SWITCHES = 6


async def test_what_was_put_off_is_dropped_with_its_page() -> None:
    """The page in front by then calls it, while the parts of its own page go one after the other."""
    done: list[str] = []
    async with opened(loops.asking(loops.LICENSE)) as session:
        await session.until(lambda: session.page.state.question)
        when_drawn(session.page, done.append, "there")
        await session.until(lambda: done)
        session.page.close_down()
        session.app.switch_mode("home")
        when_drawn(session.page, done.append, "gone")
        session.page.remove()
        await settle(session.pilot)
        assert done == ["there"]
        assert session.app.fault is None


@pytest.mark.usefixtures("here")
async def test_one_task_after_another_ends_in_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home, another file, yes, at any moment of the page that goes: the app lives, and the last task is open."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"text": "one", "label": "a"}\n{"text": \n', encoding="utf-8")
    (tmp_path / "b.txt").write_text("one\ntwo\nthree\n", encoding="utf-8")
    drawn = random.Random(5)
    async with started(size=(120, 40), notifications=True) as (app, pilot):
        for turn in range(SWITCHES):
            if app.has_session:
                await until(pilot, lambda: isinstance(app.screen, SessionPage))  # and no longer: it has more to do
                await pilot.pause(drawn.random() * 0.2)
            app.action_home()
            app.open_session(examples=("a.jsonl", "b.txt")[turn % 2])
            await pilot.pause()
            if isinstance(app.screen, Confirm):
                await pilot.press("y")
            assert app.fault is None, app.fault
        await until(pilot, lambda: isinstance(app.screen, SessionPage))
        await settle(pilot)
        assert app.fault is None, app.fault
        app.close_down()


@pytest.mark.usefixtures("here")
async def test_getting_ready_is_said_until_it_is(tmp_path: Path) -> None:
    """The word for it lies on no page of the session."""
    (tmp_path / "b.txt").write_text("one\ntwo\nthree\n", encoding="utf-8")
    async with started(size=(120, 40), notifications=True) as (app, pilot):
        app.open_session(examples=str(tmp_path / "b.txt"))
        await until(pilot, lambda: isinstance(app.screen, SessionPage))
        await settle(pilot)
        assert "Loading the interview" not in text_of(app)
        app.close_down()
