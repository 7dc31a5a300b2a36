"""Token classifiers: labelled spans of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.probe.runtimes.spans import OVERLAP, Seen
from advisor.probe.runtimes.transformers.batches import batches, longest_input, padded
from advisor.probe.runtimes.transformers.opened import open_with_offsets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.runtimes.base import Load, Span
    from advisor.probe.runtimes.transformers.opened import Opened


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
        seen = [Seen(self._labels) for _ in texts]
        with torch.inference_mode():
            for batch in batches(self._opened, [len(ids) for ids in encoded["input_ids"]]):
                logits = self._opened.model(**padded(self._opened, encoded, batch)).logits.float()
                for window, rows in zip(batch, logits.softmax(dim=-1), strict=True):
                    best, index = rows.max(dim=-1)
                    words = encoded.word_ids(window)
                    # What `padded` added may stand on either side.
                    shift = len(index) - len(words) if self._opened.processor.padding_side == "left" else 0
                    chances = list(zip(index.tolist(), best.tolist(), strict=True))[shift:]
                    seen[encoded["overflow_to_sample_mapping"][window]].add(
                        words, encoded["offset_mapping"][window], chances
                    )
        return [found.spans(text) for text, found in zip(texts, seen, strict=True)]


def load(request: Load) -> TokenClassifier:
    """Load a token classifier."""
    return TokenClassifier(open_with_offsets(request, "AutoModelForTokenClassification"))
