"""What fits a machine: by memory, what is here already, another machine, a graphics card."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.tui.picture import text_of
from tests.tui.waiting import settle, until
from tui import fits
from tui.app import AdvisorApp
from tui.dialogs.text_modal import TextModal
from tui.widgets.model_table import ModelTable

HERE = fits.Place(fits.THIS, 16_000_000_000, is_here=True, speed=2e10, threads=2)


def model(**facts: Any) -> dict[str, Any]:
    """Return a model as a search has it."""
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
    """Generators take more beside their weights than encoders."""
    assert fits.fit(model(**facts), HERE, frozenset({"acme/here"})).words == words


def test_another_machine_has_nothing_and_another_memory() -> None:
    """What is here is not there; a card is named as one; what is no size is refused."""
    small = fits.other("2 GB")
    assert fits.fit(model(id="acme/here"), small, frozenset({"acme/here"})).words == "✓ fits"
    assert fits.fit(model(bytes=3_000_000_000), small, frozenset()).words == "✗ too big"
    assert fits.other(f"{fits.CARD}24 GB").memory_bytes == 24_000_000_000
    with pytest.raises(ValueError, match="not a size"):
        fits.other("plenty")


def test_a_card_says_what_it_takes_here() -> None:
    """Memory of memory, whether it is here, and a pace that is predicted of this machine alone."""
    assert fits.lines(model(), HERE, frozenset())[:3] == [
        "On this machine", "  ✓ fits: 101 MB of 16 GB", "  to download: 90 MB",
    ]  # fmt: skip
    assert "predicted" in fits.lines(model(), HERE, frozenset())[3]
    assert fits.lines(model(), fits.other("8 GB"), frozenset()) == [
        "On a machine with 8 GB",
        "  ✓ fits: 101 MB of 8.0 GB",
        "",
    ]


@pytest.mark.usefixtures("small_catalog", "quick")
async def test_the_catalog_thinks_of_another_machine() -> None:
    """Under Here stands what fits; ctrl+o picks another memory, and the status says so."""
    app = AdvisorApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f3")
        await settle(pilot)
        await until(pilot, lambda: "✓ here" in text_of(app), lambda: text_of(app))
        assert "✗ too big" in text_of(app)
        await pilot.press("ctrl+o", *"128", "enter")
        await settle(pilot)
        assert "Here: on a machine with 128 GB" in text_of(app)
        assert "✗ too big" not in text_of(app)
        assert "✓ here" not in text_of(app)


@pytest.mark.usefixtures("small_catalog", "quick")
async def test_two_models_stand_side_by_side() -> None:
    """C marks one and, on another, shows both cards in two columns."""
    app = AdvisorApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f3")
        await settle(pilot)
        await until(pilot, lambda: "✓ here" in text_of(app), lambda: text_of(app))
        app.screen.query_one(ModelTable).focus()
        await pilot.press("c", "down", "down", "c")
        await until(pilot, lambda: isinstance(app.screen, TextModal), lambda: text_of(app))
        await settle(pilot)
        assert re.search(r"embed/minilm-multi +acme/sentiment-small", text_of(app))
        assert re.search(r"Licence +apache-2.0 +Licence +apache-2.0", text_of(app))
