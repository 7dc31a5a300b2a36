"""Runs a long job in a process for a page: starts it, reads its progress, ends it.

The process prints one JSON object per line, see `tui.background_process`.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from advisor.errors import one_line

JOB = (sys.executable, "-P", "-m", "tui.background_process")
LAST_WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Going:
    """Progress of a job."""

    line: str
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """The end of a job."""

    lines: tuple[str, ...]  # The result, or the error.
    is_failed: bool = False  # Whether it failed.
    is_stopped: bool = False  # Whether it was stopped.


@dataclass
class BackgroundJob:
    """A job's process; `run` is for a worker thread, `stop` for any thread."""

    name: str  # What it does, e.g. "the refresh".
    command: tuple[str, ...]  # Its program and arguments.
    when_stopped: str  # The message if it was stopped.
    _process: subprocess.Popen[str] | None = None
    _is_stopped: bool = field(default=False)

    def run(self) -> Iterator[Going | Over]:
        """Run it and yield its progress; an `Over` comes last."""
        try:
            self._process = process = subprocess.Popen(  # noqa: S603  our own interpreter and our own modules
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # keys in the terminal are for the session only
            )
        except OSError as error:
            yield Over((f"{self.name} cannot be started ({one_line(error, 200)})",), is_failed=True)
            return
        if self._is_stopped:
            self._interrupt()
        over: Over | None = None
        assert process.stdout is not None  # noqa: S101  it was asked for
        with process:
            for line in process.stdout:
                message = _read(line)
                if isinstance(message, Over):
                    over = message
                elif message is not None:
                    yield message
        if self._is_stopped:
            yield Over((self.when_stopped,), is_stopped=True)
        else:
            yield over or Over((f"{self.name} ended without a word (code {process.returncode})",), is_failed=True)

    def stop(self, *, wait: bool = False) -> None:
        """Interrupt it; `wait` for its end, up to a few seconds."""
        self._is_stopped = True
        self._interrupt()
        if wait and self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(LAST_WAIT_SECONDS)

    def _interrupt(self) -> None:
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(OSError):
                # It leads a process group that contains its children.
                os.killpg(self._process.pid, signal.SIGINT)


def refresh() -> BackgroundJob:
    words = "The refresh was stopped; what was fetched is kept, the next one resumes there."
    return BackgroundJob("the refresh", (*JOB, "refresh"), words)


def fetch_starter() -> BackgroundJob:
    words = "Stopped; finished files are kept, the next fetch resumes there."
    return BackgroundJob("fetching", (*JOB, "fetch"), words)


def _read(line: str) -> Going | Over | None:
    try:
        message: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    if "done" in message:
        return Over(tuple(one_line(each, 600) for each in message["done"]))
    if "failed" in message:
        return Over((one_line(message["failed"], 1000),), is_failed=True)
    progress = message.get("progress") or {}
    return Going(one_line(progress.get("line", ""), 300), int(progress.get("done") or 0), progress.get("total"))
