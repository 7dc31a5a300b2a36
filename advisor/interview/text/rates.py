"""Rates in words: "95%", "9 sur 10", "two thirds", "every twentieth wrong", ">= 0.7".

Each is found first, then classified by the words around it: how often answers must be right, how often they may be
wrong, or something else. An ambiguous one is returned as such, so that the user is asked about it and it is never
ignored.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from advisor.interview.text import vocabulary as say
from advisor.interview.text.numerals import NTH, Number, apart, numbers
from advisor.interview.text.percents import SIGN, ranges, tenths
from advisor.interview.text.spans import number
from catalog.query.gloss import gloss

_I = re.IGNORECASE
_HALF = 0.5
_LEVELS = {say.PERFECT: 0.99, say.ALWAYS: 0.95, say.AS_PEOPLE: 0.95, say.USUALLY: 0.9, say.CHANCE: _HALF}
_PERCENT_AFTER = re.compile(rf"(?:-?ish)?\+?\s*{SIGN}", _I)
_PERCENT_BEFORE = re.compile(r"(?:\byüzde|百分之|(?<!\d)(?<!\d\s)%)\s*$", _I)
# Between a part and its whole: two nouns at most before the word that joins them, another behind it, "in a batch of".
_IS_OF = re.compile(
    rf"\s?(?:[^\W\d_]+\s){{0,2}}?\w{{0,2}}?\s?(?:{say.said('of')})"
    rf"(?:\s[^\W\d_]+\s[^\W\d_]+\s(?:{say.said('of')}))?(?:\s[^\W\d_]+)?\s?\w{{0,4}}\s?", _I,
)  # fmt: skip
_BEFORE_WHOLE = re.compile(rf"(?:{say.said('of')})\s(?:[^\W\d_]+\s)?$", _I)
_PARTED = re.compile(rf"[.,;:!?()、。\N{{EN DASH}}\N{{EM DASH}}-]|{say.said('or')}", _I)
_MOST_BETWEEN, _SHORT, _LONG = 3, 3, 5
# Of words only such wholes are usual, of digits only round ones, unless a word joins them.
_WHOLES = frozenset({3, 4, 5, 10, 20, 50, 100, 200, 1000})
ROUNDS = frozenset({10.0, 20.0, 50.0, 100.0, 1000.0})
# Endings that mean "of" in Turkish, Finnish and Hungarian: "beşte dört", "5'te 4".
_FROM = re.compile(r"[td][ea]n?|st[aä]|b?[őó]l", _I)
_OF_DIGITS = re.compile(rf"['\u2019:-]?(?:{_FROM.pattern})\s", _I)
_HALVES = re.compile(
    r"\bhalf (?:of (?:the|all|them)|the|of)(?! (?:latency|time|size|memory|cost|price|speed|v?ram|weights))\b"
    rf"|\bhalf(?=\s+(?:is|are|will|would|right|correct)\b)|\bone half\b|{say.said('a_half')}", _I,
)  # fmt: skip
_NTH = re.compile(
    rf"(?:{say.said('each')})\s+(?:(?P<word>{'|'.join(NTH)})\w{{0,3}}\b"
    r"|(?P<digits>\d{1,4})(?:st|nd|rd|th|\.|te|ste|e|º|ª)?(?!\w))", _I,
)  # fmt: skip
_DECIMAL = re.compile(
    r"(?<![\w.,])(?:0[.,]\d{1,4}|\.\d{1,4})(?![\d%]|\s*%|[.,]\d|\s*(?:s|sec|seconds?|ms|gb|mb|b)\b)", _I
)
_EACH_BEFORE = re.compile(rf"(?:{say.said('each')}|\b(?:tous les|toutes les))\s+\Z", _I)
_PERMILLE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:‰|per ?mill?e\b|promille\b|промилле\b)", _I)
_HALF_PERCENT = re.compile(rf"(?:{say.HALF})\s(?:[^\W\d_]{{1,4}}\s)?(?:{SIGN})", _I)
# "accuracy 99.5": a number that means a percentage, if nothing else is counted.
_BEFORE_BARE = re.compile(r"(?<![\w.,/%$€£-])")
_BEHIND_BARE = re.compile(rf"-?ish\b|(?={say.OR_MORE.pattern})|(?![\w%/-]|[.,:]\d|\s*(?:[^\W\d_]{{1,3}}\b)?\s*\d)", _I)
_BARE_DIGITS = re.compile(r"\d\d(?:[.,]\d{1,2})?")
_REACH, _BEFORE = 20, 80
_NOUN = re.compile(r"\s+[^\W\d_]{3,}")

# Tolerance of a number: "within 2 points", "± 5%", "give or take 3", "auf 2 Punkte genau", "inom 25 %".
_BEFORE_OFF = re.compile(
    rf"(?:(?:(?P<plain>{say.said('off_by')})(?: (?:at most|up to|less than|under|no more than))?"
    rf"|(?P<by>{say.said('within')}))\s+|(?P<sign>±|\+/?-|(?:誤差|误差|相差|오차)(?:は|が|在)?"
    r"|差(?:不超[过過]|小[于於]))\s*)(?:eine[nr]?\s+|une?\s+|een\s+)?$",
    _I,
)  # fmt: skip
# "A deviation of up to 3 points", "Abweichung bis 3 Punkte", "se tromper de 2 points".
_BEFORE_ERROR = re.compile(
    rf"(?:(?P<deviation>{say.said('deviation')})|{say.said('error')})\s+"
    rf"(?P<to>(?:(?:{say.said('up_to')}|{say.said('at_most')})['\N{{RIGHT SINGLE QUOTATION MARK}}\s]+){{0,3}})$", _I,
)  # fmt: skip
_STEPS = say.said("steps")
_STEP = re.compile(rf"[\s-]+({_STEPS})", _I)
# What follows a tolerance: a word for grades, or the end of what is said.
_ENDS = re.compile(
    rf"[\s-]+(?:{_STEPS})|\s*(?:[.,;:!?)]|$|\s(?:{say.said('holds')}|{say.said('at_most')}|(?:in|for)\s+\d))", _I
)
_NO_NOUN = re.compile(r"\s+(?:d[ei]?\b|daneben|ernaast)", _I)
_HOLDS = re.compile(rf"\s+(?:{say.said('holds')})", _I)
_HALF_STEP = re.compile(rf"(?:{say.HALF})(?:\s+an?)?(?=[\s-]+(?:{_STEPS}))", _I)
_HALF_POINT = re.compile("半(?=[点點分级級段])")
_EXACTLY = re.compile(r"[\s-]*(?:[^\W\d_]+\s+)?(?:près|genau)\b", _I)
# "One star off is fine", "ein Punkt daneben", "1点のずれ".
_STRAY = re.compile(
    rf"\s+(?:(?P<step>{_STEPS})\s+(?:(?:off|out|away)\b|too high or (?:too )?low\b|{say.said('apart')}"
    rf"|{say.WRONG.pattern})|{say.said('apart')}"
    r"|off(?=\s+(?:(?:is|are|still|counts?|ok|fine)\b|(?:in|for)\s+\d)))(?!\w)"
    r"|(?P<off>[点つ级級段점]?\s?(?:まで|以内)?の?\s?(?:ずれ|ズレ|差|誤差|误差|차이)|[点级級段점]\s?(?:以内|이내))", _I,
)  # fmt: skip
# Of places, in many languages.
FIRST = (
    "first|ersten|oberste[nr]?|vorderen|premiers|premières|primeros|primeras|primi|prime|primeir[oa]s|eerste|bovenste"
    "|första|översta|første|øverste|pierwszych|pierwsze"
    "|перв(?:ых|ые|ыми)|перши[хм]|prvních|prvé|ensimmäis\\w+|első|primele|primii|ilk|πρώτ(?:ες|α|ων)|pertama|đầu tiên"
)
_OF_FIRST = re.compile(rf"\s(?:{FIRST})\b|以上(?:ずれ|ズレ)", _I)
_EITHER_WAY = re.compile(rf"(?:[\s-]+[^\W\d_]+){{0,3}}?\s+(?:{say.said('either_way')}|too\s\w+\sor\stoo\s\w+)", _I)
_IS_OFF = re.compile(rf"{say.WRONG.pattern}|\boff\b|{say.said('either_way')}|too\s\w+\sor\stoo\s\w+", _I)
_HALF_OF = re.compile(rf"\b(?:{say.HALF})(?=[\s'-])|半", _I)
_UNIT = "|".join(f"(?P<of{size:.0f}>{words})" for size, words in say.TIMES.items())
_TIME = re.compile(rf"[\s'-]*(?:(?:an?|d|de|o)\b[\s']*)?(?:{_UNIT})(?:\b|(?<=[分钟間时간]))", _I)
# "supérieure à 95 %" is a rate: such a percentage is no tolerance.
_MOST_OFF = 50
_CLAUSE = re.compile(
    r"[;\n!?()、。\uff0c\uff1b\u060c\u061b\u0964]+|,(?!\d)|(?<!\bmax)(?<!\bmin)(?<!\bmind)(?<!\bca)\.(?!\d)|\s[–—-]\s|\b(?:but|aber|mais|pero)\b",
    _I,
)
_LONGEST_BREAK, _FARTHEST = 4, 300
# Kinds to choose from: "one of five categories" is no rate.
_KINDS = re.compile(rf"\s+(?:(?!of\b)[^\W\d_]+\s+){{0,2}}?(?:{say.said('kinds')})", _I)

# What a number without a unit counts: a noun follows it, longer than the words that join.
_COUNTS = re.compile(
    rf"\s*(?:(?!(?:{'|'.join(say.FILLERS)}|please|pls|bitte|right|correct|sonst|otherwise)\b"
    rf"|{say.said('content')})[^\W\d_]{{4,}}|[kmg]b?\b|[$€£°%])",
    _I,
)
# "6 days out of 7", "three of every four hours": of time, not of answers.
_OF_TIME = re.compile(rf"[\d\s](?!times?\b)(?:{'|'.join(say.TIMES.values())})\b", _I)
# "A sentence of twenty words", "un grupo de diez": a noun between, another or nothing behind.
_OF_UNITS = re.compile(
    rf"[^\W\d_]+\s(?!(?:{say.said('cases')}|{say.said('of')})\b)[^\W\d_]{{3,}}\s(?:of|von|de|di|do|da|van|av|z|ze|из)\s\w+",
    _I,
)
_OF_ANSWERS = (say.RIGHT, say.WRONG, say.MISSED, say.PERMITTED, say.REST)
_IS_NOUN = re.compile(r"\s+[^\W\d_]{4,}|\s*(?:[.,;!?)\n]|$)")
_NEXT_WORD, _LETTERS = re.compile(r"\s*\w*"), re.compile(r"[^\W\d_]+")


class Share(NamedTuple):
    """A share within 0 and 1 in a text, and the form in which it is written."""

    value: float
    start: int
    end: int
    form: str


def is_counted(text: str, share: Share) -> bool:
    """Return whether a share is of kinds to choose from, of time, or none: "a sentence of twenty words"."""
    is_measure = _OF_UNITS.fullmatch(text, share.start, share.end) and _IS_NOUN.match(text, share.end)
    if share.form == "fraction" and is_measure:
        bounds = clause(text, share.start, share.end)
        if not any(words.search(text, *bounds) for words in _OF_ANSWERS):
            return True
    goes_on = _NEXT_WORD.match(text, share.end)
    is_kinds = _KINDS.match(text, share.end) and share.form != "percent"  # "97% on intent"
    return bool(is_kinds or _OF_TIME.search(text, share.start, goes_on.end() if goes_on else share.end))


class Off(NamedTuple):
    """A numeric tolerance: its size, as a share of the number or in a unit ("" if none is named).

    It `is_sure` if the words mean nothing else, such as a rate of right answers: "à 9 sur 10".
    """

    size: float
    is_share: bool
    noun: str
    start: int
    end: int
    is_sure: bool


@lru_cache(maxsize=32)
def offs(text: str) -> tuple[Off, ...]:
    """Return the numeric tolerances in a text: "within two points", "one star off is fine"."""
    taken = [(share.start, share.end) for share in _fractions(text)]
    halves = [Number(_HALF, *at.span(), "half") for at in _HALF_STEP.finditer(text)]
    halves += [Number(_HALF, *at.span()) for at in _HALF_OF.finditer(text) if _EITHER_WAY.match(text, at.end())]
    halves += [Number(_HALF, *at.span()) for at in _HALF_POINT.finditer(text)]
    free = (
        each
        for each in apart((*numbers(text), *halves))
        if not any(start < each.end and each.start < end for start, end in taken)
    )
    return tuple(filter(None, (_off(text, each) for each in free)))


def _off(text: str, said: Number) -> Off | None:
    before = text[max(0, said.start - _BEFORE) : said.start]
    sign = _PERCENT_AFTER.match(text, said.end)
    end, percent = sign.end() if sign else said.end, sign or _PERCENT_BEFORE.search(before)
    size = said.value / (100 if percent else 1)
    step, stray, exactly = (each.match(text, end) for each in (_STEP, _STRAY, _EXACTLY))
    within, error = _BEFORE_OFF.search(before), _BEFORE_ERROR.search(before)
    ends, noun = _ENDS.match(text, end), step[1] if step and not percent else ""
    # After "auf" and "à" a number in words may be anything.
    if within and (
        exactly or percent or not said.language or (ends and (within["by"] or "").lower() not in ("auf", "à"))
    ):
        is_plain = bool(said.language or within["plain"] or within["sign"])
        is_sure = bool(exactly or (percent and said.value < _MOST_OFF) or (is_plain and not percent))
        behind = None if percent else re.match(r"\W{0,2}([^\W\d_]{3,})", text[end:])
        start, end = said.start - len(before) + within.start(), exactly.end() if exactly else end
        return Off(size, percent is not None, behind[1] if behind else "", start, end, is_sure)
    if (way := _EITHER_WAY.match(text, end)) and said.value < _MOST_OFF:
        # "A tenth up or down", but half an hour is a time.
        is_share = percent is not None or (bool(said.language) and 0 < said.value < _HALF)
        return Off(size, is_share, noun, said.start, way.end(), is_sure=True)
    # "Uno di scarto va bene", not "eine Abweichung ist ok".
    is_allowed = stray and _NO_NOUN.match(stray[0]) and _HOLDS.match(text, stray.end())
    if stray and (stray["step"] or stray["off"] or not said.is_one or said.language == "en" or is_allowed):
        return Off(size, percent is not None, noun, said.start, stray.end(), is_sure=True)
    # "Error 5" is the name of one, and an error of 5% a rate.
    is_bounded = error and say.AT_MOST.search(error["to"]) and _NOUN.match(text, end)
    is_apart = error and (error["deviation"] if percent else error["deviation"] or error["to"])
    if error and ((is_apart and (ends or percent)) or (not percent and (step or is_bounded))):
        return Off(size, percent is not None, noun, said.start - len(before) + error.start(), end, is_sure=True)
    return None


def is_off_said(text: str) -> bool:
    """Return whether a text gives a numeric tolerance in unambiguous words: "à 10 % près"."""
    return any(each.is_sure for each in offs(text))


def allowance(text: str, column: str, limits: Sequence[str] = ()) -> tuple[float, bool] | None:
    """Return a text's tolerance for a column's numbers, and whether it is a share of the number.

    Times are converted to the unit in the column's name: for "minutes", half an hour is 30. `limits` are words that
    limit the model instead, such as "within 2 seconds".
    """
    named = re.findall(r"[^\W\d_]+", column)
    unit = next((size for size, known in say.TIMES.items() for each in named if re.fullmatch(known, each, _I)), None)
    halves = [Number(_HALF, *at.span()) for at in _HALF_OF.finditer(text)]
    for each in apart((*numbers(text), *halves)) if unit else ():
        at = _TIME.match(text, each.end)
        if at is None or unit is None or any(text[each.start : at.end()] in limit for limit in limits):
            continue
        before = text[max(0, each.start - _BEFORE) : each.start]
        if _BEFORE_OFF.search(before) or _IS_OFF.search(text, *clause(text, each.start, each.end)):
            size = next(size for size in say.TIMES if at[f"of{size:.0f}"])
            return each.value * size / unit, False
    said = next(
        (
            each
            for each in offs(text)
            if each.is_sure or not any(text[each.start : each.end] in limit for limit in limits)
        ),
        None,
    )
    return None if said is None else (said.size, said.is_share)


def level(text: str) -> Share | None:
    """Return the accuracy demanded in words without a rate: "nearly perfect", "as good as a human"."""
    for pattern, share in _LEVELS.items():
        for at in pattern.finditer(text):
            low, high = clause(text, *at.span())
            nearly = next(say.NEARLY.finditer(text, max(low, at.start() - _REACH), at.start()), None)
            is_right = _is_of_answers(text, low, high)
            start = nearly.start() if nearly else at.start()
            is_terse = not _says(text[low:start]) and not _says(text[at.end() : high])
            is_always = nearly and (is_right or is_terse)
            is_above = say.BETTER.search(text, low, high) or say.SAYS_AT_LEAST.search(text, low, high)
            needs = {
                say.PERFECT: nearly or is_terse,
                say.ALWAYS: is_always,
                say.USUALLY: is_right,
                say.CHANCE: is_above,
            }
            if needs.get(pattern, True):
                return Share(share, start, at.end(), "level")
    return None


@lru_cache(maxsize=32)
def _is_of_answers(text: str, low: int, high: int) -> bool:
    """Return whether a clause says that something is right or wrong."""
    return any(each.search(text, low, high) for each in (say.RIGHT, say.WRONG))


def shares(text: str) -> list[Share]:
    """Return every share in order; of overlapping ones the first, and the longest of these."""
    kept: list[Share] = []
    for share in sorted(_all(text), key=lambda each: (each.start, -each.end)):
        if not kept or share.start >= kept[-1].end:
            kept.append(share)
    return kept


def _all(text: str) -> Iterator[Share]:
    yield from _percents(text)
    yield from _fractions(text)
    yield from (Share(_HALF, *at.span(), "half") for at in _HALVES.finditer(text))
    for at in _NTH.finditer(text):
        nth = NTH[at["word"].lower()] if at["word"] else float(at["digits"])
        if nth > 1:
            yield Share(1 / nth, *at.span(), "every" if at[0][-1].isdecimal() else "nth")
    for each in numbers(text):  # "one every thirty", "jede fünfzehnte"
        before = _EACH_BEFORE.search(text[max(0, each.start - _REACH) : each.start])
        if before and each.language and each.value > 1:
            yield Share(1 / each.value, each.start - len(before[0]), each.end, "nth" if each.ending else "every")
    for at in _DECIMAL.finditer(text):
        yield Share(float(at[0].replace(",", ".")), *at.span(), "decimal")
    for each in apart((*ranges(text), *numbers(text))):
        said, behind = text[each.start : each.end], _BEHIND_BARE.match(text, each.end)
        is_plain = len(said) >= _LONG if each.language else _BARE_DIGITS.fullmatch(said)
        is_percentage = is_plain and 100 * _HALF <= each.value < 100  # noqa: PLR2004
        if is_percentage and behind and _BEFORE_BARE.match(text, each.start) and not _COUNTS.match(text, behind.end()):
            yield Share(each.value / 100, each.start, behind.end(), "bare")


def _percents(text: str) -> Iterator[Share]:
    every = (*ranges(text), *numbers(text))
    behind = {each.end: at.end() for each in every if (at := _PERCENT_AFTER.match(text, each.end))}
    for each in apart(each for each in every if each.end in behind):
        said = text[each.start : each.end]
        if not (each.language and said.isascii() and len(said) < _SHORT):  # "to percent", two in Danish
            yield Share(each.value / 100, each.start, behind[each.end], "percent")
    for each in every:
        if sign := _PERCENT_BEFORE.search(text[max(0, each.start - _BEFORE) : each.start]):
            yield Share(each.value / 100, each.start - len(sign[0]), each.end, "percent")
    yield from (Share(each.value / 100, each.start, each.end, "percent") for each in tenths(text))
    yield from (Share(_HALF / 100, *at.span(), "percent") for at in _HALF_PERCENT.finditer(text))
    yield from (Share(number(at[1]) / 1000, *at.span(), "percent") for at in _PERMILLE.finditer(text))


@lru_cache(maxsize=32)
def spoken(text: str) -> frozenset[str]:
    """Return the languages whose words for numbers count in a text, with that of digits (""): its own and English.

    Where its words do not tell its language, those with most words for numbers above one.
    """
    if (glossed := gloss(text, whole=True)) is not None:
        return frozenset({"", "en", glossed.language})
    often = Counter(each.language for each in numbers(text) if each.value > 1 and each.end - each.start >= _SHORT)
    del often[""]
    return frozenset({"", "en", *(each for each, count in often.items() if count == max(often.values()))})


@lru_cache(maxsize=32)
def _fractions(text: str) -> tuple[Share, ...]:
    """Return fractions: one number of a larger one, and parts of a whole; "one" in words may be an article."""
    every, found = numbers(text), set[Share]()
    for language in dict.fromkeys(each.language for each in every):
        own = [each for each in every if each.language in ("", language)]
        begun = {each.start - 1 for each in own if each.value > 1}
        own = [each for each in own if not (each.is_one and each.end in begun)]  # "a thousand"
        used = set[Number]()
        for together in (pairwise(each for each in own if not each.is_one), pairwise(own)):
            for one, other in together:
                if not used & {one, other} and (share := _part(text, one, other)):
                    used |= {one, other}
                    found.add(Share(share, one.start, other.end, "fraction"))
    return tuple(found)


def _part(text: str, one: Number, other: Number) -> float:
    """Return the share that one number is of another next to it; 0 if they are no part and whole."""
    gap, is_worded = text[one.end : other.start], bool(one.language or other.language)
    lengths = [each.end - each.start for each in (one, other) if each.language]
    is_unsure = len(lengths) == 1 and lengths[0] < _SHORT  # "100 MB to download"
    is_unsure |= _OF_FIRST.match(text, one.end) is not None  # "among the three first in eight of ten searches"
    if is_unsure or any(_PERCENT_AFTER.match(text, each.end) for each in (one, other)):
        return 0
    if other.language and other.value < 1 <= one.value:  # "two thirds"
        return one.value * other.value if gap in (" ", "-") else 0
    if gap.strip() == "/" and not is_worded:
        is_alone = text[one.start - 1 : one.start] not in ("/", ".") and text[other.end : other.end + 1] != "/"
        return one.value / other.value if is_alone and one.value < other.value else 0
    if not one.language and _OF_DIGITS.fullmatch(gap) and other.value < one.value:
        return other.value / one.value
    if _PARTED.search(gap):
        return _part_of_first(text, one, other, gap)
    if one.value < other.value and _IS_OF.fullmatch(gap) and not say.AT_MOST.search(gap):  # "one off by at most five"
        return one.value / other.value
    part, whole = sorted((one.value, other.value))
    is_most, is_few = whole <= 2 * part, 10 * part <= whole
    if part < whole and (is_most or is_few) and say.UNSPACED.search(gap) and _IS_OF.fullmatch(gap):
        return part / whole
    if not 0 < part < whole or len(gap.split()) > _MOST_BETWEEN or _STEP.fullmatch(gap.rstrip()):  # "10 points nine"
        return 0
    ending = (one if one.value > other.value else other).ending
    if is_worded:
        is_said = bool(whole in _WHOLES and (is_most or is_few) and (gap.strip() or _FROM.fullmatch(ending)))
    else:
        is_said = whole in ROUNDS and bool(is_most or say.WRONG.search(text, *clause(text, one.start, other.end)))
    return part / whole if is_said else 0


def _part_of_first(text: str, one: Number, other: Number, gap: str) -> float:
    """Return the share of "out of 50 invoices, two wrong are fine", "of ten, eight right"; 0 if it is none."""
    is_one = (
        gap.count(",") == 1
        and not _PARTED.search(gap.replace(",", ""))
        and _BEFORE_WHOLE.search(text, max(0, one.start - _BEFORE), one.start)
    )
    if not is_one or one.value not in ROUNDS or not 0 < other.value < one.value:
        return 0
    share, own = other.value / one.value, clause(text, other.start, other.end)
    is_few = 5 * share <= 1 and (say.WRONG.search(text, *own) or say.AT_MOST.search(gap))
    is_most = share >= _HALF and (say.RIGHT.search(text, *own) or say.SAYS_LEAST.search(gap))
    return share if is_few or is_most else 0


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the clause around a part of a text; of pasted data only what is near."""
    ends, starts = clause_bounds(text)
    low = ends[bisect_right(ends, start) - 1]
    # What precedes the part ends a clause even where the part begins with a digit: "good,95%".
    low = max((at.end() for at in _CLAUSE.finditer(text, max(low, start - _LONGEST_BREAK), start)), default=low)
    high = max(end, starts[bisect_right(ends, end) - 1])
    return max(low, start - _FARTHEST), min(high, end + _FARTHEST)


@lru_cache(maxsize=32)
def clause_bounds(text: str) -> tuple[list[int], list[int]]:
    """Return where each clause begins, and where it ends."""
    found = [at.span() for at in _CLAUSE.finditer(text)]
    return [0, *(end for _, end in found)], [*(start for start, _ in found), len(text)]


def _says(part: str) -> bool:
    return any(word[0] not in say.FILLERS for word in _LETTERS.finditer(part.lower()))
