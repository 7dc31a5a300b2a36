"""A GLiClass that learns which mood a text has: `python -m tests.probe.tiny_engines.gliclass FOLDER`."""

import itertools
import random
import sys
from typing import Any

import torch
from gliclass import GLiClassModel, GLiClassModelConfig
from transformers import BertConfig

from tests.probe.known import MOODS
from tests.probe.tiny_models.common import WIDER, fit, save, word_pieces

FILLERS = ("the", "day", "is", "very", "and", "so")
MARKS = ("<<LABEL>>", "<<SEP>>", "<<EXAMPLE>>")
chance = random.Random(0)


def example() -> tuple[str, list[float]]:
    """Return a text with the labels before it, as the library writes them, and which of them fit."""
    labels = chance.sample(list(MOODS), 2)
    mood = chance.choice(labels)
    before, after = (chance.choices(FILLERS, k=chance.randint(0, 5)) for _ in range(2))
    words = [*before, chance.choice(MOODS[mood]), *after]
    text = "".join(f"<<LABEL>>{label}" for label in labels) + "<<SEP>>" + " ".join(words)
    return text, [float(label == mood) for label in labels]


def main(folder: str) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    fast = word_pieces([*MOODS, *itertools.chain(*MOODS.values()), *FILLERS], is_cut=False, most_tokens=128)
    fast.add_special_tokens({"additional_special_tokens": list(MARKS)})
    encoder = BertConfig(vocab_size=len(fast), **WIDER | {"max_position_embeddings": 128})
    config = GLiClassModelConfig(
        encoder_config=encoder.to_dict(), encoder_model="acme/none",
        class_token_index=fast.convert_tokens_to_ids(MARKS[0]), text_token_index=fast.convert_tokens_to_ids(MARKS[1]),
        example_token_index=fast.convert_tokens_to_ids(MARKS[2]), vocab_size=len(fast),
        problem_type="multi_label_classification", prompt_first=True, embed_class_token=False, dropout=0.0,
    )  # fmt: skip
    model = GLiClassModel(config)

    def loss() -> Any:
        rows = [example() for _ in range(16)]
        given = fast([text for text, _ in rows], return_tensors="pt", padding=True)
        given.pop("token_type_ids", None)
        logits = model(**given, max_num_classes=2).logits
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor([fits for _, fits in rows]))

    fit(model, [loss], steps=1500, below=0.005, rate=2e-3)
    save(folder, model, fast)


if __name__ == "__main__":
    main(sys.argv[1])
