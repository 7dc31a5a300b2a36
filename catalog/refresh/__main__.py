"""``python -m catalog.refresh``: bring the catalog up to date with the Hub, or go back to the one before."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from types import FrameType
from typing import Any, Final

from catalog.errors import CatalogError, CatalogInputError
from catalog.live_line import LiveLine, printable
from catalog.refresh.journal import ABSENCES
from catalog.refresh.progress import Progress, Summary

BAD_INPUT: Final = 2
OUT_OF_REACH: Final = 5
INTERRUPTED: Final = 130


class ProgressPrinter:
    """Shows a refresh on standard error."""

    def __init__(self) -> None:
        self._line = LiveLine()
        self._stage = ""

    def __call__(self, progress: Progress) -> None:
        """Show where the refresh stands."""
        self._line.show(describe(progress), at_once=progress.stage != self._stage)
        self._stage = progress.stage

    def close(self) -> None:
        """End the line."""
        self._line.end()


def describe(progress: Progress) -> str:
    """One line: what is done of how much, the rate, the time left."""
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
    """What a refresh did, in a line, and what the user should know about models that were not found.

    Args:
        summary: Of the refresh.
        back: A sentence that says how to go back.
    """
    if summary.landed:
        first = (
            f"The catalog now has {summary.models:,} models: {summary.added:,} new, {summary.changed:,} changed, "
            f"{summary.removed:,} gone ({_cost(summary)}).{back}"
        )
    else:
        first = f"The catalog is up to date: {summary.models:,} models, nothing has changed ({_cost(summary)})."
    lines = [first]
    if summary.dropped:
        lines.append(f"{summary.dropped:,} of the models that went are no more on this Hub.")
    if summary.kept:
        lines.append(
            f"{summary.kept:,} of the {summary.asked:,} models that this Hub was asked about are not on it "
            f"({summary.kept / summary.asked:.0%}). They stay in the catalog, for it may be a mirror that holds a part "
            "of the Hub; --drop-missing removes them."
        )
    if summary.missed:
        lines.append(
            f"{summary.missed:,} models were not found; what {ABSENCES} refreshes in a row do not find is removed."
        )
    return lines


def say(line: str) -> None:
    """Print a line to standard error."""
    print(printable(line), file=sys.stderr, flush=True)  # noqa: T201 - owns it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        run(arguments)
    except CatalogError as error:
        say(f"error: {error}")
        return BAD_INPUT if isinstance(error, CatalogInputError) else OUT_OF_REACH
    except KeyboardInterrupt:
        say("interrupted; every page fetched is kept, and the same command continues from there")
        return INTERRUPTED
    return 0


def run(arguments: Sequence[str] | None = None, *, quiet: bool = False) -> None:
    """Refresh the catalog, or go back; print what came of it.

    Raises:
        CatalogError: if it fails.
    """
    options = _parser().parse_args(arguments)
    tell: Callable[[str], None] = _ignore if quiet else say
    if options.rollback:
        document = _roll_back(tell)
    else:
        printer = ProgressPrinter()
        try:
            document = _refresh(options, _ignore if quiet else printer, tell)
        finally:
            printer.close()
    if options.json:
        sys.stdout.write(json.dumps(document) + "\n")


def _refresh(
    options: argparse.Namespace, show: Callable[[Progress], None], tell: Callable[[str], None]
) -> dict[str, Any]:
    from catalog.refresh.run import refresh  # reads the environment's settings for the Hub

    summary = refresh(
        top=options.top,
        families=options.family or None,
        everything=options.all,
        full=options.full,
        hub_only=options.hub_only,
        token=False if options.no_token else None,
        page_size=options.page_size,
        checks=options.checks,
        drop_missing=options.drop_missing,
        timeout=options.timeout,
        pause=options.pause,
        progress=show,
    )
    for line in summary_lines(summary):
        tell(line)
    return asdict(summary)


def _roll_back(tell: Callable[[str], None]) -> dict[str, Any]:
    from catalog.store.generations import rollback

    generation = rollback()
    if generation is None:
        tell("The shipped catalog is in use again. The same command undoes this.")
        return {"landed": None, "models": None}
    what = f"The catalog of {generation.landed} with {generation.count:,} models is in use"
    tell(f"{what}. The same command undoes this.")
    return {"landed": generation.landed, "models": generation.count}


def _ignore(_: object) -> None:
    """Show nothing."""


def _parser() -> argparse.ArgumentParser:
    from catalog.refresh.run import DEFAULT_CHECKS, DEFAULT_TOP

    parser = argparse.ArgumentParser(prog="python -m catalog.refresh", description=(__doc__ or "").split(": ")[-1])
    add = parser.add_argument
    add("--top", type=int, default=DEFAULT_TOP, metavar="N", help="most downloaded models of each task family")
    add("--family", action="append", metavar="TAG", help="only this task family; may be given several times")
    add("--all", action="store_true", help="every model of the Hub (about 3,300 requests)")
    add("--full", action="store_true", help="list everything again, not only what has changed")
    add("--hub-only", action="store_true", help="leave out what only the shipped or imported catalog knows")
    add("--no-token", action="store_true", help="send no token, even if there is one")
    add("--page-size", type=int, default=1000, metavar="N", help="models a request (1000)")
    add("--checks", type=int, default=DEFAULT_CHECKS, metavar="N", help="most missing models to ask for one by one")
    add("--drop-missing", action="store_true", help="drop what this Hub has no more, even if that is a fifth and more")
    add("--timeout", type=float, default=30.0, metavar="S", help="seconds of silence that end a request (30)")
    add("--pause", type=float, default=1.0, metavar="S", help="seconds before a failed request is tried again (1)")
    add("--rollback", action="store_true", help="go back to the catalog before the present one")
    add("--json", action="store_true", help="print the summary as JSON")
    return parser


def _cost(summary: Summary) -> str:
    return f"{summary.requests:,} requests, {_duration(summary.seconds)}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{rest} s" if not minutes else f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"  # noqa: PLR2004 - two digits


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
