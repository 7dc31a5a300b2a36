"""Predictions from the catalog only: unlisted files, and downloads and sizes before the Hub is asked."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.candidates.hub import Download
from advisor.engines.engine import GENERATORS, RAW_ENCODERS
from advisor.formats.safety import PICKLED_MODULE
from catalog import ModelCard, WeightFile
from catalog.card import BYTES_PER_PARAMETER

if TYPE_CHECKING:
    from advisor.candidates.uses import Use

MAIN = "main"
# Weight formats that an engine loads, in order of preference, with their usual file names.
_FORMATS = {"llama.cpp": "gguf", "onnx": "onnx", "faster-whisper": "ctranslate2"}
_NAMES = {"gguf": "*.gguf", "onnx": "onnx/model.onnx", "ctranslate2": "model.bin", "pickle": PICKLED_MODULE}
_OFTEN, _OTHERWISE, USUAL_GGUF = "safetensors", "pickle", "q4_k_m"
_COUNT = re.compile(r"(?<![\w.])(\d{1,4}(?:\.\d{1,3})?)\s*([bm])(?![a-z])", re.IGNORECASE)
_OF_TEXTS = re.compile(r"embed|sentence|semantic search|retriev|sbert|\b(?:e5|bge|gte)\b", re.IGNORECASE)
_UNITS = {"m": 1e6, "b": 1e9}
# Rounded parameters of encoders by the word for their size, as for BERT and T5.
_SIZES = (
    ("_sm", 4e6), ("_md", 12e6), ("_lg", 140e6), ("tiny", 14e6), ("mini", 30e6), ("xsmall", 25e6), ("small", 45e6),
    ("large", 350e6), ("base", 110e6),
)  # fmt: skip


def with_files(card: ModelCard) -> ModelCard:
    """Return a card with its known files or, if it lists none, the usual files of such models.

    Fetches nothing: the Hub is asked for the true list before a download is planned.
    """
    if card.files:
        return card
    name = card.id.lower()
    if "gguf" in name:
        kind = "gguf"
    elif card.library == "ctranslate2" or "faster-whisper" in name:
        kind = "ctranslate2"
    else:
        kind = _OFTEN
    return replace(card, files=(WeightFile(format=kind),))


def is_of_texts(card: ModelCard) -> bool:
    """Return whether an encoder without a library is a text encoder, by its family, name and topics."""
    return card.family in RAW_ENCODERS or _OF_TEXTS.search(f"{card.id} {' '.join(card.tags)}") is not None


def parameters(card: ModelCard) -> tuple[int | None, str | None]:
    """Return a model's parameters and their standing; without any in the catalog, from its name."""
    if card.parameters is not None:
        return card.parameters, card.parameters_standing
    name = card.id.rpartition("/")[2]
    if found := _COUNT.search(name.replace("-", " ").replace("_", " ")):
        return int(float(found[1]) * _UNITS[found[2].lower()]), "estimated"
    size = next((count for word, count in _SIZES if word in name.lower()), None)
    return (None, None) if size is None else (int(size), "estimated")


def download_size(card: ModelCard, kind: str | None = None) -> int | None:
    """Return the predicted bytes of a model's weights in a format, None if unknown."""
    count, _ = parameters(card)
    file = None if kind is None else _file(card, kind)
    if file is not None and file.size is not None:
        return file.size
    if count is not None and kind == "gguf":
        usual = BYTES_PER_PARAMETER[USUAL_GGUF]
        return int(count * BYTES_PER_PARAMETER.get((file and file.precision) or "", usual))
    if count is not None and card.family in GENERATORS and (file is None or file.precision is None):
        return int(count * BYTES_PER_PARAMETER["bf16"])  # as all instruction-tuned models are published
    known = replace(card, parameters=count)
    return known.predicted_bytes(kind) or known.predicted_bytes()


def predicted_download(card: ModelCard, use: Use) -> Download:
    """Return a model's predicted download from the Hub; without bytes if unknown."""
    kind = _FORMATS.get(use.runtime, _OFTEN)
    if kind not in card.formats and _OTHERWISE in card.formats:
        kind = _OTHERWISE
    size = download_size(card, kind) or 0
    file = _file(card, kind)
    name = (file.name if file is not None else None) or _NAMES.get(kind, "model.safetensors")
    return Download(
        card.id, card.revision or MAIN, use.runtime, (name,), (name,), size, size,
        (file.precision if file is not None else None) or (USUAL_GGUF if kind == "gguf" else None), is_predicted=True,
    )  # fmt: skip


def _file(card: ModelCard, kind: str) -> WeightFile | None:
    """Return the preferred file of a format: for GGUF the one of about four bits."""
    files = [each for each in card.files if each.format == kind]
    return next((each for each in files if each.precision == USUAL_GGUF), files[0] if files else None)
