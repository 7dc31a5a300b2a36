"""Sentence encoders through sentence-transformers (torch)."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes.base import CannotLoadError
from advisor.probe.runtimes.checks import check_torch_folder, check_torch_tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.probe.runtimes.base import Load

# On a processor larger batches cost memory and gain nothing: 32 takes 1.3 times the memory of 8, and more time.
BATCH = 8
BATCH_ON_ACCELERATOR = 32


class SentenceEncoder:
    """A sentence-transformers model, vectors l2-normalised."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401  the library's own type
        self._model = model
        self.engine = f"sentence-transformers {version('sentence-transformers')}, torch {version('torch')}"
        self.device = str(model.device)
        self._batch = BATCH if self.device == "cpu" else BATCH_ON_ACCELERATOR

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(texts), width)."""
        vectors: NDArray[Any] = self._model.encode(
            list(texts),
            batch_size=self._batch,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return vectors


def load(request: Load) -> SentenceEncoder:
    """Load a sentence-transformers folder; pickled weights and remote code are refused."""
    path, threads = request.path, request.threads
    check_torch_folder(path, request.files)
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    try:
        model = SentenceTransformer(
            str(path), trust_remote_code=False, local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except Exception as error:  # noqa: BLE001  transformers and torch raise many unrelated types
        raise CannotLoadError(f"cannot be loaded ({type(error).__name__}: {error})") from None
    network = getattr(model[0], "auto_model", None)
    if network is not None:
        check_torch_tokenizer(model.tokenizer, network)
    return SentenceEncoder(model)
