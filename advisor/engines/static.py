"""Static embeddings: a table of token vectors and a mean, through model2vec.

Two layouts are read: model2vec's own (tensor `embeddings`) and the sentence-transformers StaticEmbedding folder
(tensor `embedding.weight`).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from advisor.engines import tuning
from advisor.engines.base import CannotLoadError, Load
from advisor.engines.checks import check_fit, load_tokenizer
from advisor.engines.engine import ENCODERS, TORCH_FILES, Engine
from advisor.formats.safety import get

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.formats.folder import Form, ModelFolder

TENSOR_NAMES = ("embeddings", "embedding.weight")
MAX_TOKENS = 512


def _forms(folder: ModelFolder) -> list[Form]:
    static = next((m for m in folder.modules if "StaticEmbedding" in str(get(m, "type"))), None)
    if static is None and folder.config.get("model_type") != "model2vec":
        return []
    place = str(get(static, "path") or "") if static is not None else ""
    name = f"{place}/model.safetensors" if place else "model.safetensors"
    return [folder.safetensors(ENGINE.name, (name,))] if folder.has(name) else []


ENGINE = Engine(
    name="static",
    module=__name__,
    library="model2vec",
    base_memory_bytes=164_000_000,
    abilities=dict.fromkeys(ENCODERS, "encode"),
    libraries=frozenset({"model2vec"}),
    formats=frozenset({"safetensors"}),
    files=TORCH_FILES,
    forms=_forms,
    working_share=0.0,
    seconds_per_character=8e-7,  # wordllama
    seconds_per_answer=2.5e-4,  # with a head
    largest_batch=256,
)


class StaticEncoder:
    """Mean of token vectors, l2-normalised."""

    device = "cpu"

    def __init__(self, model: Any) -> None:  # noqa: ANN401  model2vec's model
        self._model = model
        self._tuned: Any = None
        self._rows: NDArray[Any] | None = None  # Of the table, which are tuned.
        self.engine = f"model2vec {version('model2vec')}"
        self.facts: dict[str, Any] = {}

    def recipe(self, goal: tuning.Goal) -> tuning.Recipe:
        """Return how it is tuned: the vectors of tokens that the training texts have; others would have no gradient."""
        import numpy as np
        import torch

        model = self._model
        weights, mapping = model.weights, model.token_mapping
        mapping = np.arange(len(model.embedding)) if mapping is None else mapping

        def tokens(texts: Sequence[str]) -> list[NDArray[Any]]:
            return [np.array(ids[:MAX_TOKENS], dtype=np.int64) for ids in model.tokenize(list(texts))]

        self._rows = own = np.unique(mapping[np.concatenate(tokens(goal.texts))])
        self._tuned = torch.nn.EmbeddingBag.from_pretrained(torch.tensor(model.embedding[own]), mode="sum")

        def embed(texts: Sequence[str]) -> Any:  # noqa: ANN401  a tensor
            read = tokens(texts)
            ids, starts = np.concatenate(read), np.cumsum([0, *map(len, read[:-1])])
            shares = np.ones(len(ids)) if weights is None else weights[ids]
            rows = np.searchsorted(own, mapping[ids])
            return self._tuned(*map(torch.as_tensor, (rows, starts)), per_sample_weights=torch.tensor(shares).float())

        return tuning.of_encoder(self._tuned, dict(self._tuned.named_parameters()), embed)

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        if self._tuned is not None:
            self._model.embedding[self._rows] = self._tuned.weight.detach().numpy()
        vectors: NDArray[Any] = self._model.encode(list(texts), max_length=MAX_TOKENS, use_multiprocessing=False)
        return vectors.astype("float32")


def load(request: Load) -> StaticEncoder:
    """Load a folder with one safetensors file and a tokenizer.json; only the tokenizer uses threads."""
    path, files = request.path, request.files
    import numpy as np
    from model2vec import StaticModel
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    weights = path / files[0]
    tokenizer = load_tokenizer(weights, path)
    try:
        tensors = load_file(weights)
    except (SafetensorError, OSError) as error:
        raise CannotLoadError(f"{files[0]} is damaged or cut short ({error})") from None
    table = next((tensors[name] for name in TENSOR_NAMES if name in tensors), None)
    if table is None or table.ndim != 2:  # noqa: PLR2004
        raise CannotLoadError(f"{files[0]} holds no token table; its tensors are {', '.join(list(tensors)[:5])}")
    mapping = tensors.get("mapping")  # token id to row, if several tokens share one
    rows = np.arange(len(table)) if mapping is None else mapping
    check_fit(tokenizer.get_vocab_size(), len(rows), lambda tokens: table[rows[tokens]])
    tokenizer.__deepcopy__ = lambda _: tokenizer  # it is ours alone, and copying it takes as long as reading it
    return StaticEncoder(
        StaticModel(table, tokenizer, normalize=True, weights=tensors.get("weights"), token_mapping=mapping)
    )
