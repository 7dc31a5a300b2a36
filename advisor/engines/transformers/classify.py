"""Models fine-tuned to classify texts, used as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.engines.ranking import ranked
from advisor.engines.transformers.inputs import longest_input, padded
from advisor.engines.transformers.opened import open_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Load, Ranked
    from advisor.engines.transformers.opened import Opened


class SequenceClassifier:
    """A sequence-classification model and its tokenizer."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.engine, self.device, self.facts = opened.engine, opened.device, opened.facts
        names = opened.model.config.id2label
        self.labels = tuple(str(names[index]) for index in sorted(names))
        # Trained on several labels a text, each has a probability of its own.
        self._is_multi = opened.model.config.problem_type == "multi_label_classification"

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each text, most probable first; a text too long is cut at its end."""
        import torch

        tokenizer = self._opened.processor
        encoded = tokenizer(list(texts), truncation=True, max_length=longest_input(self._opened))

        def answer(batch: list[int]) -> list[list[Ranked]]:
            logits = self._opened.model(**padded(self._opened, encoded, batch)).logits.float()
            rows = (logits.sigmoid() if self._is_multi else logits.softmax(dim=-1)).tolist()
            return [ranked(self.labels, row) for row in rows]

        with torch.inference_mode():
            return self._opened.batches.run([len(ids) for ids in encoded["input_ids"]], answer)


def load(request: Load) -> SequenceClassifier:
    """Load a fine-tuned classifier."""
    return SequenceClassifier(open_model(request, "AutoModelForSequenceClassification"))
