"""Keys and clicks at random: whatever is pressed, the session ends in no traceback and loses no run.

A hundred by default; HAMMER_PRESSES=2000 HAMMER_SEED=7 pytest tests/tui/test_keys.py takes its time.
"""

import os
import random
import shutil
import sys

import pytest
from textual.css.query import NoMatches
from textual.pilot import Pilot

from tests.conftest import SAMPLE, Home
from tests.tui.picture import rows_of
from tui.actions import ACTIONS
from tui.app import AdvisorApp
from tui.background_job import BackgroundJob

PRESSES = int(os.environ.get("HAMMER_PRESSES", "100"))
SEED = int(os.environ.get("HAMMER_SEED", "1"))
KEYS = [
    *sorted({key for act in ACTIONS for key in act.keys} - {"delete"}),
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "tab", "shift+tab", "enter", "space"),
    *("backspace", "ctrl+a", "ctrl+k", "ctrl+u", "ctrl+v", "ctrl+x", "shift+enter", "f12", "ctrl+b", "ctrl+d"),
    *"abcyn [/]\\'\"é你ש0.",
]  # fmt: skip
SIZES = ((80, 24), (40, 12), (200, 60), (100, 30), (7, 3))


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No browser is opened, and a refresh is a process that ends by itself."""
    script = 'print(\'{"progress": {"line": "[b]half[/]", "done": 1, "total": 2}}\')'
    monkeypatch.setattr(
        "tui.background_job.refresh",
        lambda: BackgroundJob("the refresh", (sys.executable, "-c", script), "The refresh was stopped."),
    )
    monkeypatch.setattr(AdvisorApp, "open_url", lambda _self, _url, **_: None)
    monkeypatch.setattr(AdvisorApp, "open_session", lambda _self, _session=None, **_: None)


async def press(pilot: Pilot[None], chance: random.Random) -> None:
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
async def test_keys_at_random_end_in_no_traceback_and_lose_no_run(home: Home) -> None:
    """Any error a key leads to would come out of here; deleting asks, and nobody agrees with the key for it."""
    runs = home.data / "model-advisor" / "runs"
    for name in ("aaaaaaaaaaaa", "bbbbbbbbbbbb"):
        shutil.copytree(SAMPLE, runs / name)
    chance = random.Random(SEED)
    pressed = 0
    while pressed < PRESSES:
        app = AdvisorApp()
        async with app.run_test(size=chance.choice(SIZES), notifications=True) as pilot:
            while app.is_running and pressed < PRESSES and app._exit is False:
                await press(pilot, chance)
                pressed += 1
            if app._exit is False:
                assert rows_of(app)
        assert app.fault is None
    assert sorted(path.name for path in runs.iterdir() if path.is_dir() and len(path.name) == 12) == [
        "aaaaaaaaaaaa",
        "bbbbbbbbbbbb",
    ]
