"""From when the catalog in use is, and making it ready; every function is for a worker's thread."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from advisor.errors import AdvisorError, one_line
from tui.facts import ago, seconds_of

DAY = 86_400
OLD_DAYS = 60
# Of more models than this the newest fact is not looked for: it takes seconds.
MOST_READ = 200_000
_PREPARING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Age:
    """How many models the catalog in use has, and from when it is.

    Attributes:
        count: Models.
        day: The last day on which its facts held, ISO; "" where nothing says it.
        seconds: How long ago that is, None where it is not known.
        origin: "shipped", "refreshed" or "imported".
        before: What it can be rolled back to, in words; "" where there is nothing.
    """

    count: int
    day: str
    seconds: float | None
    origin: str
    before: str = ""

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


def age() -> Age:
    """Return the age of the catalog in use; compiles it first, in a process of its own, where that was never done.

    A refresh asks the Hub for its facts, so it is as old as that. What is shipped, or came in a file, is as old as the
    newest fact in it.
    """
    prepare_catalog()
    from catalog import open_catalog
    from catalog.generations import read

    now = read()
    with open_catalog() as opened:
        count = len(opened)
        if now.current is not None and now.current.origin == "refresh":
            day = now.current.landed[:10]
        else:
            day = (opened.newest() if count <= MOST_READ else None) or ""
    origin = {"refresh": "refreshed", "import": "imported"}[now.current.origin] if now.current else "shipped"
    seconds = _seconds_since(day)
    before = ""
    if now.previous is not None:
        before = f"the one {ago(seconds_of(now.previous.landed))}, {now.previous.count:,} models"
    elif now.current is not None:
        before = "the shipped one"
    return Age(count, day if seconds is not None else "", seconds, origin, before)


def prepare_catalog() -> None:
    """Compile the catalog in use, if it is not: seconds of work that would make every key late in this process.

    Raises:
        AdvisorError: if that failed.
    """
    from catalog.generations import is_ready

    with _PREPARING:
        if not is_ready():
            _compile()


def _compile() -> None:
    from catalog.generations import is_ready

    code = "from catalog import open_catalog; open_catalog().close()"
    done = subprocess.run(  # noqa: S603  our own interpreter and our own code
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode and not is_ready():
        last = (done.stderr.strip().splitlines() or ["no reason was told"])[-1]
        raise AdvisorError(f"the catalog cannot be prepared: {one_line(last.rpartition('Error: ')[2], 300)}")


def _seconds_since(day: str) -> float | None:
    """Return how long ago a day was, at least 0; None for what is no day."""
    try:
        began = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), dt.UTC).timestamp()
    except ValueError:
        return None
    return max(0.0, time.time() - began)
