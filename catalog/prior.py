"""How likely a model is to work for somebody, before the query is known; and what a repository's name says of it."""

import math
import re
from typing import Final

from catalog.card import ModelCard

# Formats that a runtime of the advisor loads without being told to trust anything.
RUNS_HERE: Final = frozenset({"safetensors", "onnx", "gguf", "ctranslate2", "static"})
# The tag of models that a practitioner would name first for their task.
RECOMMENDED: Final = "recommended"
# Where no source told the downloads, a model in the hand-made table counts as one with this many.
_RECOMMENDED_DOWNLOADS: Final = 1_000_000
_CURATED_DOWNLOADS: Final = 30_000
_CURATED: Final = "curated"
_TUNED: Final = re.compile(r"instruct|chat|assistant|[-_.]it(?:$|[-_.])|thinking|-r1-|coder|hermes", re.IGNORECASE)
_TUNED_TAGS: Final = frozenset({"chat", "instruct", "conversational", "reasoning", "tools", "tool-use"})
# Marks of parts and of private alterations of somebody else's model, which few mean when they name a task.
_ALTERED: Final = re.compile(
    r"(?:^|[-_./])(?:uncensored|decensored|abliterat\w+|heretic|obliterat\w+|unaligned|loras?|merged?|text[-_]encoder|vae"
    r"|repackaged|controlnets?|your[-_]?\w*|nsfw|erp|roleplay)(?:$|[-_./])(?!.*(?:detect|classif|filter|moderat))",
    re.IGNORECASE,
)
_MADE_SMALLER: Final = re.compile(
    r"[-_.](?:i1[-_.])?(?:gguf|ggml|awq|gptq|exl[23]|mlx|onnx|openvino|ov|bnb|fp8|fp16|bf16|nvfp4|mxfp4|int[48]|w\da\d+"
    r"|[2-8][-_]?bits?|q[2-8](?:[-_][k01])?(?:[-_][sml])?|iq\d\w*|quantized|quant|imatrix|dynamic|unsloth|ct2|optimum"
    r"|qat|ud|static|oq\w*|dwq\w*|hqq|marlin|channelwise|group\d+|gs?\d{2,3}|abliterated-gguf)$",
    re.IGNORECASE,
)


def quality(card: ModelCard) -> float:
    """A figure in 0..1: use (downloads, likes), formats that run here, known size and licence, published scores.

    Age needs no term of its own: the downloads are those of the last 30 days.
    """
    downloads = card.downloads
    if RECOMMENDED in card.tags:
        downloads = max(downloads or 0, _RECOMMENDED_DOWNLOADS)
    elif any(source.startswith(_CURATED) for source in card.sources):
        downloads = max(downloads or 0, _CURATED_DOWNLOADS)
    used = min(1.0, math.log10(1 + (downloads or 0)) / 7.5)
    liked = min(1.0, math.log10(1 + (card.likes or 0)) / 4)
    runs = 1.0 if RUNS_HERE.intersection(card.formats) else 0.5 if not card.files else 0.0
    facts = sum(x is not None for x in (card.parameters, card.license, card.family)) / 3
    scored = min(1.0, len(card.scores) / 5)
    figure = 0.55 * used + 0.1 * liked + 0.15 * runs + 0.12 * facts + 0.08 * scored
    if card.remote_code:
        figure *= 0.9
    if card.base_relation in {"adapter", "merge"} or _ALTERED.search(card.id):
        figure *= 0.85
    if card.family == "text-generation" and not _follows_instructions(card):
        figure *= 0.85
    return figure


def _follows_instructions(card: ModelCard) -> bool:
    """Whether a generator was tuned to answer, by its name or its tags; a base model only continues a text."""
    return bool(_TUNED.search(card.id) or _TUNED_TAGS.intersection(t.lower() for t in card.tags))


def stem(model_id: str) -> str:
    """The repository's name without owner and without marks of a smaller copy: "x/Qwen3-8B-GGUF" as "qwen3-8b"."""
    name = model_id.rsplit("/", 1)[-1]
    while (shorter := _MADE_SMALLER.sub("", name)) != name and shorter:
        name = shorter
    return name.lower()


def is_copy_by_name(model_id: str) -> bool:
    """Whether the repository's name bears a mark of a smaller copy."""
    return model_id.rsplit("/", 1)[-1].lower() != stem(model_id)
