"""Progress and summary of a refresh."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from catalog.refresh.journal import ABSENCES

Stage = Literal["listing", "checking", "waiting", "landing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a refresh."""

    stage: Stage  # Fetching pages, checking single models, waiting for the Hub, or building the catalog.
    done: int  # Pages or checks done, those of an interrupted run included.
    total: int | None  # Expected total, if known.
    models: int  # Records fetched by this process.
    per_second: float  # Records a second by this process, waits included.
    seconds_left: float | None  # Estimate, ``None`` if unknown.
    detail: str  # What is being fetched, or the reason for a wait.


@dataclass(frozen=True, slots=True)
class Summary:
    """Result of a refresh."""

    mode: Literal["full", "incremental"]  # Whether it listed its whole scope, or only changes.
    requests: int  # Requests sent by this process.
    pages: int  # Pages of the run, including those of an interrupted process.
    models: int  # Models in the catalog now.
    added: int  # Models new in the catalog.
    changed: int  # In both, with other facts.
    removed: int  # No longer in the catalog.
    dropped: int  # Of the removed, those that this Hub no longer has.
    kept: int  # Missing on this Hub but kept: so many that it may be a partial mirror.
    asked: int  # Models of the catalog that this Hub was asked about, if some are dropped or kept.
    missed: int  # Models not found, but not yet in enough refreshes in a row.
    landed: bool  # Whether the catalog differs from the previous one.
    snapshot: str  # SHA-256 of its snapshot.
    seconds: float  # Run time of this process.


class Meter:
    """Counts the work of this process and reports it."""

    def __init__(self, report: Callable[[Progress], None], clock: Callable[[], float] = time.monotonic) -> None:
        """Start counting; ``report`` is called from the thread that refreshes."""
        self._report = report
        self._clock = clock
        self._start = clock()
        self._steps = 0
        self._models = 0
        self._last = Progress("listing", 0, None, 0, 0.0, None, "")

    @property
    def seconds(self) -> float:
        return self._clock() - self._start

    def step(self, stage: Stage, done: int, total: int | None, models: int, detail: str) -> None:
        """Count one finished page or check, with the number of its records."""
        self._steps += 1
        self._models += models
        self.show(stage, done, total, detail)

    def show(self, stage: Stage, done: int, total: int | None, detail: str) -> None:
        seconds = max(self.seconds, 1e-6)
        left = None
        if total is not None and self._steps:
            left = max(0, total - done) * seconds / self._steps
        self._last = Progress(stage, done, total, self._models, self._models / seconds, left, detail)
        self._report(self._last)

    def waiting(self, seconds: float, reason: str) -> None:
        last = self._last
        detail = f"{reason}: going on in {seconds:.0f} s"
        left = None if last.seconds_left is None else last.seconds_left + seconds
        self._report(Progress("waiting", last.done, last.total, last.models, last.per_second, left, detail))


def progress_line(progress: Progress) -> str:
    """One line: done of total, rate, time left."""
    if progress.stage == "landing":
        return f"{progress.detail} …"
    if progress.stage == "waiting":
        return progress.detail
    unit = "pages" if progress.stage == "listing" else "single models"
    of = f" of about {progress.total:,}" if progress.total is not None else ""
    left = "" if progress.seconds_left is None else f", about {_duration(progress.seconds_left)} left"
    rate = f"{progress.models:,} models, {progress.per_second:,.0f}/s"
    return f"{progress.done:,}{of} {unit}, {rate}{left} ({progress.detail})"


def summary_lines(summary: Summary, back: str = " To go back: --rollback.") -> list[str]:
    """The result of a refresh in one line, with a sentence on how to go back; then notes about models not found."""
    cost = f"{summary.requests:,} requests, {_duration(summary.seconds)}"
    if summary.landed:
        first = (
            f"The catalog now has {summary.models:,} models: {summary.added:,} new, {summary.changed:,} changed, "
            f"{summary.removed:,} gone ({cost}).{back}"
        )
    else:
        first = f"The catalog is up to date: {summary.models:,} models, nothing has changed ({cost})."
    lines = [first]
    if summary.dropped:
        lines.append(f"{summary.dropped:,} of the models that left are no longer on this Hub.")
    if summary.kept:
        lines.append(
            f"{summary.kept:,} of the {summary.asked:,} models that this Hub was asked about are not on it "
            f"({summary.kept / summary.asked:.0%}). They stay in the catalog, because it may be a partial mirror; "
            "--drop-missing removes them."
        )
    if summary.missed:
        lines.append(
            f"{summary.missed:,} models were not found; a model missing in {ABSENCES} refreshes in a row is removed."
        )
    return lines


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{rest} s" if not minutes else f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"  # noqa: PLR2004 - two digits
