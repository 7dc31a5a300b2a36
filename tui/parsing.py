"""Typed text to a question's answer: each kind of question has its way; what does not fit is told in a sentence."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from advisor.interview.answer_forms import READERS
from advisor.units import format_bytes, percent
from tui.words import NOTHING, SHARES

if TYPE_CHECKING:
    from advisor.interview.question import Question


def parse(question: Question, text: str) -> Any:  # noqa: ANN401  a JSON value
    """Return the answer that a text is: a number, a size, a yes as the engine reads them for its key.

    Raises:
        ValueError: in words for the user, if it is none.
    """
    value = text.strip()
    if not value:
        raise ValueError("write an answer" + (", or say that you don't know (ctrl+o)" if question.may_skip else ""))
    match question.kind:
        case "number":
            return READERS.get(question.key, number)(value)
        case "size":
            return READERS.get(question.key, READERS["download"])(value)
        case "labels":
            return labels(value)
        case "yes" | "plan":
            return READERS["plan"](value)
        case "several":
            return READERS["models"](value)
        case "columns":
            return columns(value)
        case _:
            return value


def number(text: str) -> float:
    """Return a number: "0.9", "0,9", "90%".

    Raises:
        ValueError: if it is none.
    """
    if text.endswith("%"):
        return float(READERS["bar.pass_rate"](text))
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]!r} is not a number; write for example 0.9")
    return value


def _is_share(text: str, value: float) -> bool:
    """Return whether a share is written so: not where it has more digits than are read, or is out of all bounds."""
    try:
        return bool(READERS["bar.pass_rate"](text) == value)
    except ValueError:
        return False


def labels(text: str) -> list[str]:
    """Return labels, one a line or parted by commas; a repeated one counts once.

    Raises:
        ValueError: if there are fewer than two.
    """
    parts = text.splitlines() if "\n" in text else text.split(",")
    found = list(dict.fromkeys(part.strip() for part in parts if part.strip()))
    if len(found) < 2:  # noqa: PLR2004  one label leaves nothing to decide
        raise ValueError("name at least two labels, one a line")
    return found


def columns(text: str) -> dict[str, str]:
    """Return which column a part is in, from "part: column" lines.

    Raises:
        ValueError: if a line is none.
    """
    found = {}
    for line in text.splitlines():
        part, mark, column = line.partition(":")
        if not mark or not part.strip() or not column.strip():
            raise ValueError(f"{line[:40]!r}: write a part and its column, e.g. input: text")
        found[part.strip()] = column.strip()
    return found


def typed(question: Question, value: Any) -> str:  # noqa: ANN401  a JSON value
    """Return what would be typed for a value."""
    if value is None:
        return ""
    match question.kind:
        case "size" if isinstance(value, int):
            return format_bytes(value).replace(" ", "") if value else NOTHING
        case "labels":
            return "\n".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)
        case "number" if question.key in SHARES and _is_share(percent(value), value):
            return percent(value)
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return f"{value:.10g}" if math.isfinite(value) else ""
        case "several" if isinstance(value, list | tuple):
            return ", ".join(str(each) for each in value)
        case "columns" if isinstance(value, dict):
            return "\n".join(f"{part}: {column}" for part, column in value.items())
        case _:
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
