"""What a model of transformers' can do, by the architecture that its configuration names."""

from __future__ import annotations

from typing import Any

# The endings of transformers' class names, and what such a model can do.
_HEADS = {
    "ForSequenceClassification": "classify",
    "ForTokenClassification": "tag",
    "ForQuestionAnswering": "read",
    "ForImageClassification": "see",
    "ForAudioClassification": "hear",
    "ForCTC": "transcribe",
    "ForCausalLM": "chat",
    "LMHeadModel": "chat",
    "ForConditionalGeneration": "rewrite",
    "MTModel": "rewrite",
}
_SPEECH = ("whisper", "speech_to_text", "moonshine")
# Without a head: what they make of an image still differs.
_VISION = frozenset(
    f"{name}Model"
    for name in ("ViT", "ViTMAE", "DeiT", "Beit", "Swin", "Swinv2", "Dinov2", "DINOv3ViT", "CLIP", "Siglip", "ConvNext")
) | {"ResNetModel", "MobileViTModel", "MobileNetV2Model", "EfficientNetModel", "CLIPVisionModelWithProjection"}
# Without a head, or with one that fills in words: their mean vectors stand for a text.
_ENCODERS = ("Model", "ForMaskedLM", "ForPreTraining")
# Of those "for conditional generation" many look at images or listen; these turn text into text.
_TEXT_TO_TEXT = (
    *("t5", "mt5", "umt5", "longt5", "switch_transformers", "bart", "mbart", "plbart", "led", "pegasus", "pegasus_x"),
    *("bigbird_pegasus", "marian", "fsmt", "m2m_100", "nllb-moe", "prophetnet", "blenderbot", "blenderbot-small"),
)


def abilities(config: dict[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    """Return what a model can do (keys of `advisor.engines.base.ABILITIES`), and its own labels if it has some.

    A classifier with one label scores pairs of texts; one whose labels speak of entailment infers.
    """
    architectures = config.get("architectures")
    named = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    ability = next((able for ending, able in _HEADS.items() if named.endswith(ending)), None)
    kind = config.get("model_type")
    if ability == "rewrite" and kind not in _TEXT_TO_TEXT:
        ability = "transcribe" if kind in _SPEECH else "chat" if _reads_text_and_more(config) else None
    is_sound = _hears(config)
    if ability is None:
        able = (("listen", is_sound), ("look", named in _VISION), ("encode", _is_encoder(named, config)))
        return [each for each, fits in able if fits][:1], ()
    table = config.get("id2label")
    labels = tuple(str(label) for label in table.values()) if isinstance(table, dict) else ()
    if is_sound and ability in ("hear", "classify"):
        return ["hear", "listen"], labels
    if ability == "classify":
        if len(labels) == 1:
            return ["compare"], ()
        if any(label.casefold().startswith("entail") for label in labels):
            return ["entail"], labels
    if ability == "see":
        return ["see", "look"], labels
    if is_sound and ability == "transcribe":
        return ["transcribe", "listen"], ()
    return [ability], labels if ability in ("classify", "tag") else ()


def _reads_text_and_more(config: dict[str, Any]) -> bool:
    """Return whether a generator has a language model within, which can be asked without an image."""
    text = config.get("text_config")
    return isinstance(text, dict) and "vision_config" in config and not text.get("is_encoder_decoder")


def _hears(config: dict[str, Any]) -> bool:
    """Return whether its input is sound: a spectrum, or samples that its first layers fold."""
    folds = isinstance(config.get("conv_kernel"), list) and "feat_extract_norm" in config
    return folds or any(key in config for key in ("num_mel_bins", "feature_projection_input_dim", "audio_config"))


def _is_encoder(named: str, config: dict[str, Any]) -> bool:
    """Return whether it reads texts: it has a vocabulary and a longest text, which models of images and sound lack."""
    has_tokens = all(isinstance(config.get(key), int) for key in ("vocab_size", "max_position_embeddings"))
    return named.endswith(_ENCODERS) and has_tokens and not config.get("is_encoder_decoder")
