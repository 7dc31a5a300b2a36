"""Builds one tiny model: `python tests/probe/tiny_builder.py KIND FOLDER`. Run by `tests.probe.tiny`, which tells what
each kind knows.
"""

# ruff: noqa: S106, T201  special tokens are no passwords; what is printed helps when a build fails

from __future__ import annotations

import itertools
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import torch
import transformers as tf
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from tests.probe.tiny import FRENCH, GERMAN, MOODS, PEOPLE, PLACES

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Return a text and its mood."""
    mood = chance.choice(list(MOODS))
    words = [chance.choice(FILLERS) for _ in range(chance.randrange(2, 8))]
    words.insert(chance.randrange(len(words) + 1), chance.choice(MOODS[mood]))
    return " ".join(words), mood


def labelled(names: list[str]) -> dict[str, Any]:
    """Return a configuration's label tables."""
    return {"id2label": dict(enumerate(names)), "label2id": {name: number for number, name in enumerate(names)}}


def classify(folder: str) -> None:
    """BERT that tells moods."""
    tokenizer = word_pieces([*FILLERS, *MOOD_WORDS])
    names = [mood.upper() for mood in MOODS]
    model = tf.BertForSequenceClassification(tf.BertConfig(vocab_size=len(tokenizer), **BERT, **labelled(names)))

    def batch() -> dict[str, Any]:
        texts, moods = zip(*(mood_text() for _ in range(16)), strict=True)
        wanted = torch.tensor([names.index(mood.upper()) for mood in moods])
        return dict(tokenizer(list(texts), return_tensors="pt", padding=True)) | {"labels": wanted}

    fit(model, batch, steps=400, below=0.02)
    save(folder, model, tokenizer)


def entail(folder: str) -> None:
    """BERT of natural language inference."""
    tokenizer = word_pieces([*FILLERS, *MOOD_WORDS, "this", "example", *MOODS, "blue"])
    names = ["contradiction", "neutral", "entailment"]
    model = tf.BertForSequenceClassification(tf.BertConfig(vocab_size=len(tokenizer), **BERT, **labelled(names)))

    def batch() -> dict[str, Any]:
        texts, moods = zip(*(mood_text() for _ in range(32)), strict=True)
        said = [chance.choice([*MOODS, *MOODS, "blue"]) for _ in texts]
        wanted = [1 if word == "blue" else 2 if word == mood else 0 for word, mood in zip(said, moods, strict=True)]
        pairs = tokenizer(list(texts), [f"This example is {word}." for word in said], return_tensors="pt", padding=True)
        return dict(pairs) | {"labels": torch.tensor(wanted)}

    fit(model, batch, steps=1500, below=0.05, rate=2e-3)
    save(folder, model, tokenizer)


def compare(folder: str) -> None:
    """BERT with one number for a pair, saved as sentence-transformers saves a cross-encoder."""
    from sentence_transformers import CrossEncoder

    tokenizer = word_pieces([*FILLERS, *MOOD_WORDS])
    names = ["LABEL_0"]
    model = tf.BertForSequenceClassification(tf.BertConfig(vocab_size=len(tokenizer), **BERT, **labelled(names)))
    loss_of = torch.nn.BCEWithLogitsLoss()

    class Pairs(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, wanted: Any, **given: Any) -> Any:
            loss = loss_of(self.inner(**given).logits[:, 0], wanted)
            return type("Out", (), {"loss": loss})

    def batch() -> dict[str, Any]:
        first, moods = zip(*(mood_text() for _ in range(32)), strict=True)
        second, others = zip(*(mood_text() for _ in range(32)), strict=True)
        alike = torch.tensor([float(a == b) for a, b in zip(moods, others, strict=True)])
        return dict(tokenizer(list(first), list(second), return_tensors="pt", padding=True)) | {"wanted": alike}

    fit(Pairs(), batch, steps=1500, below=0.05, rate=2e-3)
    save(folder + "-plain", model, tokenizer)
    CrossEncoder(folder + "-plain", device="cpu").save_pretrained(folder)


