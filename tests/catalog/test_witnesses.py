"""Which recorded source knows a model of the hand-made table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.card import ModelCard
from tests.local_hub.recorded import DATA
from tools.seed import cross_check
from tools.seed.merge import Merger

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGES = tuple(cross_check._PACKAGES)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The recorded data, and packages that name one model each."""
    if not (DATA / "hub_api_models_2022-02.jsonl").is_file():
        pytest.skip(f"the recorded listings are not at {DATA}")
    for path in DATA.iterdir():
        (tmp_path / path.name).symlink_to(path)
    for package in _PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "models.py").write_text(
            f'MODEL = "acme/{package}"  # see acme/{package}-long and x/acme/y\n'
        )
    return tmp_path


def test_the_first_source_that_knows_a_model_is_its_witness(sources: Path) -> None:
    """A model that is there, one that vanished, a base, a package's, one of 2022 alone, one that nobody knows."""
    wanted = {"distilgpt2", "acme/flair", "acme/y", "nobody/nothing", "google/efficientnet-b0"}
    found = dict(cross_check.read(sources, wanted))
    assert found == {
        "distilgpt2": "safetensors counts 2023-05-02",
        "acme/flair": "flair 0.15.1",
        "google/efficientnet-b0": "base models in radar-huggingface-dataset 2026-08-22",
    }


def test_a_missing_package_ends_the_build(sources: Path) -> None:
    """Or every model that it knows would count as unknown."""
    (sources / "flair" / "models.py").unlink()
    (sources / "flair").rmdir()
    with pytest.raises(FileNotFoundError, match="flair"):
        list(cross_check.read(sources, {"acme/flair"}))


def test_a_witness_is_noted_on_what_only_the_table_knows() -> None:
    """Found by its former name as well; a model that another source describes needs none."""
    merger = Merger()
    merger.add("curated table", [ModelCard("new/name", aliases=("old/name",)), ModelCard("o/both")])
    merger.add("a listing", [ModelCard("o/both", license="mit")])
    assert merger.unconfirmed(("curated table",)) == {"new/name": "new/name", "old/name": "new/name"}
    merger.confirm("a package", "old/name")
    sources = {card.id: card.sources for card in merger.result()}
    assert sources["new/name"][-1] == "a package: id"
    assert not any("a package" in said for said in sources["o/both"])
