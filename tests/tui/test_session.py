"""The page of a session: going on, failing with a cure, leaving at any time."""

import threading
from pathlib import Path
from typing import Any

from textual.widgets import DataTable

from advisor.errors import OutOfReachError
from advisor.execution.control import Control
from advisor.workflow.drive import drive
from advisor.workflow.frontend import Frontend, Stage
from advisor.workflow.sessions import Start
from tests.tui import loops
from tests.tui.pages import opened
from tests.tui.picture import compare
from tests.tui.waiting import settle
from tui.app import Commands
from tui.dialogs.confirm import Confirm
from tui.screens.session import Steps
from tui.state import ANSWER, INTERVIEW, PLAN, PROBING, SHORTLIST, VIEWS

RATES = (0.5, 0.8, 0.97, 0.99)


async def test_a_failure_stands_on_the_page_with_a_cure_and_is_tried_again() -> None:
    """The line says what happened; the first way on drives the same session again."""
    tries: list[str] = []

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        tries.append(session)
        if len(tries) == 1:
            raise OutOfReachError(f"org/[b]model[/]: the Hub cannot be reached {loops.NASTY}")
        frontend.ask(loops.LICENSE, loops.UNDERSTOOD)

    async with opened(loop) as session:
        await session.until(lambda: session.page.state.has_ended)
        compare(session.app, "session-failed")
        assert "org/[b]model[/]: the Hub cannot be reached" in session.text
        await session.press("enter")
        await session.until(lambda: session.page.state.question)
        assert tries == [session.page.session.id] * 2
        assert not session.page.query_one("#session-error").display


async def test_quitting_in_the_middle_asks_and_ends_the_loop(tmp_path: Path) -> None:
    """Ctrl+q asks; yes ends the program, and the loop with it."""
    loop = loops.running(loops.plan(), RATES, task_file=tmp_path, until=5)
    async with opened(loop) as session:
        await session.agreed(PROBING)
        await session.press("ctrl+q")
        assert isinstance(session.app.screen, Confirm)
        assert "under way" in session.text
        await session.pilot.press("y")
    assert session.page.session.control.is_stopped
    assert session.page.session.wait()


async def test_the_page_moves_on_with_the_run_and_back_by_keys(tmp_path: Path) -> None:
    """Plan, probing and answer come by themselves; F7, F8 and clicks show the others; going elsewhere loses nothing."""
    loop = loops.running(loops.plan(), RATES, task_file=tmp_path)
    async with opened(loop, (120, 40)) as session:
        await session.on(PLAN)
        await session.press("f2")
        assert session.app.current_mode == "home"
        await session.press("f6")
        assert session.page.page == PLAN
        await session.press("ctrl+s")
        await session.on(ANSWER)
        seen = []
        for _ in VIEWS:
            await session.press("f8")
            seen.append(session.page.page)
        assert seen == list(VIEWS)
        await session.pilot.click(Steps, offset=(2, 0))
        await settle(session.pilot)
        assert session.page.page == VIEWS[0]


