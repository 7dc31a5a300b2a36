"""Classifiers of texts, of pairs (natural language inference) and of tokens, and readers of answers, as ONNX graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from advisor.engines.base import Found, Load, Pair, Ranked, Span, entailment_columns, ranked
from advisor.engines.batches import about_tokens
from advisor.engines.onnx.graph import Graph, OfGraph, open_graph, softmax
from advisor.engines.spans import OVERLAP, Seen, Window, best_answer, best_span, room_for_context

if TYPE_CHECKING:
    from numpy.typing import NDArray


class OnnxClassifier(OfGraph):
    """A classifier with its own labels."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._output, self.labels = graph.output("logits", rank=2), graph.labels
        self._is_multi = graph.config.get("problem_type") == "multi_label_classification"
        graph.tokenizer.enable_truncation(graph.longest)

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each text, most probable first; a text that is too long is cut at its end."""
        given = [(each.first, each.second) if isinstance(each, Pair) else each for each in texts]

        def answer(batch: list[int]) -> list[list[Ranked]]:
            logits = _logits(self._graph, self._output, [given[index] for index in batch])
            rows = _sigmoid(logits) if self._is_multi else softmax(logits)
            return [ranked(self.labels, row) for row in rows.tolist()]

        lengths = [about_tokens(text, self._graph.longest) for text in texts]
        return self._graph.batches.run(lengths, answer)


class OnnxEntailment(OfGraph):
    """A classifier of pairs: premise, hypothesis."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._output = graph.output("logits", rank=2)
        self._yes, self._against = entailment_columns(graph.labels)
        graph.tokenizer.enable_truncation(graph.longest, strategy="only_first")

    def entail(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[list[float]]:
        """Return for each text the probability that it entails each hypothesis; in a pair too long the text is cut."""
        pairs = [(text, hypothesis) for text in texts for hypothesis in hypotheses]

        def answer(batch: list[int]) -> list[float]:
            logits = _logits(self._graph, self._output, [pairs[index] for index in batch])
            shares: list[float] = softmax(logits[:, [self._yes, *self._against]])[:, 0].tolist()
            return shares

        lengths = [about_tokens(text + hypothesis, self._graph.longest) for text, hypothesis in pairs]
        flat = self._graph.batches.run(lengths, answer)
        width = len(hypotheses)
        return [flat[at : at + width] for at in range(0, len(flat), width)]


class OnnxTagger(OfGraph):
    """A token classifier; texts longer than it reads are read in overlapping windows."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._output, self._labels = graph.output("logits", rank=3), graph.labels
        graph.tokenizer.enable_truncation(graph.longest, stride=graph.longest // OVERLAP)

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> list[Span]:
        first = self._graph.tokenizer.encode(text)
        windows, seen = [first, *first.overflowing], Seen(self._labels)

        def look(batch: list[int]) -> list[list[tuple[int, float]]]:
            (logits,) = self._graph.run([windows[number] for number in batch], [self._output])
            return [
                list(zip(rows.argmax(axis=-1).tolist(), rows.max(axis=-1).tolist(), strict=True))
                for rows in softmax(logits)
            ]

        lengths = [len(window.ids) for window in windows]
        for window, chances in zip(windows, self._graph.batches.run(lengths, look), strict=True):
            seen.add(window.word_ids, window.offsets, chances)
        return seen.spans(text)


def _logits(graph: Graph, output: str, inputs: list[Any]) -> NDArray[Any]:
    (logits,) = graph.run(graph.tokenizer.encode_batch(inputs), [output])
    return logits


def _sigmoid(logits: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    shares: NDArray[Any] = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
    return shares


class OnnxReader(OfGraph):
    """A question-answering graph; contexts longer than it reads are read in overlapping windows."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        names = [node.name for node in graph.session.get_outputs()]
        own = [name for name in ("start_logits", "end_logits") if name in names]
        self._outputs = own if own[1:] else names[:2]

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Found]:
        return [self._one(question, context) for question, context in zip(questions, contexts, strict=True)]

    def _one(self, question: str, context: str) -> Found:
        tokenizer = self._graph.tokenizer
        tokenizer.no_truncation()
        asked = len(tokenizer.encode(question, add_special_tokens=False).ids)
        room = room_for_context(asked, tokenizer.num_special_tokens_to_add(is_pair=True), self._graph.longest)
        tokenizer.enable_truncation(self._graph.longest, stride=room // OVERLAP, strategy="only_second")
        first = tokenizer.encode(question, context)
        windows = [first, *first.overflowing]

        def look(batch: list[int]) -> list[Window | None]:
            read = [windows[number] for number in batch]
            scores = zip(read, *self._graph.run(read, self._outputs), strict=True)
            # The first token means no answer, as in every model of this kind that has such a token.
            return [best_span(starts, ends, each.sequence_ids, each.offsets) for each, starts, ends in scores]

        found = self._graph.batches.run([len(each.ids) for each in windows], look)
        return best_answer(context, list(filter(None, found)))


def load(request: Load) -> OnnxClassifier | OnnxEntailment | OnnxTagger | OnnxReader:
    kinds: dict[str, type[OnnxClassifier | OnnxEntailment | OnnxTagger | OnnxReader]] = {
        "classify": OnnxClassifier, "entail": OnnxEntailment, "tag": OnnxTagger, "read": OnnxReader,
    }  # fmt: skip
    return kinds[request.ability](open_graph(request))
