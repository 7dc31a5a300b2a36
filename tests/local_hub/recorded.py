"""Turns recorded model listings, where a developer has them, into records as today's Hub would send them.

Two files are known, one JSON object a line: `hub_models_2026-08-22T12.jsonl` (facts as the HF//RADAR data set
normalised them) and `hub_models_2026-08-22T20.delta.jsonl` (what had changed eight hours later).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local_hub.cursor import Record
    from tests.local_hub.records import Records

LISTING_2026 = "hub_models_2026-08-22T12.jsonl"
DELTA_2026 = "hub_models_2026-08-22T20.delta.jsonl"

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
"""Where a developer may keep the recordings: beside the checkout, never in it."""


def rows(path: Path, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-lines file, at most `limit` of them."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file):
            if limit is not None and number >= limit:
                return
            yield json.loads(line)


def load_2026(records: Records, folder: Path = DATA, limit: int | None = None) -> int:
    """Load the snapshot of 2026, those already removed left out, and return how many models are listed."""
    return records.load(from_2026(row) for row in rows(folder / LISTING_2026, limit) if not row["removed"])


def eight_hours_later(records: Records, folder: Path = DATA) -> dict[str, int]:
    """Let time move on: replace, add, take away and bring back what the delta says."""
    counts = {"added": 0, "changed": 0, "removed": 0}
    for row in rows(folder / DELTA_2026):
        known = records.get(row["id"]) is not None
        if row["removed"]:
            if known:
                records.vanish(row["id"])
                counts["removed"] += 1
            continue
        records.load([from_2026(row)])
        counts["changed" if known else "added"] += 1
    return counts


def from_2026(row: dict[str, Any]) -> Record:
    """Return a record from the facts of HF//RADAR.

    What the source has dropped is filled in the plainest way: weights count as BF16, a gated model as
    "auto".
    """
    record: Record = {
        "id": row["id"], "author": row["author"], "createdAt": row["created_at"], "lastModified": row["updated_at"],
        "likes": row["likes"], "downloads": row["downloads_30d"], "trendingScore": row["trending_score"],
        "tags": row["tags"], "gated": "auto" if row["gated"] else False, "cardData": _card(row["tags"]),
    }  # fmt: skip
    optional = {
        "pipeline_tag": row["pipeline_tag"],
        "library_name": row["library"],
        "usedStorage": row["storage_bytes"],
    }
    record |= {name: value for name, value in optional.items() if value is not None}
    total = row["parameters"]
    if total is not None:
        if "gguf" in row["formats"] and "safetensors" not in row["formats"]:
            record["gguf"] = {"total": total}
        else:
            record["safetensors"] = {"parameters": {"BF16": total}, "total": total}
    if row["base_model"] is not None:
        record["cardData"]["base_model"] = row["base_model"]
        record["baseModels"] = base_models(row["base_model"], row["tags"])
    if row["benchmarks"]:
        record["model-index"] = [{"name": row["id"], "results": [_result(b) for b in row["benchmarks"]]}]
    return record


def base_models(base: str, tags: list[str]) -> dict[str, Any]:
    """Return `baseModels` as the Hub sends it: the relation and the models."""
    relations = [tag.split(":")[1] for tag in tags if tag.startswith("base_model:") and tag.count(":") > 1]
    return {"relation": relations[0] if relations else "finetune", "models": [{"id": base}]}


def _card(tags: list[str]) -> dict[str, Any]:
    """Return what the tags tell of the card."""
    card: dict[str, Any] = {}
    for tag in tags:
        kind, _, value = tag.partition(":")
        if kind == "license" and value:
            card["license"] = value
        elif kind == "dataset" and value:
            card.setdefault("datasets", []).append(value)
    return card


def _result(benchmark: dict[str, Any]) -> dict[str, Any]:
    """Return one claim of a benchmark in the shape of a model card's model-index."""
    task, dataset = benchmark["task"], benchmark["dataset"]
    return {
        "task": {"type": str(task).lower().replace(" ", "-"), "name": task},
        "dataset": {"name": dataset, "type": dataset},
        "metrics": [{"type": benchmark["metric"], "value": benchmark["value"]}],
    }
