"""Sentence encoders through sentence-transformers (torch)."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from advisor.models.layout import refusal
from advisor.probe.runtimes.base import CannotLoadError, check_fit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

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


def load(path: Path, files: tuple[str, ...], *, threads: int) -> SentenceEncoder:
    """Load a sentence-transformers folder; pickled weights and remote code are refused."""
    del files
    if reason := refusal(path):
        raise CannotLoadError(reason)
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    try:
        model = SentenceTransformer(
            str(path), trust_remote_code=False, local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except Exception as error:  # noqa: BLE001  transformers and torch raise many unrelated types
        raise CannotLoadError(f"cannot be loaded ({type(error).__name__}: {error})") from None
    table = model[0].auto_model.get_input_embeddings() if hasattr(model[0], "auto_model") else None
    if table is not None and hasattr(table, "num_embeddings"):
        check_fit(len(model.tokenizer), int(table.num_embeddings))
    return SentenceEncoder(model)
