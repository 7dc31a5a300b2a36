"""What fits a machine: by memory, what is here already, another machine, a graphics card."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from advisor.candidates import installed
from advisor.candidates.layout import Form
from tests.tui.pages import press, started
from tests.tui.picture import text_of
from tests.tui.waiting import settle, until
from tui import fits
from tui.dialogs.pick import Pick
from tui.dialogs.text_modal import TextModal
from tui.screens.catalog import CatalogScreen
from tui.widgets.model_table import BY_SCORE, ModelTable

INSTALLED = fits.installed  # before tests put their own in its place
HERE = fits.Place(fits.THIS, 16_000_000_000, is_here=True, speed=2e10, threads=2)


@asynccontextmanager
async def on_catalog(shown: str = "") -> AsyncIterator[Pilot[Any]]:
    """Open the app on the catalog's page and wait until it shows something."""
    async with started("f3", size=(120, 40)) as (app, pilot):
        await until(pilot, lambda: shown in text_of(app), lambda: text_of(app))
        yield pilot


def model(**facts: Any) -> dict[str, Any]:
    return {"id": "acme/a", "family": "text-classification", "bytes": 90_000_000, "parameters": 22_000_000} | facts


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "✓ fits"),
        ({"id": "acme/here"}, "✓ here"),
        ({"bytes": 8_000_000_000}, "~ tight"),
        ({"bytes": 8_000_000_000, "family": "text-generation"}, "~ tight"),
        ({"bytes": 13_000_000_000, "family": "text-generation"}, "✗ too big"),
        ({"bytes": None}, "?"),
    ],
)
def test_a_model_fits_by_its_weights_and_what_it_works_with(facts: dict[str, Any], words: str) -> None:
    """Generators take more memory besides their weights than encoders."""
    assert fits.fit(model(**facts), HERE, frozenset({"acme/here"})).words == words


def test_another_machine_has_nothing_and_another_memory() -> None:
    """What is here is not there; a card is named as one; what is no size is refused."""
    small = fits.other("2 GB")
    assert fits.fit(model(id="acme/here"), small, frozenset({"acme/here"})).words == "✓ fits"
    assert fits.fit(model(bytes=3_000_000_000), small, frozenset()).words == "✗ too big"
    assert fits.other(f"{fits.CARD}24 GB").memory_bytes == 24_000_000_000
    assert fits.other("8") == fits.other("8 GB")
    with pytest.raises(ValueError, match="not a size"):
        fits.other("plenty")


def test_a_card_says_what_it_takes_here() -> None:
    """Memory of memory, whether it is here, and a pace that is predicted of this machine alone."""
    assert fits.lines(model(), HERE, frozenset())[:3] == [
        "On this machine",
        "  ✓ fits: 101 MB of 16 GB",
        "  to download: 90 MB",
    ]
    assert "predicted" in fits.lines(model(), HERE, frozenset())[3]
    assert fits.lines(model(), fits.other("8 GB"), frozenset()) == [
        "On a machine with 8 GB",
        "  ✓ fits: 101 MB of 8.0 GB",
        "",
    ]


@pytest.mark.usefixtures("small_catalog", "quick")
async def test_a_memory_is_typed() -> None:
    """A number alone is gigabytes; what only ends like one of the list is meant itself; nothing offers "any"."""
    async with on_catalog("✓ here") as pilot:
        assert "✗ too big" in text_of(pilot.app)
        for typed, where in (("8", "8 GB"), ("6 GB", "6 GB"), ("7", "7 GB"), ("12", "128 GB")):
            await pilot.press("ctrl+o")
            picker = pilot.app.screen
            assert isinstance(picker, Pick)
            assert picker._shown[0] == fits.THIS
            picker.query_one(Input).value = typed
            await settle(pilot)
            await press(pilot, "enter")
            assert f"Here: on a machine with {where}" in text_of(pilot.app)
        # All fits into the last one, and nothing is on its disk.
        assert "✗ too big" not in text_of(pilot.app)
        assert "✓ here" not in text_of(pilot.app)


@pytest.mark.usefixtures("small_catalog", "quick")
async def test_this_machine_is_picked_before_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says that it is not known yet; another machine can be thought of."""
    monkeypatch.setattr(CatalogScreen, "_look_here", lambda _: None)
    async with on_catalog() as pilot:
        app = pilot.app
        await press(pilot, "ctrl+o", "enter")
        output = next(note.message for note in app._notifications)
        assert output.startswith("What this machine has is not known yet")
        await press(pilot, "ctrl+o", *"64", "enter")
        assert "Here: on a machine with 64 GB" in text_of(app)


@pytest.mark.usefixtures("small_catalog", "quick")
async def test_what_came_onto_the_disk_is_seen_on_arriving(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that was fetched meanwhile is here; sorted by Here, the cursor stays on its model."""
    async with on_catalog("✓ here") as pilot:
        app = pilot.app
        table = app.screen.query_one(ModelTable)
        table.sort_by("fit")
        table.move_cursor(row=1)
        await settle(pilot)
        before, last = table.model, str(table._sorted()[-1]["id"])
        monkeypatch.setattr(fits, "installed", lambda: frozenset({"acme/sentiment-small", last}))
        await pilot.press("f2", "f3")
        await until(pilot, lambda: "embed/minilm-multi" not in str(table._sorted()[0]["id"]), lambda: text_of(app))
        await settle(pilot)
        assert table.model == before


def test_here_is_what_can_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a model without usable weights nor the one that a model derives from."""
    form = Form("onnx", ("model.onnx",), 1, "fp32")
    found = [
        installed.InstalledModel(
            "acme/whole", "1", "cache", Path(), (form,), None, installed.LocalFacts(derived_from="b/c")
        ),
        installed.InstalledModel("acme/part", "1", "cache", Path(), (), "no weights"),
    ]
    monkeypatch.setattr(installed, "find_installed", lambda: found)
    assert INSTALLED() == {"acme/whole"}


@pytest.mark.usefixtures("small_catalog", "quick")
async def test_published_scores_are_compared_where_enough_models_have_the_same() -> None:
    """Best first, unknown last; green is what no smaller model beats; with too few to compare there is no column."""
    async with on_catalog("Score: Sentiment (3 tasks)") as pilot:
        app = pilot.app
        table = app.screen.query_one(ModelTable)
        table.sort_by("quality")
        assert [each["figure"] for each in table._sorted()[:4]] == [0.915, 0.881, 0.87, None]
        best = [each["id"] for each in table._sorted() if table._is_best_for_its_size(each)]
        assert best == ["acme/sentiment-large", "acme/sentiment-small"]
        app.screen.query_one(Input).value = "chat"
        await until(pilot, lambda: "Score" not in text_of(app), lambda: text_of(app))
        assert table.order == BY_SCORE


@pytest.mark.usefixtures("small_catalog", "quick")
async def test_two_models_stand_side_by_side() -> None:
    """C marks one and, on another, shows both cards in two columns."""
    async with on_catalog("✓ here") as pilot:
        app = pilot.app
        app.screen.query_one(ModelTable).focus()
        await pilot.press("c", "down", "down", "c")
        await until(pilot, lambda: isinstance(app.screen, TextModal), lambda: text_of(app))
        await settle(pilot)
        assert re.search(r"embed/minilm-multi +chat/instruct-8b", text_of(app))
        assert re.search(r"Licence +apache-2.0 +Licence +other", text_of(app))
