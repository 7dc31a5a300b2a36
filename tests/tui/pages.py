"""Opens a session's page on a loop, in the whole app, and waits for what is to come."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from textual.pilot import Pilot

from advisor.workflow.sessions import Start
from tests.tui.picture import text_of
from tests.tui.waiting import handled, settle, until
from tui.app import AdvisorApp
from tui.opening import SESSION
from tui.screens.session import SessionPage


class Opened(NamedTuple):
    """An app with a session's page in front."""

    app: AdvisorApp
    pilot: Pilot[Any]
    page: SessionPage

    @property
    def text(self) -> str:
        """What is on the screen."""
        return text_of(self.app)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds, and until the screen shows it."""
        await until(self.pilot, holds, lambda: self.text)
        await settle(self.pilot)

    async def press(self, *keys: str) -> None:
        """Press keys and wait until the screen shows what came of them."""
        await self.pilot.press(*keys)
        await settle(self.pilot)

    async def type(self, text: str) -> None:
        """Type a text."""
        names = {"/": "slash", ".": "full_stop", " ": "space", ",": "comma", "-": "minus", "_": "underscore"}
        await self.press(*(names.get(each, each) for each in text))

    async def on(self, view: str) -> None:
        """Wait until a view is shown."""
        await self.until(lambda: self.page.page == view)


@asynccontextmanager
async def opened(
    loop: Callable[..., Any] | None,
    size: tuple[int, int] = (80, 24),
    start: Start | None = None,
    session: str | None = None,
) -> AsyncIterator[Opened]:
    """Open a session's page on a loop; None: on the engine's."""
    app = AdvisorApp()
    app.animation_level = "none"
    async with app.run_test(size=size, notifications=True) as pilot:
        page = SessionPage(session, start, loop)
        app.add_mode(SESSION, lambda: page)
        await app.switch_mode(SESSION)
        await handled(pilot)
        yield Opened(app, pilot, page)
    page.session.wait()
