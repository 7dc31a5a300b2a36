"""Rates that the words demand for single labels: "find at least 95% of the urgent ones, the rest 80%"."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from advisor.families.sentence_similarity import decision
from advisor.interview.text import vocabulary as say
from advisor.interview.text.demands import SURELY, Demand, Of, Rate, Subject, demands, rate_of, rates
from advisor.interview.text.naming import SHORTEST, is_form, named
from advisor.interview.text.rates import clause, clause_bounds
from advisor.task import PASS_RATE

_WORD, _SENTENCE = re.compile(r"[^\W_]+"), re.compile(r"[.!?\n\u3002]\s*")
# Words between a clause and the rate that says how often it holds; a lower rate is of something else.
_FEW_WORDS, _HALF = 3, 0.5
_IN_BRACKETS = re.compile(r"\([^()\n]*\)")
# Words for none and never, and for worse, which make missing something a demand.
_WORSE = re.compile(
    r"\b(?:worse|schlimmer|pire|peor|peggio|pior|erger|gorsz\w*|хуже|värre|værre|verre|daha kötü|disaster"
    r"|[ck]atastroph\w*|fatal\w*|unacceptable|inacceptable)\b",
    re.IGNORECASE,
)
_EACH = re.compile(rf"{say.said('each')}|{say.REST.pattern}", re.IGNORECASE)
_WORSE_THAN = re.compile(say.said("worse"), re.IGNORECASE)
_NONE = re.compile(rf"{say.NONE}|\bany\b|{_WORSE.pattern}|{_WORSE_THAN.pattern}", re.IGNORECASE)
# "Must be right on the urgent ones".
_MUST_BE_RIGHT = re.compile(rf"(?:{say.said('must')})(?:\W+\w+){{0,3}}?\W+(?:{say.said('right')})", re.IGNORECASE)
_SAYS = re.compile(say.said("when_said"), re.IGNORECASE)
_FALSE = re.compile(r"\bfalse\b", re.IGNORECASE)  # "a false duplicate"
_SUGGESTS = re.compile(say.said("suggests"), re.IGNORECASE)
_NEVER_DONE = re.compile(rf"{say.NONE}|\bno (?:me|nos|se)\b", re.IGNORECASE)
_IS_NEVER = re.compile(say.NEVER, re.IGNORECASE)
# "As harmless", "判成合格".
_AS = re.compile(
    r"\b(?:as|als|comme|como|come|jako|как|як|olarak|som|mint|ca|ως|за)\b|[判當当看認认]\s?[成作為为做]|として|로\b",
    re.IGNORECASE,
)
# Of two labels the one with at most this share of rows is the one sought.
TWO, _RARE = 2, 0.3


class Asked(NamedTuple):
    """The rates that a text demands, with the bounds of the words that do."""

    labels: dict[str, Rate]  # Of the inputs of a label, or of a field.
    answers: dict[str, Rate]  # Of the answers that name a label.
    every: Rate | None = None  # Of all answers.
    each: Rate | None = None  # Of the inputs of each label, or each field, without a rate of its own.
    each_answer: Rate | None = None  # Of the answers that name each label without a rate of its own.
    group: tuple[str, Rate] | None = None  # Of the inputs with each value of a column.
    unknown: tuple[Of, Rate] | None = None  # Of a label that is not among those known: of its inputs, or answers.


def asked(text: str, subject: Subject, bar: float | None = None) -> Asked:
    """Return the rates that a text demands.

    A label that must not be missed, without a rate of its own, gets the overall rate; so do the answers that name
    what is sought, if there may be no false alarms.

    Args:
        text: The task in words.
        subject: What rates may be about.
        bar: The overall rate, if the user gave it otherwise than in the text.
    """
    labels, answers = dict[str, Rate](), dict[str, Rate]()
    other: dict[Of, Rate] = {}
    group: tuple[str, Rate] | None = None
    unknown: tuple[Of, Rate] | None = None
    for demand in (each for each in demands(text, subject) if each.is_sure and 0 < each.share < 1):
        rate = (
            rate_of(text, demand)
            if demand.of is Of.ALL
            else Rate(demand.share, *_span(text, demand), is_bar=True, chance=demand.chance)
        )
        if demand.of in {Of.LABEL, Of.ANSWERS} and _is_of_none(text, demand, subject):
            other.setdefault(Of.ALL, rate)
        elif demand.of in {Of.LABEL, Of.ANSWERS} and demand.names:
            of = labels if demand.of is Of.LABEL else answers
            # Of two labels that a clause names the other has its rate: "10% of the real ones called fake".
            own = demand.names if len(demand.names) == 1 else [each for each in demand.names if each not in of]
            of.update(dict.fromkeys(own or demand.names, rate))
        elif demand.of in {Of.LABEL, Of.ANSWERS}:
            unknown = unknown or (demand.of, rate)
        elif demand.of is Of.GROUP:
            group = group or (demand.names[0], rate)
        elif demand.of is Of.EACH and subject.are_fields and not _EACH.search(text, demand.low, demand.high):
            other.setdefault(Of.ALL, rate)  # the stricter reading
        elif demand.of not in {Of.NOTHING, Of.DISTANCE}:
            other.setdefault(demand.of, rate)
    labels, unknown = _told(text, labels, unknown, subject)
    every = other.get(Of.ALL)
    usual = max(PASS_RATE, bar or (0.0 if every is None else every.share))  # never is not less than usual
    known = dict(subject.labels)
    if not (labels or unknown):
        never = _unrated(text, _sought_first(known) or known, usual, are_fields=subject.are_fields)
        labels = {label: _rated_after(text, rate, every) or rate for label, rate in never.items()}
    if not (answers or subject.are_fields):
        answers = _precise(text, known, bar or (PASS_RATE if every is None else every.share))
    return Asked(labels, answers, every, other.get(Of.EACH), other.get(Of.EACH_ANSWER), group, unknown)


def _told(
    text: str, labels: dict[str, Rate], unknown: tuple[Of, Rate] | None, subject: Subject
) -> tuple[dict[str, Rate], tuple[Of, Rate] | None]:
    """Return the labels' rates, or none and the first as of an unknown label, if it is not said which is whose.

    "85 names of 100, of the villages 70", where these are PER and LOC.
    """
    if len(labels) < TWO or named(text, dict(subject.labels), by=any):
        return labels, unknown
    return {}, unknown or (Of.LABEL, next(iter(labels.values())))


def _rated_after(text: str, never: Rate, every: Rate | None) -> Rate | None:
    """Return the rate that the clause right after says of what must not be missed: "hardly ever, at most one in 20"."""
    for each in rates(text):
        between = text[never.end : each.start]
        is_next = each.start >= never.end and not _SENTENCE.search(between)
        is_next &= every is None or each.start != every.start
        if is_next and len(_WORD.findall(between)) <= _FEW_WORDS and each.share >= _HALF:
            return each._replace(start=never.start, is_bar=True)
    return None


def _is_of_none(text: str, demand: Demand, subject: Subject) -> bool:
    """Return whether a demand is rather of all answers than of its labels.

    So it is if these are numbers that the text lacks, or answers that it is not surely about and does not name.
    """
    labels = dict(subject.labels)
    if demand.of is Of.ANSWERS and demand.chance < SURELY and subject.labels:
        begins = max((at.end() for at in _SENTENCE.finditer(text, 0, demand.low + 1)), default=0)
        spoken = text[begins : demand.high]
        return not (named(spoken, labels) or say.FALSE_ALARM.search(spoken) or _SAYS.search(spoken))
    said = named(text, labels, by=any)
    return bool(demand.names) and all(each.isdecimal() and each not in said for each in demand.names)


def _span(text: str, demand: Demand) -> tuple[int, int]:
    """Return the bounds of a demand's part of its clause, without blanks and signs around it."""
    said = text[demand.low : demand.high]
    left = len(said) - len(said.lstrip(" \n,;:.-("))
    return demand.low + left, max(demand.end, demand.low + len(said.rstrip(" \n,;:-(")))


