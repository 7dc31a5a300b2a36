"""JSON answers: read out of a reply, and compared field by field."""

import json
import math
import re
import unicodedata
from decimal import Decimal
from typing import Any

# Plain numbers, thousands grouped by commas or not.
NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|[-+]?\.\d+")
# A number with the sign or the word of its unit before or behind it, and the dash of round prices.
_WRITTEN = re.compile(
    r"(?:[^\W\d_]{1,5}\.?\s+|[^\w\s+-]\s*)?([+-]?)((?!0\d)\d[\d\s.,'\u2019]*)[-\u2013]?\s*"
    r"(?:\N{DEGREE SIGN}?[^\W\d_]{1,12}\.?|[^\w\s]{1,2})?"
)
_GROUP = 3
# The last group has three digits, those before it two or three, as India writes them.
_GROUPED = re.compile(r"(\d+|\d{1,3}([\s.,'\u2019]\d{2,3})*[\s.,'\u2019]\d{3})")
MOST_DEPTH = 50
# The names that lead to a field, outermost first.
Path = tuple[str, ...]
# How far apart two fractions may lie that are one: what sums of floats lose. Of ten billion it is a cent.
_ROUNDING = Decimal("1e-12")
# Floats tell whole numbers apart up to here.
_WHOLE_FLOATS = 2**53


class NotJsonError(ValueError):
    """A text is no JSON."""


def parse_json(text: str) -> Any:  # noqa: ANN401  any JSON value
    """Return the JSON value that a whole text is; NotJsonError if none, or not plain JSON (NaN, endless depth)."""
    try:
        return plain_json(json.loads(text, parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from None


def find_object(text: str) -> dict[str, Any] | None:
    """Return the first JSON object in a text (models like to put words or a code fence around it), None without one."""
    decoder = json.JSONDecoder(parse_constant=_refuse)
    at = text.find("{")
    # Each try reads on from its brace: a hundred are enough for words around an object.
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
    """Return a value that is plain JSON: numbers finite, not nested too deeply, none of the kinds Parquet has besides.

    Raises:
        NotJsonError: if it is not such a value.
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
    """Return a value's fields by path: what is no object, or an empty one; null fields are left out."""
    if isinstance(value, dict) and (value or not path):
        found: dict[Path, Any] = {}
        for name, part in value.items():
            found |= leaves(part, (*path, str(name)))
        return found
    return {} if value is None else {path: value}


def field_scores(output: Any, expected: Any, tolerance: float | None = None) -> dict[Path, float]:  # noqa: ANN401
    """Return for each field that either has, by path, whether both have it the same: 1 or 0.

    A field that is missing and one that is null are the same. Lists are one field, compared in order.
    """
    found, wanted = leaves(output), leaves(expected)
    # What is no object has one field without a name.
    paths = sorted({*found, *wanted})
    return {
        path: float(path in found and path in wanted and same(found[path], wanted[path], tolerance)) for path in paths
    }


def shown_path(path: Path) -> str:
    """Return a path as people read it, its names joined by dots; a name that holds a dot or a quote is quoted."""
    return ".".join(json.dumps(name, ensure_ascii=False) if not name or {*name} & {*'."'} else name for name in path)


def same(output: Any, expected: Any, tolerance: float | None = None) -> bool:  # noqa: ANN401  any JSON value
    """Return whether two values are the same: numbers within a relative tolerance, texts by case and blanks folded.

    A text that is a number equals that number: table files know texts alone. The tolerance is for what is expected as
    a number; digits that are expected as a text may be an id.
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
    """Return whether digits are a name rather than a number: texts with leading zeros, such as postal codes."""
    return any(isinstance(each, str) and re.match(r"\s*0\d", each) for each in (output, expected))


def _truth(value: Any) -> bool | None:  # noqa: ANN401  any JSON value
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().casefold()) if isinstance(value, str) else None


def exact_number(value: Any) -> Decimal | None:  # noqa: ANN401  any JSON value
    """Return a number, or the number that a text is as a whole, to its last digit; None for anything else."""
    if isinstance(value, str):
        text = value.strip().replace("\u2212", "-")
        found = Decimal(text.replace(",", "")) if NUMBER.fullmatch(text) else None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = Decimal(repr(value) if isinstance(value, float) else value)
    else:
        return None
    # What no float reaches is no number here: reports and other programs could not read it.
    return found if found is not None and math.isfinite(found) else None


def only_number(answer: str) -> Decimal | None:
    """Return the number that an answer is, or the only one in it; None where there is none or several."""
    whole = exact_number(answer)
    if whole is not None:
        return whole
    found = {exact_number(each) for each in NUMBER.findall(answer.replace("\u2212", "-"))}
    return found.pop() if len(found) == 1 else None


def plain_number(value: Any) -> int | float | None:  # noqa: ANN401  any JSON value
    """Return what `exact_number` finds as JSON has it: whole numbers to their last digit, others as floats."""
    found = exact_number(value)
    if found is None:
        return None
    is_rounded = isinstance(value, float) and abs(value) >= _WHOLE_FLOATS
    return int(found) if _is_whole(found) and not is_rounded else float(found)


def written_number(value: Any) -> int | float | None:  # noqa: ANN401  any JSON value
    """Return the number that a cell holds as people write it, with a unit or without: "1 200,50 kr", "€ 12,5", "9.90-".

    A mark before three digits parts thousands, unless another one stands before it, or nothing but 0. Digits that are
    grouped otherwise are a date, a version or several numbers.
    """
    plain = plain_number(value)
    found = _WRITTEN.fullmatch(value.strip().replace("\u2212", "-")) if isinstance(value, str) else None
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
    """Return whether a number is the expected one but for a relative error.

    Without one whole numbers are equal to the last digit, others but for rounding. Of a whole number that was a float
    (`is_rounded`) the last digits may be lost: then both are equal as floats.
    """
    if tolerance is None and _is_whole(output) and _is_whole(expected):
        return float(output) == float(expected) if is_rounded else output == expected
    allowed = _ROUNDING if tolerance is None else Decimal(repr(tolerance)) + _ROUNDING
    return abs(output - expected) <= allowed * abs(expected)


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