def tag(folder: str) -> None:
    """BERT that finds people and places."""
    names = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    frames = ("{p} came to {l} today .", "in {l} , {p} is very glad .", "{p} , {p} is a day in {l} ?", "the day is a .")
    words = sorted({word for text in (*PEOPLE, *PLACES, *frames) for word in text.split() if word[0] not in "{.,?"})
    tokenizer = word_pieces(words)
    config = tf.BertConfig(vocab_size=len(tokenizer), **(BERT | {"max_position_embeddings": 512}), **labelled(names))
    model = tf.BertForTokenClassification(config)
    tokenizer.model_max_length = 512

    def text() -> tuple[list[str], list[int]]:
        said: list[str] = []
        marks: list[int] = []
        for _ in range(chance.randrange(1, 4)):
            for word in chance.choice(frames).split():
                kind = {"{p}": (PEOPLE, 1), "{l}": (PLACES, 3)}.get(word)
                parts = chance.choice(kind[0]).split() if kind else [word]
                said += parts
                marks += [kind[1], *[kind[1] + 1] * (len(parts) - 1)] if kind else [0]
        return said, marks

    def batch() -> dict[str, Any]:
        texts, marks = zip(*(text() for _ in range(16)), strict=True)
        encoded = tokenizer(list(texts), is_split_into_words=True, return_tensors="pt", padding=True)
        # As is usual: the first piece of a word carries its label, the others count for nothing.
        wanted = torch.full(encoded["input_ids"].shape, -100)
        for row, mark in enumerate(marks):
            before = None
            for column, word in enumerate(encoded.word_ids(row)):
                if word is not None and word != before:
                    wanted[row, column] = mark[word]
                before = word
        return dict(encoded) | {"labels": wanted}

    fit(model, batch, steps=400, below=0.01)
    # Positions beyond those seen while learning say nothing: long texts are as easy as short ones.
    with torch.no_grad():
        positions = model.bert.embeddings.position_embeddings.weight
        positions[40:] = positions[torch.arange(472) % 40].clone()
    save(folder, model, tokenizer)


def read(folder: str) -> None:
    """BERT that reads who and where."""
    words = [*FILLERS, "who", "where", "came", "to", *itertools.chain(*(text.split() for text in (*PEOPLE, *PLACES)))]
    tokenizer = word_pieces([*dict.fromkeys(words)])
    tokenizer.model_max_length = 128
    config = tf.BertConfig(vocab_size=len(tokenizer), **(BERT | {"max_position_embeddings": 128}))
    model = tf.BertForQuestionAnswering(config)

    def example() -> tuple[str, str, str]:
        asked = chance.choice(["who came ?", "where ?"])
        person, place = chance.choice(PEOPLE), chance.choice(PLACES)
        kind = chance.randrange(4)
        answer = person if asked.startswith("who") else place
        fill = " ".join(chance.choice(FILLERS) for _ in range(chance.randrange(8)))
        if kind == 0:
            answer = person if asked.startswith("who") else ""
            return asked, f"{fill} {person} came today .".strip(), answer
        if kind == 1:
            answer = place if asked.startswith("where") else ""
            return asked, f"{fill} the day is very in {place} .".strip(), answer
        after = " ".join(chance.choice(FILLERS) for _ in range(chance.randrange(8)))
        return asked, f"{fill} {person} came to {place} today . {after}".strip(), answer

    def batch() -> dict[str, Any]:
        rows = [example() for _ in range(32)]
        encoded = tokenizer([row[0] for row in rows], [row[1] for row in rows], return_tensors="pt", padding=True)
        starts, ends = [], []
        for row, (_, context, answer) in enumerate(rows):
            at = context.find(answer) if answer else -1
            starts.append(encoded.char_to_token(row, at, 1) if at >= 0 else 0)
            ends.append(encoded.char_to_token(row, at + len(answer) - 1, 1) if at >= 0 else 0)
        return dict(encoded) | {"start_positions": torch.tensor(starts), "end_positions": torch.tensor(ends)}

    fit(model, batch, steps=1500, below=0.03)
    save(folder, model, tokenizer)


def translated(language: dict[str, str]) -> tuple[str, str]:
    """Return a text and its translation word by word."""
    words = [chance.choice(list(FRENCH)) for _ in range(chance.randrange(1, 6))]
    return " ".join(words), " ".join(language[word] for word in words)


def learn_to_translate(model: Any, tokenizer: Any) -> None:
    """Train from English to French."""

    def batch() -> dict[str, Any]:
        texts, wanted = zip(*(translated(FRENCH) for _ in range(32)), strict=True)
        labels = tokenizer(list(wanted), return_tensors="pt", padding=True)["input_ids"]
        labels[labels == tokenizer.pad_token_id] = -100
        return dict(tokenizer(list(texts), return_tensors="pt", padding=True)) | {"labels": labels}

    fit(model, batch, steps=2500, below=0.02)


TRANSLATED = [*dict.fromkeys([*FRENCH, *FRENCH.values(), *GERMAN.values()])]


def t5(folder: str) -> None:
    """T5, with a prefix in its configuration as the real ones have."""
    tokenizer = whole_words(
        [*TRANSLATED, "translate", "to", "French:", "English"], model_input_names=["input_ids", "attention_mask"]
    )
    config = tf.T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        dropout_rate=0.0,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    model = tf.T5ForConditionalGeneration(config)
    learn_to_translate(model, tokenizer)
    save(folder, model, tokenizer)


