"""Watch a worker process from outside: memory of it and its descendants, and ending them all."""

import contextlib
import os
import signal
import time
from pathlib import Path

import psutil

FAMILY_SECONDS = 0.5
MOST_LIKELY_KILLED_FIRST = "1000"


class Watch:
    """A process that leads its own session, and its descendants."""

    def __init__(self, pid: int) -> None:
        """Start watching; the process must not have been waited for yet."""
        self._leader = psutil.Process(pid)
        self._family: dict[int, psutil.Process] = {}
        self._family_due = 0.0
        # If the whole machine runs out of memory, the system should end the probe, not the run (Linux; the
        # kernel's documentation of /proc/pid/oom_score_adj).
        with contextlib.suppress(OSError):
            Path(f"/proc/{pid}/oom_score_adj").write_text(MOST_LIKELY_KILLED_FIRST, encoding="ascii")

    def memory_bytes(self, *, has_time: bool = True) -> int:
        """Return the current resident memory of the process and its descendants; ended ones count nothing.

        Without `has_time` only known descendants count: looking for new ones reads all processes of the system, some
        milliseconds, and is done less often.
        """
        if has_time and time.monotonic() >= self._family_due:
            self._look_for_family()
        total = 0
        for process in (self._leader, *self._family.values()):
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
        return total

    def kill(self) -> None:
        """End the process and all its descendants, including those that outlived their parent."""
        self._look_for_family()
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._leader.pid, signal.SIGKILL)
        for process in (*self._family.values(), self._leader):
            with contextlib.suppress(psutil.Error):  # psutil never kills a later process of the same number
                process.kill()

    def _look_for_family(self) -> None:
        self._family_due = time.monotonic() + FAMILY_SECONDS
        with contextlib.suppress(psutil.Error):
            # Known ones stay, because one whose parent has ended is no longer found among the descendants.
            self._family |= {process.pid: process for process in self._leader.children(recursive=True)}
