"""Regular expressions of a task, matched in time linear in the text: no pattern of a user can hang a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REASON = 160


def pattern_of(pattern: str) -> Callable[[str], bool]:
    """Return whether a whole text matches a regular expression, in time linear in the text (RE2).

    Raises:
        ValueError: if it is none, or needs backtracking (look-around, back references).
    """
    import re2  # needed by few tasks

    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options=options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(
            f"is no regular expression that RE2 takes ({reason[:REASON]}); look-around and back "
            "references cannot be used"
        ) from None
    return lambda text: compiled.fullmatch(text.encode("utf-8", "replace").decode()) is not None
