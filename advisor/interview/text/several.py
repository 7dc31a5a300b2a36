"""Several tasks in one text: "transcribe calls, tag the intent, pull out names"; the user says which comes first."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from advisor.interview.text.instruct import LANGUAGES, says_more
from advisor.interview.text.spans import Span, is_covered
from advisor.interview.text.verbs import is_verb
from advisor.interview.text.words import MOST_TEXT, Reading, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog import Catalog

_I = re.IGNORECASE
_MOST_TASKS, _MOST_CLAUSES = 8, 24
_AND_THEN = (
    r"(?:and|und|then|dann|also|finally|plus|afterwards|after that|danach|next|lastly|first|second(?:ly)?"
    r"|third(?:ly)?|zuerst"
    r"|sowie)"
)
# Where another clause may begin: behind a mark, or behind "and"; a number or a bullet may stand before it.
_JOINT = re.compile(
    rf"(?:(?:^|[,;\n]|[.!?:](?=\s)|\s[–—-]\s|→|->|\+)\s*(?:(?:[-*•]"
    rf"|\(?\d{{1,2}}[.)])\s*)?(?:{_AND_THEN}\b[\s,]*){{0,3}}"
    rf"|(?<!\bthe)\s{_AND_THEN}\s+(?:{_AND_THEN}\s+){{0,2}})"
    r"(?:(?:it|we|i|they|wir|ich)\s+(?:also\s+)?(?:should|must|need to|want to|shall|will|has to|would like to)\s+)?"
    r"(?=(?P<verb>[^\W\d_]+))",
    _I,
)
# Verbs of tasks that are nouns too, before a word that makes a name of them: "amount and order number" has no order.
_NOUN = (
    r"(?:answer|draft|filter|flag|grade|group|label|list|map|mark|match|order|rank|rate|reply|route|score|search|sort"
    r"|spot|tag|turn)"
)
_NAMED = re.compile(
    rf"{_NOUN}\s+(?:numbers?|nos?|nrs?|ids?|dates?|days?|times?|names?|codes?|keys?|types?|kinds?|status(?:es)?|states?"
    r"|values?|amounts?|sums?|totals?|prices?|limits?|lines?|items?|terms?|texts?|fields?|address(?:es)?|references?|sizes?"
    r"|points?|details|histor(?:y|ies))\b",
    _I,
)
# Before one thing without an article it may be either; many things, or "the" one, are what something is done to.
_UNSURE = re.compile(
    rf"{_NOUN}\s+(?!(?:the|all|our|my|their|its|each|every|an?|these|those|them|it|by|into|[^\W\d_]{{2,}}s)\b)", _I
)
_NESTED = re.compile(r"\([^()\n]{0,300}\)|\"[^\"\n]{0,100}\"|\u201e[^\u201c\n]{0,100}\u201c")
# A clause that continues the one before: "find names and mark them", "read the mail and tell whether it is spam".
_GOES_ON = re.compile(
    r"^(?:mark|flag|highlight|tag|label|route|sort|list|get|tell|decide|say|check|judge|fill|reply|read|order|spot"
    r"|find|fix|return"
    r"|filter|assign|split|group|match|map|convert|turn|complete|correct|explain|describe)\w*\s+(?:(?:if|whether)\s+)?"
    r"(?:them|it|these|those|they|the results?|each|all of (?:them|it)|sie|es)\b", _I,
)  # fmt: skip
_MARKS = re.compile(r"^(?:mark|tag|label|highlight|flag|redact|mask)\w*\s+(?:them|these|those|it)\b", _I)
_CLAUSE_END = re.compile(r"[,;\n]|[.!?](?=\s|$)")
# A clause that says by what it sorts is a task although it lists no labels: "by urgency", "the language of mails".
_BY_WHAT = re.compile(
    r"\b(?:by|according to|nach)\s+(?:their\s+|its\s+)?[^\W\d_]{3,}|^[^\W\d_]+\s+the\s+[^\W\d_]+\s+of\b"
    r"|\b(?:in|into)\s+(?:\d{1,2}|two|three|four|five|six|several)\s+[^\W\d_]+",
    _I,
)
_PREPARES = re.compile(r"^(?:read|search|get|take|look|open|load|lies)\b", _I)


class _Task(NamedTuple):
    """The clauses that ask for one thing, what they say, and whether they are but a step towards the next."""

    start: int
    end: int
    text: str
    reading: Reading
    is_lead: bool


def tasks(text: str, catalog: Catalog) -> tuple[str, ...]:
    """Return the words of each task in a text, none where it is one task.

    A task begins where a clause begins with a verb of tasks, and is one of its own where that clause asks for another
    family than the one before, or lists other labels. What the others state (a licence, the machine, the bar) is
    repeated with each that does not state it.
    """
    shown = text[:MOST_TEXT]
    if not shown.strip():
        return ()
    whole = read(shown, catalog)
    found: list[_Task] = []
    for (_, start), (end, _) in pairwise([*_starts(shown, whole), (len(shown), len(shown))]):
        after = shown[end : end + 1] == ":"  # what follows says how, and is no other task
        part = shown[start : end + after].strip(" ,;.\n")
        reading = read(part, catalog)
        if found and not _is_other(found[-1], reading, part):
            found[-1] = _together(found[-1], part, end, reading, catalog)
        else:
            is_lead = reading.family is None or _PREPARES.match(part) is not None
            found.append(_Task(start, end, part, reading, is_lead))
    if not 2 <= len(found) <= _MOST_TASKS:  # noqa: PLR2004  one task
        return ()
    translates = any(each.reading.family == "translation" for each in found)
    shared = [term for term in whole.terms if not (translates and term.key == LANGUAGES)]
    return tuple(_with_terms(each, shared, shown) for each in found)


def _together(task: _Task, part: str, end: int, reading: Reading, catalog: Catalog) -> _Task:
    """Return a task with one more clause; it names the kind of task where the first clause is only a step."""
    text = f"{task.text}, {part}"
    if not task.is_lead:
        return _Task(task.start, end, text, task.reading, is_lead=False)
    kept = reading if reading.family is not None else read(text, catalog)
    return _Task(task.start, end, text, kept, is_lead=kept.family is None)


def _with_terms(task: _Task, shared: Sequence[Span], shown: str) -> str:
    said = {term.key for term in task.reading.terms}
    others = [term for term in shared if term.key not in said and not task.start <= term.start < task.end]
    return "; ".join([task.text, *dict.fromkeys(shown[term.start : term.end].strip() for term in others)])


def _starts(shown: str, whole: Reading) -> list[tuple[int, int]]:
    """Return where each clause with a verb of tasks first is joined to the one before, and where it begins."""
    kept = [at.span() for at in _NESTED.finditer(shown)]
    kept += [(whole.labels.start, whole.labels.end)] if whole.labels is not None else []
    starts: list[tuple[int, int]] = []
    for at in _JOINT.finditer(shown):
        start, end = at.end(), _CLAUSE_END.search(shown, at.end())
        is_name = bool(starts) and (_NAMED.match(shown, start) or _UNSURE.match(shown, start)) is not None
        if (
            is_verb(at["verb"])
            and not is_name
            and not any(low <= start < high for low, high in kept)
            and not is_covered(whole.terms, start, start + 1)
            and says_more(shown, start, end.start() if end else len(shown), whole.terms)
        ):
            starts.append((at.start(), start))
    return starts if len(starts) <= _MOST_CLAUSES else []


def _is_other(task: _Task, reading: Reading, part: str) -> bool:
    """Return whether a clause asks for another task than the one before it."""
    if reading.family is None or task.is_lead:
        return False
    one, other = task.reading.labels, reading.labels
    if other is None and _GOES_ON.match(part):
        return False
    if task.reading.family == "token-classification" and _MARKS.match(part):
        return False
    if reading.family != task.reading.family:
        return True
    if one is None:
        return other is not None and not task.text.endswith(":") and _BY_WHAT.search(task.text) is not None
    return other is not None and one.value != other.value
