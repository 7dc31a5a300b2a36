"""Words of scripts that write vowels as marks: a mark belongs to its letter, wherever words are told apart."""

from __future__ import annotations

import pytest

from advisor.engines.spans import Token
from advisor.engines.spans import spans as labelled
from advisor.engines.words import count_dense, count_words, has_letter, has_unspaced, tokens
from advisor.families import question_answering, spans, summarization
from advisor.interview.files.text_notices import tokens_of
from advisor.task.near_duplicates import near_duplicates
from tests.tables import for_each

BOY, GIRL = "लड़का", "लड़की"
# Of each two words the marks alone differ.
PAIRS = {
    "Hindi": (BOY, GIRL),
    "Bengali": ("কাল", "কিল"),
    "Tamil": ("பால்", "பூல்"),
    "Thai": ("ปี", "ปู"),
    "Lao": ("ປີ", "ປູ"),
    "Khmer": ("គី", "គូ"),
    "Burmese": ("မိ", "မု"),
    "pointed Hebrew": ("דָּן", "דֵּן"),
    "Arabic": ("كَتَبَ", "كُتِبَ"),
    "Latin, not composed": ("m\u0304", "m\u0307"),
}


@for_each(("one", "other"), PAIRS.values())
def test_words_that_differ_in_marks_are_different(one: str, other: str) -> None:
    """To exact match, F1 and ROUGE."""
    assert tokens(one) != tokens(other)
    assert question_answering.FAMILY.score(one, [other], None) == {"token_f1": 0.0, "exact": 0.0}  # type: ignore[arg-type]  not looked at
    assert question_answering.FAMILY.score(one, [one], None) == {"token_f1": 1.0, "exact": 1.0}  # type: ignore[arg-type]  as above
    assert summarization._scorer().score(one, other)["rougeL"].fmeasure == 0.0
    assert has_letter(one)


@for_each(
    ("text", "found", "count"),
    [
        (f"{BOY} और {GIRL}।", [BOY, "और", GIRL], 3),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"], 2),
        ("שָׁלוֹם, עולם", ["שָׁלוֹם", "עולם"], 2),
        ("ก็ดี", ["ก็", "ดี"], 2),
        ("東京・語。", ["東", "京", "語"], 3),
        ("𑀅𑀸 x", ["𑀅𑀸", "x"], 2),  # Brahmi, beyond sixteen bits
        # How letters look is not which they are: joiners, soft hyphens, variation selectors.
        ("\u0645\u06cc\u200c\u062e\u0648", ["\u0645\u06cc\u062e\u0648"], 1),  # Persian
        ("co\u00adop 1\ufe0f\u20e3 \u2764\ufe0f", ["coop", "1"], 2),
        ("İstanbul", ["i\u0307stanbul"], 1),
        ("\u0301 \u093e", [], 0),  # marks on nothing
        ("It's ASCII_text, 1 2", ["it", "s", "ascii", "text", "1", "2"], 4),
    ],
)
def test_words_are_told_apart(text: str, found: list[str], count: int) -> None:
    """As units of overlap, and counted as people do."""
    assert (tokens(text), count_words(text)) == (found, count)


@pytest.mark.timeout(60, func_only=True)
def test_a_long_text_of_marks_takes_no_time() -> None:
    """Linear in the text."""
    assert len(tokens("e" + "\u0301" * 300_000 + " é" + BOY * 50_000)) == 2


def test_near_duplicates_by_the_same_words() -> None:
    """Thirty words that differ in their marks alone are not nearly the same."""
    other = " ".join([GIRL, "कि"] * 20)
    assert near_duplicates([" ".join([BOY, "का"] * 20), other, other + "।"]) == [(1, 2)]


def test_a_listed_name_stands_where_it_is_a_whole_word() -> None:
    """What a mark or a joiner follows goes on."""
    text = f"{BOY} लड़क आया"
    (found,) = spans.read({"X": ["लड़क"]}, text)
    assert (found["start"], found["end"]) == (len(BOY) + 1, len(BOY) + 5)
    persian = "\u0645\u06cc"
    (found,) = spans.read({"X": [persian]}, f"{persian}\u200c\u062e\u0648 {persian}")
    assert found["start"] == 6
    assert [each["start"] for each in spans.read({"X": ["aa"]}, "aaaa aab")] == [0, 2, 5]


def test_a_token_that_is_a_vowel_sign_belongs_to_its_word() -> None:
    """It is no punctuation that hangs on the word's end."""
    pieces = [Token(0, len(BOY) - 1, 0, "B-PER", 0.9), Token(len(BOY) - 1, len(BOY), 0, "O", 0.9)]
    (found,) = labelled(BOY, pieces)
    assert (found.start, found.end) == (0, len(BOY))


def test_lengths_in_tokens_know_the_same_scripts() -> None:
    """Of scripts without blanks, and of Korean, each character is about one."""
    assert [count_dense(text) for text in ("abc", "東京", "ປີ", "မိ", "គី", "한국")] == [0, 2, 2, 2, 2, 2]
    assert tokens_of("東京abcd") == 3
    assert [has_unspaced(text) for text in ("abc", "한국", "東", "\U00020000", "ပ")] == [False, False, True, True, True]
