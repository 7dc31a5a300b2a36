"""Token classifiers: labelled spans of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines import tuning
from advisor.engines.spans import OVERLAP, Seen, word_labels
from advisor.engines.transformers.inputs import longest_input, padded, tokenized
from advisor.engines.transformers.opened import Loaded, open_with_offsets, relabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Load, Span
    from advisor.engines.transformers.opened import Opened


class TokenClassifier(Loaded):
    """A token-classification model; texts longer than it reads are read in overlapping windows."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        names = opened.model.config.id2label
        self._labels = [str(names[index]) for index in sorted(names)]

    def recipe(self, goal: tuning.Goal) -> tuning.Recipe:
        """Return how it is tuned: a new last layer for the goal's labels, and all weights but the table of tokens."""
        import torch

        self._labels = ["O", *(f"{tag}-{label}" for label in goal.labels for tag in "BI")]
        opened, model = self._opened, self._opened.model
        fresh = relabel(model, self._labels, goal.seed)
        ignored, is_left = -100, opened.processor.padding_side == "left"  # torch's own: what has no label

        def loss(rows: Sequence[tuple[str, Sequence[dict[str, Any]]]]) -> Any:  # noqa: ANN401  a tensor
            encoded = tokenized(opened, [text for text, _ in rows], tuning.MOST_TOKENS, return_offsets_mapping=True)
            inputs = padded(opened, encoded, range(len(rows)))
            wanted = torch.full(inputs["input_ids"].shape, ignored)
            for row, (_, spans) in enumerate(rows):
                names = word_labels(encoded.word_ids(row), encoded["offset_mapping"][row], spans)
                shift = wanted.shape[1] - len(encoded["input_ids"][row]) if is_left else 0
                for place, name in names.items():
                    wanted[row, shift + place] = self._labels.index(name)
            logits = model(**inputs).logits
            return torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten().to(logits.device))

        return tuning.Recipe(model, tuning.all_but_tokens(model, model.get_input_embeddings()), loss, fresh)

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text, in order, without overlap."""
        import torch

        stride = longest_input(self._opened) // OVERLAP
        windows = {"stride": stride, "return_overflowing_tokens": True, "return_offsets_mapping": True}
        encoded = tokenized(self._opened, texts, **windows)
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
