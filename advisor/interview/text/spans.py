"""Places in a text that say something, and numbers as people write them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# A number with a mark for thousands or decimals; a longer one is no figure of a task.
# Scripts without blanks between words write them right behind a letter.
NUMBER = r"(?<![\dA-Za-zÀ-ӿ_.,])\d{1,9}(?:[.,]\d{1,6}){0,3}"
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


@dataclass(frozen=True, slots=True)
class Span:
    """What a part of the text says."""

    key: str
    value: Any
    start: int
    end: int


def is_covered(spans: Iterable[Span], start: int, end: int) -> bool:
    """Return whether a stretch of the text shares a character with one of the spans."""
    return any(span.start < end and start < span.end for span in spans)


def number(text: str, *, is_count: bool = False) -> float:
    """Return a number with a decimal point or comma.

    Args:
        text: What `NUMBER` matched.
        is_count: Whether "20.000" is twenty thousand, as it is where things are counted, and not twenty.
    """
    if "," in text and "." in text:
        return float(re.sub(r"[.,](?=.*[.,])", "", text).replace(",", "."))
    if _THOUSANDS.fullmatch(text) and (is_count or text.count(",") + text.count(".") > 1):
        return float(re.sub(r"[.,]", "", text))
    whole, *parts = re.split(r"[.,]", text)
    return float(f"{whole}.{parts[0]}" if parts else whole)


def whole(at: re.Match[str]) -> tuple[int, int]:
    """Return where a match begins and ends, without the blanks around it."""
    return trimmed(at.string, *at.span())


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where a stretch of a text begins and ends, without the blanks around it."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
