"""Classifiers of texts, pairs (natural language inference) and tokens; readers of answers (extractive)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from advisor.engines import tuning
from advisor.engines.base import Found, Load, Ranked, Span, entailment_columns, ranked
from advisor.engines.spans import OVERLAP, Seen, Window, best_answer, best_span, room_for_context, word_labels
from advisor.engines.transformers.opened import (
    Loaded,
    LoadedClassifier,
    Opened,
    longest_input,
    open_model,
    open_with_offsets,
    padded,
    relabel,
    tokenized,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SequenceClassifier(LoadedClassifier):
    """A sequence-classification model and its tokenizer."""

    def recipe(self, goal: tuning.Goal) -> tuning.Recipe:
        """Return how it is tuned: a new last layer for the goal's labels, and all weights but the token embeddings."""
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
        """Return the model's labels for each text, most probable first; a text that is too long is cut at its end."""
        import torch

        encoded = tokenized(self._opened, texts)

        def answer(batch: list[int]) -> list[list[Ranked]]:
            return [ranked(self.labels, row) for row in self._shares(padded(self._opened, encoded, batch)).tolist()]

        with torch.inference_mode():
            return self._opened.batches.run([len(ids) for ids in encoded["input_ids"]], answer)


class TextualEntailment(Loaded):
    """A classifier of pairs: premise, hypothesis."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        self._yes, self._against = entailment_columns(opened.labels)

    def entail(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[list[float]]:
        """Return for each text the probability that it entails each hypothesis; in a pair too long the text is cut."""
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


class TokenClassifier(Loaded):
    """A token-classification model; texts longer than it reads are read in overlapping windows."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        self._labels = list(opened.labels)

    def recipe(self, goal: tuning.Goal) -> tuning.Recipe:
        """Return how it is tuned: a new last layer for the goal's labels, and all weights but the token embeddings."""
        model, self._labels = self._opened.model, tags_of(goal.labels)
        fresh = relabel(model, self._labels, goal.seed)
        return of_tags(self._opened, self._labels, fresh, lambda inputs: model(**inputs).logits)

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        import torch

        stride = longest_input(self._opened) // OVERLAP
        windows = {"stride": stride, "return_overflowing_tokens": True, "return_offsets_mapping": True}
        encoded = tokenized(self._opened, texts, **windows)
        lengths = [len(ids) for ids in encoded["input_ids"]]
        is_left = self._opened.processor.padding_side == "left"

        def look(batch: list[int]) -> list[list[tuple[int, float]]]:
            logits = self._opened.model(**padded(self._opened, encoded, batch)).logits.float()
            best, labels = logits.softmax(dim=-1).max(dim=-1)
            # Padding may be on either side.
            shifts = [labels.shape[1] - lengths[window] if is_left else 0 for window in batch]
            return [
                list(zip(row.tolist(), chances.tolist(), strict=True))[shift:]
                for row, chances, shift in zip(labels, best, shifts, strict=True)
            ]

        with torch.inference_mode():
            windows_chances = self._opened.batches.run(lengths, look)
        seen = [Seen(self._labels) for _ in texts]
        for window, chances in enumerate(windows_chances):
            number, offsets = encoded["overflow_to_sample_mapping"][window], encoded["offset_mapping"][window]
            seen[number].add(encoded.word_ids(window), offsets, chances)
        return [found.spans(text) for text, found in zip(texts, seen, strict=True)]


def tags_of(labels: Sequence[str]) -> list[str]:
    """Return the BIO tags of some labels."""
    return ["O", *(f"{tag}-{label}" for label in labels for tag in "BI")]


def of_tags(
    opened: Opened, tags: Sequence[str], fresh: frozenset[str], logits: Callable[[dict[str, Any]], Any]
) -> tuning.Recipe:
    """Return how a model with a new last layer is tuned by tags of tokens: all weights but the token embeddings."""
    import torch

    ignored, is_left = -100, opened.processor.padding_side == "left"  # torch's label for unlabelled tokens

    def loss(rows: Sequence[tuple[str, Sequence[dict[str, Any]]]]) -> Any:  # noqa: ANN401  a tensor
        encoded = tokenized(opened, [text for text, _ in rows], tuning.MOST_TOKENS, return_offsets_mapping=True)
        inputs = padded(opened, encoded, range(len(rows)))
        wanted = torch.full(inputs["input_ids"].shape, ignored)
        for row, (_, spans) in enumerate(rows):
            names = word_labels(encoded.word_ids(row), encoded["offset_mapping"][row], spans)
            shift = wanted.shape[1] - len(encoded["input_ids"][row]) if is_left else 0
            for place, name in names.items():
                wanted[row, shift + place] = tags.index(name)
        found = logits(inputs)
        return torch.nn.functional.cross_entropy(found.flatten(0, 1), wanted.flatten().to(found.device))

    return tuning.Recipe(
        opened.model, tuning.all_but_tokens(opened.model, opened.model.get_input_embeddings()), loss, fresh
    )


class SpanReader(Loaded):
    """A question-answering model; contexts longer than it reads are read in overlapping windows."""

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Found]:
        import torch

        tokenizer, limit = self._opened.processor, longest_input(self._opened)
        asked = tokenizer(list(questions), add_special_tokens=False)["input_ids"]
        room = room_for_context(max(map(len, asked), default=0), tokenizer.num_special_tokens_to_add(pair=True), limit)
        windows = {"stride": room // OVERLAP, "return_overflowing_tokens": True, "return_offsets_mapping": True}
        encoded = tokenizer(list(questions), list(contexts), truncation="only_second", max_length=limit, **windows)
        lengths = [len(ids) for ids in encoded["input_ids"]]
        is_left = tokenizer.padding_side == "left"

        def best(window: int, starts: NDArray[Any], ends: NDArray[Any]) -> Window | None:
            ids = encoded["input_ids"][window]
            none = ids.index(tokenizer.cls_token_id) if tokenizer.cls_token_id in ids else 0
            return best_span(starts, ends, encoded.sequence_ids(window), encoded["offset_mapping"][window], none)

        def look(batch: list[int]) -> list[Window | None]:
            output = self._opened.model(**padded(self._opened, encoded, batch))
            starts, ends = output.start_logits.float().cpu().numpy(), output.end_logits.float().cpu().numpy()
            shifts = [starts.shape[1] - lengths[window] if is_left else 0 for window in batch]
            return [
                best(window, starts[row][shift:], ends[row][shift:])
                for row, (window, shift) in enumerate(zip(batch, shifts, strict=True))
            ]

        with torch.inference_mode():
            seen = self._opened.batches.run(lengths, look)
        found: list[list[Window]] = [[] for _ in questions]
        for number, window in zip(encoded["overflow_to_sample_mapping"], seen, strict=True):
            if window is not None:
                found[number].append(window)
        return list(map(best_answer, contexts, found))


def load(request: Load) -> SequenceClassifier | TextualEntailment | TokenClassifier | SpanReader:
    if request.ability == "tag":
        return TokenClassifier(open_with_offsets(request, "AutoModelForTokenClassification"))
    if request.ability == "read":
        return SpanReader(open_with_offsets(request, "AutoModelForQuestionAnswering"))
    opened = open_model(request, "AutoModelForSequenceClassification")
    return TextualEntailment(opened) if request.ability == "entail" else SequenceClassifier(opened)
