"""Spans out of labelled tokens, whatever scheme a model was trained with."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from advisor.engines.spans import Seen, Token, best_span, spans, tokens_of_words
from advisor.engines.words import word_places
from tests.tables import for_each

LABELS = ("O", "PER", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "I-LOC", "L-LOC", "U-LOC")


def tokens(text: str, labels: list[str], form: str = r"\w+|[^\w\s]") -> list[Token]:
    found = list(re.finditer(form, text))
    return [
        Token(m.start(), m.end(), number, label, 0.9)
        for number, (m, label) in enumerate(zip(found, labels, strict=True))
    ]


@for_each(
    ("labels", "expected"),
    [
        (["B-PER", "I-PER", "O", "B-LOC"], ["Ada Lovelace", "Paris"]),
        (["B-PER", "B-PER", "O", "B-LOC"], ["Ada", "Lovelace", "Paris"]),
        (["I-PER", "I-PER", "O", "I-LOC"], ["Ada Lovelace", "Paris"]),
        (["B-PER", "E-PER", "O", "S-LOC"], ["Ada Lovelace", "Paris"]),
        (["S-PER", "S-PER", "O", "S-LOC"], ["Ada", "Lovelace", "Paris"]),
        (["B-PER", "L-PER", "O", "U-LOC"], ["Ada Lovelace", "Paris"]),
        (["PER", "PER", "O", "LOC"], ["Ada Lovelace", "Paris"]),
        (["B-PER", "I-LOC", "O", "O"], ["Ada", "Lovelace"]),
        (["O", "O", "O", "O"], []),
    ],
)
def test_schemes(labels: list[str], expected: list[str]) -> None:
    """BIO, IO with prefixes, BIOES, BILOU, none; a new kind begins a new span."""
    text = "Ada Lovelace in Paris"
    assert [text[span.start : span.end] for span in spans(text, tokens(text, labels))] == expected


def test_a_word_has_the_label_of_its_first_token() -> None:
    """What the model says of a word's other pieces counts for nothing."""
    text = "Lovelace"
    found = spans(text, [Token(0, 4, 0, "B-PER", 0.8), Token(4, 8, 0, "O", 0.9)])
    assert [(span.start, span.end, span.label, span.probability) for span in found] == [(0, 8, "PER", 0.8)]


def test_punctuation_at_a_words_edge() -> None:
    """Stays outside unless the model says that it belongs; within a word it belongs."""
    text = '"Paris, U.S.'
    quote = [Token(0, 1, 0, "O", 0.9), Token(1, 6, 0, "B-LOC", 0.9), Token(6, 7, 0, "O", 0.9)]
    states = [Token(8, 9, 1, "B-LOC", 0.9), Token(9, 10, 1, "O", 0.9), Token(10, 11, 1, "O", 0.9)]
    for last, expected in (("I-LOC", ["Paris", "U.S."]), ("O", ["Paris", "U.S"])):
        found = spans(text, [*quote, *states, Token(11, 12, 1, last, 0.9)])
        assert [text[span.start : span.end] for span in found] == expected


def test_scripts_without_spaces_are_labelled_token_by_token() -> None:
    """A whole sentence is one word to such a tokenizer."""
    text = "田中は東京にいる"
    labels = ["B-PER", "O", "B-LOC", "O", "O"]
    pieces = [(0, 2), (2, 3), (3, 5), (5, 6), (6, 8)]
    found = spans(text, [Token(a, b, 0, label, 0.9) for (a, b), label in zip(pieces, labels, strict=True)])
    assert [text[span.start : span.end] for span in found] == ["田中", "東京"]


def test_of_two_windows_the_one_counts_that_sees_more_around_a_token() -> None:
    seen = Seen(["O", "PER"])
    offsets = [(n * 2, n * 2 + 1) for n in range(6)]
    seen.add([None, 0, 1, 2, 3, None], [(0, 0), *offsets[:4], (0, 0)], [(0, 0.9)] * 6)
    seen.add([None, 2, 3, 4, 5, None], [(0, 0), *offsets[2:], (0, 0)], [(1, 0.9)] * 6)
    assert [(span.start, span.end) for span in seen.spans("a b c d e f")] == [(6, 11)]


@for_each(
    ("words", "tokens", "found"),
    [
        ([(0, 3), (4, 7)], [(0, 0), (0, 1), (1, 3), (4, 7), (0, 0)], [(0, 1, 3), (1, 3, 4)]),
        ([(0, 3), (4, 7)], [(0, 3), (3, 7)], [(0, 0, 1), (1, 1, 2)]),  # with the blank before it
        ([(0, 1), (1, 2), (2, 3)], [(0, 2), (2, 3)], [(0, 0, 1), (1, 0, 1), (2, 1, 2)]),  # 東京 is one token
        ([(0, 1), (2, 3), (4, 5)], [(0, 1), (4, 5)], [(0, 0, 1), (2, 1, 2)]),  # the tokenizer drops a character
        ([(0, 9), (10, 12), (13, 15)], [(5, 9), (10, 12)], [(0, 0, 1), (1, 1, 2)]),  # a window
        ([(0, 2)], [(0, 1), (0, 1), (1, 2)], [(0, 0, 3)]),  # bytes of one character
        ([(0, 1)], [], []),
    ],
)
def test_tokens_of_words(
    words: list[tuple[int, int]], tokens: list[tuple[int, int]], found: list[tuple[int, int, int]]
) -> None:
    assert list(tokens_of_words(tokens, words)) == found


@for_each(
    ("text", "words"),
    [
        ("It's 3.5 user_name", ["It", "'", "s", "3", ".", "5", "user", "_", "name"]),
        ("田中は東京。", ["田", "中", "は", "東", "京", "。"]),
        ("लड़का है — naïve", ["लड़का", "है", "—", "naïve"]),
        (" ", []),
    ],
)
def test_words_to_tag(text: str, words: list[str]) -> None:
    """Also of scripts without spaces, and with vowels that are marks; each sign is one."""
    assert [text[start:end] for start, end in word_places(text)] == words


@given(st.text(max_size=60), st.lists(st.sampled_from(LABELS), min_size=60, max_size=60), st.integers(1, 9))
def test_spans_are_in_order_and_apart(text: str, labels: list[str], length: int) -> None:
    """Whatever the text and the labels: within the text, not empty, without blanks at their edges."""
    cuts = [Token(at, min(at + length, len(text)), at // 7, labels[at], 0.5) for at in range(0, len(text), length)]
    end = 0
    for span in spans(text, cuts):
        assert end <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        end = span.end


@given(st.floats(14, 40), st.floats(0, 1), st.floats(0, 1))
def test_no_answer_is_surer_than_sure(gap: float, start: float, end: float) -> None:
    """In single precision a sum may exceed what it is a part of; a probability over 1 would end the candidate."""
    starts, ends = (np.full(12, -8.0, np.float32) for _ in range(2))
    starts[4], ends[5] = gap - 8 + start, gap - 8 + end
    found = best_span(starts, ends, [None, *([1] * 11)], [(0, 0), *((at, at + 1) for at in range(11))])
    assert found is not None
    assert 0.0 <= found.probability <= 1.0
