"""What the builders share: training, tokenizers, texts of a mood, saving."""

# ruff: noqa: S106, T201  special tokens are no passwords; what is printed helps when a build fails

import itertools
import random
from collections.abc import Callable, Iterable
from typing import Any

import torch
import transformers as tf
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from tests.probe.known import MOODS

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


# Of those that read labels besides texts.
WIDER = BERT | {"hidden_size": 64, "num_attention_heads": 4, "intermediate_size": 128, "initializer_range": 0.1}


def fit(
    model: Any,
    losses: Iterable[Callable[[], Any]],
    *,
    steps: int,
    below: float | None = None,
    rate: float = 5e-3,
    warm_up: int = 1,
) -> None:
    """Train until the loss has been small for a while; a model that does not learn is no model to test with.

    Where the rate rises to its height over more than one step, the optimizer forgets sooner how steep it was: else it
    depends on rounding whether a CTC loss leaves the answer that is blank.
    """
    betas = (0.9, 0.999 if warm_up == 1 else 0.98)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, betas=betas, fused=True)
    rising = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warm_up))
    model.train()
    recent: list[float] = []
    for loss_of in itertools.islice(itertools.cycle(losses), steps):
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rising.step()
        recent = [*recent[-9:], float(loss.detach())]
        if below and len(recent) == 10 and max(recent) < below:
            break
    model.eval()
    assert not below or sum(recent) / len(recent) < below * 2, f"did not learn: {recent}"
    print("loss", recent[-1])


def again(make: Callable[[], Any], batches: int = 100) -> Callable[[], Any]:
    """Return what gives so many batches over and over: making one takes as long as learning from it."""
    made: list[Any] = []
    turns = itertools.count()

    def batch() -> Any:
        turn = next(turns) % batches
        if turn == len(made):
            made.append(make())
        return made[turn]

    return batch


def word_pieces(words: Iterable[str], *, is_cut: bool = True, most_tokens: int = 64) -> Any:
    """Return BERT's kind of tokenizer: lower case, words cut into two pieces where they are long."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    for word in words:
        pieces += [word[:4], f"##{word[4:]}"] if is_cut and len(word) > 5 else [word]
    table = {piece: number for number, piece in enumerate(dict.fromkeys([*pieces, *(".?," if is_cut else "")]))}
    kind = models.WordPiece if is_cut else models.WordLevel
    tokenizer = Tokenizer(kind(table, unk_token="[UNK]"))
    if is_cut:
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    if is_cut:
        tokenizer.decoder = decoders.WordPiece()
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        model_max_length=most_tokens,
    )  # fmt: skip


def byte_pieces(words: Iterable[str], eos: str = "<|im_end|>") -> Any:
    """Return a chat model's kind of tokenizer: pieces of bytes, these words in one piece."""
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    table = {piece: number for number, piece in enumerate([*specials, *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    merges: list[tuple[str, str]] = []
    for word in words:
        parts = list(word)
        while len(parts) > 1:
            pair = (parts[0], parts[1])
            if pair not in merges:
                merges.append(pair)
            table.setdefault("".join(pair), len(table))
            parts = ["".join(pair), *parts[2:]]
    tokenizer = Tokenizer(models.BPE(table, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in specials])
    names = ["input_ids", "attention_mask"]
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=eos, pad_token=specials[0], model_input_names=names
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
