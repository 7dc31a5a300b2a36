"""Near duplicates are found exactly as defined, whatever the order."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.task.near_duplicates import near_duplicates
from tests.tables import for_each

WORDS = ["".join(random.Random(n).choices("abcdefghij", k=2 + n % 8)) for n in range(3000)]


def text(draw: random.Random, words: int = 310) -> str:
    """Return a text of so many drawn words."""
    return " ".join(draw.choice(WORDS) for _ in range(words))


def changed(draw: random.Random, of: str, count: int) -> str:
    """Return a text with so many words replaced by others."""
    words = of.split()
    for place in draw.sample(range(len(words)), count):
        words[place] = f"changed{draw.random()}"
    return " ".join(words)


def resemblance(one: str, other: str) -> float:
    """Return Broder's resemblance over runs of three words, written apart."""
    sets = []
    for each in (one, other):
        words = re.findall(r"\w+", each.lower())
        sets.append({tuple(words[n : n + 3]) for n in range(max(1, len(words) - 2))})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_a_long_text_with_a_few_changes_is_a_near_duplicate() -> None:
    """Two changed words of 310: the same example; 100 changed: another."""
    draw = random.Random(1)
    one, other = text(draw), text(draw)
    texts = [one, other, changed(draw, one, 2), changed(draw, one, 100), other.upper() + " !"]
    assert near_duplicates(texts) == [(0, 2), (1, 4)]


def test_short_texts_that_differ_in_a_word_are_two_examples() -> None:
    """One word can turn the answer: nothing short is grouped unless it is the same but for case and punctuation."""
    assert near_duplicates(["turn on the light", "turn off the light", "Turn on the light!", "", "", "?"]) == [(0, 2)]
    assert near_duplicates(["yes", "no", "oh no", "No."]) == [(1, 3)]


def test_scripts_without_spaces_are_compared_by_character() -> None:
    """A long Chinese text with one character changed is a near duplicate."""
    one = "".join(chr(0x4E00 + n * 7) for n in range(120))
    assert near_duplicates([one, one[:60] + "一一" + one[61:], one[::-1]]) == [(0, 1)]


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_groups_hold_what_resembles_and_do_not_depend_on_order(seed: int) -> None:
    """Each member resembles another of its group; all pairs from 0.8 on are together; order changes nothing."""
    draw = random.Random(seed)
    bases = [text(draw, draw.randint(5, 120)) for _ in range(4)]
    texts = [changed(draw, base, draw.randint(0, min(6, len(base.split()) - 1))) for base in bases for _ in range(5)]
    texts += [text.split(" ", 9)[-1] for text in texts]  # shorter ones, to be found from either side
    groups = near_duplicates(texts)
    together = {text: group for group in groups for text in group}
    for group in groups:
        for one in group:
            assert max(resemblance(texts[one], texts[other]) for other in group if other != one) >= 0.8 - 1e-9
    for one in range(len(texts)):
        for other in range(one):
            if resemblance(texts[one], texts[other]) >= 0.8 - 1e-9:
                assert other in together[one]
    order = list(range(len(texts)))
    draw.shuffle(order)
    again = near_duplicates([texts[n] for n in order])
    assert {frozenset(order[n] for n in group) for group in again} == {frozenset(group) for group in groups}


@for_each("least", [0.0, 1.1, -1.0])
def test_a_resemblance_out_of_range_is_refused(least: float) -> None:
    """It lies above 0 and up to 1."""
    with pytest.raises(ValueError, match="must lie"):
        near_duplicates(["a"], least)


@given(st.lists(st.text(max_size=40), max_size=12))
def test_any_text_will_do(texts: list[str]) -> None:
    """Empty lists, empty texts, lone surrogates and control characters are no error."""
    groups = near_duplicates([*texts, "\ud800 x y"])
    assert all(len(group) > 1 for group in groups)
    assert near_duplicates(["", " ", "?"][: len(texts)]) == []
