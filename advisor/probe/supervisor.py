"""Start a worker process, exchange messages, and end it if it exceeds time or memory or breaks the protocol."""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

import psutil

from advisor.engines.table import ENGINES
from advisor.errors import one_line
from advisor.probe import no_network
from advisor.probe.failure import ProbeFailedError, death
from advisor.probe.pipes import END_SECONDS, Pipes
from advisor.probe.protocol import (
    MAX_MESSAGE_BYTES,
    PROTOCOL,
    Loaded,
    Outcome,
    ProbeSpec,
    done_from_json,
    outcomes_from_json,
)
from advisor.probe.watch import Watch
from advisor.system.redact import is_secret
from advisor.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from advisor.task.examples import Example

__all__ = ["ProbeFailedError", "Worker", "WorkerLimits", "environment"]

WATCH_SECONDS = 0.05
MAX_LOG_BYTES = 16 << 20
# A proxy that does not exist (the discard port), so that usual network requests fail.
_NOWHERE = "http://127.0.0.1:9"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
NO_NETWORK = {
    **dict.fromkeys((*_PROXIES, *(name.upper() for name in _PROXIES)), _NOWHERE),
    **dict.fromkeys(("no_proxy", "NO_PROXY"), ""),
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}
WORKER = "advisor.probe.worker"
# Examples in a new worker's first batch; its time sets the limit of larger batches.
FIRST_EXAMPLES = 4
# Factor by which a batch may be slower than before, beyond the limit of one example, until it counts as hung.
SLOWER = 20


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """A worker's limits, enforced from outside."""

    memory_bytes: int  # Resident memory of it and its descendants.
    seconds_per_example: float  # To answer one.
    load_seconds: float  # To load the model and train its head.
    seconds_left: float = math.inf  # To load and answer in all, without idle time between batches.
    seconds_in_all: float = math.inf  # The task's whole limit, which the reason of a stop names.


class Worker:
    """One candidate in its own process. Use it from one thread.

    Use it as a context manager: leaving it ends the process.
    """

    def __init__(self, spec: ProbeSpec, limits: WorkerLimits, log: Path, command: Sequence[str] = ()) -> None:
        """Start the process, with the output of libraries in `log`; ProbeFailedError if the system cannot start it."""
        self._spec = spec
        self._limits = limits
        self._log = log
        self._peak = 0
        self._pace = Pace(limits.seconds_per_example)
        self._busy = 0.0
        self._watch_due = 0.0
        with log.open("ab") as errors:
            try:
                self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                    [sys.executable, *(command or _command(spec))],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=environment(spec),
                    # Ctrl-C reaches only the main process, which then ends its workers.
                    start_new_session=True,
                )
            except OSError as error:
                reason = f"its process cannot be started ({one_line(error)})"
                raise ProbeFailedError(reason, is_circumstance=True) from None
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
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs; one that only waits for its last threads counts as ended."""
        try:
            return self._process.poll() is None and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    @property
    def peak_memory_bytes(self) -> int:
        return self._peak

    def load(self) -> Loaded:
        """Load the model and train its head if it has one; ProbeFailedError with the reason."""
        allowed_bytes = self._limits.memory_bytes
        spec = self._spec.to_json()
        self._send({"type": "load", "protocol": PROTOCOL, "spec": spec, "memory_bytes": allowed_bytes})
        allowed = self._limits.load_seconds
        began = time.monotonic()
        message = self._receive(
            *self._within(allowed, f"took longer than the limit of {format_seconds(allowed)} to load")
        )
        self._busy += time.monotonic() - began
        try:
            return Loaded.from_json(message)
        except (KeyError, TypeError, ValueError):
            self._fail_protocol(json.dumps(message))

    def run(self, examples: Sequence[Example], *, labels: Sequence[str] = ()) -> list[Outcome]:
        """Answer a batch, in the order of the examples; `labels` gives the task's in another order, empty for its own.

        ProbeFailedError with the reason.
        """
        first = self._pace.largest_batch or len(examples)
        return [outcome for part in (examples[:first], examples[first:]) if part for outcome in self._run(part, labels)]

    def _run(self, examples: Sequence[Example], labels: Sequence[str]) -> list[Outcome]:
        asked = [
            {"id": e.id, "input": e.given, "expected": e.expected}
            | ({"must_contain": list(e.must_contain)} if e.must_contain else {})
            for e in examples
        ]
        self._send({"type": "run", "examples": asked} | ({"labels": list(labels)} if labels else {}))
        began = time.monotonic()
        allowed, too_long = self._within(*self._pace.allowance(len(examples)))
        outcomes: list[Outcome] = []
        while (message := self._receive(began + allowed - time.monotonic(), too_long))["type"] == "outcomes":
            try:
                outcomes += outcomes_from_json(message)
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
        took = time.monotonic() - began
        self._busy += took
        self._pace.note(len(examples), took)
        return outcomes

    def kill(self) -> None:
        """End the process and its descendants in any state; a call that waits for it fails.

        Callable from any thread. `close` must still be called.
        """
        self._watch.kill()

    def close(self) -> None:
        """End the process and its descendants, and close its pipes."""
        self._end()
        self._pipes.close()

    def _within(self, seconds: float, too_long: str) -> tuple[float, str]:
        """Return the time-out of an answer and its message, within the candidate's remaining time."""
        left = self._limits.seconds_left - self._busy
        if left >= seconds:
            return seconds, too_long
        return left, f"took longer than the limit of {format_seconds(self._limits.seconds_in_all)} for one candidate"

    def _send(self, message: dict[str, Any]) -> None:
        self._pipes.send(json.dumps(message).encode() + b"\n")

    def _receive(self, seconds: float, too_long: str) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        has_ended = has_waited = False
        while True:
            self._watch_memory(has_time=has_waited)
            try:
                return self._understand(self._pipes.receive(WATCH_SECONDS))
            except TimeoutError:
                has_waited = True
                if has_ended:  # and all its output was read: a descendant keeps it open
                    self._fail_dead()
                has_ended = self._process.poll() is not None
                if time.monotonic() > deadline:
                    self._fail(too_long, is_circumstance=True)

    def _understand(self, line: bytes | None) -> dict[str, Any]:
        if line is None:
            self._fail_dead()
        if len(line) >= MAX_MESSAGE_BYTES:
            self._fail(f"printed a line of more than {format_bytes(MAX_MESSAGE_BYTES)}, which is not in the protocol")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            self._fail_protocol(line.decode(errors="replace"))
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            self._fail_protocol(line.decode(errors="replace"))
        if message["type"] == "failed":
            reason = one_line(message.get("reason", "gave no reason"))
            self._fail(reason, is_circumstance=message.get("is_circumstance") is True)
        return message

    def _watch_memory(self, *, has_time: bool) -> None:
        if time.monotonic() < self._watch_due:
            return
        self._watch_due = time.monotonic() + WATCH_SECONDS
        with contextlib.suppress(OSError):
            if self._log.stat().st_size > MAX_LOG_BYTES:  # opened for appending: it starts over
                os.truncate(self._log, 0)
        self._note_memory(self._watch.memory_bytes(has_time=has_time))

    def _note_memory(self, seen: int) -> None:
        self._peak = max(self._peak, seen)
        if seen > self._limits.memory_bytes:
            allowed = format_bytes(self._limits.memory_bytes)
            used = f"used {format_bytes(seen)} of memory, more than the limit of {allowed}"
            self._fail(used, is_circumstance=True)

    def _fail_dead(self) -> NoReturn:
        try:
            status = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._fail("closed its output but kept running")
        self._end()
        raise death(status, self._log)

    def _fail_protocol(self, text: str) -> NoReturn:
        self._fail(f"printed something that is not in the protocol: {one_line(text[:200], 80)}")

    def _fail(self, reason: str, *, is_circumstance: bool = False) -> NoReturn:
        self._end()
        raise ProbeFailedError(reason, is_circumstance=is_circumstance)

    def _end(self) -> None:
        if self._is_ended:
            return
        self._is_ended = True
        self._watch.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # stuck in the kernel: it ends after that returns
            self._process.wait(END_SECONDS)


