"""Rules beside the metric: each with its own score, all must hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.engines.words import count_words, tokens
from advisor.families import family
from advisor.families.base import Answered
from advisor.families.rules import Rules
from advisor.probe.judge import Judge
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
    """Its score stays what the metric says; the rule that is broken shows beside it."""
    assert judged("to Paris we go", "Paris", max_words=9) == (True, 1.0, {"max_words": 1.0})
    assert judged("to Paris we go", "Paris", max_words=3) == (False, 1.0, {"max_words": 0.0})
    passed, score, scores = judged("to Paris we go", "Rome", matches=r"to \w+ .*", min_words=2)
    assert (passed, score, scores) == (False, 0.0, {"matches": 1.0, "min_words": 1.0})


def test_the_rules_alone() -> None:
    """Their mean is the score where nothing is expected."""
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
    """(a+)+b on a hundred thousand a's."""
    assert Rules({"matches": "(a+)+b"}).check("a" * 100_000) == {"matches": 0.0}
    assert Rules({"json_schema": {"pattern": "^(a+)+$"}}).check('"' + "a" * 50_000 + '!"') == {"json_schema": 0.0}


def test_a_pattern_must_match_the_whole_answer() -> None:
    """Not a piece of it; lines count."""
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
    """By blanks; each character where words are not spaced."""
    assert count_words(text) == count


def test_tokens_of_any_script() -> None:
    """For ROUGE: letters of all scripts, folded."""
    assert tokens("Élan, ÉLAN 東京!") == ["élan", "élan", "東", "京"]


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_any_answer_is_checked(answer: str, needed: list[str]) -> None:
    """Within 0 and 1, and a text that is the requirement holds it."""
    rules = Rules({"contains": needed, "matches": ".*", "json_schema": {}, "min_words": 1, "max_words": 5})
    assert all(0 <= score <= 1 for score in rules.check(answer).values())
    if needed:
        assert rules.check(" ".join(needed))["contains"] == 1
