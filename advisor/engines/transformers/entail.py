"""Models of natural language inference: whether a text entails a hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.engines.entailment import columns
from advisor.engines.transformers.inputs import longest_input, padded
from advisor.engines.transformers.opened import open_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Load
    from advisor.engines.transformers.opened import Opened


class TextualEntailment:
    """A classifier of pairs: premise, hypothesis."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.engine, self.device, self.facts = opened.engine, opened.device, opened.facts
        names = opened.model.config.id2label
        self._yes, self._against = columns([str(names[index]) for index in sorted(names)])

    def entail(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[list[float]]:
        """Return for each text the probability that it entails each hypothesis; of a pair too long the text is cut."""
        import torch

        first = [text for text in texts for _ in hypotheses]
        second = [hypothesis for _ in texts for hypothesis in hypotheses]
        encoded = self._opened.processor(first, second, truncation="only_first", max_length=longest_input(self._opened))

        def answer(batch: list[int]) -> list[float]:
            logits = self._opened.model(**padded(self._opened, encoded, batch)).logits.float()
            shares: list[float] = logits[:, [self._yes, *self._against]].softmax(dim=-1)[:, 0].tolist()
            return shares

        with torch.inference_mode():
            flat = self._opened.batches.run([len(ids) for ids in encoded["input_ids"]], answer)
        width = len(hypotheses)
        return [flat[at : at + width] for at in range(0, len(flat), width)]


def load(request: Load) -> TextualEntailment:
    """Load a model of natural language inference."""
    return TextualEntailment(open_model(request, "AutoModelForSequenceClassification"))