def _command(spec: ProbeSpec) -> tuple[str, ...]:
    """Return the interpreter's arguments for a worker, without network if a model's own code may run in it.

    The engine's name is included for lists of the system's processes.
    """
    if spec.no_network and spec.allows and not ENGINES[spec.runtime].is_remote:
        return (*no_network.command(WORKER), spec.runtime)
    return ("-P", "-m", WORKER, spec.runtime)


def environment(spec: ProbeSpec) -> dict[str, str]:
    """Return a worker's environment: one thread setting, quiet libraries, no network and no keys.

    A remote engine has the network, and the one key of its server.
    """
    is_remote = ENGINES[spec.runtime].is_remote
    its_key = spec.options.get("key_env") if is_remote else None
    # A proxy's address may contain a password, which a remote server needs.
    its_own = {its_key} | (NO_NETWORK.keys() if is_remote else set())
    kept = {name: value for name, value in os.environ.items() if name in its_own or not is_secret(name, value)}
    threads = spec.threads
    return (
        kept
        | ({} if is_remote else NO_NETWORK)
        | {
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "TRANSFORMERS_VERBOSITY": "error",
            "TOKENIZERS_PARALLELISM": "true" if threads > 1 else "false",
            "RAYON_NUM_THREADS": str(threads),  # for tokenizers
            "OMP_NUM_THREADS": str(threads),
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
        }
    )


class Pace:
    """The time-out of the next batch, from the times of earlier ones.

    Outcomes arrive when their batch is finished, so a hang shows only in its time; the limit of one example for each
    would be hours for a batch that takes milliseconds.
    """

    def __init__(self, limit: float) -> None:
        """Start without measurements; `limit` is the time-out of one example in seconds."""
        self._limit = limit
        self._answered = 0
        self._seconds = 0.0

    @property
    def largest_batch(self) -> int | None:
        """Maximum of examples to send at once, None for any number."""
        return None if self._answered else FIRST_EXAMPLES

    def note(self, count: int, seconds: float) -> None:
        self._answered += count
        self._seconds += seconds

    def allowance(self, count: int) -> tuple[float, str]:
        """Return a batch's time-out in seconds, and the message if it takes longer."""
        most = self._limit * count
        words = f"took longer than the limit of {format_seconds(self._limit)} per example"
        if not self._answered:
            return most, words
        mean = self._seconds / self._answered
        allowed = self._limit + SLOWER * mean * count
        if allowed >= most:
            return most, words
        used = f"{count} examples were not answered within {format_seconds(allowed)}"
        return allowed, f"hangs: {used}, though one took {format_seconds(mean)} before"
