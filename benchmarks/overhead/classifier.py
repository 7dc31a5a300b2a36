"""Makes a classifier of the size of real ones: the encoder's own weights under a head drawn by chance.

No fine-tuned classifier is among the models that packages carry. Its answers are worth nothing, its time is that of any
BERT with six layers. Arguments: the encoder's folder, the classifier's.
"""

from __future__ import annotations

import sys

import torch
from transformers import AutoTokenizer, BertForSequenceClassification


def main() -> None:
    """Write the folder."""
    source, folder = sys.argv[1:]
    torch.manual_seed(0)
    labels = {"id2label": {0: "ham", 1: "spam"}, "label2id": {"ham": 0, "spam": 1}}
    model = BertForSequenceClassification.from_pretrained(source, **labels)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(source).save_pretrained(folder)


if __name__ == "__main__":
    main()
