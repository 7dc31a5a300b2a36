"""Sentence encoders as ONNX graphs, through ONNX Runtime and a tokenizers file."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.probe.runtimes.base import CannotLoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.probe.runtimes.base import Load

MAX_TOKENS = 256
# Larger batches cost memory and gain nothing on a processor: 16 takes 1.3 times the memory and time of 8.
BATCH = 8


class _Output(NamedTuple):
    name: str
    pooled: bool


class OnnxEncoder:
    """A BERT-like graph; its pooled output, else the mean of its token vectors, l2-normalised."""

    device = "cpu"

    def __init__(self, session: Any, tokenizer: Any, output: _Output) -> None:  # noqa: ANN401  the libraries' own types
        self._session, self._tokenizer, self._output = session, tokenizer, output
        self.engine = f"onnxruntime {version('onnxruntime')}"

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(texts), width); texts of like length run together."""
        import numpy as np

        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        parts = [self._batch([texts[i] for i in order[at : at + BATCH]]) for at in range(0, len(order), BATCH)]
        vectors = np.concatenate(parts)
        restored = np.empty_like(vectors)
        restored[order] = vectors
        return restored

    def _batch(self, texts: list[str]) -> NDArray[Any]:
        import numpy as np

        encoded = self._tokenizer.encode_batch(texts)
        masks = [item.attention_mask for item in encoded]
        vectors = _run(self._session, self._output, [item.ids for item in encoded], masks)
        if not self._output.pooled:
            weights = np.array(masks)[..., None].astype(vectors.dtype)
            vectors = (vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        normalised: NDArray[Any] = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
        return normalised


def load(request: Load) -> OnnxEncoder:
    """Load a graph and the tokenizer.json beside it or above it."""
    path, files, threads = request.path, request.files, request.threads
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin while they wait collapse when anything else runs on the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    graph = path / files[0]
    try:
        session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  the engine raises a dozen pybind types without a common parent
        raise CannotLoadError(f"{files[0]} cannot be loaded ({error})") from None
    tokenizer_file = next(
        (place / "tokenizer.json" for place in (graph.parent, path) if (place / "tokenizer.json").is_file()),
        None,
    )
    if tokenizer_file is None:
        raise CannotLoadError(f"has no tokenizer.json beside {files[0]}")
    try:
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
    except Exception as error:  # noqa: BLE001  the library raises plain Exception
        raise CannotLoadError(f"its tokenizer.json cannot be read ({error})") from None
    output = _choose_output(session)
    _check_fit(session, tokenizer, output)
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    return OnnxEncoder(session, tokenizer, output)


def _check_fit(session: Any, tokenizer: Any, output: _Output) -> None:  # noqa: ANN401
    """Try the tokenizer's last token: a graph made for a smaller vocabulary refuses it."""
    last = max(tokenizer.get_vocab().values(), default=0)
    try:
        _run(session, output, [[last]], [[1]])
    except Exception as error:  # noqa: BLE001  as above
        raise CannotLoadError(
            f"its graph refuses the last of its tokenizer's {last + 1} tokens; they do not belong together ({error})"
        ) from None


def _run(session: Any, output: _Output, ids: list[list[int]], mask: list[list[int]]) -> NDArray[Any]:  # noqa: ANN401
    """Return the chosen output for token numbers and their mask, both of shape (texts, tokens)."""
    import numpy as np

    feeds = {
        "input_ids": np.array(ids, dtype=np.int64),
        "attention_mask": np.array(mask, dtype=np.int64),
        "token_type_ids": np.zeros_like(mask, dtype=np.int64),
    }
    inputs = {node.name for node in session.get_inputs()}
    result: NDArray[Any] = session.run([output.name], {name: feeds[name] for name in feeds if name in inputs})[0]
    return result


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