def without_rated(text: str) -> str:
    """Return a text without the clauses that say how often something must be right; all of it if nothing is left."""
    rated = [clause(text, each.start, each.end) for each in rates(text) if not each.is_fact]
    parts = zip(*clause_bounds(text), strict=True)
    kept = [text[start:end] for start, end in parts if not any(low < end and start < high for low, high in rated)]
    return ". ".join(kept) if any(map(str.strip, kept)) else text


def _precise(text: str, labels: Mapping[str, int], bar: float) -> dict[str, Rate]:
    """Return the overall rate for the answers that name a label, if there may be no false one.

    "No false alarms", "a false alarm is worse than a miss". The label is the one named, else the one sought.
    """
    sought = _sought_first(labels)
    found: dict[str, Rate] = {}
    for at in [*said_so(text), *say.FALSE_ALARM.finditer(text), *_WORSE_THAN.finditer(text)] if len(labels) > 1 else ():
        start, end = clause(text, *at.span())
        if at.re is _SAYS and end + 1 < len(text):  # "when it says spam, it must be right"
            end = clause(text, end + 1, end + 1)[1]
        own = named(text[start:end], labels) or [*sought][:1] or _rare(labels)
        is_rated = any(start <= each.start < end for each in rates(text))
        if len(own) == 1 and not is_rated and _is_precise(text, at, start, end):
            found.setdefault(own[0], Rate(bar, start, end, is_bar=False, is_number=False))
    return found


