"""Extractive question answering as ONNX graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.probe.runtimes.base import Found
from advisor.probe.runtimes.onnx import BATCH
from advisor.probe.runtimes.onnx.graph import open_graph
from advisor.probe.runtimes.reading import answer, best_span, room_for
from advisor.probe.runtimes.spans import OVERLAP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.runtimes.base import Load
    from advisor.probe.runtimes.onnx.graph import Graph


class OnnxReader:
    """A question-answering graph; contexts longer than it reads are read in overlapping windows."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.engine, self.device, self.facts = graph.engine, graph.device, graph.facts
        names = [node.name for node in graph.session.get_outputs()]
        own = [name for name in ("start_logits", "end_logits") if name in names]
        self._outputs = own if own[1:] else names[:2]

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Found]:
        """Return the answer to each question from its context; empty where there is none.

        Raises:
            ValueError: if a question leaves no room for its context.
        """
        return [self._one(question, context) for question, context in zip(questions, contexts, strict=True)]

    def _one(self, question: str, context: str) -> Found:
        tokenizer = self._graph.tokenizer
        tokenizer.no_truncation()
        asked = len(tokenizer.encode(question, add_special_tokens=False).ids)
        room = room_for(asked, tokenizer.num_special_tokens_to_add(is_pair=True), self._graph.longest)
        tokenizer.enable_truncation(self._graph.longest, stride=room // OVERLAP, strategy="only_second")
        first = tokenizer.encode(question, context)
        windows, found = [first, *first.overflowing], []
        for at in range(0, len(windows), BATCH):
            batch = windows[at : at + BATCH]
            starts, ends = self._graph.run(batch, self._outputs)
            for window, start, end in zip(batch, starts, ends, strict=True):
                offsets = [
                    place if part == 1 and place[1] > place[0] else None
                    for part, place in zip(window.sequence_ids, window.offsets, strict=True)
                ]
                if any(offsets):
                    # The first token stands for no answer, as in every model of this kind that has such a token.
                    found.append(best_span(start, end, offsets, 0))
        return answer(context, found) if found else Found("", 0.0)


def load(request: Load) -> OnnxReader:
    """Load a question-answering graph."""
    return OnnxReader(open_graph(request))
