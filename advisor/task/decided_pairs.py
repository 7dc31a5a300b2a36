"""Pairs of texts with a decision in words, the same or not: each side gets one word, and unsure pairs are left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from advisor.families.sentence_similarity import TWO, decision
from advisor.system.source import quoted
from advisor.task.example import Spooled
from advisor.task.refusals import MOST_STRAY, left_out, listed_lines
from advisor.units import counted

if TYPE_CHECKING:
    from pathlib import Path

# Above this share of undecided pairs, the words are no decision.
_MOST_UNSURE = 0.1
# How Access and Visual Basic write yes and no.
_FLAGS = {-1.0, 0.0}


def decided(path: Path, column: str, examples: Spooled, notes: list[str] | None) -> Spooled | None:
    """Return pairs with their decisions in the usual word of each side, without those marked as unsure.

    Among pairs with numbers in their `column` a few may have a word for "no data": they are left out. None if all stay
    as they are; else what was done is added to `notes`.
    """
    said = Counter(each.expected for each in examples if isinstance(each.expected, str))
    numbers = {each.expected for each in examples if not isinstance(each.expected, str)}
    if numbers == _FLAGS and not said:
        return Spooled(replace(each, expected=abs(each.expected)) for each in examples)
    if said and not numbers <= {0.0, 1.0}:
        return _numbered(path, column, examples, notes)
    if not numbers <= {0.0, 1.0} or len(said) <= (0 if numbers else TWO):
        return None
    known = {text: found for text in said if (found := decision(text)) is not None}
    says = len({*known.values()}) == TWO
    if not says and numbers:
        return None if known else _numbered(path, column, examples, notes)
    # In the file's own words for it.
    usual = {
        way: next((text for text, _ in said.most_common() if known.get(text) is way), "yes" if way else "no")
        for way in (True, False)
    }
    word: dict[Any, str] = {text: text for text, _ in said.most_common(TWO)}
    if says:
        word = {text: usual[way] for text, way in known.items()} | {1.0: usual[True], 0.0: usual[False]}
    others = [each for each in examples if each.expected not in word]
    if len(others) > _MOST_UNSURE * len(examples):
        return None
    if notes is not None:
        apart = (", ".join(quoted(text) for text, same in known.items() if same is way) for way in (True, False))
        notes += ["read as the same: {}; as not: {}".format(*apart)] if says else []
    if notes is not None and others:
        words = " or ".join(quoted(text, 30) for text in list(dict.fromkeys(each.expected for each in others))[:3])
        sides = "" if says else " {!r} nor {!r}".format(*word)
        which = f"which say neither{sides} but {words} ({listed_lines([each.line for each in others])})"
        notes.append(f"{counted(len(others), 'pair')} left out, {which}")
    return Spooled(replace(each, expected=word[each.expected]) for each in examples if each.expected in word)


def _numbered(path: Path, column: str, examples: Spooled, notes: list[str] | None) -> Spooled | None:
    """Return the pairs whose grade is a number; None if more than a few have none."""
    lines = [each.line for each in examples if isinstance(each.expected, str)]
    if len(lines) > MOST_STRAY * len(examples):
        return None
    if notes is not None:
        notes.append(left_out(path, lines, f"{quoted(column)} is not a number"))
    return Spooled(each for each in examples if not isinstance(each.expected, str))