def said_so(text: str) -> Iterator[re.Match[str]]:
    """Yield where a text speaks of what the model says; not of what a text says, "detect when it says urgent"."""
    every = rates(text)
    for at in _SAYS.finditer(text):
        low = clause(text, *at.span())[0]
        before = {word.casefold() for word in _WORD.findall(text[low : at.start()].rpartition(":")[2])}
        if before <= say.FILLERS or any(low <= each.start < at.start() for each in every):
            yield at


def _is_precise(text: str, at: re.Match[str], start: int, end: int) -> bool:
    """Return whether a clause without a rate says that what is said must be right."""
    if at.re is _SAYS:
        return _MUST_BE_RIGHT.search(text, start, end) is not None
    before = text[start : at.start()]
    if at.re is _WORSE_THAN:
        is_false = say.FALSE_ALARM.search(before) or say.WRONG.search(before) or _FALSE.search(before)
        return bool(is_false) and not say.MISSED.search(before)
    is_harmless = say.NO_MATTER.search(text, start, end) or _WORSE_THAN.search(before)
    return at.re is say.FALSE_ALARM and re.search(say.NONE, before, re.IGNORECASE) is not None and not is_harmless


def unclaimed(text: str) -> str:
    """Return the first clause that says that something must never be missed or wrong, or is the worse mistake."""
    weighed = (clause(text, *at.span()) for at in say.FALSE_ALARM.finditer(text))
    done = (clause(text, *at.span()) for at in _SUGGESTS.finditer(text))
    compared = (clause(text, *at.span()) for at in _WORSE_THAN.finditer(text))
    mistakes = (each for each in compared if say.WRONG.search(text, *each) or say.MISSED.search(text, *each))
    others = ((weighed, _WORSE), (mistakes, _WORSE_THAN), (done, _NEVER_DONE))
    told = (each for found, words in others for each in found if words.search(text, *each))
    for start, end in chain(_failures(text, are_fields=True), told):
        if _is_forbidden(text, start, end):
            return text[start:end].strip()
    return ""


def _is_forbidden(text: str, start: int, end: int) -> bool:
    """Return whether a clause about missing something says that it must not be."""
    return any(words.search(text, start, end) for words in (say.NEEDED, _NONE))


def _failures(text: str, *, are_fields: bool) -> Iterator[tuple[int, int]]:
    """Yield each clause about missing something; of fields also those about being wrong that say "never".

    What may be missed, "it is fine to miss a few", "a wrong one is worse than a missed one", is none.
    """
    parts = [(at, clause(text, *at.span())) for at in say.MISSED.finditer(text)]
    missed = dict.fromkeys(part for at, part in parts if not _WORSE_THAN.search(text, part[0], at.start()))
    for each in missed:
        is_demand = _NONE.search(text, *each) or not say.PERMITTED.search(text, *each)
        if is_demand and not say.NO_MATTER.search(text, *each):
            yield each
    wrong = dict.fromkeys(clause(text, *at.span()) for at in say.WRONG.finditer(text)) if are_fields else ()
    yield from (each for each in wrong if _IS_NEVER.search(text, *each))


