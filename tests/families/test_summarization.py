"""Summarization: a tiny model of a real architecture as it is, a real generator prompted, ROUGE."""

import time
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.engines.words import sentences
from advisor.families.methods.baseline import central_sentence
from advisor.families.summarization import FAMILY
from tests.conftest import Home
from tests.families.support import recommend, scores, write_task
from tests.probe.tiny import FRENCH, cut_gguf, tiny
from tests.tables import for_each

WORDS = (
    "the day is sunny", "the day is grey", "day is lovely", "the day is lovely", "sunny is the day", "grey is the day",
    "lovely the day is", "the sunny day", "the grey day", "the lovely day", "is day sunny", "is day grey",
)  # fmt: skip

scored = partial(scores, FAMILY)


def test_a_model_that_rewrites_is_used_as_it_is(ready_home: Home, tmp_path: Path) -> None:
    """BART, tiny: what it writes of a text shares words with what is expected. A generator writes at length."""
    rows = [{"text": text, "summary": " ".join(FRENCH[word] for word in text.split())} for text in WORDS]
    task = write_task(
        tmp_path, rows, family="summarization", models=[str(tiny("bart")), str(cut_gguf(ready_home))],
        scoring={"max_words": 5}, prompt={"max_tokens": 16}, bar={"pass_rate": 0.7},
    )  # fmt: skip
    ran, document = recommend(ready_home, task)
    by_runtime = {candidate["runtime"]: candidate for candidate in document["candidates"]}
    bart, smol = by_runtime["transformers"], by_runtime["llama.cpp"]
    assert bart["method"] == "as is"
    assert smol["method"] == "prompted"
    assert ran.code == 0, ran.err
    assert document["recommended"]["runtime"] == "transformers"
    assert smol["verdict"] != "passes"
    compile(document["recommended"]["usage"], "usage", "exec")


def test_a_model_tuned_to_rewrite_follows_no_instruction(ready_home: Home, tmp_path: Path) -> None:
    """Text generation uses a sequence-to-sequence model as it is, such as one that corrects grammar."""
    rows = [{"text": text, "expected": " ".join(FRENCH[word] for word in text.split())} for text in WORDS]
    task = write_task(
        tmp_path, rows, family="text-generation", models=[str(tiny("bart"))], scoring={"metric": "levenshtein"},
        prompt={"max_tokens": 16}, bar={"pass_rate": 0.5},
    )  # fmt: skip
    _, document = recommend(ready_home, task)
    bart = next(candidate for candidate in document["candidates"] if candidate["runtime"] == "transformers")
    assert (bart["method"], bart["verdict"]) == ("as is", "passes")


@for_each(
    ("output", "expected", "name", "score"),
    [
        ("the cat sat", "the cat sat", "rougeL", 1.0),
        ("sat the cat", "the cat sat", "rouge1", 1.0),
        ("a dog", "the cat sat", "rouge1", 0.0),
        ("", "the cat sat", "rougeL", 0.0),
        ("東京は晴れ", "東京は雨", "rouge1", 6 / 9),
        ("élan vital", "ÉLAN", "rouge1", 2 / 3),
        ("b", ["a", "b"], "rougeL", 1.0),
    ],
)
def test_rouge(output: str, expected: object, name: str, score: float) -> None:
    assert scored(output, expected)[name] == pytest.approx(score)


@settings(max_examples=50)
@given(st.text(), st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_any_summary_is_scored(output: str, references: list[str]) -> None:
    assert all(0 <= value <= 1 for value in scored(output, references).values())


def test_the_central_sentence_of_a_book_takes_no_time() -> None:
    """The sentence that shares most words with all others, in a text of four thousand sentences."""
    text = "It rained. Dogs and cats chase mice. Cats chase mice. A dog barked at cats."
    assert central_sentence(text) == "Cats chase mice."
    began = time.process_time()
    book = [f"On page {n} word{n % 977} and word{n % 331} met again by day {n % 89}." for n in range(4000)]
    assert central_sentence(" ".join(book)) in book
    assert time.process_time() - began < 3


def test_sentences_end_in_any_script() -> None:
    """Arabic, Urdu, Armenian, Ethiopic; Burmese, Hindi and Chinese, without a space between."""
    for end in ("\u061f ", "\u06d4 ", "\u0589 ", "\u1362 ", "\u104b", "\u0964", "\u3002"):
        assert sentences(f"a{end}b{end}") == [f"a{end.strip()}", f"b{end.strip()}"]
