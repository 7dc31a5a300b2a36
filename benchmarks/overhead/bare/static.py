"""model2vec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model2vec import StaticModel
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from benchmarks.overhead.bare.head import headed

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(job: dict[str, Any]) -> Callable[[list[str]], object]:
    """Load the table and train the head."""
    table = load_file(f"{job['path']}/model.safetensors")["embedding.weight"]
    model = StaticModel(table, Tokenizer.from_file(f"{job['path']}/tokenizer.json"), normalize=True)
    return headed(lambda texts: model.encode(texts, max_length=512, use_multiprocessing=False), job)
