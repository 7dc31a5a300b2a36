"""JSON answers: extracted from a reply, and compared field by field."""

import json
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from advisor.families.values import stripped

# Plain numbers, thousands grouped by commas or not.
NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|[-+]?\.\d+")
# A number with the sign or word of its unit before or after it, and the dash of round prices. A plus behind it is no
# unit: "1,5+" is more than 1.5, or a grade.
_WRITTEN = re.compile(
    r"(?:[^\W\d_]{1,5}\.?\s+|[^\w\s+-]\s*)?([+-]?)((?!0\d)\d[\d\s.,'\u2019]*)[-\u2013]?\s*"
    r"(?:\N{DEGREE SIGN}?[^\W\d_]{1,12}\.?|[^\w\s+]{1,2})?"
)
_GROUP = 3
# The last group has three digits, those before it two or three, as in India.
_GROUPED = re.compile(r"(\d+|\d{1,3}([\s.,'\u2019]\d{2,3})*[\s.,'\u2019]\d{3})")
MOST_DEPTH = 50
# A field's score in an outcome has this before the field's path.
FIELD = "field "
# The names that lead to a field, outermost first.
Path = tuple[str, ...]
# Tolerance for rounding errors of float sums. Of ten billion it is a cent.
_ROUNDING = Decimal("1e-12")
# The largest whole number that floats represent exactly.
_WHOLE_FLOATS = 2**53
# What people put between the parts of a code, or leave out.
_GAP = r"[\s_\-\u2010-\u2015]"
_GAPS = re.compile(rf"(?<=[^\W_]){_GAP}+(?=[^\W_])")
# Shorter texts are found by chance in others; longer ones are no codes.
_SHORTEST, _LONGEST = 3, 80
# What shows a word for "no answer": its rows, the different answers, and the share of the others that texts hold.
_SILENT_ROWS, _KINDS_OF_ANSWERS, _STAND = 3, 5, 0.8


class NotJsonError(ValueError):
    """The text is not JSON."""


