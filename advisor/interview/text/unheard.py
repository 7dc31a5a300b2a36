"""Wishes that nothing was made of: clauses that forbid, restrict, may say a distance, or name a price or a device."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from advisor.interview.text import vocabulary as say
from advisor.interview.text.rates import clause_bounds, offs, shares
from advisor.interview.text.words import read

if TYPE_CHECKING:
    from catalog import Catalog

_WISHES = re.compile(
    rf"\W*(?:{'|'.join((say.NONE, say.said('leave_out'), say.said('only'), say.said('rather')))})", re.IGNORECASE
)
# Prices and devices, which no setting takes as they stand.
_MONEY = (
    r"[$€£¥₹₽₺]\s?\d"
    r"|\d\s?(?:[$€£¥₹₽₺]|円|元|zł\b|kr\b|(?:usd|eur|euros?|gbp|jpy|inr|chf|brl|dollars?|yen|rupees|pesos|reais)\b)"
)
_DEVICE = (
    r"\b(?:[LTAH]\d{1,3}0?0?[GS]?|RTX ?\d{4}|jetson|raspberry|android|iphone|ipad|ios|smartphones?|laptops?|chromebook"
    r"|celular|móvil|handy|telefone?|komórk\w*|telefon\w*)\b(?! ?(?:numbers?|nummern?|número))|スマホ|手机|휴대폰"
)
_UNTAKEN = re.compile(f"{_MONEY}|{_DEVICE}", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)?")


def unheard(text: str, catalog: "Catalog", heard: Iterable[str], *, are_numbers: bool = False) -> list[str]:
    """Return the clauses that may wish something, but for the one of the task and those with a quote in `heard`.

    Where the answers `are_numbers`, one with a number that is no rate may say how far off an answer may be.
    """
    reading = read(text, catalog)
    task_at = -1 if reading.instruction is None else reading.instruction.start
    taken = [(span.start, span.end) for span in (*reading.terms, *filter(None, (reading.labels,)))]
    taken += [at.span() for each in heard if each for at in re.finditer(re.escape(each), text)]
    taken += [(each.start, each.end) for each in shares(text)] + [(each.start, each.end) for each in offs(text)]
    return [
        text[start:end].strip()
        for start, end in zip(*clause_bounds(text), strict=True)
        if not start <= task_at < end
        and (
            _WISHES.match(text, start, end)
            or _UNTAKEN.search(text, start, end)
            or (are_numbers and _DIGITS.search(text, start, end))
        )
        and not any(low < end and start < high for low, high in taken)
    ]
