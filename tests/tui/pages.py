"""Starts the app, opens a session's page on a loop in it, and waits for what is to come."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from textual.pilot import Pilot

from advisor.interview.facts import Understanding
from advisor.interview.question import Question
from advisor.workflow.frontend import Answer
from advisor.workflow.sessions import Start
from tests.tui import loops
from tests.tui.picture import text_of
from tests.tui.waiting import handled, settle, until
from tui.app import AdvisorApp
from tui.dialogs.correct import Correct
from tui.opening import SESSION
from tui.screens.plan import PlanView
from tui.screens.session import SessionPage
from tui.state import PLAN
from tui.widgets.answer_box import AnswerBox
from tui.widgets.known import Known


class Opened(NamedTuple):
    """An app with a session's page in front."""

    app: AdvisorApp
    pilot: Pilot[Any]
    page: SessionPage

    @property
    def text(self) -> str:
        return text_of(self.app)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds, and until the screen shows it."""
        await until(self.pilot, holds, lambda: self.text)
        await settle(self.pilot)

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys)

    async def type(self, text: str) -> None:
        names = {"/": "slash", ".": "full_stop", " ": "space", ",": "comma", "-": "minus", "_": "underscore"}
        await self.pilot.press(*(names.get(each, each) for each in text))
        await settle(self.pilot)

    async def on(self, view: str) -> None:
        await self.until(lambda: self.page.page == view)

    async def asked(self, question: Question) -> None:
        """Wait until a question is shown and can be answered."""
        await self.until(lambda: self.page.state.question == question and self.page.query(AnswerBox))

    async def correct(self, key: str) -> None:
        """Pick what is understood to be corrected."""
        self.page.query_one(Known).post_message(Known.Picked(key))
        await self.until(lambda: isinstance(self.app.screen, Correct))

    async def agreed(self, view: str) -> None:
        """Agree to the plan once it is there, and wait until a view is shown."""
        await self.on(PLAN)
        await self.until(lambda: self.page.query_one(PlanView).offers("begin"))
        await self.press("ctrl+s")
        await self.on(view)


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, each once the screen shows what came of the one before, and wait until it shows that of the last."""
    for key in keys[:-1]:
        await pilot.press(key)
        await handled(pilot)
    await pilot.press(*keys[-1:])
    await settle(pilot)


@asynccontextmanager
async def started(
    *keys: str, size: tuple[int, int] = (80, 24), notifications: bool = False
) -> AsyncIterator[tuple[AdvisorApp, Pilot[Any]]]:
    """Start the app, press keys, and wait until the screen shows what came of them."""
    app = AdvisorApp()
    app.animation_level = "none"
    async with app.run_test(size=size, notifications=notifications) as pilot:
        await settle(pilot)
        await press(pilot, *keys)
        yield app, pilot


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


@asynccontextmanager
async def asking(
    *questions: Question, size: tuple[int, int] = (80, 24), known: Understanding = loops.UNDERSTOOD
) -> AsyncIterator[tuple[Opened, list[Answer]]]:
    """Open a session's page on a loop that asks these questions, at the first of them, with what it is answered."""
    loop: Any = loops.asking(*questions, known=known)
    async with opened(loop, size) as session:
        await session.asked(questions[0])
        yield session, loop.answers
