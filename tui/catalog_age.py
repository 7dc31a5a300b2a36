"""From when the catalog in use is; for a worker's thread."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.facts import ago

if TYPE_CHECKING:
    from tui.finder import Finder

DAY = 86_400
OLD_DAYS = 60


@dataclass(frozen=True, slots=True)
class Age:
    """How many models the catalog in use has, and from when it is.

    Attributes:
        count: Models.
        day: The last day on which its facts held, ISO; "" where nothing says it.
        seconds: How long ago that is, None where it is not known.
        origin: "shipped", "refreshed" or "imported".
    """

    count: int
    day: str
    seconds: float | None
    origin: str

    @property
    def is_old(self) -> bool:
        """Whether a refresh would bring much that is new."""
        return self.seconds is None or self.seconds > OLD_DAYS * DAY

    @property
    def _old(self) -> str:
        is_new = self.seconds is None or self.seconds < DAY
        return "of today" if is_new else ago(0, self.seconds).replace("ago", "old")

    @property
    def short(self) -> str:
        """Only how old it is, for a line's end."""
        return f"facts of {self.day}, {self._old}" if self.day else f"{self.origin}, facts of no known day"

    @property
    def words(self) -> str:
        """All but the number of models."""
        return f"{self.origin}, facts of {self.day} ({self._old})" if self.day else self.short


def age(finder: Finder) -> Age:
    """Return the age of the catalog in use, which is compiled first where that was never done.

    A refresh asks the Hub for its facts, so it is as old as that. What is shipped, or came in a file, is as old as the
    newest fact in it.

    Raises:
        OutOfReachError: if the catalog cannot be opened.
    """
    state = finder.state()
    current = state["current"]
    day = current["landed"][:10] if current and current["origin"] == "refresh" else state["newest"] or ""
    seconds = _seconds_since(day)
    origin = {"refresh": "refreshed", "import": "imported"}[current["origin"]] if current else "shipped"
    return Age(state["count"], day if seconds is not None else "", seconds, origin)


def _seconds_since(day: str) -> float | None:
    """Return how long ago a day was, at least 0; None for what is no day."""
    try:
        began = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), dt.UTC).timestamp()
    except ValueError:
        return None
    return max(0.0, time.time() - began)
