"""Answers that come out of turn: twice, after consent, for a task that is open, while another page is refreshed."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key

from advisor.execution.control import Control, Stopped
from advisor.workflow.frontend import Frontend, Planned, Probed, Reported, Stage, Understood
from tests.conftest import PATIENCE
from tests.tui import loops
from tests.tui.pages import opened
from tests.tui.waiting import handled
from tui.dialogs.confirm import Confirm
from tui.state import INTERVIEW, PLAN, PROBING

RATES = (0.5, 0.8, 0.97, 0.99)
pytestmark = pytest.mark.usefixtures("small_catalog")


async def test_consent_twice_is_not_consent_to_the_next_plan(tmp_path: Path) -> None:
    asked: list[Any] = []
    go = threading.Event()

    def loop(_session: str, frontend: Frontend, **_: Any) -> None:
        frontend.tell(Understood(loops.UNDERSTOOD))
        frontend.tell(Planned(loops.plan(), tmp_path))
        asked.append(frontend.ask(loops.CONSENT, loops.UNDERSTOOD))
        go.wait(PATIENCE)
        frontend.tell(Planned(loops.plan(40), tmp_path))
        asked.append(frontend.ask(replace(loops.CONSENT), loops.UNDERSTOOD))
        raise Stopped

    async with opened(loop, (120, 40)) as session:
        await session.on(PLAN)
        for _ in range(3):
            session.app.post_message(Key("ctrl+s", None))
        await session.until(lambda: len(asked) == 1)
        go.set()
        await session.until(lambda: session.page.state.question is not None)
        await handled(session.pilot)
        assert len(asked) == 1
        session.page.session.close()


async def test_a_change_right_after_consent_asks_whether_to_stop(tmp_path: Path) -> None:
    """Before the first event of a candidate: nothing is asked any more, so the answer would be lost."""
    go = threading.Event()

    def loop(_session: str, frontend: Frontend, *, control: Control, **_: Any) -> None:
        frontend.tell(Understood(loops.UNDERSTOOD))
        of = loops.plan()
        frontend.tell(Planned(of, tmp_path))
        frontend.ask(loops.CONSENT, loops.UNDERSTOOD)
        frontend.tell(Stage("probing", "run"))
        go.wait(PATIENCE)
        for _, progress in loops.events(of, loops.outcomes(of, RATES)):
            if control.is_stopped:
                raise Stopped
            frontend.tell(Probed(progress))
        frontend.tell(Reported(loops.finished(of, RATES), "passes"))

    async with opened(loop, (120, 40)) as session:
        await session.agreed(PROBING)
        session.page._show_view(INTERVIEW)
        await handled(session.pilot)
        await session.correct("labels")
        await session.press("ctrl+s")
        await session.until(lambda: isinstance(session.app.screen, Confirm))
        assert "Stop the run and change this?" in session.text
        go.set()
        await session.press("n")
        session.page.session.close()


async def test_the_task_that_is_open_is_gone_to_and_not_asked_about(tmp_path: Path) -> None:
    """Chosen from home, it comes to the front; it cannot be deleted there."""
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path), (120, 40)) as session:
        await session.on(PLAN)
        page = session.page
        await session.press("f2")
        session.app.open_session(page.session_id)
        await session.until(lambda: session.app.screen is page)
        assert session.app.is_open(page.session_id or "")
        assert not session.app.is_open("another")
        page.session.close()


async def test_another_task_closes_the_open_one_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh of the catalog that runs meanwhile goes on, and is not what the question is about."""
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path), (120, 40)) as session:
        await session.on(PLAN)
        closed: list[str] = []
        await session.press("f3")
        await handled(session.pilot)
        catalog = session.app.screen
        monkeypatch.setattr(catalog, "close_down", lambda: closed.append("catalog"))
        monkeypatch.setattr(catalog, "busy_with", lambda: "The catalog is being refreshed.")
        session.app.open_session(words="another")
        await session.until(lambda: isinstance(session.app.screen, Confirm))
        assert "refreshed" not in session.text
        await session.press("y")
        await session.until(lambda: not isinstance(session.app.screen, Confirm))
        assert closed == []
