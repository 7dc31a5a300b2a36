"""Cross-check of the curated table against recorded listings, published results, and packages that name models.

A source confirms only that a repository exists or did. The first that has a model is added to the card's sources as
"name: id"; ``advisor catalog verify`` counts the models without one.
"""

import csv
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Final

_TEXT: Final = frozenset({".py", ".json", ".md", ".yaml", ".yml", ".txt", ".ts", ".js", ".toml", ".csv"})
_ID: Final = re.compile(r"(?<![\w/.-])[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*\w")
_RADAR: Final = ("hub_models_2026-08-22T12.jsonl", "hub_models_2026-08-22T20.delta.jsonl")
# Packages whose text names models, each unpacked under its own name; the most reliable first.
_PACKAGES: Final = {
    "mteb": "mteb 2.26.24", "timm": "timm 1.0.31", "fastembed": "fastembed 0.9.1", "xinference": "xinference 4.1.0",
    "transformers": "transformers 5.24.0", "huggingface_tasks": "@huggingface/tasks 0.21.54",
    "diffusers": "diffusers 0.42.1", "llm_guard": "llm-guard 0.3.16", "flair": "flair 0.15.1",
    "speechbrain": "speechbrain 1.1.2", "whisperx": "whisperx 3.8.6", "transformer_lens": "transformer-lens 4.3.0",
    "faster_whisper": "faster-whisper 1.2.1", "onnx_asr": "onnx-asr 0.12.0", "open_clip": "open_clip_torch 3.3.0",
    "span_marker": "span-marker 1.8.1", "rerankers": "rerankers 0.10.0", "litellm": "litellm 1.110.2",
    "invokeai": "invokeai 6.14.2", "stanza": "stanza 1.15.0", "unsloth": "unsloth 2026.10.9", "sglang": "sglang 0.5.23",
}  # fmt: skip


def _radar(folder: Path) -> Iterator[str]:
    """Models still in the listing at its end."""
    there: dict[str, bool] = {}
    for record in _records(folder, *_RADAR):
        there[str(record["id"])] = not record["removed"]
    yield from (name for name, is_there in there.items() if is_there)


def _radar_bases(folder: Path) -> Iterator[str]:
    """Base models of the listing's models."""
    for record in _records(folder, *_RADAR):
        for tag in record["tags"] or ():  # type: ignore[attr-defined]  # a list in this file
            if tag.startswith("base_model:"):
                yield tag.rpartition(":")[2]


def _llmfit(folder: Path) -> Iterator[str]:
    for record in _records(folder, "llmfit_models_2026-10.jsonl"):
        yield str(record["name"])
        for source in record.get("gguf_sources") or ():  # type: ignore[attr-defined]  # a list in this file
            yield source["repo"]


def _listing_of_2022(folder: Path) -> Iterator[str]:
    """Only ids, because the listing states no licence."""
    return (str(record["modelId"]) for record in _records(folder, "hub_api_models_2022-02.jsonl"))


def named_in_code(_folder: Path | None = None) -> Iterator[str]:
    """Ids in public source files, looked up one by one; ``named_in_code.txt`` has one per line."""
    text = resources.files("tools.seed").joinpath("named_in_code.txt").read_text(encoding="utf-8")
    yield from (line for line in text.splitlines() if line and not line.startswith("#"))


def _model_ids(folder: Path, name: str) -> Iterator[str]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        yield from (row["model_id"].replace("__", "/") for row in csv.DictReader(file))


def _named(folder: Path, package: str) -> Iterator[str]:
    """Strings that look like ids in the text of a package."""
    if not (folder / package).is_dir():
        raise FileNotFoundError(folder / package)
    for path in sorted((folder / package).rglob("*")):
        if path.suffix in _TEXT and path.is_file():
            yield from _ID.findall(path.read_text(encoding="utf-8", errors="ignore"))


_WITNESSES: Final[tuple[tuple[str, Callable[[Path], Iterable[str]]], ...]] = (
    ("radar-huggingface-dataset 2026-08-22", _radar),
    ("base models in radar-huggingface-dataset 2026-08-22", _radar_bases),
    ("llmfit 1.1.17", _llmfit),
    ("mteb results 2026-08-20", lambda folder: _model_ids(folder, "mteb_scores_2026-08.csv")),
    ("huggingface.js task pages 2026-08-21", lambda f: _model_ids(f, "hf_task_pages_models_2026-08.csv")),
    *((name, lambda folder, package=package: _named(folder, package)) for package, name in _PACKAGES.items()),
    ("safetensors counts 2023-05-02", lambda folder: _model_ids(folder, "hub_safetensors_params_2023.csv")),
    ("Hub listing 2022-02", _listing_of_2022),
    ("public source files 2026-11", named_in_code),
)


def read(folder: Path, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each wanted id that a source confirms, in lower case, with the first such source; OSError if one is missing."""
    left = set(wanted)
    for name, ids in _WITNESSES:
        found = left.intersection(each.lower() for each in ids(folder))
        left -= found
        yield from ((each, name) for each in sorted(found))


def _records(folder: Path, *names: str) -> Iterator[dict[str, object]]:
    for name in names:
        with (folder / name).open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
