"""A classifier of transformers'; texts of like length run together, few long ones at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(job: dict[str, Any]) -> Callable[[list[str]], object]:
    """Load the model."""
    torch.set_num_threads(job["threads"])
    tokenizer = AutoTokenizer.from_pretrained(job["path"])
    model = AutoModelForSequenceClassification.from_pretrained(job["path"]).eval()

    def answer(texts: list[str]) -> list[int]:
        ids = tokenizer(texts, truncation=True, max_length=512)["input_ids"]
        labels = [0] * len(texts)
        order = sorted(range(len(texts)), key=lambda index: len(ids[index]), reverse=True)
        while order:
            rows = max(1, min(job["rows"], job["tokens"] // len(ids[order[0]])))
            batch, order = order[:rows], order[rows:]
            with torch.inference_mode():
                padded = tokenizer.pad({"input_ids": [ids[index] for index in batch]}, return_tensors="pt")
                for index, label in zip(batch, model(**padded).logits.argmax(-1).tolist(), strict=True):
                    labels[index] = label
        return labels

    return answer
