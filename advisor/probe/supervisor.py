"""Starts a worker process, talks to it, and ends it when it takes too much time or memory or goes astray."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, NoReturn, Self

import psutil

from advisor.errors import one_line
from advisor.probe.protocol import MAX_MESSAGE_BYTES, PROTOCOL, Loaded, Outcome, ProbeSpec
from advisor.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from advisor.task.examples import Example

WATCH_SECONDS = 0.05
LOG_TAIL_BYTES = 4096
WORKER = ("-P", "-m", "advisor.probe.worker")


class ProbeFailedError(Exception):
    """A candidate's probe ended; the message is the reason a person understands."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What a worker may use; enforced from outside it."""

    memory_bytes: int
    seconds_per_example: float
    load_seconds: float


class Worker:
    """One candidate in a process of its own. Use it as a context manager: leaving it ends the process."""

    def __init__(self, spec: ProbeSpec, limits: WorkerLimits, log: Path, command: Sequence[str] = WORKER) -> None:
        """Start the process; `log` receives what its libraries print."""
        self._limits = limits
        self._log = log
        self._peak = 0
        with log.open("ab") as errors:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(spec.threads),
                # Ctrl-C reaches the main process alone, which then ends its workers.
                start_new_session=True,
            )
        self._watched = psutil.Process(self._process.pid)
        self._inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        output = self._process.stdout
        if output is None or self._process.stdin is None:  # both were asked for above
            raise RuntimeError("the worker has no pipes")
        self._stdin: IO[bytes] = self._process.stdin
        self._reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        self._reader.start()
        self._spec = spec

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def peak_memory_bytes(self) -> int:
        """The most resident memory seen so far."""
        return self._peak

    def load(self) -> Loaded:
        """Load the model and train its head if it has one.

        Raises:
            ProbeFailedError: with the reason.
        """
        self._send({"type": "load", "protocol": PROTOCOL, "spec": self._spec.to_json()})
        message = self._receive(time.monotonic() + self._limits.load_seconds, "to load")
        try:
            return Loaded(
                seconds=float(message["seconds"]),
                teaching_seconds=float(message["teaching_seconds"]),
                engine=str(message["engine"]),
                device=str(message["device"]),
                details=dict(message["details"]),
            )
        except (KeyError, TypeError, ValueError):
            self._fail(f"answered something that is not in the protocol: {one_line(message, 80)}")

    def run(self, examples: Sequence[Example]) -> list[Outcome]:
        """Answer a batch; outcomes come in the order of the examples.

        Raises:
            ProbeFailedError: with the reason.
        """
        batch = [{"id": e.id, "input": e.input, "expected": e.expected} for e in examples]
        self._send({"type": "run", "examples": batch})
        deadline = time.monotonic() + self._limits.seconds_per_example * len(batch)
        outcomes: list[Outcome] = []
        while True:
            message = self._receive(deadline, "per example")
            try:
                if message["type"] == "done":
                    self._peak = max(self._peak, int(message["peak_memory_bytes"] or 0))
                    break
                outcomes.append(Outcome.from_json(message))
            except (KeyError, TypeError, ValueError):
                self._fail(f"answered something that is not in the protocol: {one_line(message, 80)}")
        if [outcome.id for outcome in outcomes] != [example.id for example in examples]:
            self._fail("answered other examples than it was asked")
        return outcomes

    def close(self) -> None:
        """End the process and what it started, however it fares."""
        self._kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._stdin.write(json.dumps(message).encode() + b"\n")
            self._stdin.flush()
        except (BrokenPipeError, OSError):
            self._process.wait()
            self._fail(self._death())

    def _read(self, output: IO[bytes]) -> None:
        while line := output.readline(MAX_MESSAGE_BYTES):
            self._inbox.put(line)
        self._inbox.put(None)

    def _receive(self, deadline: float, limit: str) -> dict[str, Any]:
        while True:
            try:
                line = self._inbox.get(timeout=WATCH_SECONDS)
            except queue.Empty:
                self._watch(deadline, limit)
                continue
            if line is None:
                self._process.wait()
                self._fail(self._death())
            try:
                message = json.loads(line)
            except ValueError:
                self._fail(f"printed something that is not in the protocol: {one_line(line[:80])}")
            if not isinstance(message, dict) or not isinstance(message.get("type"), str):
                self._fail(f"printed something that is not in the protocol: {one_line(line[:80])}")
            if message["type"] == "failed":
                self._fail(one_line(message.get("reason", "gave no reason")))
            return message

    def _watch(self, deadline: float, limit: str) -> None:
        try:
            memory = sum(
                process.memory_info().rss for process in (self._watched, *self._watched.children(recursive=True))
            )
        except psutil.Error:  # it is ending; its pipe tells how
            return
        self._peak = max(self._peak, memory)
        if memory > self._limits.memory_bytes:
            self._fail(
                f"used {format_bytes(memory)} of memory, "
                f"more than the limit of {format_bytes(self._limits.memory_bytes)}"
            )
        if time.monotonic() > deadline:
            allowed = self._limits.load_seconds if limit == "to load" else self._limits.seconds_per_example
            self._fail(f"took longer than the limit of {format_seconds(allowed)} {limit}")

    def _death(self) -> str:
        status = self._process.returncode
        if status < 0:
            if -status == signal.SIGKILL:
                return "was killed from outside, most likely by the system for lack of memory"
            try:
                name = signal.Signals(-status).name
            except ValueError:
                name = f"signal {-status}"
            return f"crashed inside its engine ({name})"
        return f"ended by itself with exit status {status}; last words: {self._last_words()}"

    def _last_words(self) -> str:
        with self._log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - LOG_TAIL_BYTES))
            lines = log.read().decode(errors="replace").strip().splitlines()
        return one_line(lines[-1], 200) if lines else "none"

    def _fail(self, reason: str) -> NoReturn:
        self._kill()
        raise ProbeFailedError(reason)

    def _kill(self) -> None:
        if self._process.poll() is not None:
            return
        try:
            family = [self._watched, *self._watched.children(recursive=True)]
        except psutil.Error:
            family = []
        for process in family:
            try:
                process.kill()
            except psutil.Error:
                continue
        self._process.kill()


def _environment(threads: int) -> dict[str, str]:
    """Return a worker's environment: no network, one thread setting, quiet libraries."""
    return os.environ | {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(threads),
        # Spinning threads collapse when anything else runs on the machine.
        "OMP_WAIT_POLICY": "PASSIVE",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