async def test_who_is_on_another_page_is_told_of_a_question_and_of_the_end(tmp_path: Path) -> None:
    loop, goes_on = loops.running(loops.plan(), RATES, task_file=tmp_path), threading.Event()

    def late(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        goes_on.wait()
        loop(session, frontend, start=start, control=control)

    async with opened(late) as session:
        await session.press("f2")
        goes_on.set()
        await session.until(lambda: "The plan waits for you: F6." in session.text)
        session.page.action_begin()  # type: ignore[attr-defined]  the view's
        await session.until(lambda: "The run has ended: F6." in session.text)
        await session.press("f6")
        assert session.page.page == ANSWER


async def test_a_step_that_has_nothing_yet_says_when_it_will() -> None:
    shown = {SHORTLIST: "No shortlist yet", PROBING: "Nothing is probed yet", ANSWER: "No recommendation yet"}
    async with opened(loops.asking(loops.WORDS)) as session:
        for view, words in shown.items():
            session.page._show_view(view)
            await settle(session.pilot)
            assert words in session.text


async def test_what_takes_long_is_named() -> None:
    """A stage shows at the right of the steps, with its detail."""

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        frontend.tell(Stage("fetching", "the package [x] 0.1"))
        control._stop.wait()

    async with opened(loop) as session:
        await session.until(lambda: "Fetching models: the package [x] 0.1" in session.text)


async def test_a_run_that_was_stopped_goes_on_by_its_key(tmp_path: Path) -> None:
    """The box put away or not, on every step; turning to a step puts the focus there, not on the box's choices."""
    loop = loops.running(loops.plan(), RATES, task_file=tmp_path, until=5)
    async with opened(loop, (120, 40)) as session:
        await session.on(PLAN)
        await session.press("ctrl+q")
        assert "A plan waits for your consent." in session.text
        await session.press("n", "ctrl+s")
        await session.on(PROBING)
        await session.until(lambda: session.page.state.is_probing)
        assert "F5 Go on" not in session.text
        await session.press("escape", "y")
        await session.until(lambda: session.page.state.has_ended)
        assert session.page.query_one("#session-error Choices").has_focus
        await session.press("2")
        assert session.page.page == INTERVIEW
        await session.press("f8")
        assert session.page.page == SHORTLIST
        table = session.page.query_one(DataTable)
        assert table.has_focus
        await session.press("down")
        assert table.cursor_row == 1
        await session.pilot.click("#session-error Choices", offset=(4, 2))
        await settle(session.pilot)
        assert "F5 Go on" in session.text
        titles = [hit.text async for hit in Commands(session.app.screen).discover()]
        assert "Go on where it was" in titles
        await session.press("f5")
        await session.until(lambda: not session.page.state.has_ended)
        await session.on(PLAN)
        assert "F5 Go on" not in session.text


async def test_another_task_takes_the_place_of_an_open_question() -> None:
    """Home, begin, yes: the page that is taken away does nothing more, and the new one asks."""
    loop = loops.asking(loops.LICENSE)
    async with opened(loop) as session:
        await session.until(lambda: session.page.state.question)
        await session.press("f2")
        await session.type("something else")
        await session.press("enter")
        assert isinstance(session.app.screen, Confirm)
        assert "Another task is open. Close it?" in session.text
        assert "“sort support mails" in session.text
        await session.press("n")
        assert session.app.screen is session.page
        await session.press("f2", "enter", "y")
        await session.until(lambda: session.app.current_mode == "session" and session.app.screen is not session.page)
        await settle(session.pilot)
        assert session.app.fault is None


async def test_a_task_file_that_is_none_says_what_to_do(tmp_path: Path) -> None:
    """No field and no line is spoken of that is not there; mended, it is read by the same key."""
    given = tmp_path / "task.yaml"
    given.write_text("a: [b\n", encoding="utf-8")
    async with opened(drive, (120, 40), Start(task_file=str(given), offline=True)) as session:
        await session.until(lambda: session.page.state.has_ended)
        shown = " ".join(session.text.split())
        assert "task.yaml cannot be used as it is. Fix it, then try again (F5); F2 begins with something else." in shown
        assert "Fix the file, then try again." in shown
        assert "Enter on a line" not in shown
        assert "Nothing yet" not in shown
        assert "Understood so far" not in shown
        await session.press("f5")
        await session.until(lambda: session.page.state.has_ended)


async def test_enter_while_nothing_is_asked_begins_nothing() -> None:
    """The ways on below an error have the focus at first, while they are hidden."""
    begun, goes_on = [], threading.Event()

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        begun.append(session)
        goes_on.wait()

    async with opened(loop) as session:
        await session.press("enter", "enter")
        goes_on.set()
        await session.until(lambda: session.page.state.has_ended)
    assert len(begun) == 1