def parse_json(text: str) -> Any:  # noqa: ANN401  any JSON value
    """Return a whole text as a JSON value; NotJsonError if it is none, or no plain JSON (NaN, endless depth)."""
    try:
        return plain_json(json.loads(text, parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from None


def find_object(text: str) -> dict[str, Any] | None:
    """Return the first JSON object in a text (models often add words or a code fence); None if there is none."""
    decoder = json.JSONDecoder(parse_constant=_refuse)
    at = text.find("{")
    # Each attempt reads on from its brace: a hundred are enough for words around an object.
    for _ in range(100):
        if at < 0:
            return None
        try:
            value, _end = decoder.raw_decode(text, at)
            return dict(plain_json(value))
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
    return None


def _refuse(name: str) -> Any:  # noqa: ANN401  the library's protocol
    raise NotJsonError(f"{name} is not JSON")


def plain_json(value: Any) -> Any:  # noqa: ANN401  any value
    """Return a value if it is plain JSON: finite numbers, limited depth, none of Parquet's further types.

    NotJsonError if it is not.
    """
    waiting = [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise NotJsonError("is nested too deeply")
        if isinstance(each, float) and not math.isfinite(each):
            raise NotJsonError("holds NaN or a number out of reach")
        if isinstance(each, dict):
            if any(not isinstance(name, str) for name in each):
                raise NotJsonError("holds a field whose name is not a text")
            waiting += [(part, depth + 1) for part in each.values()]
        elif isinstance(each, list):
            waiting += [(part, depth + 1) for part in each]
        elif not isinstance(each, str | int | float | None):
            raise NotJsonError(
                f"holds a {type(each).__name__}, which JSON does not know: save it as a text or a number"
            )
    return value


def leaves(value: Any, path: Path = ()) -> dict[Path, Any]:  # noqa: ANN401  any JSON value
    """Return a value's fields by path: non-objects and empty objects; null fields are left out."""
    if isinstance(value, dict) and (value or not path):
        found: dict[Path, Any] = {}
        for name, part in value.items():
            found |= leaves(part, (*path, str(name)))
        return found
    return {} if value is None else {path: value}


def field_scores(output: Any, expected: Any, tolerance: float | None = None) -> dict[Path, float]:  # noqa: ANN401
    """Return for each field that either has, by path, whether both agree: 1 or 0.

    A missing field equals null. Lists are one field, compared in order.
    """
    found, wanted = leaves(output), leaves(expected)
    # A non-object is one field without a name.
    paths = sorted({*found, *wanted})
    return {
        path: float(path in found and path in wanted and same(found[path], wanted[path], tolerance)) for path in paths
    }


def has_field(value: Any, name: str) -> bool:  # noqa: ANN401  any JSON value
    """Return whether a value has a field, or one below it, by the name that `shown_path` gives it."""
    return any(f"{shown_path(path)}.".startswith(f"{name}.") for path in leaves(value) if path)


def shown_path(path: Path) -> str:
    """Return a path for people, its names joined by dots; a name with a dot or a quote is quoted."""
    return ".".join(json.dumps(name, ensure_ascii=False) if not name or {*name} & {*'."'} else name for name in path)


def same(output: Any, expected: Any, tolerance: float | None = None) -> bool:  # noqa: ANN401  any JSON value
    """Return whether two values are equal: numbers within a relative tolerance, texts ignoring case and blanks.

    A numeric text equals its number: table files have only texts. The tolerance is for expected numbers; expected
    digits as a text may be an id.
    """
    if isinstance(expected, bool) or isinstance(output, bool):
        return _truth(output) is not None and _truth(output) == _truth(expected)
    if isinstance(expected, list):
        return (
            isinstance(output, list)
            and len(output) == len(expected)
            and all(same(one, other, tolerance) for one, other in zip(output, expected, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(output, dict)
            and output.keys() == expected.keys()
            and all(same(output[name], expected[name], tolerance) for name in expected)
        )
    if expected is None or output is None:
        return output is expected
    if isinstance(output, list | dict):
        return False
    found, wanted = exact_number(output), exact_number(expected)
    if found is not None and wanted is not None and not _is_code(output, expected):
        is_rounded = isinstance(output, float) or isinstance(expected, float)
        return is_near(found, wanted, None if isinstance(expected, str) else tolerance, is_rounded=is_rounded)
    return _folded(str(output)) == _folded(str(expected))


def _is_code(output: Any, expected: Any) -> bool:  # noqa: ANN401  any scalar
    """Return whether digits are an identifier: texts with leading zeros, such as postal codes."""
    return any(isinstance(each, str) and re.match(r"\s*0\d", each) for each in (output, expected))


def _truth(value: Any) -> bool | None:  # noqa: ANN401  any JSON value
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().casefold()) if isinstance(value, str) else None


def exact_number(value: Any) -> Decimal | None:  # noqa: ANN401  any JSON value
    """Return a number, or a whole text as a number, to its last digit; None for anything else."""
    if isinstance(value, str):
        text = stripped(value).replace("\u2212", "-")
        found = Decimal(text.replace(",", "")) if NUMBER.fullmatch(text) else None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = Decimal(repr(value) if isinstance(value, float) else value)
    else:
        return None
    # Numbers beyond floats are rejected: reports and other programs could not read them.
    return found if found is not None and math.isfinite(found) else None


def only_number(answer: str) -> Decimal | None:
    """Return an answer's number, or the only number in it; None if there is none or several."""
    whole = exact_number(answer)
    if whole is not None:
        return whole
    found = {exact_number(each) for each in NUMBER.findall(answer.replace("\u2212", "-"))}
    return found.pop() if len(found) == 1 else None


def plain_number(value: Any) -> int | float | None:  # noqa: ANN401  any JSON value
    """Return the result of `exact_number` as a JSON number: whole numbers to their last digit, others as floats."""
    found = exact_number(value)
    if found is None:
        return None
    is_rounded = isinstance(value, float) and abs(value) >= _WHOLE_FLOATS
    return int(found) if _is_whole(found) and not is_rounded else float(found)


def written_number(value: Any) -> int | float | None:  # noqa: ANN401  any JSON value
    """Return a cell's number as people write it, with or without a unit: "1 200,50 kr", "€ 12,5", "9.90-".

    A separator before three digits groups thousands, unless another one or only a 0 precedes it. Digits in other
    groups are a date, a version or several numbers.
    """
    plain = plain_number(value)
    found = _WRITTEN.fullmatch(stripped(value).replace("\u2212", "-")) if isinstance(value, str) else None
    if plain is not None or found is None:
        return plain
    digits = re.sub(r"[\s.,]+$", "", found[2])
    mark = "," if digits.rfind(",") > digits.rfind(".") else "."
    before, _, after = digits.rpartition(mark)
    is_decimal = digits.count(mark) == 1 and (len(after) != _GROUP or not before.isdigit() or before == "0")
    whole = before if is_decimal else digits
    if not _GROUPED.fullmatch(whole):
        return None
    return plain_number(found[1] + re.sub(r"\D", "", whole) + (f".{after}" if is_decimal else ""))


def is_near(output: Decimal, expected: Decimal, tolerance: float | None, *, is_rounded: bool = False) -> bool:
    """Return whether a number equals the expected one within a relative error.

    Without a tolerance whole numbers must be equal to the last digit, others up to rounding. A whole number that was a
    float (`is_rounded`) may have lost its last digits: then both are compared as floats.
    """
    if tolerance is None and _is_whole(output) and _is_whole(expected):
        return float(output) == float(expected) if is_rounded else output == expected
    allowed = _ROUNDING if tolerance is None else Decimal(repr(tolerance)) + _ROUNDING
    return abs(output - expected) <= allowed * abs(expected)


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", stripped(text)).casefold().split())


def without_gaps(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """Return a value whose texts have no blanks and hyphens between letters and digits: "AB 12-3" is "AB123"."""
    if isinstance(value, dict):
        return {name: without_gaps(part) for name, part in value.items()}
    if isinstance(value, list):
        return [without_gaps(part) for part in value]
    return _GAPS.sub("", value.strip()) if isinstance(value, str) else value


def find_spelled(text: str, value: str) -> tuple[int, int] | None:
    """Return the place of a value that a text has with other blanks, hyphens or case; None if it has none."""
    signs = without_gaps(value)
    if not _SHORTEST <= len(signs) <= _LONGEST or signs.casefold() not in _signs(text):
        return None
    between = [f"{_GAP}*" if one.isalnum() and other.isalnum() else "" for one, other in pairwise(signs)]
    spelled = "".join(re.escape(sign) + gap for sign, gap in zip(signs, (*between, ""), strict=True))
    before, after = (r"(?<!\w)" if signs[0].isalnum() else "", r"(?!\w)" if signs[-1].isalnum() else "")
    found = re.search(before + spelled + after, text, re.IGNORECASE)
    return None if found is None else found.span()


@lru_cache(maxsize=8)  # a text is searched for one value after the other
def _signs(text: str) -> str:
    return str(without_gaps(text)).casefold()


def word_for_none(pairs: Iterable[tuple[str, str]]) -> str | None:
    """Return how answers say that a text, which stands before each, holds none: "not stated"; None if no word does.

    It is the only answer that several rows have and no text holds, where nearly all others stand in their texts.
    """
    written: dict[str, str] = {}
    stands: defaultdict[str, list[bool]] = defaultdict(list)
    for text, answer in pairs:
        written.setdefault(answer.casefold(), answer)
        is_in = answer.casefold() in text.casefold() or find_spelled(text, answer) is not None
        stands[answer.casefold()].append(is_in)
    absent = [answer for answer, found in stands.items() if len(found) >= _SILENT_ROWS and not any(found)]
    others = [each for answer, found in stands.items() if answer not in absent for each in found]
    is_one = len(absent) == 1 and len(stands) >= _KINDS_OF_ANSWERS and sum(others) >= _STAND * len(others)
    return written[absent[0]] if is_one else None


class Spelled(NamedTuple):
    """Rows in which a text has a field's value with other blanks or hyphens, and the first of them."""

    lines: tuple[int, ...]
    expected: str
    in_text: str


def spelled_otherwise(rows: Iterable[tuple[int, str, Any]]) -> dict[str, Spelled]:
    """Return the fields that texts spell otherwise than expected; rows are lines, texts and expected objects."""
    found: dict[str, Spelled] = {}
    for line, text, fields in rows:
        folded = _folded(text)
        for name, value in fields.items() if isinstance(fields, dict) else ():
            if (
                isinstance(value, str)
                and _folded(value) not in folded
                and (place := find_spelled(text, value)) is not None
            ):
                first = found.setdefault(name, Spelled((), value, text[slice(*place)]))
                found[name] = first._replace(lines=(*first.lines, line))
    return found
