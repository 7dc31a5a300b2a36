"""Percentages in signs and words: ranges ("85-90%", "entre 85 et 90"), by their lower end, and tenths ("8割5分")."""

import re
from collections.abc import Iterator
from functools import lru_cache

from advisor.interview.text import vocabulary as say
from advisor.interview.text.numerals import Number, numbers

_I = re.IGNORECASE
# Lower ends are rates of right answers: an error of "5-10%" is at most the upper end.
_FROM, _TO = 50, 100
SIGN = rf"(?:[%\N{{FULLWIDTH PERCENT SIGN}}\N{{ARABIC PERCENT SIGN}}]|(?:{say.said('percent')})(?!\w))"
_ARTICLE = r"(?:(?:the|el|il|o|os|le|les|los|het|den|die)\s|l['\N{RIGHT SINGLE QUOTATION MARK}])?"
_JOINS = re.compile(
    rf"\s?(?:{SIGN})?\s?(?:[-~\N{{EN DASH}}\N{{EM DASH}}\N{{WAVE DASH}}\N{{FULLWIDTH TILDE}}]|(?:{say.said('through')})"
    rf"|(?P<both>{say.said('and')}|ile\b))\s?{_ARTICLE}%?", _I,
)  # fmt: skip
_BETWEEN = re.compile(rf"(?:{say.said('between')})\s{_ARTICLE}%?\Z", _I)
_AROUND = re.compile(r"[^\W\d_]*\s?%?\s?aras\u0131nda", _I)  # Turkish has its "between" behind
_RAISES = re.compile(say.said("raises"), _I)
# The next number may be one in several languages.
_BEFORE, _NEXT = 40, 8
# "8割5分", "九成五"; no further digit is the "一" of "8割一致" (agreement) and "八成一样" (the same).
_TENTHS = re.compile(
    r"(?P<tenths>[\d一二三四五六七八九])\s?[割成](?![分功])"
    r"(?P<more>[\d一二三四五六七八九](?=分(?!以内|間|钟|鐘))|(?<=成)[二三四五六七八九]|一(?=[以的]|\W|$))?"
)
_SIGNS = "零一二三四五六七八九"


@lru_cache(maxsize=32)
def ranges(text: str) -> tuple[Number, ...]:
    """Return the ranges of high percentages, with or without a sign, each with its lower end as value.

    "Raise it from 80 to 90%" is none. The language of one in digits is "-".
    """
    high = [each for each in numbers(text) if _FROM <= each.value <= _TO]
    near = ((one, other) for at, one in enumerate(high) for other in high[at + 1 : at + _NEXT])
    pairs = [(one, other) for one, other in near if one.end < other.start and one.value < other.value]
    return tuple(
        one._replace(start=start, end=other.end, language=one.language or other.language or "-")
        for one, other in pairs
        if (start := _start(text, one, other)) is not None
    )


def _start(text: str, one: Number, other: Number) -> int | None:
    """Return where a range of two numbers begins; None if they are none."""
    joined = _JOINS.fullmatch(text, one.end, other.start)
    begin = max(0, one.start - _BEFORE)
    if joined is None or _RAISES.search(text, begin, one.start):
        return None
    between = _BETWEEN.search(text, begin, one.start)
    is_range = between or not joined["both"] or _AROUND.match(text, other.end)
    return (between.start() if between else one.start) if is_range else None


def tenths(text: str) -> Iterator[Number]:
    """Yield the percentages of tenths: 85 for "8割5分"."""
    for at in _TENTHS.finditer(text):
        most, more = (_SIGNS.find(each) if each in _SIGNS else int(each) for each in at.groups("零"))
        yield Number(10 * most + more, *at.span())
