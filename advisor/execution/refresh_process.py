"""Refreshes the catalog in a process of its own and tells how it goes, one JSON object a line on standard output.

    {"progress": {...}}    fields of `catalog.refresh.progress.Progress`, and "line": the same in words
    {"done": [...]}        what was done, in lines for people
    {"failed": "..."}      why it was not, in one line

An interrupt ends it; every page fetched is kept, and the next refresh goes on from there. The terminal session starts
it so: listing and merging hundreds of thousands of models would make every key late in the session's own process.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from advisor.errors import ExitCode, one_line

if TYPE_CHECKING:
    from catalog.refresh.progress import Progress

TELL_SECONDS = 0.1


def tell(**value: Any) -> None:  # noqa: ANN401  JSON values
    """Print one line."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Refresh as `advisor catalog refresh` does without flags; return the exit code."""
    from catalog.errors import CatalogError
    from catalog.refresh.progress import describe, summary_lines
    from catalog.refresh.run import refresh

    stage, at = "", 0.0

    def show(progress: Progress) -> None:
        nonlocal stage, at
        now = time.monotonic()
        if progress.stage != stage or now - at >= TELL_SECONDS:
            stage, at = progress.stage, now
            tell(progress=asdict(progress) | {"line": one_line(describe(progress), 300)})

    # A shell that starts the session in the background has interrupts ignored, and what is ignored is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        tell(done=summary_lines(refresh(progress=show), back=""))
    except CatalogError as error:
        tell(failed=one_line(error, 1000))
        return ExitCode.OUT_OF_REACH
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return ExitCode.PASSES


if __name__ == "__main__":
    sys.exit(main())
