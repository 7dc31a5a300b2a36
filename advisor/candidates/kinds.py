"""Kinds of models on the Hub, from the catalog's facts and for any engine.

The Hub has no field for this: tags say so if there are any, else words in names.
"""

import re

from advisor.engines.engine import ENCODERS
from advisor.engines.transformers.rerankers import published
from catalog import ModelCard
from catalog.prior import follows_instructions

_CODE_TAGS = frozenset({"custom_code", "custom-code", "trust-remote-code"})
_PART_TAGS = frozenset(
    {"speculative-decoding", "draft-model", "drafter", "eagle", "eagle3", "medusa", "adapter", "lora-adapter"}
)
_PART_NAME = re.compile(
    r"(?:^|[-_.])(?:eagle-?3|dflash\d?|dspark|medusa|draft(?:er)?|lora|mmproj)(?:[-_.]|$)", re.IGNORECASE
)
_CHAT_NAME = re.compile(
    r"(?:^|[-_.])(?:instruct(?:ion|ed)?|it|chat|assistant|sft|dpo|orpo|thinking|r1)(?:[-_.]|\d|$)", re.IGNORECASE
)
# Generators tuned for something other than answering a prompt.
_OTHER_NAME = re.compile(r"(?:^|[-_.])(?:\w*(?:ocr\d?|embed\w*|rerank\w*|guard)|tts|asr)(?:[-_.]|$)", re.IGNORECASE)
# Weights that torch reads only with extra packages, only on graphics cards, or not at all.
_PACKED_NAME = re.compile(
    r"(?:^|[-_.])(?:awq|gptq\w*|exl[23]|bnb|nvfp4|mxfp4|fp8|mlx|openvino|ov|onnx|gguf|ggml|litert|tflite|coreml|hqq"
    r"|autoround|w\d+a\d+|int[48]|[2-8]-?bit)(?:[-_.]|$)",
    re.IGNORECASE,
)
# Rerankers that are language models: by their base models, or by a size in billions in their name.
_LANGUAGE_MODELS = re.compile(
    r"qwen|llama|gemma|mistral|phi-?\d|minicpm|vicuna|t5(?![a-z\d])|\d(?:\.\d+)?b(?![a-z])",
    re.IGNORECASE,
)
# Upper limit of parameters of encoders.
_LARGEST_ENCODER = 700_000_000
# Models for pictures, by tag or name.
_SEES = re.compile(r"vlm?(?![a-z])|(?<![a-z])(?:vision|llava|docling)(?![a-z])", re.IGNORECASE)
# Models with a weight per word or a vector per token instead of one vector per text.
_OTHER_VECTORS = re.compile(r"splade|sparse|inference-free|(?<!tct_)colbert|late[- ]interaction", re.IGNORECASE)
# Recognisers that find the times of given words.
_ALIGNS = re.compile(r"aligner(?![a-z])", re.IGNORECASE)
_BASE_TAGS = frozenset({"base-model", "base", "pretrained", "pre-trained"})
_BASE_NAME = re.compile(r"(?:^|[-_.])(?:base|pt|pretrain(?:ed)?)(?:[-_.]|$)", re.IGNORECASE)


def needs_code(card: ModelCard) -> bool:
    return bool(card.remote_code) or not _CODE_TAGS.isdisjoint(card.tags)


def is_part(card: ModelCard) -> bool:
    """Return whether it does not work alone: an adapter, or a draft model for speculative decoding."""
    is_named_so = _PART_NAME.search(_name(card.id)) is not None
    return card.base_relation == "adapter" or is_named_so or not _PART_TAGS.isdisjoint(card.tags)


def is_packed(card: ModelCard) -> bool:
    """Return whether torch alone cannot read its weights, by its name."""
    return _PACKED_NAME.search(_name(card.id)) is not None


def answers_otherwise(card: ModelCard) -> bool:
    """Return whether no engine here can interpret its output, regardless of its files.

    Language models that rank each have their own protocol, such as the logit of "yes" or a whole list at once. Those of
    sentence-transformers declare theirs, as do the makers of some families; some were converted to classifiers of
    pairs. SPLADE and ColBERT are not encoders; forced aligners need the transcript. Of NeMo only recognisers also have
    transformers weights.
    """
    if _ALIGNS.search(card.id):
        return True
    if card.library == "nemo":
        return card.family != "automatic-speech-recognition"
    if card.family in (*ENCODERS, "text-ranking") and _OTHER_VECTORS.search(" ".join((card.id, *card.tags))):
        return True
    if card.family != "text-ranking" or "seq-cls" in card.id.lower() or published(card.id) is not None:
        return False
    names = " ".join((card.id, card.base_model or "", *card.tags))
    is_language_model = (card.parameters or 0) > _LARGEST_ENCODER or _LANGUAGE_MODELS.search(names) is not None
    return is_language_model and (card.library != "sentence-transformers" or _SEES.search(names) is not None)


def is_for_pictures(card: ModelCard) -> bool:
    """Return whether a generator was made for pictures, by its name and tags; many of today's see them, too."""
    return _SEES.search(_name(card.id)) is not None or "OCR" in card.tags


def is_chat(card: ModelCard) -> bool:
    """Return whether a generator is a chat model; a base model, which only continues a text, is not.

    Its own name counts first: a base model may have a chat template, and then the Hub calls it conversational. For a
    quantised copy the original's name counts.
    """
    names = _names(card)
    if answers_in_its_own_way(card):
        return False
    is_base = any(map(_BASE_NAME.search, names)) or not _BASE_TAGS.isdisjoint(tag.lower() for tag in card.tags)
    return any(map(_CHAT_NAME.search, names)) or (follows_instructions(card) and not is_base)


def answers_in_its_own_way(card: ModelCard) -> bool:
    """Return whether a generator was tuned for another kind of answer than a prompt asks for, such as a guard."""
    return any(map(_OTHER_NAME.search, _names(card)))


def _names(card: ModelCard) -> list[str]:
    """Return a model's name, and that of the original of a quantised copy."""
    is_copy = card.base_model and card.base_relation == "quantized"
    return [_name(each) for each in (card.id, card.base_model if is_copy else None) if each]


def _name(model: str) -> str:
    return model.rpartition("/")[2]
