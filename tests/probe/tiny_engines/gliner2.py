"""GLiNER2s of both architectures: `python -m tests.probe.tiny_engines.gliner2 FOLDER`.

Both learn people and places; that by a grid of spans moods, too.
"""

import itertools
import random
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from gliner2 import AutoExtractor, ExtractorConfig, InputExample
from gliner2.training.data import Classification
from gliner2.training.trainer import ExtractorCollator
from transformers import BertConfig

from tests.probe.support import MOODS
from tests.probe.tiny_engines.gliner import FILLERS, WORDS
from tests.probe.tiny_models.common import WIDER, fit, word_pieces

chance = random.Random(0)
# The task's name is what a model is asked for besides the labels.
TASK = "category"
# Steps on labels alone, which take longer to learn, and on both in turn; on spans alone.
LABELS_FIRST, BOTH, SPANS = 900, 700, 60


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


def made(architecture: str, fast: Any, examples: list[Callable[[], InputExample]]) -> Any:
    """Return a model that has learned from batches of such examples."""
    encoder = BertConfig(vocab_size=len(fast), **WIDER | {"max_position_embeddings": 256})
    config = ExtractorConfig(model_name="acme/none", architecture=architecture, max_width=3)
    model = AutoExtractor.from_config(config, encoder_config=encoder, tokenizer=fast)
    collate = ExtractorCollator(model.processor, is_training=True, architecture=architecture)
    model.processor.change_mode(is_training=True)

    def loss(example: Callable[[], InputExample]) -> Any:
        rows = [example().to_dict() for _ in range(16)]
        return model(collate([(row["input"], row["output"]) for row in rows]))["total_loss"]

    fit(model, [partial(loss, example) for example in examples], steps=len(examples), rate=5e-4)
    return model


def main(folder: str) -> None:
    torch.manual_seed(0)
    random.seed(0)  # the library draws the order of labels from it
    torch.set_num_threads(1)
    words = [*WORDS, *WORDS["person"], *WORDS["place"], *FILLERS, *MOODS, *itertools.chain(*MOODS.values()), TASK]
    both = [*[labelled] * LABELS_FIRST, *[labelled, named] * (BOTH // 2)]
    for architecture, examples in (("span", both), ("boundary", [named] * SPANS)):
        fast = word_pieces(words, is_cut=False, most_tokens=256)
        made(architecture, fast, examples).save_pretrained(Path(folder, architecture))


if __name__ == "__main__":
    main(sys.argv[1])
