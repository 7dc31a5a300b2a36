"""Keys that come faster than what they open is drawn or closed, as from a held key or a slow line."""

import pytest
from textual.events import Key

from tests.conftest import Home
from tests.tui.pages import press, started
from tests.tui.waiting import settle
from tui.app import AdvisorApp
from tui.dialogs.pick import Pick
from tui.dialogs.text_modal import HelpModal
from tui.screens.catalog import CatalogScreen
from tui.screens.home import HomeScreen
from tui.widgets.filter_bar import FilterBar


def at_once(app: AdvisorApp, *keys: str) -> None:
    """Hand keys to the app in one go."""
    for key in keys:
        app.post_message(Key(key, "\r" if key == "enter" else None))


async def test_a_list_is_left_once(small_catalog: Home) -> None:
    async with started("f3") as (app, pilot):
        app.screen.query_one(FilterBar).open("size")
        await settle(pilot)
        assert isinstance(app.screen, Pick)
        await pilot.press("down")
        at_once(app, "enter", "enter", "enter")
        await settle(pilot)
        assert isinstance(app.screen, CatalogScreen)
        assert app.screen._query.size


@pytest.mark.parametrize("keys", [("enter", "enter", "enter"), ("enter", "ctrl+p", "escape")])
async def test_the_palette_does_one_thing(keys: tuple[str, ...]) -> None:
    """Help is opened once, and home stays below it; the palette can be opened again at once."""
    async with started("ctrl+p", *"help") as (app, pilot):
        at_once(app, *keys)
        await settle(pilot)
        await settle(pilot)
        assert sum(isinstance(screen, HelpModal) for screen in app.screen_stack) <= 1
        while len(app.screen_stack) > 1:
            await press(pilot, "escape")
        assert isinstance(app.screen, HomeScreen)
