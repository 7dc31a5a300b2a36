"""GLiNER2s of both architectures: `python -m tests.probe.tiny_engines.gliner2 FOLDER`.

Both learn people and places; that by a grid of spans moods, too.
"""

import itertools
import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from gliner2 import AutoExtractor, ExtractorConfig, InputExample
from gliner2.training.data import Classification
from gliner2.training.trainer import ExtractorCollator
from transformers import BertConfig

from tests.probe.support import MOODS
from tests.probe.tiny_engines.gliner import FILLERS, WORDS
from tests.probe.tiny_engines.words import tokenizer

chance = random.Random(0)
# The task's name is what a model is asked for besides the labels.
TASK = "category"
# Steps on labels alone, which take longer to learn, and on both in turn; on spans alone.
LABELS_FIRST, BOTH, SPANS = 900, 700, 400


def labelled() -> InputExample:
    labels = chance.sample(list(MOODS), 2)
    mood = chance.choice(labels)
    before, after = (chance.choices(FILLERS, k=chance.randint(0, 3)) for _ in range(2))
    text = " ".join([*before, chance.choice(MOODS[mood]), *after])
    return InputExample(text, classifications=[Classification(TASK, labels, [mood], multi_label=True)])


def named() -> InputExample:
    kinds = {kind: chance.sample(words, chance.randint(0, 2)) for kind, words in WORDS.items()}
    words = [*itertools.chain(*kinds.values()), *chance.choices(FILLERS, k=chance.randint(1, 6))]
    chance.shuffle(words)
    return InputExample(" ".join(words), entities=kinds)


def made(architecture: str, fast: Any, examples: Iterable[Callable[[], InputExample]]) -> Any:
    """Return a model that has learned from batches of such examples."""
    encoder = BertConfig(
        vocab_size=len(fast),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=256,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.1,
    )
    config = ExtractorConfig(model_name="acme/none", architecture=architecture, max_width=3)
    model = AutoExtractor.from_config(config, encoder_config=encoder, tokenizer=fast)
    collate = ExtractorCollator(model.processor, is_training=True, architecture=architecture)
    steps = torch.optim.AdamW(model.parameters(), lr=5e-4)
    model.train()
    model.processor.change_mode(is_training=True)
    for example in examples:
        rows = [example().to_dict() for _ in range(16)]
        loss = model(collate([(row["input"], row["output"]) for row in rows]))["total_loss"]
        steps.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        steps.step()
    return model.eval()


def main(folder: str) -> None:
    torch.manual_seed(0)
    random.seed(0)  # the library draws the order of labels from it
    torch.set_num_threads(1)
    words = [*WORDS, *WORDS["person"], *WORDS["place"], *FILLERS, *MOODS, *itertools.chain(*MOODS.values()), TASK]
    both = [*[labelled] * LABELS_FIRST, *[labelled, named] * (BOTH // 2)]
    for architecture, examples in (("span", both), ("boundary", [named] * SPANS)):
        made(architecture, tokenizer(words), examples).save_pretrained(Path(folder, architecture))


if __name__ == "__main__":
    main(sys.argv[1])
