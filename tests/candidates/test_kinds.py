"""Kinds of models for any engine: parts that do not work alone, and chat models."""

from typing import Any

import pytest

from advisor.candidates.kinds import is_chat, is_for_pictures
from advisor.candidates.uses import Use, use_for
from advisor.families import family
from catalog import ModelCard, WeightFile
from tests.tables import for_each

CLASSIFICATION = family("text-classification")


def card(model: str, kind: str, *formats: str, **facts: Any) -> ModelCard:
    return ModelCard(model, family=kind, files=tuple(WeightFile(format=each) for each in formats), **facts)


@for_each(
    ("model", "facts", "expected"),
    [
        ("acme/Tiny-1B-Instruct", {}, True),
        ("acme/tiny-1b-it-GGUF", {}, True),
        ("acme/Tiny-1B", {"tags": ("conversational",)}, True),
        ("acme/Tiny-1B", {}, False),
        ("acme/Tiny-1B-Base", {"tags": ("conversational",)}, False),
        ("acme/tiny-1b-pt", {"tags": ("conversational",)}, False),
        ("acme/Tiny-1B", {"tags": ("base-model", "conversational")}, False),
        ("copies/Tiny-GGUF", {"base_model": "acme/Tiny-1B-Instruct", "base_relation": "quantized"}, True),
        (
            "copies/Tiny-GGUF",
            {"base_model": "acme/Tiny-1B-Base", "base_relation": "quantized", "tags": ("conversational",)},
            False,
        ),
        ("acme/Tiny-1B", {"base_model": "acme/Base", "base_relation": "finetune", "tags": ("chat",)}, True),
        ("acme/Tiny-OCR", {"tags": ("conversational",)}, False),
        ("acme/TinyGuard-Gen-1B", {"tags": ("tool-use",)}, False),
        ("acme/Tiny-1B-Extract", {}, True),
        ("acme/Tiny-Embedding-0.6B", {"tags": ("conversational",)}, False),
    ],
)
def test_base_models_are_not_chat_models(model: str, facts: dict[str, Any], *, expected: bool) -> None:
    """By the model's own name first, then by its tags."""
    assert is_chat(card(model, "text-generation", **facts)) == expected


@for_each(
    ("model", "tags", "expected"),
    [
        ("acme/TinyVL-2B-Instruct", (), True),
        ("acme/TinyVLM-256M-Instruct", (), True),
        ("acme/Reader2.5-1.2B", ("vision", "OCR"), True),
        ("acme/Tiny3.5-2B", ("vision", "chat"), False),
        ("acme/EVLA-2B-it", (), False),
        ("acme/Supervision-1B-it", (), False),
    ],
)
def test_models_for_pictures_are_told_from_those_that_also_see_them(
    model: str, tags: tuple[str, ...], *, expected: bool
) -> None:
    """By their names, and by the tag for reading scans."""
    assert is_for_pictures(card(model, "image-text-to-text", tags=tags)) == expected


@pytest.mark.parametrize("kind", ["image-text-to-text", "any-to-any"])
def test_models_of_text_and_images_are_asked_in_text(kind: str) -> None:
    """As GGUF and as safetensors; so are they searched for."""
    for format_, runtime in (("gguf", "llama.cpp"), ("safetensors", "transformers")):
        known = card("acme/Tiny3.5-2B", kind, format_, tags=("conversational",))
        assert use_for(known, CLASSIFICATION) == Use(runtime, "chat")
    assert kind in CLASSIFICATION.searched
    assert kind in family("summarization").searched


@for_each(
    ("model", "facts"),
    [
        ("acme/Tiny-1B-Instruct-lora", {"base_relation": "adapter"}),
        ("acme/Tiny-1B-Instruct", {"base_relation": "adapter"}),
        ("acme/Tiny-1B-Instruct", {"library": "peft"}),
        ("acme/Tiny-1B-Instruct-EAGLE3", {}),
        ("acme/Tiny-1B-Instruct-DFlash", {}),
        ("acme/Tiny-1B-Instruct", {"tags": ("draft-model",)}),
        ("acme/Tiny-1B-Instruct", {"remote_code": True}),
        ("acme/Tiny-1B-Instruct", {"tags": ("custom_code",)}),
        ("acme/Tiny-1B-Instruct-AWQ", {}),
        ("acme/Tiny-1B-Instruct-bnb-4bit", {}),
        ("acme/Tiny-1B-Instruct-MLX", {"library": "mlx"}),
    ],
)
def test_models_without_an_engine_are_never_offered(model: str, facts: dict[str, Any]) -> None:
    """Adapters, draft models, a repository's own code, weights that need another library."""
    for formats in (("safetensors",), ()):
        assert use_for(card(model, "text-generation", *formats, **facts), CLASSIFICATION) is None


