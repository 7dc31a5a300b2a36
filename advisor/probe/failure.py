"""The error of a failed probe, and messages for how a worker's process died."""

import os
import signal
from pathlib import Path

from advisor.errors import one_line

LOG_TAIL_BYTES = 4096
# Signals sent from outside; all others are the process's own fault.
_FROM_OUTSIDE = ("SIGTERM", "SIGINT", "SIGHUP", "SIGXCPU")


class ProbeFailedError(Exception):
    """A candidate's probe ended; the message is the reason in plain words.

    Attributes:
        is_circumstance: Whether the reason is outside the model (a limit, a kill from outside, a process that could
            not be started), so that another try may succeed. Otherwise it is the model's own and final.
    """

    def __init__(self, reason: str, *, is_circumstance: bool = False) -> None:
        super().__init__(reason)
        self.is_circumstance = is_circumstance


def death(status: int, log: Path) -> ProbeFailedError:
    """Return the error for a worker's exit status; `log` has its last output."""
    if status >= 0:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
            lines = file.read().decode(errors="replace").strip().splitlines()
        said = one_line(lines[-1], 200) if lines else "none"
        return ProbeFailedError(f"exited with status {status}; last words: {said}")
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    if name == "SIGKILL":
        return ProbeFailedError(
            "was killed from outside, most likely by the system for lack of memory", is_circumstance=True
        )
    if name == "SIGPROF":  # see `advisor.engines.bounds`
        return ProbeFailedError("computed too long for a model of its size: its chat template may never end")
    if name in _FROM_OUTSIDE:
        return ProbeFailedError(f"was ended from outside ({name})", is_circumstance=True)
    return ProbeFailedError(f"crashed inside its engine ({name})")
