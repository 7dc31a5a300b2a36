"""Rates that words ask of single labels: "find at least 95% of the urgent ones, the rest 80%"."""

import re
from collections.abc import Callable, Iterable, Mapping

from advisor.interview.text import rate_words as say
from advisor.interview.text.rates import Rate, clause, rates

_WORD = re.compile(r"[^\W_]+")
_LEAST = 0.5
# "say 95%": with no more words before it a rate is of what the clause before is about.
_FEW_WORDS = 1
# A word is a form of a label that shares all but so many of its last letters; of shorter labels no others are.
_ENDING, _SHORTEST = 1, 4


def label_bars(text: str, labels: Mapping[str, int]) -> tuple[dict[str, Rate], Rate | None]:
    """Return the rates that a text asks of some labels, and the first that it asks of all others.

    What "may be missed" is named by that clause or one before it that speaks of missing; if by none, what may be missed
    or must be caught is the rarer label of two.

    Args:
        text: The task in words.
        labels: The labels, with how many examples have each.
    """
    found: dict[str, Rate] = {}
    rest = None
    for rate in rates(text) if labels else ():
        start, end = clause(text, rate.start, rate.end)
        is_missed = say.MISSED.search(text, start, end) is not None
        if is_missed and rate.share < _LEAST:
            rate = rate._replace(share=1 - rate.share)  # noqa: PLW2901
        if not _LEAST < rate.share < 1:
            continue
        is_rest = say.REST.search(text, start, end) is not None
        is_bare = not rate.is_bar and len(_WORD.findall(text[start : rate.start])) <= _FEW_WORDS
        if start and is_bare and not is_rest and not _named(text[start:end], labels):
            start = clause(text, start - 1, start - 1)[0]
        named = [] if is_rest else _named(text[start:end], labels)
        is_caught = is_missed or (say.CAUGHT.search(text, start, end) is not None and not is_rest)
        at = start
        while is_missed and not named and at:
            at, until = clause(text, at - 1, at - 1)
            if say.MISSED.search(text, at, until):
                named = _named(text[at:until], labels) or _named(text[at:until], labels, by=any)
        if is_caught and not named and len(labels) == 2:  # noqa: PLR2004
            named = [min(labels, key=labels.__getitem__)]
        is_asked = rate.is_bar or any(words.search(text, start, end) for words in (say.FOUND, say.MISSED, say.RIGHT))
        if is_asked and 0 < len(named) < len(labels):
            found |= dict.fromkeys(named, rate)
        else:
            rest = rest or rate
    return found, rest


def _named(text: str, labels: Mapping[str, int], by: Callable[[Iterable[bool]], bool] = all) -> list[str]:
    """Return the labels whose words (`by`: all, any) a text names, in any form, without those within another's."""
    said = {word.casefold() for word in _WORD.findall(text)}
    parts = {label: [word.casefold() for word in _WORD.findall(label)] for label in labels}
    named = {
        label: set(words)
        for label, words in parts.items()
        if words and by(any(_is_form(word, each) for each in said) for word in words)
    }
    return [label for label, words in named.items() if not any(words < others for others in named.values())]


def _is_form(label: str, word: str) -> bool:
    stem = label if len(label) <= _SHORTEST else label[:-_ENDING]
    return word == label or (len(label) >= _SHORTEST and word.startswith(stem))
