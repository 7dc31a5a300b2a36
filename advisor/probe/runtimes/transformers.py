"""Models fine-tuned to classify sequences, through transformers (torch), used as they are."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes.base import CannotLoadError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BATCH = 16
MAX_TOKENS = 512


class SequenceClassifier:
    """A sequence-classification model and its tokenizer."""

    def __init__(self, model: Any, tokenizer: Any) -> None:  # noqa: ANN401  the library's own types
        self._model, self._tokenizer = model, tokenizer
        self.engine = f"transformers {version('transformers')}, torch {version('torch')}"
        self.device = str(model.device)

    def classify(self, texts: Sequence[str]) -> list[str]:
        """Return the model's own most probable label for each text."""
        import torch

        names = self._model.config.id2label
        limit = min(MAX_TOKENS, getattr(self._model.config, "max_position_embeddings", MAX_TOKENS) or MAX_TOKENS)
        labels: list[str] = []
        with torch.inference_mode():
            for at in range(0, len(texts), BATCH):
                encoded = self._tokenizer(
                    list(texts[at : at + BATCH]),
                    padding=True,
                    truncation=True,
                    max_length=limit,
                    return_tensors="pt",
                )
                best = self._model(**encoded).logits.argmax(dim=-1).tolist()
                labels.extend(str(names[index]) for index in best)
        return labels


def load(path: Path, files: tuple[str, ...], *, threads: int) -> SequenceClassifier:
    """Load a fine-tuned model's folder; pickled weights and remote code are refused."""
    del files
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.set_num_threads(threads)
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(path), local_files_only=True, trust_remote_code=False)
        model = AutoModelForSequenceClassification.from_pretrained(
            str(path), local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
    except Exception as error:  # noqa: BLE001  transformers and torch raise many unrelated types
        raise CannotLoadError(f"cannot be loaded ({type(error).__name__}: {error})") from None
    model.eval()
    return SequenceClassifier(model, tokenizer)
