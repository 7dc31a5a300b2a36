"""Checking a catalog against itself and against a record of the Hub."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog import Catalog, CatalogError, ModelCard
from catalog.verify import Disagreement, verify_catalog
from tests.catalog.conftest import Make

DATA = Path(__file__).parent.parent.parent / "../shared/data"


def _write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return path


def test_differences_are_named(make: Make, tmp_path: Path) -> None:
    """Counts off by more than 0.1%, other tasks and licences, moved and unknown models."""
    catalog = make(
        [
            ModelCard(id="o/same", parameters=1_000_000, parameters_standing="exact", license="mit"),
            ModelCard(id="o/off", parameters=1_002_000, parameters_standing="exact", family="fill-mask"),
            ModelCard(id="o/rounded", parameters=5_000_000, parameters_standing="estimated"),
            ModelCard(id="o/moved", aliases=("moved",)),
        ]
    )
    recorded = _write(
        tmp_path / "hub.jsonl",
        {"id": "o/same", "safetensors": {"total": 1_000_500}, "tags": ["license:apache-2.0"]},
        {"id": "o/off", "parameters": 1_000_000, "pipeline_tag": "translation"},
        {"id": "o/rounded", "parameters": 4_900_000},
        {"modelId": "moved"},
        {"id": "o/elsewhere"},
    )
    report = verify_catalog(catalog, recorded)
    assert (report.recorded, report.known) == (5, 4)
    assert (report.compared, report.agreeing) == (2, 1)
    assert report.disagreements == (
        Disagreement("o/off", "parameters", 1_002_000, 1_000_000),
        Disagreement("o/off", "family", "fill-mask", "translation"),
        Disagreement("o/same", "license", "mit", "apache-2.0"),
    )
    assert report.moved == (("moved", "o/moved"),)
    assert report.filled["parameters"] == 0.75
    assert report.families == {"": 3, "fill-mask": 1}
    assert any("1 of 2 agree" in line for line in report.lines())


def test_models_that_no_record_confirms_are_counted(make: Make) -> None:
    """In the hand-made table, or only inferred; one recorded source is enough."""
    catalog = make(
        [
            ModelCard(id="o/by-hand", sources=("curated corrections: family", "curated table: license", "its name: x")),
            ModelCard(id="o/seen", sources=("curated table: license", "transformers 5.24.0: id")),
            ModelCard(id="o/fetched", sources=("Hub API 2026-11-25: family",)),
        ]
    )
    report = verify_catalog(catalog)
    assert report.unconfirmed == ("o/by-hand",)
    assert any(line.startswith("1 of 3 models are known only from a hand-made table") for line in report.lines())


def test_packed_weights_are_not_compared(make: Make, tmp_path: Path) -> None:
    """Of these the Hub counts packed integers."""
    catalog = make([ModelCard(id="o/m-AWQ", parameters=8_000_000, parameters_standing="exact")])
    report = verify_catalog(catalog, _write(tmp_path / "hub.jsonl", {"id": "o/m-AWQ", "parameters": 2_000_000}))
    assert (report.compared, report.disagreements) == (0, ())


def test_a_damaged_record_is_an_error(shipped: Catalog, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{")
    (tmp_path / "rows.jsonl").write_text('{"text": "no model"}\n')
    for odd in ('{"safetensors": [1]}', '{"safetensors": {"total": "x"}}', '{"tags": [1]}', "[" * 100_000):
        line = odd.replace("{", '{"id": "sentence-transformers/all-MiniLM-L6-v2", ', 1)
        (tmp_path / "odd.jsonl").write_text(f'{{"id": "a/b"}}\n{line}\n')
        with pytest.raises(CatalogError, match=r"odd\.jsonl"):
            verify_catalog(shipped, tmp_path / "odd.jsonl")
    for path in (tmp_path / "bad.jsonl", tmp_path / "none.jsonl", tmp_path / "rows.jsonl"):
        with pytest.raises(CatalogError, match=path.name):
            verify_catalog(shipped, path)


def test_an_empty_catalog_is_counted(make: Make) -> None:
    report = verify_catalog(make([]))
    assert report.count == 0
    assert set(report.filled.values()) == {0.0}
    assert report.lines()


def test_the_shipped_catalog_agrees_with_the_recorded_hub(shipped: Catalog) -> None:
    """Exact counts are the Hub's in 99 of 100 cases."""
    recorded = DATA / "hub_models_2026-08-22T12.jsonl"
    if not recorded.is_file():
        pytest.skip(f"no recorded listing at {recorded}")
    report = verify_catalog(shipped, recorded)
    assert report.compared > 1_000
    assert report.agreeing >= 0.99 * report.compared


def test_former_ids_lead_on(shipped: Catalog) -> None:
    """Of the names that the Hub used in 2022, those that moved into an organisation still resolve."""
    recorded = DATA / "hub_api_models_2022-02.jsonl"
    if not recorded.is_file():
        pytest.skip(f"no recorded listing at {recorded}")
    moved = dict(verify_catalog(shipped, recorded).moved)
    assert moved["bert-base-uncased"] == "google-bert/bert-base-uncased"
    assert moved["gpt2"] == "openai-community/gpt2"
    assert len(moved) >= 40
