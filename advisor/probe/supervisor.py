"""Starts a worker process, talks to it, and ends it when it takes too much time or memory or goes astray."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Self

from advisor.errors import one_line
from advisor.probe.pipes import END_SECONDS, Pipes
from advisor.probe.protocol import MAX_MESSAGE_BYTES, PROTOCOL, Loaded, Outcome, ProbeSpec, done_from_json
from advisor.probe.watch import Watch
from advisor.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from advisor.task.examples import Example

WATCH_SECONDS = 0.05
LOG_TAIL_BYTES = 4096
MAX_LOG_BYTES = 16 << 20
SECRETS = frozenset({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"})
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
    """One candidate in a process of its own; its calls are for one thread.

    Use it as a context manager: leaving it ends the process.
    """

    def __init__(self, spec: ProbeSpec, limits: WorkerLimits, log: Path, command: Sequence[str] = WORKER) -> None:
        """Start the process; `log` receives what its libraries print.

        Raises:
            ProbeFailedError: if the system cannot start another process.
        """
        self._spec = spec
        self._limits = limits
        self._log = log
        self._peak = 0
        self._watch_due = 0.0
        with log.open("ab") as errors:
            try:
                self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                    [sys.executable, *command],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=environment(spec.threads),
                    # Ctrl-C reaches the main process alone, which then ends its workers.
                    start_new_session=True,
                )
            except OSError as error:
                raise ProbeFailedError(f"its process cannot be started ({one_line(error)})") from None
        self._watch = Watch(self._process.pid)
        if self._process.stdin is None or self._process.stdout is None:  # both were asked for above
            raise RuntimeError("the worker has no pipes")
        self._pipes = Pipes(self._process.stdin, self._process.stdout)
        self._is_ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

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
            return Loaded.from_json(message)
        except (KeyError, TypeError, ValueError):
            self._fail_protocol(json.dumps(message))

    def run(self, examples: Sequence[Example]) -> list[Outcome]:
        """Answer a batch; outcomes come in the order of the examples.

        Raises:
            ProbeFailedError: with the reason.
        """
        if not examples:
            return []
        self._send(
            {"type": "run", "examples": [{"id": e.id, "input": e.input, "expected": e.expected} for e in examples]}
        )
        deadline = time.monotonic() + self._limits.seconds_per_example * len(examples)
        outcomes: list[Outcome] = []
        while (message := self._receive(deadline, "per example"))["type"] == "outcome":
            try:
                outcomes.append(Outcome.from_json(message))
            except (KeyError, TypeError, ValueError):
                self._fail_protocol(json.dumps(message))
            if len(outcomes) > len(examples):
                self._fail("answered more examples than it was asked")
        try:
            own_peak = done_from_json(message)
        except (KeyError, TypeError, ValueError):
            self._fail_protocol(json.dumps(message))
        self._note_memory(own_peak)
        if [outcome.id for outcome in outcomes] != [example.id for example in examples]:
            self._fail("answered other examples than it was asked")
        return outcomes

    def close(self) -> None:
        """End the process and what it started, however it fares."""
        self._end()
        self._pipes.close()

    def _send(self, message: dict[str, Any]) -> None:
        self._pipes.send(json.dumps(message).encode() + b"\n")

    def _receive(self, deadline: float, limit: str) -> dict[str, Any]:
        has_ended = False
        while True:
            self._watch_memory()
            try:
                return self._understand(self._pipes.receive(WATCH_SECONDS))
            except TimeoutError:
                if has_ended:  # and all it said was read: a descendant holds its output open
                    self._fail(self._death())
                has_ended = self._process.poll() is not None
                if time.monotonic() > deadline:
                    allowed = self._limits.load_seconds if limit == "to load" else self._limits.seconds_per_example
                    self._fail(f"took longer than the limit of {format_seconds(allowed)} {limit}")

    def _understand(self, line: bytes | None) -> dict[str, Any]:
        if line is None:
            self._fail(self._death())
        if len(line) >= MAX_MESSAGE_BYTES:
            self._fail(f"printed a line of more than {format_bytes(MAX_MESSAGE_BYTES)}, which is not in the protocol")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            self._fail_protocol(line.decode(errors="replace"))
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            self._fail_protocol(line.decode(errors="replace"))
        if message["type"] == "failed":
            self._fail(one_line(message.get("reason", "gave no reason")))
        return message

    def _watch_memory(self) -> None:
        if time.monotonic() < self._watch_due:
            return
        self._watch_due = time.monotonic() + WATCH_SECONDS
        with contextlib.suppress(OSError):
            if self._log.stat().st_size > MAX_LOG_BYTES:  # opened for appending: it starts over
                os.truncate(self._log, 0)
        self._note_memory(self._watch.memory_bytes())

    def _note_memory(self, seen: int) -> None:
        self._peak = max(self._peak, seen)
        if seen > self._limits.memory_bytes:
            allowed = format_bytes(self._limits.memory_bytes)
            self._fail(f"used {format_bytes(seen)} of memory, more than the limit of {allowed}")

    def _death(self) -> str:
        """Say how a worker ended whose output has ended."""
        try:
            status = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            return "closed its output but went on running"
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

    def _fail_protocol(self, text: str) -> NoReturn:
        self._fail(f"printed something that is not in the protocol: {one_line(text[:200], 80)}")

    def _fail(self, reason: str) -> NoReturn:
        self._end()
        raise ProbeFailedError(reason)

    def _end(self) -> None:
        if self._is_ended:
            return
        self._is_ended = True
        self._watch.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # stuck in the kernel: it ends when that lets go
            self._process.wait(END_SECONDS)


def environment(threads: int) -> dict[str, str]:
    """Return a worker's environment: no network and no key to it, one thread setting, quiet libraries."""
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    return kept | {
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
