"""Whether a number that a language model names stands in the user's words, in some unit."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from advisor.interview.text.spans import number
from advisor.units import parse_count, parse_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class UnfitError(ValueError):
    """A value is not used; the message is the reason."""


_FIGURE = re.compile(r"(?<![\w.])(\d{1,12}(?:[.,]\d{1,6})*)(?:\s*(%|[^\W\d_]{1,12}))?")
_THOUSANDS = {"k": 1e3, "thousand": 1e3, "tausend": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "millionen": 1e6}
# What the unit behind a figure stands for; "": no unit, or a word that is none.
UNITS: dict[str, dict[str, float]] = {
    "constraints.max_parameters": _THOUSANDS | {"b": 1e9, "bn": 1e9, "billion": 1e9},
    "constraints.max_memory": {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "g": 1e9, "mib": 2.0**20, "gib": 2.0**30},
    "volume": _THOUSANDS | {"": 1.0},
    "bar.p95_seconds": {"ms": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0, "sekunde": 1.0, "min": 60.0, "minute": 60.0},
    "bar.pass_rate": {"%": 1e-2, "percent": 1e-2, "prozent": 1e-2, "": 1.0},
}
# Times a day: a second, a minute, an hour, a day, a week, a month, a year.
_RATES = (86_400, 1_440, 24, 1, 1 / 7, 1 / 30, 1 / 365)
_CLOSE = 0.01


def figure_reader(key: str) -> Callable[[Any, str], tuple[Any, str]]:
    """Return what reads a number under a key: kept where the text holds it, in whatever unit."""

    def read(said: Any, text: str) -> tuple[Any, str]:  # noqa: ANN401
        value = _as_number(key, said)
        for words, meant in _meant(key, text):
            if abs(meant - value) <= _CLOSE * abs(value):
                return value, words
        raise UnfitError("the text does not hold that number")

    return read


def _meant(key: str, text: str) -> Iterator[tuple[str, float]]:
    """Yield what each number of a text may stand for under a key, with its words."""
    units = UNITS[key]
    found = list(_FIGURE.finditer(text))
    for at in found:
        unit = (at[2] or "").casefold()
        factor = next(
            (units[each] for each in (unit, unit.removesuffix("s"), unit.removesuffix("n")) if each in units), None
        )
        factor = units.get("") if factor is None else factor
        for figure in {number(at[1]), number(at[1], is_count=True)} if factor is not None else ():
            value = figure * (factor or 0.0)
            yield from ((at[0].strip(), value * rate) for rate in (_RATES if key == "volume" else (1.0,)))
            if key == "bar.pass_rate":
                yield at[0].strip(), 1 - value
    if key == "bar.pass_rate":  # "1 in 100", "9 out of 10"
        for one, other in pairwise(found):
            if (whole := number(other[1])) > 0:
                yield text[one.start() : other.end(1)], number(one[1]) / whole
                yield text[one.start() : other.end(1)], 1 - number(one[1]) / whole


def _as_number(key: str, said: Any) -> Any:  # noqa: ANN401
    try:
        if key == "constraints.max_parameters":
            return parse_count(said)
        if key == "constraints.max_memory":
            return parse_size(said)
        value = float(said)
    except (TypeError, ValueError, OverflowError):
        raise UnfitError("is no number") from None
    if not 0 < value < 1e15:  # noqa: PLR2004
        raise UnfitError("is no number above zero")
    return value
