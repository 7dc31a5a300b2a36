"""What a text seems to demand and no rule of reading took: shown to the user, who may say it otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.interview.facts import Notice
from advisor.interview.text.bars import unclaimed
from advisor.interview.text.instruct import clauses, says
from advisor.interview.text.spans import is_covered
from advisor.interview.text.verbs import is_verb
from advisor.interview.text.words import MOST_TEXT, Reading, read
from advisor.system.source import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.interview.text.rates import Rate
    from catalog import Catalog

_I = re.IGNORECASE
_MOST = 5
_FEW_WORDS = 3
# Nobody asks for less; a smaller rate in the words is of something else.
_LEAST_BAR = 0.5
_JOINS = frozenset({"and", "or", "und", "oder", "etc"})  # the end of a list
_LICENSE = re.compile(r"\b(?:licen[cs]\w*|lizenz\w*)\b", _I)
# "in Klingon", "Klingon language", "written in Klingon": a name where a language would stand.
_IN = re.compile(
    r"^(?:and |all |mostly |written |texts? |inputs? |mails? |are |is |sind )*(?:in|auf)\s+(?-i:[A-ZÄÖÜ])\w+$", _I
)
_LANGUAGE = re.compile(r"\b(?:languages?|sprachen?)\b", _I)
# A limit begins so, or holds a number.
_LIMIT = re.compile(
    r"^(?:and |but |it |they |we |everything |the model )*(?:must|should|needs?|has to|have to|at most|at least|under"
    r"|below|less than|more than|within|max(?:imum|imal)?|min(?:imum|imal)?|no|not|only|never|muss|darf|soll"
    r"|höchstens|mindestens|unter|ohne|nur|keine?)\b|\d",
    _I,
)


def unplaced_notices(text: str, catalog: Catalog) -> tuple[Notice, ...]:
    """Return what the user should know of the words: which of them became nothing."""
    shown = text[:MOST_TEXT]
    found = unplaced(shown, read(shown, catalog)) if shown.strip() else []
    if not found:
        return ()
    told = ", ".join(quoted(one_line(each, 60), 60) for each in found)
    return (Notice("unplaced", f"no limit was read from {told}: if it is one, say it otherwise or set its key"),)


def bar_notice(text: str, catalog: Catalog, bar: float) -> Notice | None:
    """Return what to say of rates that may be how often answers must be right; None where there is none.

    Args:
        text: The words.
        catalog: Reads them.
        bar: What holds meanwhile.
    """
    shown = text[:MOST_TEXT]
    found = _unclaimed(shown, read(shown, catalog)) if shown.strip() else []
    if not found:
        return None
    rate = found[0]
    told = quoted(one_line(shown[rate.start : rate.end], 60), 60)
    if not 0 < rate.share < 1:
        said = f"{told} cannot be proven of any model; the bar is {bar:.0%} right, --set bar.pass_rate=0.99 raises it"
    else:
        said = (
            f"{told} may say how often answers must be right; the bar is {bar:.0%} unless "
            f"--set bar.pass_rate={rate.share:g} says so"
        )
    likely = rate.share if len(found) == 1 and _LEAST_BAR <= rate.share < 1 else None
    return Notice("bar", said, is_grave=True, likely=likely)


def _unclaimed(shown: str, reading: Reading) -> list[Rate]:
    claimed = [*reading.terms, *([reading.labels] if reading.labels is not None else [])]
    return unclaimed(shown, claimed)


def unplaced(shown: str, reading: Reading) -> list[str]:
    """Return the clauses, as they stand in the text, that sound like a term but became none; the task is not one."""
    return list(dict.fromkeys(_clauses(shown, reading)))[:_MOST]


def _clauses(shown: str, reading: Reading) -> Iterator[str]:
    languages = [term for term in reading.terms if term.key == "constraints.languages"]
    licenses = [term for term in reading.terms if term.key == "constraints.license"]
    rates = _unclaimed(shown, reading)  # said of themselves
    is_first = True
    for start, end in clauses(shown, reading.labels):
        told = shown[start:end]
        is_task, is_first = is_first and says(told), is_first and not says(told)
        if reading.labels is not None and is_covered([reading.labels], start, end):
            continue
        if any(rate.start < end and start < rate.end for rate in rates):
            continue
        if _LICENSE.search(told) and says(told) and not is_covered(licenses, start, end):
            yield told
        elif not is_task and not is_covered(reading.terms, start, end):
            names_language = (_IN.match(told) or _LANGUAGE.search(told)) and not is_covered(languages, start, end)
            if says(told) and (names_language or _LIMIT.match(told) or _is_bare(told)):
                yield told


def _is_bare(told: str) -> bool:
    """Return whether a clause is a few words without a verb and no list, as terms are."""
    words = [word.strip(".,;:!?()").lower() for word in told.split()]
    return len(words) <= _FEW_WORDS and not any(is_verb(word) or word in _JOINS for word in words)
