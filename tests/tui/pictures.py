"""Makes the documents' pictures from the running app.

    python -m tests.tui.pictures [FOLDER]

The pages of a session, and the recording that moves (`session.svg`), are those of a real run of the spam example, which
needs the starter models (`advisor models starter`). Home and catalog are what a terminal of 100 columns shows, with a
small catalog and fixed facts. A further page is a line in `SCENES`: a name, and what is done before the picture is
taken.
"""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from textual.pilot import Pilot

from advisor.paths import models_dir
from advisor.workflow.drive import drive
from advisor.workflow.sessions import Start
from tests.tui.pages import Opened, opened, press, started
from tests.tui.picture import svg_of, text_of
from tests.tui.recording import Recording
from tests.tui.waiting import settle
from tui.app import AdvisorApp
from tui.facts import FactText, Recent, facts
from tui.finder import Finder
from tui.fits import THIS, Place
from tui.state import ANSWER, PLAN

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"
SIZE = (100, 28)
# Of the recording: a picture each so many letters.
LETTERS, LETTER_SECONDS = 3, 0.07
# Some rows into the first candidate's examples.
ENOUGH_SEEN = re.compile(r"[3-9]\d/\d\d")
NOW = 2_000_000_000.0
HERE = Place(THIS, 16_000_000_000, is_here=True, speed=2e10, threads=8)
FACTS_SHOWN = {
    "memory": "9.4 GB of 16 GB free", "processors": "8, a probe uses 8", "disk": "212 GB free", "gpu": "none found",
    "catalog": "18,798, 9 days old", "models": "4", "servers": "Ollama (3)",
}  # fmt: skip
RECENTS = [
    Recent("session", "a", "sort support mails into billing, bug, other", "asking", "", NOW - 120, is_open=True),
    Recent("run", "b", "spam", "passes", "wordllama-l2-supercat-256", NOW - 7_200, is_open=False),
    Recent("run", "c", "speeches", "none", "", NOW - 90_000, is_open=False),
]


async def home(pilot: Pilot[None]) -> None:
    """A task is being written."""
    await pilot.press(*_keys("sort support mails into billing, bug or other"))


async def catalog(pilot: Pilot[None]) -> None:
    """A search with limits."""
    await press(pilot, "f3")
    await press(pilot, *_keys("sentiment of German reviews, at most 1 GB, commercial use"))
    while "Understood" not in str(pilot.app.screen.query_one("#understood").render()):
        await pilot.pause(0.05)
    await pilot.pause(0.5)


SCENES: dict[str, Callable[[Pilot[None]], Awaitable[None]]] = {"home": home, "catalog": catalog}


def _keys(text: str) -> list[str]:
    return ["space" if character == " " else character for character in text]


async def take(name: str, folder: Path) -> Path:
    async with started(size=SIZE) as (app, pilot):
        await SCENES[name](pilot)
        await settle(pilot)
        path = folder / f"{name}.svg"
        path.write_text(svg_of(app), encoding="utf-8")
    return path


async def session_pages(folder: Path) -> AsyncIterator[Path]:
    """Take the pages of a session on the spam example: its plan, its probes as they run, its answer."""
    start = Start(words="tell spam from ham mails, 85% right", examples="examples/spam/mails.csv", offline=True)
    async with opened(drive, SIZE, start) as session:

        def picture(name: str) -> Path:
            path = folder / f"{name}.svg"
            path.write_text(svg_of(session.app), encoding="utf-8")
            return path

        await _patiently(session, lambda: session.page.page == PLAN)
        yield picture("plan")
        await session.pilot.press("ctrl+s")
        while not ("s/example" in session.text and ENOUGH_SEEN.search(session.text)):
            await session.pilot.pause(0.01)  # a run of a second does not wait for the page to settle
        yield picture("probing")
        await _patiently(session, lambda: session.page.page == ANSWER)
        yield picture("answer")


async def recording(folder: Path) -> Path:
    """Record a session from the first letter to the answer, at the pace of someone who types well."""
    record = Recording()
    app = AdvisorApp()
    async with app.run_test(size=SIZE) as pilot:

        async def type_in(text: str) -> None:
            for number, key in enumerate(_keys(text)):
                await pilot.press(key)
                if number % LETTERS == 0:
                    record.shoot(app, LETTERS * LETTER_SECONDS)
            record.shoot(app, 0.5)

        async def until(words: str, every: float) -> None:
            while words not in text_of(app):
                record.shoot(app, every)
                await pilot.pause(every)
            await settle(pilot)

        await settle(pilot)
        record.shoot(app, 1.0)
        await type_in("tell spam from ham mails, 85% right")
        await pilot.press("tab")
        await type_in("examples/spam/mails.csv")
        await pilot.press("enter")
        await until("Start (ctrl+s)", 0.5)
        record.shoot(app, 3.0)
        await pilot.press("ctrl+s")
        await until("right on your examples", 0.35)
        record.shoot(app, 4.0)
        await press(pilot, "tab", "right")
        record.shoot(app, 4.0)
    path = folder / "session.svg"
    path.write_text(record.svg(), encoding="utf-8")
    return path


async def all_of(folder: Path) -> list[Path]:
    taken = [await take(name, folder) for name in SCENES]
    taken += [path async for path in session_pages(folder)]
    return [*taken, await recording(folder)]


async def _patiently(session: Opened, holds: Callable[[], object]) -> None:
    while not holds():
        await session.pilot.pause(0.2)
    await settle(session.pilot)


def _told(key: str) -> Callable[[], FactText]:
    return lambda: FactText(FACTS_SHOWN[key])


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    models = models_dir()
    shown: Any = tuple((key, name, _told(key)) for key, name, _ in facts(Finder()))
    with tempfile.TemporaryDirectory() as home_folder:
        os.environ.update(XDG_DATA_HOME=f"{home_folder}/data", XDG_CONFIG_HOME=f"{home_folder}/config")
        (Path(home_folder) / "data/model-advisor").mkdir(parents=True, exist_ok=True)
        (Path(home_folder) / "data/model-advisor/models").symlink_to(models)
        with (
            patch("tui.screens.home.facts", lambda _: shown),
            patch("tui.screens.home.recents", lambda: RECENTS),
            patch("tui.widgets.recent_list.ago", _ago),
            patch("tui.fits.here", lambda _: HERE),
            patch("tui.fits.installed", frozenset),
        ):
            for path in asyncio.run(all_of(folder)):
                print(path)  # noqa: T201  it says what it has made


def _ago(when: float) -> str:
    from tui.facts import ago

    return ago(when, NOW)


if __name__ == "__main__":
    main()
