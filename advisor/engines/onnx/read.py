"""Extractive question answering as ONNX graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines.base import Found
from advisor.engines.onnx.graph import open_graph
from advisor.engines.spans import OVERLAP, Window, answer, best_span, room_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.engines.base import Load
    from advisor.engines.onnx.graph import Graph


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
        windows = [first, *first.overflowing]

        def look(batch: list[int]) -> list[Window | None]:
            read = [windows[number] for number in batch]
            return [_best(*each) for each in zip(read, *self._graph.run(read, self._outputs), strict=True)]

        found = [each for each in self._graph.batches.run([len(each.ids) for each in windows], look) if each]
        return answer(context, found) if found else Found("", 0.0)


def _best(window: Any, starts: NDArray[Any], ends: NDArray[Any]) -> Window | None:  # noqa: ANN401  the tokenizer's own
    """Return what one window says, None if it holds nothing of the context."""
    offsets = [
        place if part == 1 and place[1] > place[0] else None
        for part, place in zip(window.sequence_ids, window.offsets, strict=True)
    ]
    # The first token stands for no answer, as in every model of this kind that has such a token.
    return best_span(starts, ends, offsets, 0) if any(offsets) else None


def load(request: Load) -> OnnxReader:
    """Load a question-answering graph."""
    return OnnxReader(open_graph(request))
