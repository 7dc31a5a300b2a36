"""Classifiers of texts, and of pairs (natural language inference)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines import tuning
from advisor.engines.base import columns, ranked
from advisor.engines.transformers.inputs import longest_input, padded, tokenized
from advisor.engines.transformers.opened import Loaded, open_model, relabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Load, Ranked
    from advisor.engines.transformers.opened import Opened


class SequenceClassifier(Loaded):
    """A sequence-classification model and its tokenizer."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        names = opened.model.config.id2label
        self.labels = tuple(str(names[index]) for index in sorted(names))
        # Trained on several labels a text, each has a probability of its own.
        self._is_multi = opened.model.config.problem_type == "multi_label_classification"

    def recipe(self, goal: tuning.Goal) -> tuning.Recipe:
        """Return how it is tuned: a new last layer for the goal's labels, and all weights but the table of tokens."""
        import torch

        opened, model = self._opened, self._opened.model
        fresh = relabel(model, goal.labels, goal.seed)
        self.labels, self._is_multi = goal.labels, goal.several
        of = torch.nn.functional.binary_cross_entropy_with_logits if goal.several else torch.nn.functional.cross_entropy

        def loss(rows: Sequence[tuple[str, Sequence[int]]]) -> Any:  # noqa: ANN401  a tensor
            encoded = tokenized(opened, [text for text, _ in rows], most=tuning.MOST_TOKENS)
            logits = model(**padded(opened, encoded, range(len(rows)))).logits
            return of(logits, tuning.one_hot([labels for _, labels in rows], len(goal.labels)).to(logits.device))

        return tuning.Recipe(model, tuning.all_but_tokens(model, model.get_input_embeddings()), loss, fresh)

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each text, most probable first; a text too long is cut at its end."""
        import torch

        encoded = tokenized(self._opened, texts)

        def answer(batch: list[int]) -> list[list[Ranked]]:
            logits = self._opened.model(**padded(self._opened, encoded, batch)).logits.float()
            rows = (logits.sigmoid() if self._is_multi else logits.softmax(dim=-1)).tolist()
            return [ranked(self.labels, row) for row in rows]

        with torch.inference_mode():
            return self._opened.batches.run([len(ids) for ids in encoded["input_ids"]], answer)


class TextualEntailment(Loaded):
    """A classifier of pairs: premise, hypothesis."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
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


def load(request: Load) -> SequenceClassifier | TextualEntailment:
    """Load a classifier, of texts or of pairs by the ability asked for."""
    opened = open_model(request, "AutoModelForSequenceClassification")
    return TextualEntailment(opened) if request.ability == "entail" else SequenceClassifier(opened)
