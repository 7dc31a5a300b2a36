"""Formats, libraries and families that no source states, inferred from other facts.

Transformers has written safetensors by default since version 4.35 of November 2023, and diffusers, timm and
sentence-transformers too, so newer architectures have them; a repository with GGUF in its name has GGUF files, and one
with a packing in its name safetensors. If all models of an owner with a known gate are open, the others are assumed to
be open too.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from catalog.card import ModelCard, WeightFile
from catalog.prior import is_copy_by_name
from catalog.repository import PACKED, is_draft
from tools.seed.named_kinds import has_another_use

FILES: Final = "its library and date"
LIBRARY: Final = "its owner"
PACKING: Final = "its name (a packing of safetensors)"
OWNER: Final = "its owner's other models"
DRAFT: Final = "draft-model"
KIND: Final = "its name (a GGUF file of a language model)"
_SAFETENSORS_SINCE: Final = "2023-12"
_WRITES_SAFETENSORS: Final = frozenset({"transformers", "sentence-transformers", "diffusers", "setfit"})
_ALWAYS_DID: Final = frozenset({"timm", "diffusion-single-file"})
# Of 1,905 such models whose files are known 99.8% have safetensors.
_YOUNGER: Final = re.compile(
    r"modern-?bert|mmbert|ettin|qwen-?[23]|gemma-?[23]|llama-?3|lfm2|smol(?:lm|vlm)|dinov3|siglip2", re.IGNORECASE
)
_GGUF: Final = re.compile(r"[-_.]GGUF$|^GGUF[-_]", re.IGNORECASE)
_SIZE: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?b(?![a-z0-9])", re.IGNORECASE)
_OTHER_FORMATS: Final = re.compile(
    r"gguf|onnx|openvino|[-_]ov(?:$|[-_])|coreml|tflite|litert|rkllm|ctranslate2|[-_]ct2|npu|q4nx", re.IGNORECASE
)
_LEAST_OF_OWNER: Final = 4
_LIBRARIES: Final = {
    "sentence-transformers": "sentence-transformers", "cross-encoder": "sentence-transformers",
    "MoritzLaurer": "transformers", "Helsinki-NLP": "transformers", "cardiffnlp": "transformers",
    "facebook": "transformers", "google": "transformers", "microsoft": "transformers", "openai": "transformers",
    "flair": "flair", "spacy": "spacy", "speechbrain": "speechbrain", "stanfordnlp": "stanza", "Systran": "ctranslate2",
    "urchade": "gliner", "gliner-community": "gliner", "fastino": "gliner2",
}  # fmt: skip
# Families in which models of the hand-made table without a library are transformers models.
_TRANSFORMERS: Final = frozenset(
    {
        "text-classification", "zero-shot-classification", "token-classification", "question-answering",
        "table-question-answering", "summarization", "translation", "text2text-generation", "fill-mask",
        "automatic-speech-recognition", "image-classification", "text-generation", "image-text-to-text",
    }
)  # fmt: skip
_OTHER_LIBRARIES: Final = re.compile(
    r"gliner|gliclass|nemo|parakeet|canary|flair|spacy|stanza|onnx|ggml|ct2|fasttext", re.IGNORECASE
)


def complete(cards: Iterable[ModelCard]) -> list[ModelCard]:
    cards = [_draft(_format(_library(_family(card)))) for card in cards]
    gates: Counter[tuple[str, bool]] = Counter((_owner(c), c.gated) for c in cards if c.gated is not None)
    return [_gate(card, gates) for card in cards]


def _draft(card: ModelCard) -> ModelCard:
    """Mark draft models for speculative decoding, which do not answer alone."""
    return replace(card, tags=(*card.tags, DRAFT)) if is_draft(card.id) and DRAFT not in card.tags else card


def _family(card: ModelCard) -> ModelCard:
    generator = card.formats == ("gguf",) and _SIZE.search(card.id) is not None and not has_another_use(card.id)
    if card.family is not None or not generator:
        return card
    return _with(card, KIND, family="text-generation")


def _library(card: ModelCard) -> ModelCard:
    if card.library is not None or set(card.formats) - {"safetensors", "pickle"} or is_copy_by_name(card.id):
        return card
    name = _LIBRARIES.get(_owner(card))
    curated = any(source.startswith("curated") for source in card.sources)
    if name is None and curated and card.family in _TRANSFORMERS and not _OTHER_LIBRARIES.search(card.id):
        name = "transformers"
    if name is None or (name == "transformers" and card.family not in _TRANSFORMERS):
        return card
    return _with(card, LIBRARY, library=name)


def _format(card: ModelCard) -> ModelCard:
    if card.files:
        return card
    if _GGUF.search(card.id.rsplit("/", 1)[-1]):
        return _with(card, FILES, files=(WeightFile(format="gguf"),))
    late = max(card.created or "", card.updated or "") >= _SAFETENSORS_SINCE
    if PACKED.search(card.id) and not _OTHER_FORMATS.search(card.id):
        return _with(card, PACKING, files=(WeightFile(),))
    late = late or (_YOUNGER.search(card.id) is not None and not _OTHER_FORMATS.search(card.id))
    if card.library in _ALWAYS_DID or (late and card.library in _WRITES_SAFETENSORS):
        return _with(card, FILES, files=(WeightFile(),))
    return card


def _gate(card: ModelCard, gates: Counter[tuple[str, bool]]) -> ModelCard:
    owner = _owner(card)
    if card.gated is not None or gates[owner, True] or gates[owner, False] < _LEAST_OF_OWNER:
        return card
    return _with(card, OWNER, gated=False)


def _owner(card: ModelCard) -> str:
    return card.id.partition("/")[0]


def _with(card: ModelCard, source: str, **facts: Any) -> ModelCard:  # noqa: ANN401 - a fact of any kind
    return replace(card, **facts, sources=(*card.sources, f"{source}: {', '.join(facts)}"))
