"""A GLiClass that learns which mood a text has: `python -m tests.probe.tiny_engines.gliclass FOLDER`."""

import itertools
import random
import sys

import torch
from gliclass import GLiClassModel, GLiClassModelConfig
from transformers import BertConfig

from tests.probe.support import MOODS
from tests.probe.tiny_engines.words import tokenizer

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
    fast = tokenizer([*MOODS, *itertools.chain(*MOODS.values()), *FILLERS])
    fast.add_special_tokens({"additional_special_tokens": list(MARKS)})
    encoder = BertConfig(
        vocab_size=len(fast),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=128,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.1,
    )
    config = GLiClassModelConfig(
        encoder_config=encoder.to_dict(),
        encoder_model="acme/none",
        class_token_index=fast.convert_tokens_to_ids(MARKS[0]),
        text_token_index=fast.convert_tokens_to_ids(MARKS[1]),
        example_token_index=fast.convert_tokens_to_ids(MARKS[2]),
        vocab_size=len(fast),
        problem_type="multi_label_classification",
        prompt_first=True,
        embed_class_token=False,
        dropout=0.0,
    )
    model = GLiClassModel(config)
    steps = torch.optim.AdamW(model.parameters(), lr=2e-3)
    model.train()
    good = 0
    for _ in range(1500):
        rows = [example() for _ in range(16)]
        given = fast([text for text, _ in rows], return_tensors="pt", padding=True)
        given.pop("token_type_ids", None)
        logits = model(**given, max_num_classes=2).logits
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor([fits for _, fits in rows]))
        steps.zero_grad()
        loss.backward()
        steps.step()
        good = good + 1 if float(loss.detach()) < 0.02 else 0
        if good == 100:
            break
    model.eval()
    model.save_pretrained(folder)
    fast.save_pretrained(folder)


if __name__ == "__main__":
    main(sys.argv[1])
