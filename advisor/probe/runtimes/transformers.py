"""Models fine-tuned to classify sequences, through transformers (torch), used as they are."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes.base import CannotLoadError, Ranked
from advisor.probe.runtimes.checks import check_torch_folder, check_torch_tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.runtimes.base import Load

BATCH = 8
MAX_TOKENS = 512


class SequenceClassifier:
    """A sequence-classification model and its tokenizer."""

    def __init__(self, model: Any, tokenizer: Any) -> None:  # noqa: ANN401  the library's own types
        self._model, self._tokenizer = model, tokenizer
        self.engine = f"transformers {version('transformers')}, torch {version('torch')}"
        self.device = str(model.device)

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's own labels, in the order of its logits."""
        names = self._model.config.id2label
        return tuple(str(names[index]) for index in sorted(names))

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each text, most probable first."""
        import torch

        limit = min(MAX_TOKENS, getattr(self._model.config, "max_position_embeddings", MAX_TOKENS) or MAX_TOKENS)
        # Texts of like length run together: less padding.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        answers: list[list[Ranked]] = [[] for _ in texts]
        with torch.inference_mode():
            for at in range(0, len(order), BATCH):
                batch = order[at : at + BATCH]
                encoded = self._tokenizer(
                    [texts[index] for index in batch],
                    padding=True,
                    truncation=True,
                    max_length=limit,
                    return_tensors="pt",
                )
                logits = self._model(**encoded).logits.float()
                # Trained on several labels a text, each has a probability of its own.
                is_multi = self._model.config.problem_type == "multi_label_classification"
                rows = (logits.sigmoid() if is_multi else logits.softmax(dim=-1)).tolist()
                for index, row in zip(batch, rows, strict=True):
                    ranked = (Ranked(name, value) for name, value in zip(self.labels, row, strict=True))
                    answers[index] = sorted(ranked, key=lambda each: -each.probability)
        return answers


def load(request: Load) -> SequenceClassifier:
    """Load a fine-tuned model's folder; pickled weights and remote code are refused."""
    path, threads = request.path, request.threads
    check_torch_folder(path, request.files)
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
    check_torch_tokenizer(tokenizer, model)
    model.eval()
    return SequenceClassifier(model, tokenizer)
