"""Sentence encoders as ONNX graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.probe.runtimes.base import CannotLoadError
from advisor.probe.runtimes.onnx import BATCH, MAX_TOKENS
from advisor.probe.runtimes.onnx.graph import by_length, open_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.probe.runtimes.base import Load
    from advisor.probe.runtimes.onnx.graph import Graph


class _Output(NamedTuple):
    name: str
    pooled: bool


class OnnxEncoder:
    """A BERT-like graph; its pooled output, else the mean of its token vectors, l2-normalised."""

    def __init__(self, graph: Graph) -> None:
        self._graph, self._output = graph, _choose_output(graph.session)
        self.engine, self.device, self.facts = graph.engine, graph.device, graph.facts
        graph.tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(texts), width); texts of like length run together."""
        import numpy as np

        batches = by_length(texts, BATCH)
        vectors = np.concatenate([self._batch([texts[index] for index in batch]) for batch in batches])
        restored = np.empty_like(vectors)
        restored[[index for batch in batches for index in batch]] = vectors
        return restored

    def _batch(self, texts: list[str]) -> NDArray[Any]:
        import numpy as np

        encoded = self._graph.tokenizer.encode_batch(texts)
        (vectors,) = self._graph.run(encoded, [self._output.name])
        vectors = vectors.astype(np.float32)
        if not self._output.pooled:
            weights = np.array([item.attention_mask for item in encoded])[..., None].astype(vectors.dtype)
            vectors = (vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        normalised: NDArray[Any] = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
        return normalised


def load(request: Load) -> OnnxEncoder:
    """Load a sentence encoder."""
    return OnnxEncoder(open_graph(request))


def _choose_output(session: Any) -> _Output:  # noqa: ANN401
    """Pick the sentence vector: by its usual name, else a matrix of fixed width, else token vectors to be pooled."""
    outputs = session.get_outputs()
    for node in outputs:
        if node.name == "sentence_embedding":
            return _Output(node.name, pooled=True)
    for node in outputs:
        if len(node.shape) == 3:  # noqa: PLR2004
            tokens = _Output(node.name, pooled=False)
            break
    else:
        tokens = None
    for node in outputs:
        if len(node.shape) == 2 and isinstance(node.shape[1], int) and node.shape[1] > 1:  # noqa: PLR2004
            return _Output(node.name, pooled=True)
    if tokens is None:
        shapes = ", ".join(f"{node.name}{node.shape}" for node in outputs)
        raise CannotLoadError(f"gives neither sentence nor token vectors; its outputs are {shapes}")
    return tokens
