"""Rates that the words demand for single labels: "find at least 95% of the urgent ones, the rest 80%"."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise

from advisor.families.sentence_similarity import decision
from advisor.interview.text import vocabulary as say
from advisor.interview.text.rates import Rate, clause, is_today, rates, shares
from advisor.task import PASS_RATE

_WORD = re.compile(r"[^\W_]+")
_LEAST = 0.5
_NEAR = 24
# "say 95%": a rate with no more words around it belongs to the previous clause.
_FEW_WORDS = 1
# "97% on intent", but not "in 70% of invoices the date is missing".
_FEW_BESIDE_A_FIELD = 4
_FEW_BESIDE_A_LABEL = 2
# Words from a rate to the label that it is of: "95% of all the yes".
_OF = 4
# Conjunctions before the last of several labels that are alternatives.
_OR = re.compile(rf"{say.said('either')}|/", re.IGNORECASE)
# "with an accuracy of 80%" is about everything; a recall is about the named labels.
_WITH = re.compile(
    rf"(?:{say.said('with')})(?:\s+[^\W\d_]{{1,5}}['\N{{RIGHT SINGLE QUOTATION MARK}}]?)?\s*$", re.IGNORECASE
)
_JOINS = re.compile(
    rf"{say.said('with')}|{say.said('of')}|\b(?:beim|zum|für|for|pour|para|por|per|voor|för|dla|для)\b", re.IGNORECASE
)
_COMMAS = (",", "、")
_PARTS = re.compile(rf",|{say.said('or')}", re.IGNORECASE)
_AND = re.compile(rf"\W*(?:{say.said('and')})", re.IGNORECASE)
_SENTENCE_ENDS = re.compile(r"[.;!?\n。]")
_RECALL = re.compile(say.said("recall"), re.IGNORECASE)
# A word is a form of a label if it shares all but this many of its last letters; shorter labels have no other forms.
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
_SUGGESTS = re.compile(say.said("suggests"), re.IGNORECASE)
_NEVER_DONE = re.compile(rf"{say.NONE}|\bno (?:me|nos|se)\b", re.IGNORECASE)
_IS_NEVER = re.compile(say.NEVER, re.IGNORECASE)
# Of two labels the one with at most this share of rows is the one sought.
TWO, _RARE = 2, 0.3


def label_bars(
    text: str, labels: Mapping[str, int], bar: float | None = None, *, are_fields: bool = False
) -> tuple[dict[str, Rate], Rate | None]:
    """Return the rates that a text demands for some labels, and the one that it demands for all others.

    A rate after a list of labels, or of overall accuracy, is for no single label. What "may be missed" is named in that
    clause or an earlier one about missing; if in none, it is the rarer of two labels, as is what must be caught. What
    must be found and is not named there is the one label that the text names, or a rare one. A label that must not be
    missed, without a rate of its own, gets the overall rate.

    Args:
        text: The task in words.
        labels: The labels, with their numbers of examples.
        bar: The overall rate, if the user gave it otherwise than in the text.
        are_fields: Whether they are fields of one answer: a rate beside one says how often it must be right, where one
            beside a label may say how frequent it is, unless another label also has more than half.
    """
    are_rated = len(labels) > 1 and _are_rated(text, labels)
    labels = labels if are_rated else _sought_first(labels) or labels
    found: dict[str, Rate] = {}
    beside: dict[str, Rate] = {}
    others, plain, of_rest = list[Rate](), list[float](), list[float]()
    said = rates(text) if labels else []
    every = sorted([*said, *_bare(text, said, labels, are_fields=are_fields)], key=lambda rate: rate.start)
    for rate in every:
        whole, (start, end) = clause(text, rate.start, rate.end), _own_part(text, rate, every, labels)
        is_missed = say.MISSED.search(text, *whole) is not None
        if is_missed and rate.share < _LEAST:
            rate = rate._replace(share=1 - rate.share)  # noqa: PLW2901
        is_no_demand = say.FALSE_ALARM.search(text, *whole) or is_today(text, rate.start, rate.end)
        if is_no_demand or not _LEAST < rate.share < 1:
            continue
        is_rest = say.REST.search(text, start, end) is not None
        around = _WORD.findall(f"{text[start : rate.start]} {text[rate.end : end]}")
        in_brackets = text[:start].endswith("(")  # "all bugs must be found (97%)"
        is_bare = (in_brackets or not rate.is_bar) and len(around) <= _FEW_WORDS
        is_overall = _is_overall(text, rate, start, end, labels if are_fields else {})
        if start and is_bare and not (is_rest or is_overall) and not _named(text[start:end], labels):
            start = clause(text, start - 1, start - 1)[0]
            whole = start, whole[1]
        is_terse = len(around) <= _FEW_BESIDE_A_FIELD
        is_beside_field = is_terse and are_fields
        is_of_all = (
            is_rest
            or is_overall
            or _is_of_all(text, start, rate, every, labels, may_be_with=not (is_beside_field or are_rated))
        )
        named = [] if is_of_all else _named_by(text, rate, start, end, labels)
        is_caught = is_missed or (say.CAUGHT.search(text, *whole) is not None and not is_of_all)
        named = named or (_missed_before(text, start, labels) if is_missed else [])
        if not (named or is_of_all) and say.FOUND.search(text, *whole):
            named = _sought(text, labels)
        if is_caught and not named and len(labels) == TWO:
            named = [min(labels, key=labels.__getitem__)]
        is_asked = is_beside_field or rate.is_bar or _demands(text, *whole)
        is_asked |= _is_elliptic(around, named) and _demands(text, _sentence(text, start), start)
        if is_asked and 0 < len(named) < len(labels):
            found |= dict.fromkeys(named, rate)
            continue
        others.append(rate._replace(is_fact=False) if is_rest or is_overall else rate)
        of_rest += [rate.share] if is_rest else []
        if is_terse and len(named) == 1:
            beside[named[0]] = rate
            plain += [] if say.BE.search(text, start, end) else [rate.share]
    # More than half each, so they are no shares of the inputs; "60% are spam, 90% of the rest must be right" says one.
    if len(beside) > 1 or any(rest < share for rest in of_rest for share in plain):
        found, others = beside | found, [each for each in others if each not in beside.values()]
    rest = min((rate for rate in others if not rate.is_fact), key=lambda rate: not rate.is_bar, default=None)
    usual = bar or (PASS_RATE if rest is None else rest.share)
    return found or _unrated(text, labels, usual, are_fields=are_fields), rest


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


def _are_rated(text: str, labels: Mapping[str, int]) -> bool:
    """Return whether a rate follows each label at once: "yes 95%, no: at 80%"."""
    before = [_JOINS.sub(" ", text[: rate.start].casefold()).rstrip(" :=>") for rate in shares(text)]
    return all(any(re.search(rf"(?<!\w){re.escape(label.casefold())}$", each) for each in before) for label in labels)


def _bare(text: str, said: Sequence[Rate], labels: Mapping[str, int], *, are_fields: bool) -> list[Rate]:
    """Return the percentages without a sign beside one name, or the rest, and nothing else: "amount 95, others 80".

    Beside labels they are counts unless a rate with a sign is in their sentence, beside another name or the rest.
    """
    taken, every = {rate.start for rate in said}, shares(text)
    plain = [Rate(each.value, each.start, each.end, is_bar=False) for each in every if each.form == "bare"]
    plain = [rate for rate in plain if rate.start not in taken]
    found = []
    signed = {_sentence(text, each.start) for each in every if each.form != "bare"}
    for rate in plain if are_fields else [rate for rate in plain if _sentence(text, rate.start) in signed]:
        start, end = _own_part(text, rate, sorted([*said, *plain], key=lambda each: each.start), labels)
        around = f"{text[start : rate.start]} {text[rate.end : end]}"
        words = _WORD.findall(_JOINS.sub(" ", say.REST.sub(" ", around)))
        further = [word for word in words if word.casefold() not in say.FILLERS and not _named(word, labels, by=any)]
        if not further and (len(_named(around, labels)) == 1 or say.REST.search(around)):
            found.append(rate)
    return found


def _is_elliptic(around: Sequence[str], named: Sequence[str]) -> bool:
    """Return whether a rate has a label beside it and no verb: "80% of bugs" after "95% of spam must be found"."""
    others = len(around) - sum(len(_WORD.findall(label)) for label in named)
    return others <= _FEW_BESIDE_A_LABEL and not say.BE.search(" ".join(around))


def _sentence(text: str, at: int) -> int:
    """Return where the sentence begins that a place is in."""
    return max((end.end() for end in _SENTENCE_ENDS.finditer(text, 0, at)), default=0)


def _missed_before(text: str, at: int, labels: Mapping[str, int]) -> list[str]:
    """Return the labels that the nearest earlier clause about missing names."""
    named: list[str] = []
    while at and not named:
        at, until = clause(text, at - 1, at - 1)
        if say.MISSED.search(text, at, until):
            named = _named(text[at:until], labels) or _named(text[at:until], labels, by=any)
    return named


def _own_part(text: str, rate: Rate, every: Sequence[Rate], labels: Mapping[str, int]) -> tuple[int, int]:
    """Return the bounds of a rate's clause; of one with several rates its own part.

    What is between two rates is parted by its last conjunction; without one it belongs to the rate before it, or behind
    it where labels precede the first rate.
    """
    low, high = clause(text, rate.start, rate.end)
    colon = text.rfind(":", low, rate.start)
    low = colon + 1 if colon > low and _named(text[colon:high], labels) else low  # before it there is a list of all
    bounds = [each for each in every if low <= each.start and each.end <= high]
    follow = bool(_named(text[low : min((each.start for each in bounds), default=low)], labels))
    for one, other in pairwise(bounds):
        parted = [at.span() for at in _PARTS.finditer(text, one.end, other.start)]
        end, start = parted[-1] if parted else (one.end, one.end) if follow else (other.start, other.start)
        if other is rate:
            low = start
        elif one is rate:
            high = end
    return low, high


def _demands(text: str, start: int, end: int) -> bool:
    """Return whether a clause, or the one before it if it begins with "and", says what must be found or right."""
    start = clause(text, start - 1, start - 1)[0] if start and _AND.match(text, start) else start
    asking = (say.FOUND, say.MISSED, say.RIGHT, say.NEEDED, say.SAYS_AT_LEAST)
    return any(words.search(text, start, end) for words in asking)


def _is_overall(text: str, rate: Rate, start: int, end: int, fields: Mapping[str, int]) -> bool:
    """Return whether a rate is for all inputs: "90% overall", in its clause and only a few words away.

    A field may be called total, but "in total" is none.
    """
    near = max(start, rate.start - _NEAR), min(end, rate.end + _NEAR)
    at = say.OVERALL.search(text, *near)
    return at is not None and (len(at[0].split()) > 1 or not _named(at[0], fields))


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


def _is_of_all(
    text: str, start: int, rate: Rate, every: Sequence[Rate], labels: Mapping[str, int], *, may_be_with: bool
) -> bool:
    """Return whether a rate is for a whole list of labels or overall, and not for the named ones."""
    before = text[start : rate.start]
    named = _named(before, labels)
    if say.REST.search(text) or not named or _RECALL.search(text, *clause(text, rate.start, rate.end)):
        return False
    earlier = text[:start].rstrip()
    ends_so = earlier[-1:] in _COMMAS and _named(" ".join(_WORD.findall(earlier)[-1:]), labels, by=any)
    begins_so = _named(" ".join(_WORD.findall(before)[:2]), labels, by=any)
    is_listed = ends_so and begins_so and not set(begins_so) & set(_named(earlier, labels))
    low = clause(text, start - 1, start - 1)[0] if start else start
    is_listed = is_listed and not any(low <= each.start < start for each in every)  # "95% in total, amount 99%"
    is_either = len(named) > 1 and _OR.search(before) is not None
    return bool(is_listed) or is_either or (may_be_with and _WITH.search(before) is not None)


def _sought(text: str, labels: Mapping[str, int]) -> list[str]:
    """Return the label to be found: the one that the text names, or the rare one of two."""
    named = _named(text, labels)
    return named if len(named) == 1 else [] if named else _rare(labels)


def _named_by(text: str, rate: Rate, start: int, end: int, labels: Mapping[str, int]) -> list[str]:
    """Return the labels that a rate's clause names; of all, those behind the rate: "no more than 1 in 20 yes"."""
    named = _named(text[start:end], labels)
    behind = _WORD.findall(text[rate.end : end])[:_OF] if len(named) == len(labels) else ()
    return _named(" ".join(behind), labels) or named


def _named(text: str, labels: Mapping[str, int], by: Callable[[Iterable[bool]], bool] = all) -> list[str]:
    """Return the labels whose words (`by`: all, any) a text names, in any form, except those within another label."""
    said = {word.casefold() for word in _WORD.findall(text)}
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
    return word == label or (len(label) >= _SHORTEST and word.startswith(stem))
