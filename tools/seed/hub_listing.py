"""Facts from the recorded Hub listing (HF//RADAR, radar-huggingface-dataset, CC-BY-4.0)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from catalog.card import ModelCard, WeightFile
from catalog.refresh.record import REFERENCE, RELATIONS
from catalog.repository import packed

NAME: Final = "radar-huggingface-dataset 2026-08-22"
_FILES: Final = ("hub_models_2026-08-22T12.jsonl", "hub_models_2026-08-22T20.delta.jsonl")
# Below this the listing is recent uploads without users.
_LEAST_DOWNLOADS: Final = 100
_LEAST_LIKES: Final = 5
_MOST_TAGS: Final = 12
# The tag of models that torch loads, and their formats.
_TORCH: Final = "pytorch"
_OF_TORCH: Final = frozenset({"safetensors", "pickle"})


def read(folder: Path) -> Iterator[ModelCard]:
    return (
        _card(record) for record, used in _records(folder) if used and (record["pipeline_tag"] or record["base_model"])
    )


def read_others(folder: Path) -> Iterator[ModelCard]:
    return (_card(record) for record, used in _records(folder) if not used)


def _records(folder: Path) -> Iterator[tuple[dict[str, Any], bool]]:
    """All records of existing models, and whether others use them."""
    records: dict[str, dict[str, Any]] = {}
    for name in _FILES:
        with (folder / name).open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                records[record["id"]] = record
    for record in records.values():
        used = (record["downloads_30d"] or 0) >= _LEAST_DOWNLOADS or (record["likes"] or 0) >= _LEAST_LIKES
        if not record["removed"]:
            yield record, used


def _card(record: dict[str, Any]) -> ModelCard:
    tags = record["tags"] or []
    formats = [f for f in record["formats"] or [] if f != "diffusers"]
    if _TORCH in tags and not _OF_TORCH.intersection(formats):
        formats.append("pickle")  # the Hub gives that tag to torch pickles as well as to safetensors
    relation = next((r for r in RELATIONS for t in tags if t.startswith(f"base_model:{r}:")), None)
    parameters = None if packed(record) else record["parameters"]
    known = {record["library"], record["pipeline_tag"], *(record["formats"] or []), *(record["languages"] or [])}
    return ModelCard(
        id=record["id"],
        family=record["pipeline_tag"] if record["pipeline_tag"] != "other" else None,
        parameters=parameters,
        parameters_standing="exact" if parameters else None,
        parameters_source=NAME if parameters else None,
        license=record["license"],
        languages=tuple(record["languages"] or ()),
        library=record["library"],
        files=tuple(WeightFile(format=f) for f in formats),
        base_model=record["base_model"],
        base_relation=relation,
        gated=bool(record["gated"]),
        remote_code=True if "custom_code" in tags else None,
        downloads=record["downloads_30d"],
        likes=record["likes"],
        created=(record["created_at"] or "")[:10] or None,
        updated=(record["updated_at"] or "")[:10] or None,
        scores=_scores(record["benchmarks"] or []),
        tags=tuple(tag for tag in tags if tag not in known and not REFERENCE.match(tag) and ":" not in tag)[
            :_MOST_TAGS
        ],
    )


def _scores(benchmarks: list[dict[str, Any]]) -> dict[str, float]:
    """The first few published figures, as reported by the uploader."""
    figures = {}
    for entry in benchmarks[:6]:
        if isinstance(entry.get("value"), int | float):
            figures[f"{entry['dataset']}: {entry['metric']}"] = float(entry["value"])
    return figures
