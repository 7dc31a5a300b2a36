"""A GLiNER that learns to find people and places: `python -m tests.probe.tiny_engines.gliner FOLDER`."""

import random
import sys

import torch
from gliner import GLiNER, GLiNERConfig
from gliner.data_processing.collator import UniEncoderSpanDataCollator
from transformers import BertConfig

from tests.probe.tiny_models.common import WIDER, fit, word_pieces

WORDS = {"person": ("ada", "alan", "grace", "bob"), "place": ("paris", "berlin", "london", "rome")}
FILLERS = ("went", "to", "saw", "in", "and", "today", "the", "day", "with", ".", ",")
chance = random.Random(0)


def example() -> dict[str, object]:
    words: list[str] = []
    spans: list[list[object]] = []
    for _ in range(chance.randint(0, 8)):
        words += chance.choices(FILLERS, k=chance.randint(0, 3))
        kind = chance.choice(list(WORDS))
        spans.append([len(words), len(words), kind])
        words.append(chance.choice(WORDS[kind]))
    words += chance.choices(FILLERS, k=chance.randint(0, 3))
    return {"tokenized_text": words, "ner": spans}


def main(folder: str) -> None:
    torch.manual_seed(0)
    random.seed(0)  # the library draws labels that are not there from it
    torch.set_num_threads(1)
    fast = word_pieces([*WORDS, *WORDS["person"], *WORDS["place"], *FILLERS], is_cut=False, most_tokens=128)
    size = len(fast) + 2
    encoder = BertConfig(vocab_size=size, **WIDER | {"max_position_embeddings": 128})
    config = GLiNERConfig(
        model_name="acme/none", encoder_config=encoder.to_dict(), hidden_size=64, max_width=3, max_len=24, max_types=4,
        dropout=0.0, embed_ent_token=False, vocab_size=size,
    )  # fmt: skip
    fast.add_special_tokens({"additional_special_tokens": [config.ent_token, config.sep_token]})
    kind = GLiNER._get_gliner_class(config)
    settings = {name: value for name, value in config.to_dict().items() if name != "model_type"}
    own = kind.config_class(**settings)
    own.class_token_index = fast.convert_tokens_to_ids(config.ent_token)
    model = kind(own, tokenizer=fast)
    collate = UniEncoderSpanDataCollator(model.config, data_processor=model.data_processor, prepare_labels=True)
    losses = [lambda: model(**collate([example() for _ in range(8)])).loss]
    fit(model, losses, steps=1000, below=0.03, rate=1e-3)
    model.save_pretrained(folder, safe_serialization=True)


if __name__ == "__main__":
    main(sys.argv[1])
