"""GLiNER2s of both architectures that know people and places: `python -m tests.probe.tiny_engines.gliner2 FOLDER`."""

import itertools
import random
import sys
from pathlib import Path
from typing import Any

import torch
from gliner2 import AutoExtractor, ExtractorConfig, InputExample
from gliner2.training.trainer import ExtractorCollator
from transformers import BertConfig

from tests.probe.tiny_engines.gliner import FILLERS, WORDS
from tests.probe.tiny_models.common import WIDER, fit, word_pieces

chance = random.Random(0)
STEPS = {"span": 180, "boundary": 60}


def named() -> InputExample:
    kinds = {kind: chance.sample(words, chance.randint(0, 2)) for kind, words in WORDS.items()}
    words = [*itertools.chain(*kinds.values()), *chance.choices(FILLERS, k=chance.randint(1, 6))]
    chance.shuffle(words)
    return InputExample(" ".join(words), entities=kinds)


def made(architecture: str, fast: Any) -> Any:
    """Return a model that has learned from batches of examples."""
    encoder = BertConfig(vocab_size=len(fast), **WIDER | {"max_position_embeddings": 256})
    config = ExtractorConfig(model_name="acme/none", architecture=architecture, max_width=3)
    model = AutoExtractor.from_config(config, encoder_config=encoder, tokenizer=fast)
    collate = ExtractorCollator(model.processor, is_training=True, architecture=architecture)
    model.processor.change_mode(is_training=True)

    def loss() -> Any:
        rows = [named().to_dict() for _ in range(8)]
        return model(collate([(row["input"], row["output"]) for row in rows]))["total_loss"]

    fit(model, [loss], steps=STEPS[architecture], rate=7e-4)
    return model


def main(folder: str) -> None:
    torch.manual_seed(0)
    random.seed(0)  # the library draws the order of labels from it
    torch.set_num_threads(1)
    words = [*WORDS, *WORDS["person"], *WORDS["place"], *FILLERS]
    for architecture in STEPS:
        fast = word_pieces(words, is_cut=False, most_tokens=256)
        made(architecture, fast).save_pretrained(Path(folder, architecture))


if __name__ == "__main__":
    main(sys.argv[1])