@for_each("library", ["flair", "nemo", "span-marker", "speechbrain", "kerasformers"])
@for_each("formats", [(), ("safetensors",)])
def test_a_library_without_an_engine_has_none(library: str, formats: tuple[str, ...]) -> None:
    known = card("acme/model", "token-classification", *formats, library=library)
    assert use_for(known, family("token-classification")) is None


@for_each(
    ("model", "facts", "ability"),
    [
        ("acme/reranker-base", {"parameters": 560_000_000}, "compare"),
        ("acme/Qwen3-Reranker-0.6B-seq-cls", {}, "compare"),
        ("acme/reranker-v3", {"base_model": "Qwen/Qwen3-0.6B"}, None),
        ("acme/reranker-v3.5", {"remote_code": True}, None),
        ("Qwen/Qwen3-Reranker-0.6B", {}, "compare"),
        ("acme/Qwen3-Reranker-4B-law", {"parameters": 4_000_000_000}, "compare"),
        ("mixedbread-ai/mxbai-rerank-base-v2", {"base_model": "Qwen/Qwen2.5-0.5B"}, "compare"),
        ("acme/lb-reranker-0.5B", {}, None),
        ("acme/lb-reranker-0.5B", {"library": "sentence-transformers"}, "compare"),
        ("acme/Qwen3-VL-Reranker-2B", {"library": "sentence-transformers"}, None),
        ("acme/reranker-large", {"parameters": 2_000_000_000}, None),
        ("acme/InRanker-small", {"tags": ("T5",)}, None),
        ("acme/embed-base", {"family": "feature-extraction"}, "encode"),
        ("acme/splade-small", {"family": "feature-extraction"}, None),
        ("acme/ModernColBERT", {"family": "sentence-similarity"}, None),
        ("acme/colbertv1-mmarco", {}, None),
        ("acme/LateOn", {"family": "feature-extraction", "tags": ("late-interaction",)}, None),
    ],
)
def test_models_with_an_unknown_output_have_no_engine(model: str, facts: dict[str, Any], ability: str | None) -> None:
    """Language models that rank in an unknown way; weights per word and vectors per token instead of an encoder."""
    kind, rest = facts.get("family", "text-ranking"), {key: each for key, each in facts.items() if key != "family"}
    used = use_for(card(model, kind, "safetensors", **{"library": "transformers", **rest}), family("text-retrieval"))
    assert (used.ability if used else None) == ability


@for_each("formats", [(), ("safetensors",), ("safetensors", "onnx")])
@for_each("library", [None, "transformers"])
def test_masked_language_models_train_a_head(library: str | None, formats: tuple[str, ...]) -> None:
    """ModernBERT, DeBERTa and the like, also where the catalog knows none of their files."""
    known = card("acme/ModernBERT-base", "fill-mask", *formats, library=library)
    assert use_for(known, CLASSIFICATION) == Use("sentence-transformers", "encode")
    assert "fill-mask" in CLASSIFICATION.searched
    assert "fill-mask" not in family("text-retrieval").searched


@for_each(
    ("kind", "facts", "ability"),
    [
        ("fill-mask", {}, "embed"),
        ("fill-mask", {"library": "sentence-transformers"}, "embed"),
        ("feature-extraction", {}, "embed"),
        ("feature-extraction", {"library": "model2vec"}, None),  # a vector per word, whatever stands around it
        ("token-classification", {}, "tag"),
        ("token-classification", {"tags": ("base for fine-tuning",)}, "embed"),
        ("text-classification", {}, None),
    ],
)
def test_encoders_learn_to_tag_words(kind: str, facts: dict[str, Any], ability: str | None) -> None:
    known = card("acme/bert-base", kind, "safetensors", **{"library": "transformers", **facts})
    used = use_for(known, family("token-classification"))
    assert used == (None if ability is None else Use("transformers", ability))
