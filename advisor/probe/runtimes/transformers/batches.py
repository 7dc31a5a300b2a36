"""Batches that fit the memory: texts of like length run together, fewer of them the longer they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes.transformers import MAX_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.probe.runtimes.transformers.opened import Opened

# Larger batches gain nothing on a processor and cost memory: 32 texts take 1.3 times the memory of 8 (MiniLM).
MOST_TOKENS = 4096
MOST_TOKENS_ON_ACCELERATOR = 32_768
MOST_TEXTS = 16
MOST_TEXTS_ON_ACCELERATOR = 64
# Bytes of activations a token and unit of width: some twelve vectors of the width are alive at once in a layer
# (queries, keys, values, the wide inner layer), in four bytes.
BYTES_PER_TOKEN_AND_WIDTH = 48
MEMORY_SHARE = 0.25
USUAL_WIDTH = 1024
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


def most_tokens(opened: Opened) -> int:
    """Return how many tokens, padding included, a batch may have: by the memory that is free now."""
    config = opened.model.config
    width = int(getattr(config, "hidden_size", None) or getattr(config, "d_model", None) or USUAL_WIDTH)
    by_memory = int(_free_bytes(opened) * MEMORY_SHARE / (BYTES_PER_TOKEN_AND_WIDTH * width))
    most = MOST_TOKENS if opened.device == "cpu" else MOST_TOKENS_ON_ACCELERATOR
    return max(1, min(most, by_memory))


def batches(opened: Opened, lengths: Sequence[int], most_rows: int | None = None) -> Iterator[list[int]]:
    """Yield the numbers of the inputs that run together, shortest first.

    Args:
        opened: The model.
        lengths: Of the inputs, in tokens.
        most_rows: Of a batch; default: by the device.
    """
    budget = most_tokens(opened)
    rows = most_rows or (MOST_TEXTS if opened.device == "cpu" else MOST_TEXTS_ON_ACCELERATOR)
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda each: lengths[each]):
        if batch and (len(batch) >= rows or (len(batch) + 1) * lengths[index] > budget):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def padded(opened: Opened, encoded: Any, rows: Sequence[int]) -> dict[str, Any]:  # noqa: ANN401  the library's own batch
    """Return some rows of what the tokenizer gave as tensors of one length, on the model's device."""
    names = [name for name in opened.processor.model_input_names if name in encoded]
    chosen = {name: [encoded[name][row] for row in rows] for name in names}
    return opened.to_device(opened.processor.pad(chosen, return_tensors="pt"))


def _free_bytes(opened: Opened) -> int:
    if opened.device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info()[0])
    import psutil

    return int(psutil.virtual_memory().available)
