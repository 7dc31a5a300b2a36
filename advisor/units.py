"""Sizes and durations in human-readable form: parsing and formatting."""

import datetime as dt
import math
import re

_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_COUNTS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_COUNT = re.compile(r"\s*(\d{1,15}(?:\.\d{1,15})?)\s*([kmbt])?\s*", re.IGNORECASE)
_SIZE = re.compile(r"\s*(\d{1,15}(?:\.\d{1,15})?)\s*(?:([kmgt])(i?))?b?\s*", re.IGNORECASE)


def parse_size(text: str | float) -> int:
    """Return bytes for "4GB", "512 MiB", "1.5g" or a plain number; ValueError if the text is not a size."""
    if isinstance(text, bool):
        raise ValueError(f"{text!r} is not a size; write for example 4GB or 512MiB")  # noqa: TRY004  as for other texts
    match = _SIZE.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{str(text)[:40]!r} is not a size; write for example 4GB or 512MiB")
    number, prefix, binary = match.groups()
    factor = (_BINARY if binary else _FACTORS)[(prefix or "").lower()]
    return int(float(number) * factor)


def parse_count(text: str | float) -> int:
    """Return a number for "500M", "1.5 B" (billion) or a plain number; ValueError if the text is not a count."""
    match = None if isinstance(text, bool) else _COUNT.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{str(text)[:40]!r} is not a count; write for example 500M or 2B")
    number, prefix = match.groups()
    return int(float(number) * _COUNTS[(prefix or "").lower()])


def counted(count: int, one: str, several: str | None = None) -> str:
    """Return a number with its noun: "1 example", "2 examples", "1,000 models"."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def capitalised(text: str) -> str:
    """Return a text as a sentence begins: its first letter upper case, the others as they are."""
    return text[:1].upper() + text[1:]


# Digits after the point; bars have no more.
MOST_DIGITS = 4


def percent(share: float) -> str:
    """Return a share that a user set, such as a bar, with its own digits: "90%", "98.5%", "99.9%".

    Infinite fractions, such as two thirds, are rounded down: "66.6%".
    """
    digits = f"{share * 100:.10g}"
    return f"{digits}%" if len(digits.partition(".")[2]) <= MOST_DIGITS else percent_floor(share)


def percent_floor(share: float) -> str:
    """Return a proven share to a tenth of a percent, rounded down: a bound must not grow by being printed."""
    return f"{math.floor(share * 1000 + 1e-9) / 10:.1f}%"


def percent_upwards(share: float) -> str:
    """Return an upper bound to a tenth of a percent, rounded up."""
    return f"{math.ceil(share * 1000 - 1e-9) / 10:.1f}%"


def format_bytes(count: int | None) -> str:
    """Return bytes in decimal units, e.g. "91 MB"; "?" when unknown."""
    if count is None:
        return "?"
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:  # noqa: PLR2004  rounds to three digits at most
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"  # noqa: PLR2004
        value /= 1000
    return f"{value:.1f} TB"


def format_count(count: int | None) -> str:
    """Return a parameter count as people say it, e.g. "22.7M"; "?" when unknown."""
    if count is None:
        return "?"
    for limit, unit in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k")):
        if count >= limit * 0.9995:  # rounds to three digits at most
            return f"{count / limit:.3g}{unit}"
    return str(count)


def format_seconds(seconds: float | None) -> str:
    """Return a duration as people say it, e.g. "4.2 ms" or "3 min"; "?" when unknown."""
    if seconds is None:
        return "?"
    if seconds < 1:
        return f"{seconds * 1000:.2g} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"  # noqa: PLR2004
    if seconds < 120:  # noqa: PLR2004
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004
    return f"{seconds / 60:.0f} min"


def size_asked(size: int) -> str:
    """Return bytes in the form of `--download`, rounded up."""
    return f"{math.ceil(size / 1e6)}MB" if size < 10**9 else f"{math.ceil(size / 1e8) / 10:g}GB"


def now() -> str:
    """Return the time in UTC, to the second, in ISO 8601."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