def _sought_first(labels: Mapping[str, int]) -> Mapping[str, int]:
    """Return a yes as the rarer of two labels, whose no is never named: "no lead may be missed"; empty for others."""
    yes, no = ([label for label in labels if decision(label) is of] for of in (True, False))
    return {yes[0]: 1, "": 9} if len(labels) == TWO and yes and no else {}


def _unrated(text: str, labels: Mapping[str, int], share: float, *, are_fields: bool) -> dict[str, Rate]:
    """Return the label that must not be missed or must be right, or the field that must never be wrong.

    Without a rate of its own.
    """
    for start, end in _failures(text, are_fields=are_fields) if len(labels) > 1 else ():
        behind = _IN_BRACKETS.match(text, end)  # "any dyspnoea (symptom_3)"
        own = named(text[start:end], labels) or named(behind[0] if behind else "", labels)
        own = own or _by_a_word(text, start, end, labels)
        own = own or (_rare(labels) if _is_forbidden(text, start, end) else [])
        # "Missed delivery" is a label, no demand.
        if 0 < len(own) < len(labels) and not any(map(say.MISSED.search, own)):
            return dict.fromkeys(own, Rate(share, start, end, is_bar=True, is_number=False))
    for start, end in dict.fromkeys(clause(text, *at.span()) for at in _IS_NEVER.finditer(text)):
        if mistaken := _taken_for(text[start:end], labels):
            return {mistaken: Rate(share, start, end, is_bar=True, is_number=False)}
    for start, end in dict.fromkeys(clause(text, *at.span()) for at in _MUST_BE_RIGHT.finditer(text)):
        own = [] if any(start <= each.start < end for each in rates(text)) else named(text[start:end], labels)
        if len(own) == 1 < len(labels):
            return dict.fromkeys(own, Rate(share, start, end, is_bar=True, is_number=False))
    return {}


def _taken_for(spoken: str, labels: Mapping[str, int]) -> str:
    """Return the true label of a confusion that a clause names, "a threat as harmless"; "" if it names none."""
    own = sorted((label for label in labels if label), key=len, reverse=True)
    at = list(re.finditer("|".join(map(re.escape, own)), spoken, re.IGNORECASE)) if own else []
    if len(at) != TWO or at[0][0].casefold() == at[1][0].casefold():
        return ""
    first = next((label for label in own if label.casefold() == at[0][0].casefold()), "")
    return first if _AS.search(spoken, at[0].end()) else ""


def _by_a_word(text: str, start: int, end: int, labels: Mapping[str, int]) -> list[str]:
    """Return the label that a clause names by a word unique to it: "a crack" for "blade crack".

    The rest of the text has it in that label alone, and the label is no negation: "a defect" is not "no defect".
    """
    found = named(text[start:end], labels, by=any)
    if len(found) != 1 or re.search(_NONE, found[0]):
        return []
    whole = re.compile(re.escape(found[0]), re.IGNORECASE)
    inside, outside = (_WORD.findall(whole.sub(" ", part)) for part in (text[start:end], text[:start] + text[end:]))
    own = [word.casefold() for word in _WORD.findall(found[0])]
    said = {word for word in own for each in inside if len(word) >= SHORTEST and is_form(word, each.casefold())}
    is_elsewhere = any(is_form(word, each.casefold()) for word in said for each in outside)
    return found if said - say.FILLERS and not is_elsewhere else []


def _rare(labels: Mapping[str, int]) -> list[str]:
    """Return the rarer of two labels if few rows have it."""
    rarer = min(labels, key=labels.__getitem__)
    return [rarer] if len(labels) == TWO and labels[rarer] <= _RARE * sum(labels.values()) else []
