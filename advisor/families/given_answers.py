"""Whether a free answer gives what is expected, compared as people would compare them."""

from __future__ import annotations

import re
import unicodedata

from advisor.families.json_fields import NUMBER, number, only_number

# What comes before an answer: "Answer:", "The answer is", "Die Antwort lautet:". Five words say no more than that.
_LEAD_IN = re.compile(r"(?:[^\W\d]+ ){0,4}(?:[^\W\d]+\s*:|answer is)\s+(?=\S)", re.IGNORECASE)
_AROUND = " \t\n\"'`*_\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_SIGNS = "%\u2030\u00b0$\u20ac\u00a3\u00a5"
# A number with a sign or a word of its unit: what is expected as such is compared by the number.
_QUANTITY = re.compile(rf"([{_SIGNS}]?)\s*({NUMBER.pattern})\s*([{_SIGNS}]|[^\W\d_]*)")


def is_verbatim(answer: str, expected: str) -> bool:
    """Return whether an answer is the expected text but for blanks around it and how Unicode composes letters."""
    return _composed(answer) == _composed(expected)


def gives(answer: str, expected: str) -> bool:
    """Return whether an answer gives the expected text, or its number.

    A lead-in such as "The answer is:", quotes, emphasis, a full stop, and a capital at the beginning make no
    difference. Where a number is expected, with or without a unit, the only number in the answer is compared; an
    answer with another unit than the one expected is wrong: "It has 8 legs." gives 8, "5 km" does not give "5 m".
    """
    answer, expected = _composed(answer), _composed(expected)
    bare = _LEAD_IN.sub("", answer, count=1) if _LEAD_IN.match(answer) else answer
    if _bare(expected) in {_bare(answer), _bare(bare)}:
        return True
    quantity = _QUANTITY.fullmatch(expected.replace("\u2212", "-"))
    if quantity is None or re.match(r"[-+]?0\d", quantity[2]):  # digits with a leading zero are a name
        return False
    if only_number(answer) != number(quantity[2]) or re.search(r"[^\W\d]\d", answer):  # "A12" is a name too
        return False
    unit = (quantity[1] or quantity[3]).casefold()
    rest = NUMBER.sub(" ", answer).casefold()
    return not unit or not rest.strip(_AROUND + ".") or unit in re.findall(rf"[{_SIGNS}]|[^\W\d_]+", rest)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


def _bare(text: str) -> str:
    """Return a text without quotes, emphasis and a full stop, blanks folded and its first letter small."""
    inner = " ".join(text.split()).strip(_AROUND).removesuffix(".").strip(_AROUND)
    return (inner or text)[:1].casefold() + (inner or text)[1:]
