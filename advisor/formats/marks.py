"""Taggers that put punctuation back: each label is the mark behind a word, and may say how the word begins.

Their usual labels are the signs themselves, "0" or "O" for none (Guhr et al. 2021, "FullStop: multilingual deep models
for punctuation prediction"), or a sign and then "U" for a capital letter or "O" for none.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from advisor.units import capitalised

_LABEL = re.compile(r"([O0]|[.,?!:;'-])([OU]?)")
_ENDS = (".", "?", "!")
# Written with a blank before it, too.
_DASH = "-"
_WORD = re.compile(r"\S+")


class Mark(NamedTuple):
    """What a label stands for."""

    sign: str  # "" for none.
    is_capital: bool | None  # Whether the word begins with a capital letter, None if labels do not say.


_NONE = Mark("", None)


def marks(labels: Iterable[str]) -> dict[str, Mark]:
    """Return what each label stands for; empty if one is anything but a mark, or none ends a sentence."""
    read: dict[str, Mark] = {}
    for label in labels:
        at = _LABEL.fullmatch(label)
        if at is None:
            return {}
        read[label] = Mark(at[1].strip("O0"), at[2] == "U" if at[2] else None)
    return read if any(each.sign in _ENDS for each in read.values()) else {}


def restored(text: str, labelled: Sequence[tuple[int, int, str]], known: Mapping[str, Mark]) -> str:
    """Return a text with the marks behind its words, and capital letters where labels say so or a sentence begins.

    Marks that the text has already stay; `labelled` are spans in order, each with the label of all of its words.
    """
    written, begins = [], True
    for word in _WORD.finditer(text):
        inside = [known[label] for start, end, label in labelled if start < word.end() and word.start() < end]
        first, last = (inside[0], inside[-1]) if inside else (_NONE, _NONE)
        said = word[0]
        if first.is_capital or (begins and first.is_capital is None):
            said = capitalised(said)
        if last.sign and said[-1].isalnum():
            said += f" {_DASH}" if last.sign == _DASH else last.sign
        begins = said[-1] in _ENDS
        written.append(said)
    return " ".join(written)