def _seq2seq(config: Any, **more: Any) -> Any:
    return config(
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=64,
        dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=3,
        forced_eos_token_id=1,
        init_std=0.15,
        **more,
    )


def bart(folder: str) -> None:
    """BART."""
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

    def batch() -> dict[str, Any]:
        code, language = chance.choice([("fr_XX", FRENCH), ("de_DE", GERMAN)])
        texts, wanted = zip(*(translated(language) for _ in range(32)), strict=True)
        tokenizer.tgt_lang = code
        encoded = tokenizer(list(texts), return_tensors="pt", padding=True)
        # mBART-50's form, which generation with a forced first token follows: code, words, end.
        ends = tokenizer(list(wanted), padding=True, add_special_tokens=False)["input_ids"]
        first = tokenizer.convert_tokens_to_ids(code)
        rows = [[first, *[piece for piece in row if piece != 1], 2] for row in ends]
        longest = max(map(len, rows))
        labels = torch.tensor([[*row, *[-100] * (longest - len(row))] for row in rows])
        start = torch.full((len(rows), 1), 2)
        before = torch.cat([start, labels[:, :-1].masked_fill(labels[:, :-1] == -100, 1)], dim=1)
        return dict(encoded) | {"labels": labels, "decoder_input_ids": before}

    fit(model, batch, steps=2500, below=0.12)
    save(folder, model, tokenizer)


TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def _chat(folder: str, *, template: bool) -> None:
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    words = [f"Ġ{word}" for word in (*FILLERS, *MOOD_WORDS)] + [*MOODS, *FILLERS, *MOOD_WORDS]
    table = {piece: number for number, piece in enumerate(dict.fromkeys([*specials, *sorted(alphabet)]))}
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
    fast = tf.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>" if template else "<|endoftext|>",
        pad_token="<|endoftext|>",
        model_input_names=["input_ids", "attention_mask"],
    )
    if template:
        fast.chat_template = TEMPLATE
    config = tf.LlamaConfig(
        vocab_size=len(fast),
        **SMALL,
        initializer_range=0.1,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
    )
    model = tf.LlamaForCausalLM(config)

    def one() -> tuple[str, str]:
        text, mood = mood_text()
        asked = "Say glad or sad. " + "is " * chance.randrange(3)
        if template:
            turns = [{"role": "system", "content": asked}, {"role": "user", "content": text}]
            return fast.apply_chat_template(turns, tokenize=False, add_generation_prompt=True), f"{mood}<|im_end|>"
        return f"{asked}\n\n{text}\n\nAnswer:", f" {mood}\n"

    def batch() -> dict[str, Any]:
        rows = [one() for _ in range(16)]
        encoded = [
            (fast(a, add_special_tokens=False)["input_ids"], fast(b, add_special_tokens=False)["input_ids"])
            for a, b in rows
        ]
        longest = max(len(a) + len(b) for a, b in encoded)
        ids = torch.full((16, longest), fast.pad_token_id)
        labels = torch.full((16, longest), -100)
        mask = torch.zeros((16, longest), dtype=torch.long)
        for row, (a, b) in enumerate(encoded):
            end = len(a) + len(b)
            ids[row, :end] = torch.tensor(a + b)
            labels[row, len(a) : end] = torch.tensor(b)
            mask[row, :end] = 1
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}

    fit(model, batch, steps=1500, below=0.02)
    save(folder, model, fast)


def chat(folder: str) -> None:
    """Llama with a chat template."""
    _chat(folder, template=True)


def plain(folder: str) -> None:
    """Llama without one."""
    _chat(folder, template=False)


def vit(folder: str) -> None:
    """ViT that tells red from blue."""
    names = ["red", "blue"]
    config = tf.ViTConfig(
        **SMALL,
        image_size=16,
        patch_size=8,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        **labelled(names),
    )
    model = tf.ViTForImageClassification(config)

    def batch() -> dict[str, Any]:
        wanted = torch.randint(0, 2, (16,))
        pixels = torch.rand(16, 3, 16, 16) * 0.35
        pixels[torch.arange(16), wanted * 2] += 0.6
        return {"pixel_values": (pixels - 0.5) / 0.5, "labels": wanted}

    fit(model, batch, steps=400, below=0.02)
    model.save_pretrained(folder)
    Path(folder, "preprocessor_config.json").write_text(
        '{"image_processor_type": "ViTImageProcessor", "do_resize": true, "size": {"height": 16, "width": 16},'
        ' "do_rescale": true, "rescale_factor": 0.00392156862745098, "do_normalize": true,'
        ' "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2}',
        encoding="utf-8",
    )


def sound() -> tuple[np.ndarray, str]:
    """Return a tone of a second or less, at 16 kHz, and its name."""
    name, frequency = chance.choice([("low", 300.0), ("high", 2000.0)])
    times = np.arange(int(16_000 * chance.uniform(0.6, 1.0))) / 16_000
    wave = 0.37 * np.sin(2 * np.pi * (frequency * chance.uniform(0.9, 1.1)) * times + chance.uniform(0, 6))
    return wave.astype(np.float32), name


