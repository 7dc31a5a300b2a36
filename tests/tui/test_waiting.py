"""What the tests of the session wait by: work that begins late or leads to more is waited for."""

from __future__ import annotations

import threading
from typing import Any

from textual import work
from textual.app import App

from tests.tui.waiting import handled, settle


class Late(App[None]):
    """Begins its work after the first painting, and more of it when that is done, as home does."""

    def __init__(self, rounds: int) -> None:
        """Have so many rounds of work before it."""
        super().__init__()
        self.left, self.go = rounds, threading.Event()

    def on_mount(self) -> None:
        """Begin once the screen is painted."""
        self.call_after_refresh(self.call_after_refresh, self.find_out)

    @work(thread=True)
    def find_out(self) -> None:
        """Take a while, then tell."""
        self.go.wait(0.2)
        self.call_later(self.told)

    def told(self) -> None:
        """Go on after the next painting."""
        self.left -= 1
        if self.left:
            self.call_after_refresh(self.find_out)


async def test_work_that_begins_late_and_leads_to_more_is_waited_for() -> None:
    """Each round begins after a painting, from what the one before it told."""
    app = Late(4)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert app.left == 0


async def test_what_is_to_be_handled_is_waited_for_while_a_thread_works() -> None:
    """Calls that call for more, with a worker that does not end meanwhile."""
    app = Late(1)
    app.go.wait = lambda timeout=None: threading.Event().wait(timeout and 2.0)  # type: ignore[method-assign]
    done: list[int] = []

    def again(number: int) -> None:
        done.append(number)
        if number < 9:
            app.call_after_refresh(again, number + 1)

    async with app.run_test() as pilot:
        app.call_later(again, 0)
        await handled(pilot)
        assert done == list(range(10))
        assert any(not worker.is_finished for worker in _workers(app))


def _workers(app: App[Any]) -> list[Any]:
    return list(app.workers)
