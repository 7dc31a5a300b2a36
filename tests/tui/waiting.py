"""Waiting for the session under test by what it still has to do, not by the clock: a busy machine changes no test.

The toolkit's pilot takes the session for idle when its process used little processor time for a fiftieth of a second,
which is so as well while other processes have the processors, and before work that waits for a first painting began.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, TextArea
from textual.worker import WorkerCancelled

from tests.conftest import PATIENCE
from tests.tui.picture import text_of

STEP = 0.01
CALM = 2


async def until(pilot: Pilot[Any], holds: Callable[[], object], said: Callable[[], str] = str) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, said()
        await pilot.pause(STEP)


async def reads(pilot: Pilot[Any], text: str) -> None:
    """Wait until a text is on the screen, wherever its lines end, also within a frame."""
    await until(
        pilot, lambda: text in " ".join(text_of(pilot.app).replace("▌", "").split()), lambda: text_of(pilot.app)
    )


async def shown(pilot: Pilot[Any], holds: Callable[[], object]) -> None:
    """Wait until something holds, and until the screen shows it."""
    await until(pilot, holds, lambda: text_of(pilot.app))
    await settle(pilot)


async def handled(pilot: Pilot[Any]) -> None:
    """Wait until all messages are handled and what came of them is painted; threads and processes may go on."""
    end = time.monotonic() + PATIENCE
    calm = 0
    while calm < CALM and pilot.app.is_running:  # what is handled last may ask for something else
        await pilot.pause()
        calm = 0 if _is_busy(pilot.app) else calm + 1
        assert time.monotonic() < end, "messages are still to be handled"


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until nothing is under way: workers, messages, painting; and stop cursors from blinking."""
    await handled(pilot)
    while any(not worker.is_finished for worker in pilot.app.workers):
        with suppress(WorkerCancelled):  # another search took its place, which is waited for in turn
            await pilot.app.workers.wait_for_complete()
        await handled(pilot)
    for field in pilot.app.screen.query("Input, TextArea"):
        if isinstance(field, Input | TextArea):
            field.cursor_blink = False
    await pilot.pause()


def _is_busy(app: App[Any]) -> bool:
    """Return whether a message waits in a queue, or a call for the screen to be painted."""
    screen = app.screen
    if screen._callbacks or screen._layout_required or screen._recompose_required:
        return True
    pumps = [pump for pump in (app, *app._registry) if pump._running and not pump._closing]
    return any(pump.message_queue_size or pump._next_callbacks for pump in pumps)
