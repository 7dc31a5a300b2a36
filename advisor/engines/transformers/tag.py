"""Token classifiers: labelled spans of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.engines.spans import OVERLAP, Seen
from advisor.engines.transformers.inputs import longest_input, padded
from advisor.engines.transformers.opened import open_with_offsets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Load, Span
    from advisor.engines.transformers.opened import Opened


class TokenClassifier:
    """A token-classification model; texts longer than it reads are read in overlapping windows."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.engine, self.device, self.facts = opened.engine, opened.device, opened.facts
        names = opened.model.config.id2label
        self._labels = [str(names[index]) for index in sorted(names)]

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text, in order, without overlap."""
        import torch

        limit = longest_input(self._opened)
        encoded = self._opened.processor(
            list(texts),
            truncation=True,
            max_length=limit,
            stride=limit // OVERLAP,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        lengths = [len(ids) for ids in encoded["input_ids"]]
        is_left = self._opened.processor.padding_side == "left"

        def look(batch: list[int]) -> list[list[tuple[int, float]]]:
            logits = self._opened.model(**padded(self._opened, encoded, batch)).logits.float()
            best, labels = logits.softmax(dim=-1).max(dim=-1)
            # What `padded` added may stand on either side.
            shifts = [labels.shape[1] - lengths[window] if is_left else 0 for window in batch]
            return [
                list(zip(row.tolist(), chances.tolist(), strict=True))[shift:]
                for row, chances, shift in zip(labels, best, shifts, strict=True)
            ]

        with torch.inference_mode():
            told = self._opened.batches.run(lengths, look)
        seen = [Seen(self._labels) for _ in texts]
        for window, chances in enumerate(told):
            number, offsets = encoded["overflow_to_sample_mapping"][window], encoded["offset_mapping"][window]
            seen[number].add(encoded.word_ids(window), offsets, chances)
        return [found.spans(text) for text, found in zip(texts, seen, strict=True)]


def load(request: Load) -> TokenClassifier:
    """Load a token classifier."""
    return TokenClassifier(open_with_offsets(request, "AutoModelForTokenClassification"))
