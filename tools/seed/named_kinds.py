"""Families of models determined by their names.

Text generators without a stated family: a name with a text-only architecture ("Mistral-7B", "pythia-70m") and without
a word of another use determines it; fine-tunes and merges keep such names. Audio encoders, which sources list among
text encoders: they are tried for audio classification.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from catalog.card import ModelCard

NAME: Final = "its name (a text-only architecture)"
_TEXT_ONLY: Final = re.compile(
    r"(?:^|[-_./])(?:mistral-?(?:7b|nemo)|mixtral|zephyr-\d|tinyllama|teenytinyllama|pythia-\d"
    r"|gpt-?(?:2|j|neox?)(?:[-_.]|$)|opt-\d|bloomz?-\d|falcon-?\d+b|yi-(?:\d+b|1\.5|coder)"
    r"|gemma-(?:2b|7b|1\.1|2-\d+b)|smollm2?(?:[-_]|$)|olmo-?2?[-_]|llama-?2-\d+b|llama-?3-(?:8b|70b)"
    r"|(?:meta-)?llama-?3\.1-(?:8b|70b|405b)|llama-?3\.2-[13]b|llama-?3\.3-70b"
    r"|qwen-?(?:1\.5|2|2\.5|3)-\d+(?:\.\d+)?b|qwen-(?:1_8b|7b|14b|72b)|qwen2\.5-coder|qwen3-coder"
    r"|phi-(?:1|1_5|2|3-mini|3-medium)|deepseek-(?:llm|coder|r1-distill)|codellama|starcoder2?|stablelm|vicuna-\d"
    r"|wizardlm|openhermes|nous-hermes|danube|solar-10\.7b|internlm2?-(?:chat|\d+b)|baichuan2?-\d|chatglm\d|rwkv-?\d"
    r"|mamba-\d|cerebras-gpt|redpajama|mpt-\d+b)",
    re.IGNORECASE,
)
SOUND: Final = "its name (an encoder of sound)"
_OF_SOUND: Final = re.compile(
    r"(?:^|[-_/])(?:(?:m|distil)?hubert|wav2vec2?|wavlm|w2v|xls-r|unispeech|data2vec-audio|clap|mert)(?:$|[-_\d])",
    re.IGNORECASE,
)
# Base and large, by the most parameters: Baevski et al. 2020, "wav2vec 2.0", section 4.2.
_WIDTHS: Final = ((200_000_000, 768), (600_000_000, 1024))
# Recognisers and codecs of speech.
_WRITES: Final = re.compile(r"codec|phoneme|[-_](?:ft|to|l\d+)(?:$|[-_])|[-_]\d+h(?:$|[-_])", re.IGNORECASE)
_ANOTHER_USE: Final = re.compile(
    r"(?:^|[-_./])\w*(?:vl|vision|visual|omni|audio|speech|voice|tts|asr|ocr|music|image|video|llava|clip|embed\w*|e5"
    r"|gte|bge|retriev\w*|rerank\w*|rank\w*|reward|rm|prm|orm|critic|judge|guard\w*|classif\w*|detect\w*|ner|sentiment"
    r"|moder\w*|scor\w*|draft\w*|eagle\d?|medusa|speculator|token\w*|lora|adapter|multimodal|mm|vla|act|protein|dna"
    r"|mol\w*|chem\w*|compounds|genom\w*|ovis\w*|blip2|instructblip|vit|udever|sgpt|llm2vec|simcse|msmarco"
    r"|promptriever|shieldlm|diffusion|sae|transcoder\w*|probe\w*|lens|controlnet|encoder|comfy\w*|pairrm)(?:$|[-_./\d])",
    re.IGNORECASE,
)
_OTHER_TAGS: Final = frozenset(
    {"vision", "multimodal", "audio", "vision-language", "image", "video", "comfyui", "lora"}
)
_OTHER_LIBRARIES: Final = frozenset({"diffusers", "diffusion-single-file", "comfyui", "peft", "sentence-transformers"})


def has_another_use(name: str) -> bool:
    """Whether a word in a name shows that a model with a generator's architecture does something else."""
    return bool(_ANOTHER_USE.search(name))


def complete(cards: Iterable[ModelCard]) -> list[ModelCard]:
    """Fill in the family of text generators if unknown, and of audio encoders in any case."""
    return [_of_sound(_named(card)) for card in cards]


def _of_sound(card: ModelCard) -> ModelCard:
    is_encoder = card.family == "feature-extraction" and card.library not in _OTHER_LIBRARIES
    if not is_encoder or not _OF_SOUND.search(card.id) or _WRITES.search(card.id):
        return card
    width = card.embedding_width or next((w for most, w in _WIDTHS if (card.parameters or most) < most), None)
    facts = "family" if width == card.embedding_width else "family, embedding_width"
    sources = (*card.sources, f"{SOUND}: {facts}")
    return replace(card, family="audio-classification", embedding_width=width, sources=sources)


def _named(card: ModelCard) -> ModelCard:
    if card.family is not None or card.library in _OTHER_LIBRARIES or _OTHER_TAGS.intersection(card.tags):
        return card
    names = (card.id, card.base_model or "")
    if not _TEXT_ONLY.search(card.id) or any(_ANOTHER_USE.search(name) for name in names):
        return card
    return replace(card, family="text-generation", sources=(*card.sources, f"{NAME}: family"))
