"""Rules besides the metric: each with its own score, all must hold."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.engines.spans import Token
from advisor.engines.spans import spans as labelled
from advisor.engines.words import count_dense, count_words, has_letter, has_unspaced, word_tokens
from advisor.families import family, question_answering, spans, summarization
from advisor.families.base import Answered
from advisor.families.rules import Rules
from advisor.interview.files.text_notices import tokens_of
from advisor.probe.judge import Judge
from advisor.task.near_duplicates import near_duplicates
from tests.probe.support import spec
from tests.tables import for_each


def judged(
    answer: str, expected: object, must_contain: tuple[str, ...] = (), **scoring: Any
) -> tuple[bool, float, Any]:
    """Return whether an answer passes, its score, and the rules' own."""
    what = spec(Path(), "llama.cpp", "m", family="text-generation", scoring={"metric": "contains"} | scoring)
    asked = {"id": "1", "input": "x", "expected": expected, "must_contain": must_contain}
    outcome = Judge(family("text-generation"), what).outcome(asked, Answered(answer), 1.0)
    assert outcome.error is None
    return outcome.passed, outcome.score, outcome.scores


def test_an_answer_passes_only_if_all_rules_hold() -> None:
    """Its score is the metric's; the broken rule is shown with it."""
    assert judged("to Paris we go", "Paris", max_words=9) == (True, 1.0, {"max_words": 1.0})
    assert judged("to Paris we go", "Paris", max_words=3) == (False, 1.0, {"max_words": 0.0})
    passed, score, scores = judged("to Paris we go", "Rome", matches=r"to \w+ .*", min_words=2)
    assert (passed, score, scores) == (False, 0.0, {"matches": 1.0, "min_words": 1.0})


def test_the_rules_alone() -> None:
    passed, score, scores = judged("one two", None, metric="rules", max_words=1, min_words=1)
    assert (passed, score, scores) == (False, 0.5, {"max_words": 0.0, "min_words": 1.0})


def test_what_must_be_contained_globally_and_by_example() -> None:
    """Case and blanks folded; the share of what is there is the rule's score."""
    passed, score, _ = judged("Dear  ADA lovelace,", None, ("ada Lovelace", "order 7"), contains=["dear"])
    assert not passed
    assert score == pytest.approx(2 / 3)
    assert judged("Dear Ada", None, (), contains=["dear"])[0]


@pytest.mark.timeout(60, func_only=True)
def test_a_pattern_that_backtracks_without_end_elsewhere_is_matched_in_no_time() -> None:
    assert Rules({"matches": "(a+)+b"}).check("a" * 100_000) == {"matches": 0.0}
    assert Rules({"json_schema": {"pattern": "^(a+)+$"}}).check('"' + "a" * 50_000 + '!"') == {"json_schema": 0.0}


def test_a_pattern_must_match_the_whole_answer() -> None:
    rules = Rules({"matches": r"[A-Z]{2}\d+"})
    assert rules.check("AB12") == {"matches": 1.0}
    assert rules.check("AB12.") == {"matches": 0.0}
    assert rules.check("AB12\nAB12") == {"matches": 0.0}


def test_a_schema() -> None:
    """Valid JSON that satisfies it; references within it are followed."""
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "integer"}}}
    rules = Rules({"json_schema": schema})
    assert [rules.check(text)["json_schema"] for text in ('{"a": 1}', '{"a": "1"}', "a: 1", '{"a": 1} ok')] == [
        1,
        0,
        0,
        0,
    ]


@for_each(
    ("text", "count"), [("", 0), ("don't stop", 2), ("a - b", 2), ("東京 tower", 3), ("1,5 l", 2), ("\u202e...", 0)]
)
def test_words_are_counted_as_people_do(text: str, count: int) -> None:
    assert count_words(text) == count


def test_tokens_of_any_script() -> None:
    """For ROUGE: letters of all scripts, folded."""
    assert word_tokens("Élan, ÉLAN 東京!") == ["élan", "élan", "東", "京"]


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_any_answer_is_checked(answer: str, needed: list[str]) -> None:
    """Within 0 and 1, and a text that is the requirement holds it."""
    rules = Rules({"contains": needed, "matches": ".*", "json_schema": {}, "min_words": 1, "max_words": 5})
    assert all(0 <= score <= 1 for score in rules.check(answer).values())
    if needed:
        assert rules.check(" ".join(needed))["contains"] == 1


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
    assert word_tokens(one) != word_tokens(other)
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
def test_words_are_distinguished(text: str, found: list[str], count: int) -> None:
    """As units of overlap, and counted as people do."""
    assert (word_tokens(text), count_words(text)) == (found, count)


@pytest.mark.timeout(60, func_only=True)
def test_a_long_text_of_marks_takes_no_time() -> None:
    assert len(word_tokens("e" + "\u0301" * 300_000 + " é" + BOY * 50_000)) == 2


def test_near_duplicates_by_the_same_words() -> None:
    """Thirty words that differ in their marks alone are not nearly the same."""
    other = " ".join([GIRL, "कि"] * 20)
    assert near_duplicates([" ".join([BOY, "का"] * 20), other, other + "।"]) == [(1, 2)]


def test_a_listed_name_stands_where_it_is_a_whole_word() -> None:
    text = f"{BOY} लड़क आया"
    (found,) = spans.read_spans({"X": ["लड़क"]}, text)
    assert (found["start"], found["end"]) == (len(BOY) + 1, len(BOY) + 5)
    persian = "\u0645\u06cc"
    (found,) = spans.read_spans({"X": [persian]}, f"{persian}\u200c\u062e\u0648 {persian}")
    assert found["start"] == 6
    assert [each["start"] for each in spans.read_spans({"X": ["aa"]}, "aaaa aab")] == [0, 2, 5]


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
