"""Token classifiers as ONNX graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.engines.onnx.graph import open_graph, softmax
from advisor.engines.spans import OVERLAP, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Load, Span
    from advisor.engines.onnx.graph import Graph


class OnnxTagger:
    """A token classifier; texts longer than it reads are read in overlapping windows."""

    def __init__(self, graph: Graph) -> None:
        self._graph, self._output, self._labels = graph, graph.output("logits", rank=3), graph.labels
        self.engine, self.device, self.facts = graph.engine, graph.device, graph.facts
        graph.tokenizer.enable_truncation(graph.longest, stride=graph.longest // OVERLAP)

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text, in order, without overlap."""
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


def load(request: Load) -> OnnxTagger:
    """Load a token classifier."""
    return OnnxTagger(open_graph(request))
