"""sentence-transformers, which sorts by length itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers import SentenceTransformer

from benchmarks.overhead.bare.head import headed

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(job: dict[str, Any]) -> Callable[[list[str]], object]:
    """Load the model and train the head."""
    torch.set_num_threads(job["threads"])
    model = SentenceTransformer(job["path"])
    settings = {"batch_size": job["rows"], "normalize_embeddings": True, "show_progress_bar": False}
    return headed(lambda texts: model.encode(texts, **settings), job)
