"""Several jobs in one text: "transcribe calls, tag the intent, pull out names" is three tasks of three families."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.interview.text.instruct import LANGUAGES, says_more
from advisor.interview.text.spans import Span, is_covered
from advisor.interview.text.verbs import is_verb
from advisor.interview.text.words import MOST_TEXT, Reading, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog import Catalog

_I = re.IGNORECASE
MOST_PARTS = 8
MOST_CLAUSES = 24
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
# Before one thing without an article they may be either; many things, or "the" one, are what something is done to.
_UNSURE = re.compile(
    rf"^{_NOUN}\s+(?!(?:the|all|our|my|their|its|each|every|an?|these|those|them|it|by|into|[^\W\d_]{{2,}}s)\b)", _I
)
_NESTED = re.compile(r"\([^()\n]{0,300}\)|\"[^\"\n]{0,100}\"|\u201e[^\u201c\n]{0,100}\u201c")
# What goes on with the clause before: "find names and mark them", "read the mail and tell whether it is spam".
_GOES_ON = re.compile(
    r"^(?:mark|flag|highlight|tag|label|route|sort|list|get|tell|decide|say|check|judge|fill|reply|read|order|spot"
    r"|find|fix|return"
    r"|filter|assign|split|group|match|map|convert|turn|complete|correct|explain|describe)\w*\s+(?:(?:if|whether)\s+)?"
    r"(?:them|it|these|those|they|the results?|each|all of (?:them|it)|sie|es)\b", _I,
)  # fmt: skip
_MARKS = re.compile(r"^(?:mark|tag|label|highlight|flag|redact|mask)\w*\s+(?:them|these|those|it)\b", _I)
_CLAUSE_END = re.compile(r"[,;\n]|[.!?](?=\s|$)")
_OF_OBJECT = re.compile(r"^[^\W\d_]+\s+the [^\W\d_]+ of ((?:an? |the |our )?[^\W\d_][\w-]*)", _I)
# A clause that says by what it sorts is a task although it lists no labels: "by urgency", "the language of mails".
_BY_WHAT = re.compile(
    r"\b(?:by|according to|nach)\s+(?:their\s+|its\s+)?[^\W\d_]{3,}|^[^\W\d_]+\s+the\s+[^\W\d_]+\s+of\b"
    r"|\b(?:in|into)\s+(?:\d{1,2}|two|three|four|five|six|several)\s+[^\W\d_]+",
    _I,
)
_WITHOUT_OBJECT = re.compile(r"^([^\W\d_]+)\s+(?=(?:into|by|in|to)\b)", _I)
_PREPARES = re.compile(r"^(?:read|search|get|take|look|open|load|lies)\b", _I)
_REFERS = re.compile(r"\b(?:them|it|these|those|sie)\b(?!\s+(?:is|are|was|were|ist|sind))", _I)
_OBJECT = re.compile(
    r"^[^\W\d_]+\s+((?:the |our|all |my |these |incoming )?(?:[^\W\d_][\w-]*\s+){0,2}?[^\W\d_][\w-]*?)(?=\s+(?:into"
    r"|in|from|to|by|as|for|of"
    r"|with|that|which|within|on|out)\b|\s*[,;.(]|\s*$)", _I,
)  # fmt: skip


@dataclass
class _Job:
    """A clause, or several, that ask for one thing.

    Attributes:
        text: Its words.
        reading: What they say.
        own: The languages stated within it.
        is_lead: Whether it is but a step towards the next ("read the mails").
    """

    text: str
    reading: Reading
    own: list[Span] = field(default_factory=list)
    is_lead: bool = False


def split(text: str, catalog: Catalog) -> tuple[str, ...]:
    """Return the words of each task in a text; those of one task as they stand.

    A task begins where a clause begins with a verb of tasks, and is one of its own where that clause asks for another
    family than the one before, or lists other labels. What is said of none of them alone (a language, a licence, the
    machine, the bar) is repeated with each.
    """
    shown = text[:MOST_TEXT]
    if not shown.strip():
        return ()
    pieces, shared = _pieces(shown, read(shown, catalog))
    jobs: list[_Job] = []
    known = ""  # what the first task is about: "them" in a later one
    for number, piece in enumerate(pieces):
        told = _with_object(piece, pieces[number + 1 :])
        reading = read(told, catalog)
        if jobs and not _is_other(jobs[-1], reading, told):
            jobs[-1] = _together(jobs[-1], told, reading, catalog)
            continue
        if known and _REFERS.search(told):
            told = _REFERS.sub(known.replace("\\", ""), told, count=1)
            reading = read(told, catalog)
        elif known and (at := _WITHOUT_OBJECT.match(told)):  # "sort letters into a, b, then sort into c, d"
            told = f"{at[1]} {known} {told[at.end() :]}"
            reading = read(told, catalog)
        known = known or _object(told)
        is_lead = reading.family is None or _PREPARES.match(told) is not None
        jobs.append(_Job(told, reading, _languages(reading), is_lead=is_lead))
    if len(jobs) < 2 or len(jobs) > MOST_PARTS:  # noqa: PLR2004  one task
        return (text.strip(),)
    return tuple(_with_terms(jobs, shared, number) for number in range(len(jobs)))


def are_clear(parts: Sequence[str]) -> bool:
    """Return whether each part begins with what can be nothing but a verb: else it may be one task."""
    return not any(_UNSURE.match(part) for part in parts[1:])


def _languages(reading: Reading) -> list[Span]:
    return [span for span in reading.terms if span.key == LANGUAGES]


def _with_object(piece: str, following: Sequence[str]) -> str:
    """Give a verb alone the object of the next clause that has one: "translate and summarise letters"."""
    if len(piece.split()) > 1:
        return piece
    found = next((at for each in following if (at := _OBJECT.match(_NESTED.sub("", each).replace("  ", " ")))), None)
    return f"{piece} {found[1]}" if found else piece


def _object(told: str) -> str:
    """Return what something is done to: "calls" of "transcribe calls", "a mail" of "detect the tone of a mail"."""
    found = _OF_OBJECT.match(told) or _OBJECT.match(told)
    return found[1] if found and not _REFERS.search(found[1]) else ""


def _pieces(shown: str, whole: Reading) -> tuple[list[str], list[str]]:
    """Return the clauses that begin with verbs of tasks, with what follows them; and the clauses of terms alone."""
    kept = [at.span() for at in _NESTED.finditer(shown)]
    kept += [(whole.labels.start, whole.labels.end)] if whole.labels is not None else []
    starts: list[tuple[int, int]] = []
    for at in _JOINT.finditer(shown):
        is_inside = any(low <= at.end() < high for low, high in kept)
        clause = _CLAUSE_END.search(shown, at.end())
        is_name = bool(starts) and _NAMED.match(shown, at.end()) is not None
        is_order = (
            is_verb(at["verb"])
            and not is_name
            and says_more(shown, at.end(), clause.start() if clause else len(shown), whole.terms)
        )
        if is_order and not is_inside and not is_covered(whole.terms, at.end(), at.end() + 1):
            starts.append((at.start(), at.end()))
    if not 2 <= len(starts) <= MOST_CLAUSES:  # noqa: PLR2004  one clause, or no list of jobs
        return [shown.strip()], []
    pieces, shared = [], []
    lead = shown[: starts[0][0]].strip(" ,;.\n")
    for number, (_, start) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(shown)
        end += shown[end : end + 1] == ":"  # what follows says how, and is no other task
        told, terms = _parted(shown, start, end, whole, is_last=number + 1 == len(starts))
        pieces.append(told)
        shared += terms
    if lead and any(span.end <= starts[0][0] for span in whole.terms):
        shared.insert(0, lead)
    return pieces, shared


def _parted(shown: str, start: int, end: int, whole: Reading, *, is_last: bool) -> tuple[str, list[str]]:
    """Return the words of a clause, and those of the terms behind the last clause, which are said of all."""
    if not is_last:
        return shown[start:end].strip(" ,;\n"), []
    guard = whole.labels.end if whole.labels is not None and whole.labels.start >= start else start
    nested = [at.span() for at in _NESTED.finditer(shown)]
    for at in re.finditer(r"[,;.\n]+\s*", shown[start:end]):
        low = start + at.start()
        if low < guard or any(begin < low < stop for begin, stop in nested):
            continue
        rest = shown[start + at.end() : end]
        first = [span for span in whole.terms if span.start < start + at.end() + len(rest.split(",")[0].split(";")[0])]
        if any(span.end > start + at.end() for span in first):
            return shown[start:low].strip(" ,;\n"), [rest.strip(" ,;.\n")]
    return shown[start:end].strip(" ,;\n"), []


def _is_other(job: _Job, reading: Reading, piece: str) -> bool:
    """Return whether a clause asks for another task than the one before it."""
    if reading.family is None or job.is_lead or job.reading.family is None:
        return False
    one, other = job.reading.labels, reading.labels
    if other is None and _GOES_ON.match(piece):
        return False
    if job.reading.family == "token-classification" and _MARKS.match(piece):
        return False
    if reading.family != job.reading.family:
        return True
    if one is None:
        return other is not None and not job.text.endswith(":") and _BY_WHAT.search(job.text) is not None
    return other is not None and one.value != other.value


def _together(job: _Job, piece: str, reading: Reading, catalog: Catalog) -> _Job:
    """Return a job with one more clause, which tells its task where the first was but a step towards it."""
    text = f"{job.text}, {piece}"
    if job.is_lead or job.reading.family is None:
        kept = reading if reading.family is not None else read(text, catalog)
        return _Job(text, kept, [*job.own, *_languages(reading)], is_lead=kept.family is None)
    return _Job(text, job.reading, job.own)


def _with_terms(jobs: Sequence[_Job], shared: Sequence[str], number: int) -> str:
    """Return a job's words with the terms that are said of all; and a language that one job alone names."""
    job = jobs[number]
    said = [job.text.rstrip(" .,;:"), *shared]
    if not any(each.reading.family == "translation" for each in jobs) and not job.own:
        named = {
            str(code): each.text[span.start : span.end] for each in jobs for span in each.own for code in span.value
        }
        said += [" ".join(dict.fromkeys(named.values()))] if named else []
    return "; ".join(said)
