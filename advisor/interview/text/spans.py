"""Spans of a text with a meaning, and numbers as people write them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# A number with thousands or decimal separators; a longer one is no figure of a task.
# Scripts without blanks between words write numbers right after a letter.
NUMBER = r"(?<![\dA-Za-zÀ-ӿ_.,])\d{1,9}(?:[.,]\d{1,6}){0,3}"
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the text and its meaning."""

    key: str
    value: Any
    start: int
    end: int


def is_covered(spans: Iterable[Span], start: int, end: int) -> bool:
    """Return whether a range of the text overlaps with one of the spans."""
    return any(span.start < end and start < span.end for span in spans)


def number(text: str, *, is_count: bool = False) -> float:
    """Return a number with a decimal point or comma, of a text that `NUMBER` matched.

    With `is_count` "20.000" is twenty thousand, and not twenty.
    """
    if "," in text and "." in text:
        return float(re.sub(r"[.,](?=.*[.,])", "", text).replace(",", "."))
    if _THOUSANDS.fullmatch(text) and (is_count or text.count(",") + text.count(".") > 1):
        return float(re.sub(r"[.,]", "", text))
    whole, *parts = re.split(r"[.,]", text)
    return float(f"{whole}.{parts[0]}" if parts else whole)


def whole(at: re.Match[str]) -> tuple[int, int]:
    """Return the bounds of a match, without surrounding blanks."""
    return trimmed(at.string, *at.span())


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of a range of a text, without surrounding blanks."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
