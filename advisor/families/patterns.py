"""A task's regular expressions, matched in linear time: no user's pattern can hang a run."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

REASON = 160
# The pattern's group of this name is the value; the rest is its context.
VALUE = "value"


def pattern_of(pattern: str) -> Callable[[str], bool]:
    """Return a function that tests whether a whole text matches a regular expression, in linear time (RE2).

    ValueError if the pattern is invalid, or needs backtracking (look-around, back references).
    """
    compiled = _compiled(pattern)
    return lambda text: compiled.fullmatch(_encodable(text)) is not None


def search_of(pattern: str) -> Callable[[str], bool]:
    """Return a function that searches a text for a regular expression, as JSON schemas do; else as `pattern_of`."""
    compiled = _compiled(pattern)
    return lambda text: compiled.search(_encodable(text)) is not None


def find_value(pattern: str, text: str) -> str | None:
    """Return the first piece of a text that matches a pattern as a whole value, None if there is none.

    If the pattern has a group named "value", the piece is that group's match. ValueError as `pattern_of` does.
    """
    inner = pattern.removeprefix("^")
    inner = inner[:-1] if inner.endswith("$") and not inner.endswith("\\$") else inner
    found = _compiled(inner).search(_encodable(text))
    if found is None:
        return None
    return str(found[VALUE if VALUE in found.re.groupindex else 0]) or None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:  # noqa: ANN401  the library has no types
    import re2  # needed by few tasks

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(_encodable(pattern), options=options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(
            f"is not a regular expression that RE2 accepts ({reason[:REASON]}); look-around and back "
            "references cannot be used"
        ) from None


def _encodable(text: str) -> str:
    """Return a text without lone surrogates, which JSON can hold and the library cannot read."""
    return text.encode("utf-8", "replace").decode()
