"""Batches that fit in memory: texts of similar length run together, fewer of them the longer they are.

The memory of a batch is estimated; if it runs out nevertheless, the batch is halved and run again.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

# Larger batches gain nothing on a processor and cost memory: 32 texts take 1.3 times the memory of 8 (MiniLM).
MOST_TOKENS = 4096
MOST_TOKENS_ON_ACCELERATOR = 32_768
# Bytes of activations per token and unit of width: some twelve vectors of the width are alive at once in a layer
# (queries, keys, values, the wide inner layer), in four bytes.
BYTES_PER_TOKEN_AND_WIDTH = 48
# Bytes of attention per head and pair of tokens: scores in four bytes, half of them twice (measured with ONNX
# Runtime: 8 to 32 texts of 256 to 512 tokens are within a third). Engines with fused attention need less.
BYTES_PER_HEAD_AND_PAIR = 6
MEMORY_SHARE = 0.25
USUAL_WIDTH, USUAL_HEAD_WIDTH = 1024, 32
# In most languages most tokenizers have three bytes of text or more per token.
BYTES_PER_TOKEN = 3
# torch on a processor and on a card, ONNX Runtime, the C++ library.
NO_MEMORY = re.compile(
    r"can't allocate memory|not enough memory|out of memory|failed to allocate memory|bad[_ ]alloc"
    r"|could not create a (?:primitive|memory)",  # oneDNN's, below PyTorch, where it gets none
    re.IGNORECASE,
)


class Network(NamedTuple):
    """The dimensions that determine the memory per token: hidden width and number of attention heads."""

    width: int
    heads: int

    @classmethod
    def of(cls, config: object, width: int | None = None) -> Network:
        """Read a model's configuration, a mapping or a library's object; `width` is used if it states none."""

        def setting(*names: str) -> int | None:
            values = (
                config.get(name) if isinstance(config, Mapping) else getattr(config, name, None) for name in names
            )
            return next((value for value in values if isinstance(value, int) and value > 0), None)

        found = setting("hidden_size", "d_model", "dim", "n_embd") or width or USUAL_WIDTH
        heads = setting("num_attention_heads", "encoder_attention_heads", "num_heads", "n_heads", "n_head")
        return cls(found, heads or max(1, found // USUAL_HEAD_WIDTH))

    def bytes_of(self, rows: int, tokens: int) -> int:
        """Estimate the memory of a batch of some texts, padded to some tokens."""
        attention = BYTES_PER_HEAD_AND_PAIR * self.heads * tokens
        return rows * tokens * (BYTES_PER_TOKEN_AND_WIDTH * self.width + attention)


class Batches:
    """Runs the inputs of one loaded model in batches."""

    def __init__(self, device: str, network: Network, memory_bytes: int | None, rows: int) -> None:
        """Initialise after the model is loaded; `memory_bytes` limits the process, None: the machine's memory."""
        self._is_on_card = device.startswith("cuda")
        self._most_tokens = MOST_TOKENS if device == "cpu" else MOST_TOKENS_ON_ACCELERATOR
        self._network, self._memory_bytes, self._rows = network, memory_bytes, rows
        self._most_bytes: float | None = None
        self._held_at_first = _resident_bytes()

    def run(
        self, lengths: Sequence[int], answer: Callable[[list[int]], Iterable[T]], most_rows: int | None = None
    ) -> list[T]:
        """Return the answer to each input, in order; `answer` gets a batch as the indexes of its inputs.

        Raises:
            Exception: what `answer` raises; out of memory only if a single input ran out of it.
        """
        order = sorted(range(len(lengths)), key=lambda each: lengths[each])
        answers: dict[int, T] = {}
        room, at = self._room(), 0
        while at < len(order):
            batch = self._next(order, at, lengths, room, min(self._rows, most_rows or self._rows))
            try:
                answers.update(zip(batch, answer(batch), strict=True))
            except Exception as error:
                if len(batch) == 1 or not is_out_of_memory(error):
                    raise
                room = self._most_bytes = self._network.bytes_of(len(batch), lengths[batch[-1]]) / 2
            else:
                at += len(batch)
                continue
            if self._is_on_card and "torch" in sys.modules:
                sys.modules["torch"].cuda.empty_cache()
        return [answers[index] for index in range(len(lengths))]

    def _next(self, order: Sequence[int], at: int, lengths: Sequence[int], room: float, rows: int) -> list[int]:
        end = at + 1
        while end < len(order) and end - at < rows:
            tokens, count = lengths[order[end]], end - at + 1
            if count * tokens > self._most_tokens or self._network.bytes_of(count, tokens) > room:
                break
            end += 1
        return list(order[at:end])

    def _room(self) -> float:
        """Return the bytes a batch may take now: a share of free memory, and less than what failed before."""
        room = MEMORY_SHARE * (self._free_on_card() if self._is_on_card else self._free())
        return room if self._most_bytes is None else min(room, self._most_bytes)

    def _free(self) -> int:
        import psutil

        held = _resident_bytes()
        # Libraries keep the memory of earlier batches for the next ones.
        kept = max(0, held - self._held_at_first)
        free = int(psutil.virtual_memory().available)
        return kept + (free if self._memory_bytes is None else min(free, self._memory_bytes - held))

    def _free_on_card(self) -> int:
        import torch

        kept = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return int(torch.cuda.mem_get_info()[0] + kept)


def about_tokens(text: str, most: int) -> int:
    """Estimate a text's tokens without a tokenizer, up to the most that the model reads."""
    return min(most, len(text.encode(errors="replace")) // BYTES_PER_TOKEN + 2)


def is_out_of_memory(error: Exception) -> bool:
    """Return whether an error means out of memory; each engine reports that in its own way."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # torch's, of a graphics card
        return True
    is_of_engine = isinstance(error, RuntimeError) or type(error).__module__.startswith("onnxruntime")
    return is_of_engine and NO_MEMORY.search(str(error)) is not None


def _resident_bytes() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)
