"""What the Hub reads from a repository's own files: configuration, parameter counts, the card's metadata."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tests.local_hub.cursor import Record

CONFIG_KEPT = ("architectures", "model_type", "auto_map", "quantization_config")


def read_facts(folder: Path) -> Record:
    """Return the fields of a record that follow from the folder's files."""
    record: Record = {}
    tags: list[str] = []
    config = folder / "config.json"
    if config.is_file():
        content = json.loads(config.read_text(encoding="utf-8"))
        record["config"] = {name: content[name] for name in CONFIG_KEPT if name in content}
        record["library_name"] = "transformers"
        tags += ["transformers", *([content["model_type"]] if "model_type" in content else [])]
    weights = sorted(folder.glob("*.safetensors"))
    if weights:
        counts: Counter[str] = Counter()
        for path in weights:
            counts += count_parameters(path)
        record["safetensors"] = {"parameters": dict(counts), "total": counts.total()}
        tags.append("safetensors")
    if any(folder.glob("*.gguf")):
        tags.append("gguf")
    card = read_card(folder / "README.md")
    if card:
        record["cardData"] = card
        record |= {name: card[name] for name in ("pipeline_tag", "library_name") if name in card}
        tags += _card_tags(card)
    record["tags"] = list(dict.fromkeys(tags))
    return record


def count_parameters(path: Path) -> Counter[str]:
    """Return the number of values per dtype in a safetensors file, from its header alone.

    The format: eight bytes of little-endian header length, then a JSON object of tensors.
    """
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    counts: Counter[str] = Counter()
    for name, tensor in header.items():
        if name != "__metadata__":
            counts[tensor["dtype"]] += math.prod(tensor["shape"])
    return counts


def read_card(path: Path) -> dict[str, Any]:
    """Return the YAML block at the head of a model card, or nothing."""
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    if not text.startswith("---\n"):
        return {}
    card = yaml.safe_load(text[4:].split("\n---", 1)[0])
    return card if isinstance(card, dict) else {}


def _card_tags(card: dict[str, Any]) -> list[str]:
    """Return the tags that the Hub makes of a card."""
    tags: list[str] = [str(card[name]) for name in ("library_name", "pipeline_tag") if name in card]
    for name, prefix in (("tags", ""), ("language", ""), ("datasets", "dataset:"), ("license", "license:")):
        values = card.get(name, [])
        tags += [f"{prefix}{value}" for value in (values if isinstance(values, list) else [values])]
    return tags
