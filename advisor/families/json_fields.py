"""JSON answers: read out of a reply, and compared field by field."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import Any

# Plain numbers, thousands grouped by commas or not.
NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|[-+]?\.\d+")
MOST_DEPTH = 50
# The names that lead to a field, outermost first.
Path = tuple[str, ...]
_EXACT = 1e-9


class NotJsonError(ValueError):
    """A text is no JSON."""


def parse(text: str) -> Any:  # noqa: ANN401  any JSON value
    """Return the JSON value that a whole text is.

    Raises:
        NotJsonError: if it is none, or not plain JSON (NaN, endless depth).
    """
    try:
        return _shallow(json.loads(text, parse_constant=_refuse))
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
            return dict(_shallow(value))
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
    return None


def _refuse(name: str) -> Any:  # noqa: ANN401  the library's protocol
    raise NotJsonError(f"{name} is no JSON")


def _shallow(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """Return a value that is not nested too deeply and whose numbers are finite.

    Raises:
        NotJsonError: if it is not such a value.
    """
    waiting = [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise NotJsonError("is nested too deeply")
        if isinstance(each, float) and not math.isfinite(each):
            raise NotJsonError("holds a number out of reach")
        if isinstance(each, dict):
            waiting += [(part, depth + 1) for part in each.values()]
        elif isinstance(each, list):
            waiting += [(part, depth + 1) for part in each]
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

    A text that is a number equals that number: table files know texts alone.
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
    numbers = number(output), number(expected)
    if numbers[0] is not None and numbers[1] is not None and not _is_code(output, expected):
        return is_near(numbers[0], numbers[1], tolerance)
    return _folded(str(output)) == _folded(str(expected))


def _is_code(output: Any, expected: Any) -> bool:  # noqa: ANN401  any scalar
    """Return whether digits are a name rather than a number: texts with leading zeros, such as postal codes."""
    return any(isinstance(each, str) and re.match(r"\s*0\d", each) for each in (output, expected))


def _truth(value: Any) -> bool | None:  # noqa: ANN401  any JSON value
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().casefold()) if isinstance(value, str) else None


def number(value: Any) -> float | None:  # noqa: ANN401  any JSON value
    """Return a number, or the number that a text is as a whole; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip().replace("\u2212", "-")
        if not NUMBER.fullmatch(text):
            return None
        value = text.replace(",", "")
    try:
        found = float(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def is_near(output: float, expected: float, tolerance: float | None) -> bool:
    """Return whether a number is the expected one but for a relative error; without one, but for rounding."""
    allowed = _EXACT if tolerance is None else max(tolerance, _EXACT)
    return abs(output - expected) <= allowed * abs(expected)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
