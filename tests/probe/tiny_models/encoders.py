"""BERTs with a head: they classify, infer, compare, tag and read."""

import itertools
from typing import Any

import torch
import transformers as tf

from tests.probe.known import MOODS, PEOPLE, PLACES
from tests.probe.tiny_models.common import (
    BERT,
    FILLERS,
    MOOD_WORDS,
    again,
    chance,
    fit,
    labelled,
    mood_text,
    save,
    word_pieces,
)


def classify(folder: str) -> None:
    tokenizer = word_pieces([*FILLERS, *MOOD_WORDS])
    names = [mood.upper() for mood in MOODS]
    model = tf.BertForSequenceClassification(tf.BertConfig(vocab_size=len(tokenizer), **BERT, **labelled(names)))

    @again
    def batch() -> dict[str, Any]:
        texts, moods = zip(*(mood_text() for _ in range(16)), strict=True)
        wanted = torch.tensor([names.index(mood.upper()) for mood in moods])
        return dict(tokenizer(list(texts), return_tensors="pt", padding=True)) | {"labels": wanted}

    fit(model, [lambda: model(**batch()).loss], steps=400, below=0.02)
    save(folder, model, tokenizer)


def entail(folder: str) -> None:
    tokenizer = word_pieces([*FILLERS, *MOOD_WORDS, "this", "example", *MOODS, "blue"])
    names = ["contradiction", "neutral", "entailment"]
    model = tf.BertForSequenceClassification(tf.BertConfig(vocab_size=len(tokenizer), **BERT, **labelled(names)))

    @again
    def batch() -> dict[str, Any]:
        texts, moods = zip(*(mood_text() for _ in range(32)), strict=True)
        said = [chance.choice([*MOODS, *MOODS, "blue"]) for _ in texts]
        wanted = [1 if word == "blue" else 2 if word == mood else 0 for word, mood in zip(said, moods, strict=True)]
        pairs = tokenizer(list(texts), [f"This example is {word}." for word in said], return_tensors="pt", padding=True)
        return dict(pairs) | {"labels": torch.tensor(wanted)}

    fit(model, [lambda: model(**batch()).loss], steps=1500, below=0.05, rate=2e-3)
    save(folder, model, tokenizer)


def compare(folder: str) -> None:
    """BERT with one number for a pair, saved as sentence-transformers saves a cross-encoder."""
    from sentence_transformers import CrossEncoder

    tokenizer = word_pieces([*FILLERS, *MOOD_WORDS])
    names = ["LABEL_0"]
    model = tf.BertForSequenceClassification(tf.BertConfig(vocab_size=len(tokenizer), **BERT, **labelled(names)))
    loss_of = torch.nn.BCEWithLogitsLoss()

    def loss() -> Any:
        first, moods = zip(*(mood_text() for _ in range(32)), strict=True)
        second, others = zip(*(mood_text() for _ in range(32)), strict=True)
        alike = torch.tensor([float(a == b) for a, b in zip(moods, others, strict=True)])
        given = tokenizer(list(first), list(second), return_tensors="pt", padding=True)
        return loss_of(model(**given).logits[:, 0], alike)

    fit(model, [loss], steps=1500, below=0.05, rate=2e-3)
    save(folder + "-plain", model, tokenizer)
    CrossEncoder(folder + "-plain", device="cpu").save_pretrained(folder)


def tag(folder: str) -> None:
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

    @again
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

    fit(model, [lambda: model(**batch()).loss], steps=400, below=0.01)
    # Positions beyond those seen while learning say nothing: long texts are as easy as short ones.
    with torch.no_grad():
        positions = model.bert.embeddings.position_embeddings.weight
        positions[40:] = positions[torch.arange(472) % 40].clone()
    save(folder, model, tokenizer)


def read(folder: str) -> None:
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

    @again
    def batch() -> dict[str, Any]:
        rows = [example() for _ in range(32)]
        encoded = tokenizer([row[0] for row in rows], [row[1] for row in rows], return_tensors="pt", padding=True)
        starts, ends = [], []
        for row, (_, context, answer) in enumerate(rows):
            at = context.find(answer) if answer else -1
            starts.append(encoded.char_to_token(row, at, 1) if at >= 0 else 0)
            ends.append(encoded.char_to_token(row, at + len(answer) - 1, 1) if at >= 0 else 0)
        return dict(encoded) | {"start_positions": torch.tensor(starts), "end_positions": torch.tensor(ends)}

    fit(model, [lambda: model(**batch()).loss], steps=1500, below=0.03)
    save(folder, model, tokenizer)