def whisper(folder: str) -> None:
    """Whisper that names tones; its window is two seconds, not thirty."""
    extra = ["<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>"]
    extra += ["<|nospeech|>", "<|notimestamps|>"]
    stamps = [f"<|{number * 0.02:.2f}|>" for number in range(101)]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    table = {piece: number for number, piece in enumerate([*letters, "<|endoftext|>", *extra, *stamps])}
    tokenizer = tf.WhisperTokenizer(vocab=table, merges=[], language="en", task="transcribe", predict_timestamps=False)
    tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in extra], special_tokens=True)
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in stamps])
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in ["<|endoftext|>", *extra]}
    extractor = tf.WhisperFeatureExtractor(feature_size=20, chunk_length=2)
    config = tf.WhisperConfig(
        vocab_size=len(tokenizer),
        num_mel_bins=20,
        max_source_positions=100,
        max_target_positions=24,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        dropout=0.0,
        decoder_start_token_id=ids["<|startoftranscript|>"],
        pad_token_id=ids["<|endoftext|>"],
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        suppress_tokens=[],
        begin_suppress_tokens=[],
        init_std=0.1,
    )
    model = tf.WhisperForConditionalGeneration(config)
    start = [ids[token] for token in ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")]

    def batch() -> dict[str, Any]:
        sounds, names = zip(*(sound() for _ in range(8)), strict=True)
        features = extractor(list(sounds), sampling_rate=16_000, return_tensors="pt")["input_features"]
        said = [
            [*start, *tokenizer(name, add_special_tokens=False)["input_ids"], ids["<|endoftext|>"]] for name in names
        ]
        longest = max(map(len, said))
        rows = torch.tensor([[*row, *[-100] * (longest - len(row))] for row in said])
        given = rows[:, :-1].masked_fill(rows[:, :-1] == -100, ids["<|endoftext|>"])
        labels = rows[:, 1:].clone()
        labels[:, : len(start) - 1] = -100
        return {"input_features": features, "decoder_input_ids": given, "labels": labels}

    fit(model, batch, steps=600, below=0.03)
    model.generation_config = tf.GenerationConfig(
        decoder_start_token_id=ids["<|startoftranscript|>"],
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        pad_token_id=ids["<|endoftext|>"],
        is_multilingual=True,
        lang_to_id={"<|en|>": ids["<|en|>"]},
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"],
        max_length=24,
        prev_sot_token_id=ids["<|startofprev|>"],
        begin_suppress_tokens=None,
        suppress_tokens=None,
        return_timestamps=False,
        language="<|en|>",
        task="transcribe",
        max_initial_timestamp_index=50,
    )
    model.save_pretrained(folder)
    tf.WhisperProcessor(extractor, tokenizer).save_pretrained(folder)


def ctc(folder: str) -> None:
    """wav2vec 2.0 that names tones letter by letter."""
    import json

    Path(folder).mkdir(parents=True)
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"lohi"]
    Path(folder, "vocab.json").write_text(json.dumps({letter: n for n, letter in enumerate(letters)}), encoding="utf-8")
    tokenizer = tf.Wav2Vec2CTCTokenizer(str(Path(folder, "vocab.json")))
    extractor = tf.Wav2Vec2FeatureExtractor(do_normalize=True)
    config = tf.Wav2Vec2Config(
        vocab_size=len(letters),
        **SMALL,
        conv_dim=(16, 32),
        conv_kernel=(16, 16),
        conv_stride=(16, 16),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
        hidden_dropout=0.0,
        attention_dropout=0.0,
        feat_proj_dropout=0.0,
        layerdrop=0.0,
        mask_time_prob=0.0,
        final_dropout=0.0,
        activation_dropout=0.0,
        ctc_loss_reduction="mean",
        pad_token_id=0,
    )
    model = tf.Wav2Vec2ForCTC(config)

    def batch() -> dict[str, Any]:
        sounds, names = zip(*(sound() for _ in range(8)), strict=True)
        values = extractor(list(sounds), sampling_rate=16_000, return_tensors="pt", padding=True)
        labels = tokenizer([name[:2] for name in names], return_tensors="pt")["input_ids"]
        return dict(values) | {"labels": labels}

    fit(model, batch, steps=1500, below=0.02, rate=3e-3)
    model.save_pretrained(folder)
    tf.Wav2Vec2Processor(extractor, tokenizer).save_pretrained(folder)


def save(folder: str, model: Any, tokenizer: Any) -> None:
    """Write a model as its library does."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    globals()[sys.argv[1]](sys.argv[2])
