"""Rates that the words demand for single labels: "find at least 95% of the urgent ones, the rest 80%"."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise

from advisor.families.sentence_similarity import decision
from advisor.interview.text import vocabulary as say
from advisor.interview.text.rates import Rate, clause, clause_bounds, is_today, rates
from advisor.task import PASS_RATE

_WORD = re.compile(r"[^\W_]+")
# Of two rates that are demanded each has more than half, and no more other words beside its label than this.
_LEAST, _FEW = 0.5, 3
# "with an accuracy of 80%" is about everything; a recall is about the named labels.
_WITH = re.compile(
    rf"(?:{say.said('with')})(?:\s+[^\W\d_]{{1,5}}['\N{{RIGHT SINGLE QUOTATION MARK}}]?)?\s*$", re.IGNORECASE
)
_SENTENCE = re.compile(r"[.;!?\n\u3002](?!\d)")
_PARTS = re.compile(rf",|{say.said('or')}", re.IGNORECASE)
_RECALL = re.compile(say.said("recall"), re.IGNORECASE)
# A word is a form of a label if it shares all but this many of its last letters; shorter labels have only a plural.
_ENDING, _SHORTEST = 1, 4
_IN_BRACKETS = re.compile(r"\([^()\n]*\)")
# Words for none and never, and for worse, which make missing something a demand.
_WORSE = re.compile(
    r"\b(?:worse|schlimmer|pire|peor|peggio|pior|erger|gorsz\w*|хуже|värre|værre|verre|daha kötü|disaster"
    r"|[ck]atastroph\w*|fatal\w*|unacceptable|inacceptable)\b",
    re.IGNORECASE,
)
_WORSE_THAN = re.compile(say.said("worse"), re.IGNORECASE)
_NONE = re.compile(rf"{say.NONE}|\bany\b|{_WORSE.pattern}|{_WORSE_THAN.pattern}", re.IGNORECASE)
# "Must be right on the urgent ones".
_MUST_BE_RIGHT = re.compile(rf"(?:{say.said('must')})(?:\W+\w+){{0,3}}?\W+(?:{say.said('right')})", re.IGNORECASE)
_ENOUGH = re.compile(rf"{say.said('enough')}|{say.PERMITTED.pattern}", re.IGNORECASE)
_SAYS, _PRECISION = (re.compile(say.said(each), re.IGNORECASE) for each in ("when_said", "precision"))
_FALSE = re.compile(r"\bfalse\b", re.IGNORECASE)  # "a false duplicate"
_OF_ALL = re.compile(f"{say.OVERALL.pattern}|{say.REST.pattern}", re.IGNORECASE)
_EACH = re.compile(say.said("each"), re.IGNORECASE)
_SUGGESTS = re.compile(say.said("suggests"), re.IGNORECASE)
_NEVER_DONE = re.compile(rf"{say.NONE}|\bno (?:me|nos|se)\b", re.IGNORECASE)
_IS_NEVER = re.compile(say.NEVER, re.IGNORECASE)
# Of two labels the one with at most this share of rows is the one sought.
TWO, _RARE = 2, 0.3


def label_bars(
    text: str, labels: Mapping[str, int], bar: float | None = None, *, are_fields: bool = False
) -> tuple[dict[str, Rate], Rate | None]:
    """Return the rates that a text demands for single labels, and the one that it demands for all others.

    A rate is one label's if its part of a clause names that alone and says what must be right or found; one with an
    accuracy is of all. What must be caught, or may be missed, is the rarer of two labels where none is named. A label
    that must not be missed, without a rate of its own, gets the overall rate.

    Args:
        text: The task in words.
        labels: The labels, with their numbers of examples.
        bar: The overall rate, if the user gave it otherwise than in the text.
        are_fields: Whether they are fields of one answer, of which several may have one rate.
    """
    labels = _sought_first(labels) or labels
    found: dict[str, Rate] = {}
    others: list[Rate] = []
    missed: list[Rate] = []
    said = rates(text) if labels else []
    parts = [_own_part(text, rate, said, labels) for rate in said]
    are_several = sum(_LEAST < rate.share < 1 for rate in said) > 1 and all(
        _named(text[low:high], labels) or any(each.search(text, low, high) for each in (say.REST, _EACH))
        for low, high in parts
    )
    for rate, (start, end) in zip(said, parts, strict=True):
        whole = clause(text, rate.start, rate.end)
        is_missed = say.MISSED.search(text, *whole) is not None
        if is_missed and rate.share < _LEAST:
            rate = rate._replace(share=1 - rate.share)  # noqa: PLW2901
        if say.FALSE_ALARM.search(text, *whole) or is_today(text, rate.start, rate.end) or not _LEAST < rate.share < 1:
            continue
        before, behind = text[start : rate.start], text[rate.end : end]
        is_rest = is_of_rest(text, start, end)
        is_with = _WITH.search(before) and _named(before, labels) and not (are_fields or say.REST.search(text))
        of_all = say.OVERALL.search(text, start, end)  # a field may be called "total"
        is_overall = of_all is not None and (" " in of_all[0] or not _named(of_all[0], labels))
        is_of_all = is_rest or is_overall or (is_with and not _RECALL.search(text, *whole))
        named = [] if is_of_all else _named(f"{before} {behind}", labels)
        if not (named or is_of_all) and len(labels) == TWO and (is_missed or say.CAUGHT.search(text, *whole)):
            named = [min(labels, key=labels.__getitem__)]
        elif not (named or is_of_all) and say.FOUND.search(text, *whole):
            own = _named(text, labels)
            named = own if len(own) == 1 else [] if own else _rare(labels)
        if is_missed and not (named or is_of_all):  # "A and B are touchy, at most 5 in 100 of these may be missed"
            sentence = max((at.end() for at in _SENTENCE.finditer(text, 0, start)), default=0)
            named = _named(text[sentence:start], labels)
        # "Intent 97%, the rest 90%", but a share of the inputs in "80% are spam".
        further = len(_WORD.findall(f"{before} {behind}")) - sum(len(_WORD.findall(each)) for each in named)
        is_beside = further <= _FEW and (are_fields or are_several) and not say.BE.search(text, start, end)
        most = len(labels) - 1 if are_fields else max(1, len(labels) // 2)
        is_content = are_fields and _ENOUGH.search(text, *whole) is not None
        if 0 < len(named) <= most and (rate.is_bar or is_beside or is_content or _demands(text, *whole)):
            found |= dict.fromkeys(named, rate)
        else:
            missed += [rate] * (is_missed and not is_of_all)
            others.append(rate._replace(is_fact=rate.is_fact and not is_rest))
    rest = min((rate for rate in others if not rate.is_fact), key=lambda rate: not rate.is_bar, default=None)
    usual = max(PASS_RATE, bar or (0.0 if rest is None else rest.share))  # never is not less than usual
    if not found and len(missed) == 1:  # "what hurts is a missed fraud: no more than 1 in 20 of those may slip through"
        found = dict.fromkeys(_unrated(text, labels, missed[0].share, are_fields=are_fields), missed[0])
        rest = next((rate for rate in others if rate is not missed[0] and rate.is_bar), None) if found else rest
    return found or _unrated(text, labels, usual, are_fields=are_fields), rest


def without_rated(text: str) -> str:
    """Return a text without the clauses that say how often something must be right; all of it if nothing is left."""
    rated = [clause(text, each.start, each.end) for each in rates(text) if not each.is_fact]
    parts = zip(*clause_bounds(text), strict=True)
    kept = [text[start:end] for start, end in parts if not any(low < end and start < high for low, high in rated)]
    return ". ".join(kept) if any(map(str.strip, kept)) else text


def is_of_rest(text: str, start: int, end: int) -> bool:
    """Return whether part of a clause is about all others, or the one before it is: "the rest may stray, say 80%"."""
    low, high = clause(text, start - 1, start - 1) if start > 1 else (0, 0)
    is_before = bool(say.REST.search(text, low, high)) and not rates(text[low:high])
    return say.REST.search(text, start, end) is not None or is_before


def precision_bars(text: str, labels: Mapping[str, int], bar: float) -> dict[str, Rate]:
    """Return the rates that a text demands of the answers that name a label, each with the bounds of its words.

    "When it says spam, 95% must be right", "at most 5% false alarms". Without a rate of its own, "no false alarms", "a
    false alarm is worse than a miss", it is the overall one. The label is the one named, else the one sought.

    Args:
        text: The task in words.
        labels: The labels, with their numbers of examples.
        bar: The overall rate.
    """
    every = rates(text) if len(labels) > 1 else []
    sought = _sought_first(labels)
    found: dict[str, Rate] = {}
    told = [*said_so(text), *_PRECISION.finditer(text), *say.FALSE_ALARM.finditer(text)]
    for at in [*told, *_WORSE_THAN.finditer(text)] if len(labels) > 1 else ():
        start, end = clause(text, *at.span())
        if at.re is _SAYS and end + 1 < len(text):  # "when it says spam, it must be right"
            end = clause(text, end + 1, end + 1)[1]
        named = _named(text[start:end], labels) or ([] if at.re is _PRECISION else [*sought][:1] or _rare(labels))
        near = [each for each in every if start <= each.start < end and _LEAST < each.share < 1]
        parts = [(each, *_own_part(text, each, every, labels)) for each in near if at.re is not _WORSE_THAN]
        own = [
            Rate(rate.share, min(low, at.start()), max(high, at.end()), is_bar=True)
            for rate, low, high in parts
            if (at.re is _SAYS or low <= at.start() < high) and not _OF_ALL.search(text, low, high)
        ]
        if not own and _is_precise(text, at, start, end):
            own = [Rate(bar, start, end, is_bar=False)]
        is_new = bool(own) and (own[0].is_bar or not {*named} & {*found})
        if len(named) == 1 and is_new and not is_today(text, start, end):
            found[named[0]] = own[0]
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


def _own_part(text: str, rate: Rate, every: Sequence[Rate], labels: Mapping[str, int]) -> tuple[int, int]:
    """Return the bounds of a rate's clause; of one with several rates its own part, up to the last conjunction.

    Without a conjunction what is between two rates belongs to the one before it, or behind it where labels come first.
    """
    low, high = clause(text, rate.start, rate.end)
    if low > 1 and not _WORD.search(f"{text[low : rate.start]} {text[rate.end : high]}"):
        before = clause(text, low - 2, low - 2)  # "an emergency must hardly ever get lost, of twenty at most one"
        low = before[0] if _IS_NEVER.search(text, *before) or say.MISSED.search(text, *before) else low
    colon = text.rfind(":", low, rate.start)
    low = colon + 1 if colon > low and _named(text[colon:high], labels) else low  # before it there is a list of all
    bounds = [each for each in every if low <= each.start and each.end <= high]
    follow = bool(_named(text[low : bounds[0].start], labels)) if bounds else False
    for one, other in pairwise(bounds):
        parted = [at.span() for at in _PARTS.finditer(text, one.end, other.start)]
        end, start = parted[-1] if parted else (one.end, one.end) if follow else (other.start, other.start)
        if other is rate:
            low = start
        elif one is rate:
            high = end
    return low, high


def _demands(text: str, start: int, end: int) -> bool:
    """Return whether a clause says what must be found or right."""
    asking = (say.FOUND, say.MISSED, say.RIGHT, say.NEEDED, say.SAYS_AT_LEAST)
    return any(words.search(text, start, end) for words in asking)


def _unrated(text: str, labels: Mapping[str, int], share: float, *, are_fields: bool) -> dict[str, Rate]:
    """Return the label that must not be missed or must be right, or the field that must never be wrong.

    Without a rate of its own.
    """
    for start, end in _failures(text, are_fields=are_fields) if len(labels) > 1 else ():
        behind = _IN_BRACKETS.match(text, end)  # "any dyspnoea (symptom_3)"
        named = _named(text[start:end], labels) or _named(behind[0] if behind else "", labels)
        named = named or _by_a_word(text, start, end, labels)
        named = named or (_rare(labels) if _is_forbidden(text, start, end) else [])
        # "Missed delivery" is a label, no demand.
        if 0 < len(named) < len(labels) and not any(map(say.MISSED.search, named)):
            return dict.fromkeys(named, Rate(share, start, end, is_bar=True))
    for start, end in dict.fromkeys(clause(text, *at.span()) for at in _MUST_BE_RIGHT.finditer(text)):
        named = [] if any(start <= each.start < end for each in rates(text)) else _named(text[start:end], labels)
        if len(named) == 1 < len(labels):
            return dict.fromkeys(named, Rate(share, start, end, is_bar=True))
    return {}


def _by_a_word(text: str, start: int, end: int, labels: Mapping[str, int]) -> list[str]:
    """Return the label that a clause names by a word unique to it: "a crack" for "blade crack".

    The rest of the text has it in that label alone, and the label is no negation: "a defect" is not "no defect".
    """
    named = _named(text[start:end], labels, by=any)
    if len(named) != 1 or re.search(_NONE, named[0]):
        return []
    whole = re.compile(re.escape(named[0]), re.IGNORECASE)
    inside, outside = (_WORD.findall(whole.sub(" ", part)) for part in (text[start:end], text[:start] + text[end:]))
    own = [word.casefold() for word in _WORD.findall(named[0])]
    said = {word for word in own for each in inside if len(word) >= _SHORTEST and _is_form(word, each.casefold())}
    is_elsewhere = any(_is_form(word, each.casefold()) for word in said for each in outside)
    return named if said - say.FILLERS and not is_elsewhere else []


def _rare(labels: Mapping[str, int]) -> list[str]:
    """Return the rarer of two labels if few rows have it."""
    rarer = min(labels, key=labels.__getitem__)
    return [rarer] if len(labels) == TWO and labels[rarer] <= _RARE * sum(labels.values()) else []


def _named(text: str, labels: Mapping[str, int], by: Callable[[Iterable[bool]], bool] = all) -> list[str]:
    """Return the labels whose words (`by`: all, any) a text names, in any form, except those within another label."""
    said = {word.casefold() for word in _WORD.findall(text)}
    said |= {say.BARE.sub("", word) for word in said if say.ARABIC.match(word)}
    parts = {label: [word.casefold() for word in _WORD.findall(label)] for label in labels}
    free = said.difference(*parts.values())  # "the highest" are not "high"
    named = {
        label: set(words)
        for label, words in parts.items()
        if words and by(word in said or any(_is_form(word, each) for each in free) for word in words)
    }
    return [label for label, words in named.items() if not any(words < others for others in named.values())]


def _is_form(label: str, word: str) -> bool:
    if say.UNSPACED.match(label):
        return label in word
    stem = label if len(label) <= _SHORTEST else label[:-_ENDING]
    is_plural = len(label) == _SHORTEST - 1 and word == f"{label}s"
    return word == label or is_plural or (len(label) >= _SHORTEST and word.startswith(stem))
