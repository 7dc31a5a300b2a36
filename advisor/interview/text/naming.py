"""Which labels or fields a text names, in any form of their words."""

import re
from collections.abc import Callable, Collection, Iterable

from advisor.interview.text import vocabulary as say

_WORD = re.compile(r"[^\W_]+")
# Numbers that name no label of that number: of a range or a rate, "0 to 3", "4 of 5", "80%".
_COUNTED = re.compile(r"\d+\W{1,3}(?:[^\W\d_]{1,4}\W{1,2})?\d+\b|\d+\s?%")
# A word is a form of a label if it shares all but this many of its last letters; shorter labels have only a plural.
_ENDING, SHORTEST = 1, 4


# Of a longer word in a script without blanks the first sign may be left out, but for one that means not.
_SHORTEST_UNSPACED, _NOT = 2, "不非未无無没否勿비불무미"


def named(text: str, labels: Collection[str], by: Callable[[Iterable[bool]], bool] = all) -> list[str]:
    """Return the labels whose words (`by`: all, any) a text names, in any form, except those within another label."""
    said = {word.casefold() for word in _WORD.findall(_COUNTED.sub(" ", text))}
    said |= {say.BARE.sub("", word) for word in said if say.ARABIC.match(word)}
    parts = {label: words_of(label) for label in labels}
    free = said.difference(*parts.values())  # "the highest" are not "high"
    found = {
        label: set(words)
        for label, words in parts.items()
        if words and by(word in said or any(is_form(word, each) for each in free) for word in words)
    }
    return [label for label, words in found.items() if not any(words < others for others in found.values())]


def words_of(label: str) -> list[str]:
    """Return the words of a label, in small letters."""
    return [word.casefold() for word in _WORD.findall(label)]


def is_form(label: str, word: str) -> bool:
    """Return whether a word is a form of a label's word."""
    if say.UNSPACED.match(label):  # 召回类 for 需召回; 满意 is none for 不满意
        is_long = len(label) > _SHORTEST_UNSPACED and label[0] not in _NOT
        return label in word or (is_long and label[1:] in word)
    stem = label if len(label) <= SHORTEST else label[:-_ENDING]
    is_plural = len(label) == SHORTEST - 1 and word == f"{label}s"
    return word == label or is_plural or (len(label) >= SHORTEST and word.startswith(stem))
