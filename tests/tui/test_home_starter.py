"""Home without an installed model: the starter set is offered, fetched, stopped."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from tests.tui.pages import press, started
from tests.tui.picture import compare, text_of
from tests.tui.waiting import handled, reads, settle
from tui import facts
from tui.background_job import BackgroundJob
from tui.dialogs.confirm import Confirm
from tui.facts import FactText
from tui.widgets.job_line import JobLine
from tui.widgets.words_field import WordsField

NONE = FactText("none", offer="Fetch 4 small models, 259 MB (F5)")
FETCHING = """
import json, sys, time
print(json.dumps({"progress": {"line": "fetching the package [b]x[/] 0.1…", "done": 1, "total": 7}}), flush=True)
"""


def with_models(monkeypatch: pytest.MonkeyPatch, *shown: FactText) -> None:
    """Let home find these, one after the other, when it asks which models are here."""
    left = list(shown)
    facts = (("disk", "Disk", lambda: FactText("212 GB free")),)
    models = ("models", "Models here", lambda: left.pop(0) if len(left) > 1 else left[0])
    monkeypatch.setattr("tui.screens.home.facts", lambda _: (*facts, models))


def fetching(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let a process that runs a script take the place of the fetch."""
    command = (sys.executable, "-c", FETCHING + script)
    monkeypatch.setattr(
        "tui.background_job.fetch_starter", lambda: BackgroundJob("fetching", command, "Stopped; go on later.")
    )


@asynccontextmanager
async def agreed(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    """Open home, press the key, look at the question and agree to it."""
    async with started(size=size, notifications=True) as (app, pilot):
        await reads(pilot, "(F5)")  # the offer comes with the fact, which other work on the machine may delay
        await press(pilot, "f5")
        assert isinstance(app.screen, Confirm)
        await pilot.press("y")
        yield pilot


async def test_without_a_model_the_starter_set_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A button with its size, a key in the footer; either asks first, and says where it comes from."""
    with_models(monkeypatch, NONE)
    async with started() as (app, pilot):
        compare(app, "home-no-models")
        await pilot.press("f5")  # for the picture not by a click, which the button shows for a moment
        await settle(pilot)
        compare(app, "home-starter-consent")
        await pilot.press("escape")
        await pilot.click("#starter")
        await settle(pilot)
        assert "Fetch 4 small models, 259 MB?" in text_of(app)
        await press(pilot, "escape")
        assert not app.screen.query_one(JobLine).doing


async def test_with_models_nothing_is_offered() -> None:
    async with started("f5") as (app, _pilot):
        assert not isinstance(app.screen, Confirm)
        assert not app.screen.query_one("#starter").display


async def test_fetching_shows_how_it_goes_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters are taken meanwhile; the key asks whether to stop; quitting says what is under way."""
    with_models(monkeypatch, NONE)
    fetching(monkeypatch, "time.sleep(600)")
    async with agreed() as pilot:
        await reads(pilot, "fetching the package [b]x[/] 0.1…")
        await pilot.press(*"sort")
        await settle_but_job(pilot)
        compare(pilot.app, "home-fetching")
        assert pilot.app.screen.query_one(WordsField).text == "sort"
        await pilot.press("ctrl+q")
        await reads(pilot, "Models are being fetched.")
        await pilot.press("n", "f5")
        await reads(pilot, "Stop fetching?")
        await pilot.press("y")
        await reads(pilot, "Stopped; go on later.")
        await settle(pilot)
        compare(pilot.app, "home-fetching-stopped")


async def settle_but_job(pilot: Pilot[None]) -> None:
    """Let the screen be painted while a process goes on."""
    pilot.app.screen.query_one(WordsField).cursor_blink = False
    await handled(pilot)


async def test_fetched_models_are_reported_and_offered_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says what came, the facts are looked up again, the button is gone."""
    with_models(monkeypatch, NONE, FactText("4"))
    fetching(monkeypatch, 'print(json.dumps({"done": ["4 models fetched; 4 installed."]}))')
    async with agreed() as pilot:
        await reads(pilot, "4 models fetched; 4 installed.")
        await reads(pilot, "Models here 4")
        await settle(pilot)
        compare(pilot.app, "home-fetched")
        assert not pilot.app.screen.query_one("#starter").display


async def test_a_real_fetch_without_a_registry_says_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real process, the real pip, a registry that is out of reach: the error in place; the button is back."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setattr("tui.screens.home.facts", lambda _: (("models", "Models here", facts.models),))
    async with agreed((120, 40)) as pilot:
        await reads(pilot, "check the network or pip's index settings")
        await settle(pilot)
        assert "F5 tries again" in text_of(pilot.app)
        assert pilot.app.screen.query_one("#starter").display
