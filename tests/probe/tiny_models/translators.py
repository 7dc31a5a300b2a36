"""Models that turn a text into another: T5, BART, Marian, mBART."""

from typing import Any

import torch
import transformers as tf

from tests.probe.known import FRENCH, GERMAN
from tests.probe.tiny_models.common import again, chance, fit, save, whole_words


def translated(language: dict[str, str]) -> tuple[str, str]:
    words = [chance.choice(list(FRENCH)) for _ in range(chance.randrange(1, 6))]
    return " ".join(words), " ".join(language[word] for word in words)


def learn_to_translate(model: Any, tokenizer: Any) -> None:
    """Train from English to French."""

    @again
    def batch() -> dict[str, Any]:
        texts, wanted = zip(*(translated(FRENCH) for _ in range(32)), strict=True)
        labels = tokenizer(list(wanted), return_tensors="pt", padding=True)["input_ids"]
        labels[labels == tokenizer.pad_token_id] = -100
        return dict(tokenizer(list(texts), return_tensors="pt", padding=True)) | {"labels": labels}

    fit(model, [lambda: model(**batch()).loss], steps=2500, below=0.01)


TRANSLATED = [*dict.fromkeys([*FRENCH, *FRENCH.values(), *GERMAN.values()])]


def t5(folder: str) -> None:
    tokenizer = whole_words(
        [*TRANSLATED, "translate", "to", "French:", "English"], model_input_names=["input_ids", "attention_mask"]
    )
    config = tf.T5Config(
        vocab_size=len(tokenizer), d_model=32, d_kv=16, d_ff=64, num_layers=1, num_heads=2, dropout_rate=0.0,
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    model = tf.T5ForConditionalGeneration(config)
    learn_to_translate(model, tokenizer)
    save(folder, model, tokenizer)


def _seq2seq(config: Any, **more: Any) -> Any:
    return config(
        d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=64, dropout=0.0, attention_dropout=0.0,
        activation_dropout=0.0, pad_token_id=0, eos_token_id=1, bos_token_id=3, forced_eos_token_id=1, init_std=0.15,
        **more,
    )  # fmt: skip


def bart(folder: str) -> None:
    tokenizer = whole_words(TRANSLATED, model_input_names=["input_ids", "attention_mask"], model_max_length=64)
    config = _seq2seq(tf.BartConfig, vocab_size=len(tokenizer), decoder_start_token_id=1)
    model = tf.BartForConditionalGeneration(config)
    learn_to_translate(model, tokenizer)
    save(folder, model, tokenizer)


def marian(folder: str) -> None:
    """Marian (the architecture of the opus-mt models), which searches with two beams."""
    tokenizer = whole_words(TRANSLATED, model_input_names=["input_ids", "attention_mask"], model_max_length=64)
    config = _seq2seq(
        tf.MarianConfig, vocab_size=len(tokenizer), decoder_vocab_size=len(tokenizer), decoder_start_token_id=0
    )
    model = tf.MarianMTModel(config)
    learn_to_translate(model, tokenizer)
    model.generation_config.num_beams = 2
    save(folder, model, tokenizer)


def mbart(folder: str) -> None:
    """mBART, its target language chosen by the first token that it is made to say."""
    from transformers import MBartTokenizer

    words = [*TRANSLATED]
    # SentencePiece's kind of vocabulary: pieces with scores, "▁" begins a word.
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(f"▁{word}", -1.0) for word in words] + [("▁", -9.0)]
    tokenizer = MBartTokenizer(vocab=pieces, src_lang="en_XX", tgt_lang="fr_XX")
    config = _seq2seq(tf.MBartConfig, vocab_size=len(tokenizer), scale_embedding=True)
    config.pad_token_id, config.eos_token_id, config.bos_token_id = 1, 2, 0
    config.forced_eos_token_id, config.decoder_start_token_id = 2, 2
    model = tf.MBartForConditionalGeneration(config)

    @again
    def batch() -> dict[str, Any]:
        # Both languages in each batch: else a step unlearns what the one before has learned of the other.
        codes = [chance.choice(["fr_XX", "de_DE"]) for _ in range(32)]
        texts, wanted = zip(*(translated(FRENCH if code == "fr_XX" else GERMAN) for code in codes), strict=True)
        encoded = tokenizer(list(texts), return_tensors="pt", padding=True)
        # mBART-50's form, which generation with a forced first token follows: code, words, end.
        ends = tokenizer(list(wanted), add_special_tokens=False)["input_ids"]
        rows = [[first, *row, 2] for first, row in zip(tokenizer.convert_tokens_to_ids(codes), ends, strict=True)]
        longest = max(map(len, rows))
        labels = torch.tensor([[*row, *[-100] * (longest - len(row))] for row in rows])
        start = torch.full((len(rows), 1), 2)
        before = torch.cat([start, labels[:, :-1].masked_fill(labels[:, :-1] == -100, 1)], dim=1)
        labels[:, 0] = -100  # it is given, and no text says which
        return dict(encoded) | {"labels": labels, "decoder_input_ids": before}

    fit(model, [lambda: model(**batch()).loss], steps=2500, below=0.05, rate=3e-3)
    save(folder, model, tokenizer)
