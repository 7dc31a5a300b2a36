"""The page of a session driven whole: random keys, and the engine's own loop."""

import random
from pathlib import Path
from typing import Any

import pytest

from advisor.execution.control import Control
from advisor.workflow.drive import drive
from advisor.workflow.frontend import Door
from advisor.workflow.sessions import Start
from tests.conftest import ROOT
from tests.tui import loops
from tests.tui.pages import opened
from tui.app import AdvisorApp
from tui.state import ANSWER, PLAN

RATES = (0.5, 0.8, 0.97, 0.99)
KEYS = (
    *"abcsenioqy129", "enter", "escape", "tab", "shift+tab", "up", "down", "left", "right", "space", "home", "end",
    "pageup", "pagedown", "f1", "f2", "f3", "f4", "f6", "f7", "f8", "ctrl+s", "ctrl+o", "ctrl+l", "ctrl+p", "backspace",
    "delete", "full_stop", "slash", "left_square_bracket",
)  # fmt: skip


@pytest.mark.usefixtures("still", "small_catalog")
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
async def test_hammered_keys_end_in_no_fault(seed: int, tmp_path: Path) -> None:
    """Hundreds of keys at random, over every page and dialog, with resizes: no traceback, and the session is there."""
    drawn = random.Random(seed)
    plan = loops.plan()

    def loop(session: str, door: Door, *, start: Any, control: Control) -> None:
        for question in loops.KINDS.values():
            door.ask(question, loops.UNDERSTOOD)
        loops.running(plan, RATES, task_file=tmp_path)(session, door, start=start, control=control)

    async with opened(loop) as session:
        for turn in range(300):
            await session.pilot.press(drawn.choice(KEYS))
            if turn % 40 == 0:
                await session.pilot.resize_terminal(drawn.randint(20, 160), drawn.randint(8, 50))
        assert isinstance(session.app, AdvisorApp)
        assert session.app.fault is None
        assert session.app.is_running


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("still", "here")
async def test_the_engines_own_loop_reaches_a_recommendation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words, a file, consent: the real interview, a real model in a real process, the real report."""
    lines = (ROOT / "examples/spam/mails.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "mails.csv").write_text("".join(lines[:201]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    start = Start(
        words="tell ham from spam, English, must be right 80% of the time",
        answers={"models": ["wordllama-l2-supercat-256"]},
        offline=True,
    )
    async with opened(drive, (120, 40), start) as session:
        await session.until(lambda: session.page.state.question)
        assert session.page.state.question is not None
        assert session.page.state.question.key == "examples"
        await session.type("mails.csv")
        await session.press("enter")
        for _ in range(8):
            await session.until(lambda: session.page.state.question or session.page.page == ANSWER)
            if session.page.page == PLAN:
                break
            await session.press("ctrl+s")
        await session.press("ctrl+s")
        await session.until(lambda: session.page.page == ANSWER and "Use words and characters" in session.text)
        assert "certified" in session.text
