"""Driver of a session shown in a browser: input before the first field exists is queued.

The toolkit's own driver passes a key on at once. Between the program's start and the focus of its first field it would
be lost.
"""

import asyncio
import threading
from typing import Any

from textual import events
from textual.app import ScreenError
from textual.drivers.web_driver import WebDriver
from textual.message import Message

STEP_SECONDS, LONGEST_WAIT_SECONDS = 0.02, 10.0


class PageDriver(WebDriver):
    """Queues keys and pasted text until the app can take them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  the toolkit's own options
        super().__init__(*arguments, **options)
        self._kept: list[Message] | None = []
        # Shared by the reading and the app's thread: keys are neither lost nor reordered.
        self._lock = threading.Lock()
        self._handing_on: asyncio.Task[None] | None = None

    def start_application_mode(self) -> None:
        """Start reading input; pass it on once a field can take it."""
        super().start_application_mode()
        self._handing_on = asyncio.get_running_loop().create_task(self._hand_on())

    def process_message(self, message: Message) -> None:
        """Queue an early key, in the reading thread."""
        with self._lock:
            if self._kept is not None and isinstance(message, events.Key | events.Paste):
                self._kept.append(message)
            else:
                super().process_message(message)

    async def _hand_on(self) -> None:
        """Wait for the first field, by polling as the toolkit has no event, then pass on the queue in order."""
        end = asyncio.get_running_loop().time() + LONGEST_WAIT_SECONDS
        while not self._can_take() and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110
            await asyncio.sleep(STEP_SECONDS)
        with self._lock:
            kept, self._kept = self._kept or [], None
            for message in kept:
                super().process_message(message)

    def _can_take(self) -> bool:
        app: Any = self._app
        try:
            if app.focused is None:
                # The toolkit considers a page hidden until notified, and focuses nothing on it.
                app.app_focus = True
                app.screen._update_auto_focus()  # noqa: SLF001
        except (ScreenError, KeyError):  # no screen yet
            return False
        return app.focused is not None
