"""How long a batch may take.

Outcomes come when their batch is done, so a hang shows only in its time; the limit of one example for each would be
hours for a batch that is due in milliseconds.
"""

from __future__ import annotations

from advisor.units import format_seconds

# A new worker answers this many first: they tell how long a large batch may take.
FIRST_EXAMPLES = 4
# How many times slower than before a batch may be, beyond the limit of one example, until it counts as hung.
SLOWER = 20


class Pace:
    """What a worker's batches took so far, and what the next one may."""

    def __init__(self, limit: float) -> None:
        """Begin with nothing known; `limit` is what one example may take, in seconds."""
        self._limit = limit
        self._answered = 0
        self._seconds = 0.0

    @property
    def largest_batch(self) -> int | None:
        """How many examples may be sent at once, None for any number."""
        return None if self._answered else FIRST_EXAMPLES

    def note(self, count: int, seconds: float) -> None:
        """Take in a batch that was answered."""
        self._answered += count
        self._seconds += seconds

    def allowance(self, count: int) -> tuple[float, str]:
        """Return how many seconds a batch may take, and what to say when it takes longer."""
        most = self._limit * count
        words = f"took longer than the limit of {format_seconds(self._limit)} per example"
        if not self._answered:
            return most, words
        mean = self._seconds / self._answered
        allowed = self._limit + SLOWER * mean * count
        if allowed >= most:
            return most, words
        used = f"{count} examples were not answered within {format_seconds(allowed)}"
        return allowed, f"hangs: {used}, though one took {format_seconds(mean)} before"
