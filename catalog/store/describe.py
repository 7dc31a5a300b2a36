"""Sentences about a model, composed from its facts only."""

from typing import Final

from catalog.card import ModelCard
from catalog.families import FAMILIES, family_title
from catalog.languages import NAMES

_LISTED: Final = 6
_RELATION: Final = {
    "quantized": "a quantised copy of", "finetune": "fine-tuned from", "adapter": "an adapter for",
    "merge": "merged from", "distilled": "distilled from",
}  # fmt: skip


def describe_card(card: ModelCard) -> str:
    """Describe a model in one or two sentences: task, languages, size, base model and licence."""
    family = FAMILIES.get(card.family or "")
    about = topics(card)
    first = f"{family_title(card.family)} model" if card.family else "Model of an unknown task"
    if about:
        first += f" for {', '.join(about[:_LISTED])}"
    if family:
        first += f": {family.does}"
    facts = [part for part in (_languages(card), _size(card), _base(card), _terms(card)) if part]
    return f"{first}. {'; '.join(facts)}." if facts else f"{first}."


def topics(card: ModelCard) -> tuple[str, ...]:
    """The tags that are topics, without the Hub's technical tags."""
    return tuple(t for t in card.tags if is_topic(t))


def is_topic(tag: str) -> bool:
    """Whether a Hub tag is a topic rather than a format, a library or a reference."""
    return ":" not in tag and tag.lower() not in _MACHINERY and not tag.startswith(("base_model", "arxiv"))


def _languages(card: ModelCard) -> str:
    if not card.languages:
        return ""
    names = [NAMES.get(code, code) for code in card.languages]
    if len(names) > _LISTED:
        return f"{len(names)} languages, among them {', '.join(names[:_LISTED])}"
    return ", ".join(names)


def _size(card: ModelCard) -> str:
    parts = []
    if card.parameters is not None:
        parts.append(f"{human_count(card.parameters)} parameters")
    if card.embedding_width is not None:
        parts.append(f"vectors of {card.embedding_width} dimensions")
    if card.context_length is not None:
        parts.append(f"up to {card.context_length} tokens")
    if card.image_size is not None:
        parts.append(f"images of {card.image_size} pixels")
    return ", ".join(parts)


def _base(card: ModelCard) -> str:
    if card.base_model is None:
        return ""
    return f"{_RELATION.get(card.base_relation or '', 'based on')} {card.base_model}"


def _terms(card: ModelCard) -> str:
    terms = [f"licence {card.license}"] if card.license else []
    if card.gated:
        terms.append("gated")
    if card.formats:
        terms.append(f"as {', '.join(card.formats)}")
    return ", ".join(terms)


def human_count(number: int) -> str:
    """22713216 as "22.7 M"."""
    for limit, unit in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
        if number >= 0.9995 * limit:  # which is rounded to a whole one
            return f"{number / limit:.3g} {unit}"
    return str(number)


_MACHINERY_TAGS: Final = (
    "transformers pytorch tf jax flax onnx safetensors gguf rust tflite openvino coreml mlx ctranslate2 "
    "diffusers timm sentence-transformers transformers.js text-embeddings-inference "
    "text-generation-inference endpoints_compatible autotrain_compatible custom_code conversational has_space "
    "model-index generated_from_trainer llama-factory trl sft lora peft unsloth adapter inference-endpoints "
    "tensorboard 4-bit 8-bit imatrix gptq awq bitsandbytes compressed-tensors fp8 exl2 exl3 merge "
    "mergekit eval-results lm-evaluation feature-extraction recommended "
)
_MACHINERY: Final = frozenset(_MACHINERY_TAGS.split())
