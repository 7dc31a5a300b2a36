"""The catalog is kept up from its page: refreshed, stopped, offline, taken back; and what other pages tell of that."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from catalog.store.generations import exclusive, land
from tests.tui.conftest import cards
from tests.tui.pages import press, started
from tests.tui.picture import compare, text_of
from tests.tui.test_catalog import models
from tests.tui.waiting import handled, reads, settle, until
from tui.background_job import BackgroundJob
from tui.dialogs.confirm import Confirm
from tui.dialogs.text_modal import TextModal
from tui.facts import catalog
from tui.widgets.job_line import JobLine
from tui.widgets.words_field import WordsField

pytestmark = pytest.mark.usefixtures("small_catalog", "quick")


def refresher(script: str) -> Any:
    """Return a refresher of a process that runs a script instead."""
    return lambda: BackgroundJob("the refresh", (sys.executable, "-c", script), "The refresh was stopped.")


GOING = """
import json, sys, time
for n in (1, 2):
    news = {"line": f"{n} of about 4 pages, [b]200[/] models", "done": n, "total": 4}
    print(json.dumps({"progress": news}), flush=True)
"""


async def begin_refresh(pilot: Pilot[None]) -> None:
    """Press the key and agree."""
    await press(pilot, "f5")
    assert isinstance(pilot.app.screen, Confirm)
    await pilot.press("y")


async def test_a_refresh_shows_how_it_goes_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are answered meanwhile; the second press of the key asks whether to stop; what was fetched is kept."""
    monkeypatch.setattr("tui.background_job.refresh", refresher(GOING + "\ntime.sleep(600)"))
    async with started("f3") as (app, pilot):
        await begin_refresh(pilot)
        await reads(pilot, "2 of about 4 pages, [b]200[/] models")
        await handled(pilot)
        compare(app, "catalog-refreshing")
        await pilot.press(*"ner")
        assert app.screen.query_one("#search", Input).value == "ner"
        await pilot.press("f5")
        await handled(pilot)
        assert "Stop it?" in text_of(app)
        await pilot.press("y")
        await reads(pilot, "The refresh was stopped")
        await settle(pilot)
        compare(app, "catalog-stopped")


async def test_a_refresh_without_a_hub_says_so_and_keeps_the_catalog() -> None:
    """The real refresh, with the Hub out of reach: the error in place, what helps, and the models still there."""
    async with started("f3") as (app, pilot):
        await begin_refresh(pilot)
        await reads(pilot, "The present catalog stays in use.")
        assert "HF_ENDPOINT" in text_of(app) or "cannot be reached" in text_of(app)
        assert len(models(pilot)) == 11


async def test_a_refresh_that_lands_is_reported_and_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says what changed; the list is asked again of the new catalog."""
    done = GOING + '\nprint(json.dumps({"done": ["The catalog now has 12 models: 1 new, 0 changed, 0 gone."]}))'
    monkeypatch.setattr("tui.background_job.refresh", refresher(done))
    async with started("f3") as (app, pilot):
        await begin_refresh(pilot)
        await reads(pilot, "The catalog now has 12 models")
        await settle(pilot)
        compare(app, "catalog-refreshed")


async def test_what_a_refresh_did_is_reported_on_its_own_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not over another one, whose keys are for what is written there."""
    done = GOING + '\nprint(json.dumps({"done": ["The catalog now has 12 models.", "Some cards were left out."]}))'
    wait = f"import os, time\nwhile not os.path.exists({str(tmp_path / 'left')!r}): time.sleep(0.01)\n"
    monkeypatch.setattr("tui.background_job.refresh", refresher(wait + done))
    async with started("f3") as (app, pilot):
        page = app.screen
        await begin_refresh(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: app.screen is not page)
        (tmp_path / "left").touch()
        await until(pilot, lambda: not page.query_one(JobLine).doing)
        await settle(pilot)
        await pilot.press(*"query")
        assert app.screen.query_one(WordsField).text == "query"
        await press(pilot, "f3")
        assert isinstance(app.screen, TextModal)
        assert "Some cards were left out." in text_of(app)


async def test_home_tells_of_the_catalog_that_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    with exclusive():
        land([card.to_json() for card in cards()[:3]], "import")
    monkeypatch.setattr("tui.screens.home.facts", lambda finder: (("catalog", "Catalog", partial(catalog, finder)),))
    done = 'import json; print(json.dumps({"done": ["The catalog is new."]}), flush=True)'
    monkeypatch.setattr("tui.background_job.refresh", refresher(done))
    async with started(size=(120, 40)) as (_app, pilot):
        await reads(pilot, "Catalog 3,")
        await pilot.press("f3")
        await reads(pilot, "facts of 2026-08-22")
        with exclusive():
            land([card.to_json() for card in cards()[:5]], "import")
        await begin_refresh(pilot)
        await reads(pilot, "The catalog is new.")
        await pilot.press("f2")
        await reads(pilot, "Catalog 5,")


async def test_leaving_during_a_refresh_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quitting says what is under way; staying lets it run, leaving ends its process."""
    monkeypatch.setattr("tui.background_job.refresh", refresher(GOING + "\ntime.sleep(600)"))
    async with started("f3") as (app, pilot):
        line = app.screen.query_one(JobLine)
        await begin_refresh(pilot)
        await reads(pilot, "2 of about 4 pages")
        await pilot.press("ctrl+q")
        await handled(pilot)
        assert "The catalog is being refreshed." in text_of(app)
        await pilot.press("n")
        await handled(pilot)
        process = line._job._process
        assert process.poll() is None
        await pilot.press("ctrl+q")
        await handled(pilot)
        await pilot.press("y")
        await handled(pilot)
    assert process.poll() is not None
