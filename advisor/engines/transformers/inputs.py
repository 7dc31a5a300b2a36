"""Inputs of a model as tensors: how long one may be, and several padded to one length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines.transformers import MAX_TOKENS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.transformers.opened import Opened

NO_LIMIT = 10**6


def longest_input(opened: Opened) -> int:
    """Return how many tokens the model can read: by its positions and its tokenizer, at most 2,048.

    RoBERTa's kind keeps its first positions for padding, so it has fewer than its configuration says.
    """
    model, tokenizer = opened.model, opened.processor
    limits = [MAX_TOKENS]
    positions = getattr(model.config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        embeddings = getattr(getattr(model, "base_model", None), "embeddings", None)
        padding = getattr(getattr(embeddings, "position_embeddings", None), "padding_idx", None)
        limits.append(positions - (padding + 1 if isinstance(padding, int) else 0))
    own = getattr(tokenizer, "model_max_length", None)
    if isinstance(own, int) and 0 < own < NO_LIMIT:
        limits.append(own)
    return min(limits)


def tokenized(opened: Opened, texts: Sequence[str], most: int = MAX_TOKENS, **more: Any) -> Any:  # noqa: ANN401
    """Return what the tokenizer makes of texts, each cut at the end where it is longer than the model reads."""
    return opened.processor(list(texts), truncation=True, max_length=min(most, longest_input(opened)), **more)


def padded(opened: Opened, encoded: Any, rows: Sequence[int]) -> dict[str, Any]:  # noqa: ANN401  the library's own batch
    """Return some rows of what the tokenizer gave as tensors of one length, on the model's device."""
    names = [name for name in opened.processor.model_input_names if name in encoded]
    chosen = {name: [encoded[name][row] for row in rows] for name in names}
    return opened.to_device(opened.processor.pad(chosen, return_tensors="pt"))
