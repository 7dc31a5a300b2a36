"""Keys and clicks at random: whatever is pressed, the session ends in no traceback and loses no run.

Two hundred by default; HAMMER_PRESSES=2000 HAMMER_SEED=7 pytest tests/tui/test_random_keys.py takes its time.
"""

import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.css.query import NoMatches
from textual.pilot import Pilot

from advisor.execution.control import Control
from advisor.workflow.frontend import Frontend
from tests.conftest import SAMPLE, Home
from tests.tui import loops
from tests.tui.pages import opened
from tests.tui.picture import rows_of
from tui.actions import ACTIONS
from tui.app import AdvisorApp
from tui.background_job import BackgroundJob

PRESSES = int(os.environ.get("HAMMER_PRESSES", "200"))
SEED = int(os.environ.get("HAMMER_SEED", "1"))
KEYS = [
    *sorted({key for act in ACTIONS for key in act.keys} - {"delete", "ctrl+q"}),
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "tab", "shift+tab", "enter", "space"),
    *("backspace", "ctrl+a", "ctrl+k", "ctrl+u", "ctrl+v", "ctrl+x", "shift+enter", "f12", "ctrl+b", "ctrl+d"),
    *"abcyn129 [/]\\'\"é你ש0.",
]
SIZES = ((80, 24), (40, 12), (200, 60), (100, 30), (7, 3), (1, 1))


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No browser is opened, and a refresh is a process that ends by itself."""
    script = 'print(\'{"progress": {"line": "[b]half[/]", "done": 1, "total": 2}}\')'
    monkeypatch.setattr(
        "tui.background_job.refresh",
        lambda: BackgroundJob("the refresh", (sys.executable, "-c", script), "The refresh was stopped."),
    )
    monkeypatch.setattr(AdvisorApp, "open_url", lambda _self, _url, **_: None)


async def press(pilot: Pilot[Any], chance: random.Random) -> None:
    """Press a key, click somewhere, or change the window's size."""
    what = chance.random()
    app = pilot.app
    if what < 0.9:
        await pilot.press(chance.choice(KEYS))
    elif what < 0.98:
        at = chance.randrange(app.size.width), chance.randrange(app.size.height)
        try:
            await pilot.click(offset=at)
        except NoMatches:  # the screen went meanwhile
            return
    else:
        await pilot.resize_terminal(*chance.choice(SIZES))


@pytest.mark.usefixtures("small_catalog", "quiet")
@pytest.mark.soak
async def test_keys_at_random_end_in_no_traceback_and_lose_no_run(home: Home, tmp_path: Path) -> None:
    """Over every page and dialog, from the first question on; any error a key leads to would come out of here."""
    runs = home.data / "model-advisor" / "runs"
    names = ("aaaaaaaaaaaa", "bbbbbbbbbbbb")
    for name in names:
        shutil.copytree(SAMPLE, runs / name)
    chance, plan = random.Random(SEED), loops.plan()

    def loop(session: str, frontend: Frontend, *, control: Control, **_: Any) -> None:
        for question in loops.KINDS.values():
            frontend.ask(question, loops.UNDERSTOOD)
        loops.running(plan, (0.5, 0.8, 0.97, 0.99), task_file=tmp_path)(session, frontend, start=None, control=control)

    async with opened(loop) as session:
        for _ in range(PRESSES):
            await press(session.pilot, chance)
        assert session.app.fault is None
        assert session.app.is_running
        assert rows_of(session.app)
    assert {path.name for path in runs.iterdir() if path.is_dir()} >= set(names)
