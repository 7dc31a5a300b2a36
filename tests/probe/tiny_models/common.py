"""What the builders share: training, tokenizers, texts of a mood, saving."""

# ruff: noqa: S106, T201  special tokens are no passwords; what is printed helps when a build fails

import itertools
import random
from collections.abc import Callable
from typing import Any

import torch
import transformers as tf
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from tests.probe.tiny import MOODS

chance = random.Random(0)
SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
# Narrow networks learn little from the usual weights of 0.02.
BERT = SMALL | {
    "max_position_embeddings": 64,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "initializer_range": 0.15,
}
FILLERS = ("the", "day", "is", "a", "very", "today")


def fit(model: Any, batches: Callable[[], dict[str, Any]], *, steps: int, below: float, rate: float = 5e-3) -> None:
    """Train until the loss has been small for a while; a model that does not learn is no model to test with."""
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    model.train()
    recent: list[float] = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(**batches()).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        recent = [*recent[-9:], float(loss)]
        if len(recent) == 10 and max(recent) < below:
            break
    model.eval()
    assert sum(recent) / len(recent) < below * 2, f"did not learn: {recent}"
    print("loss", recent[-1])


def word_pieces(words: list[str]) -> Any:
    """Return BERT's kind of tokenizer: lower case, words cut into two pieces where they are long."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    for word in words:
        pieces += [word] if len(word) < 6 else [word[:4], f"##{word[4:]}"]
    table = {piece: number for number, piece in enumerate(dict.fromkeys([*pieces, *".?,"]))}
    tokenizer = Tokenizer(models.WordPiece(table, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.decoder = decoders.WordPiece()
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        model_max_length=64,
    )


def whole_words(words: list[str], *specials: str, single: str = "$A </s>", **more: Any) -> Any:
    """Return a tokenizer of whole words with T5's special tokens."""
    first = ["<pad>", "</s>", "<unk>", "<s>", *specials]
    table = {word: number for number, word in enumerate(dict.fromkeys([*first, *words]))}
    tokenizer = Tokenizer(models.WordLevel(table, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=single, special_tokens=[(token, table[token]) for token in first]
    )
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", bos_token="<s>", **more
    )


MOOD_WORDS = [*itertools.chain(*MOODS.values())]


def mood_text() -> tuple[str, str]:
    mood = chance.choice(list(MOODS))
    words = [chance.choice(FILLERS) for _ in range(chance.randrange(2, 8))]
    words.insert(chance.randrange(len(words) + 1), chance.choice(MOODS[mood]))
    return " ".join(words), mood


def labelled(names: list[str]) -> dict[str, Any]:
    return {"id2label": dict(enumerate(names)), "label2id": {name: number for number, name in enumerate(names)}}


def save(folder: str, model: Any, tokenizer: Any) -> None:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
