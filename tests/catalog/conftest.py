"""Fixtures: the cards of the shipped snapshot, and small catalogs made on the spot."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog import Catalog, ModelCard, open_catalog
from catalog.store.compiler import compile_cards, read_snapshot, shipped_snapshot

Make = Callable[[list[ModelCard]], Catalog]


@pytest.fixture(scope="session")
def shipped_cards() -> list[ModelCard]:
    """Every card of the shipped snapshot."""
    return read_snapshot(shipped_snapshot())


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Compile cards into a catalog that is closed afterwards."""
    opened: list[Catalog] = []

    def build(cards: list[ModelCard]) -> Catalog:
        folder = tmp_path / f"catalog{len(opened)}"
        folder.mkdir()
        compile_cards(cards, folder)
        opened.append(open_catalog(folder))
        return opened[-1]

    yield build
    for catalog in opened:
        catalog.close()
