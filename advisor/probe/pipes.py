"""Moves lines between the main process and a worker, so that neither can hold the other up."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import IO

from advisor.probe.protocol import MAX_MESSAGE_BYTES

INBOX_LINES = 16
FULL_SECONDS = 0.05
END_SECONDS = 2.0


class Pipes:
    """A worker's input and output, each moved by a thread.

    A worker that does not read does not block `send`; one that floods its output is held up at `INBOX_LINES`
    instead of filling the main process's memory.
    """

    def __init__(self, to_worker: IO[bytes], from_worker: IO[bytes]) -> None:
        self._inbox: queue.Queue[bytes | None] = queue.Queue(INBOX_LINES)
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._movers = {
            to_worker: threading.Thread(target=self._write, args=(to_worker,), daemon=True),
            from_worker: threading.Thread(target=self._read, args=(from_worker,), daemon=True),
        }
        for mover in self._movers.values():
            mover.start()

    def send(self, line: bytes) -> None:
        """Hand a line over; that a worker has ended shows in what it says, not here."""
        self._outbox.put(line)

    def receive(self, timeout: float) -> bytes | None:
        """Return the next line, at most `MAX_MESSAGE_BYTES` of it, or None at the end of the output.

        Raises:
            TimeoutError: if nothing comes in time.
        """
        try:
            return self._inbox.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError from None

    def close(self) -> None:
        """Stop moving and close both ends; call it once the worker has been ended."""
        self._ended.set()
        self._outbox.put(None)
        for pipe, mover in self._movers.items():
            mover.join(END_SECONDS)
            # A pipe that a stray descendant still holds would block here: it is left to its daemon thread.
            if not mover.is_alive():
                with contextlib.suppress(OSError):
                    pipe.close()

    def _write(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError):
            while (line := self._outbox.get()) is not None:
                pipe.write(line)
                pipe.flush()

    def _read(self, pipe: IO[bytes]) -> None:
        line: bytes | None = b""
        while line is not None:
            line = pipe.readline(MAX_MESSAGE_BYTES) or None
            while not self._ended.is_set():
                try:
                    self._inbox.put(line, timeout=FULL_SECONDS)
                    break
                except queue.Full:
                    continue
