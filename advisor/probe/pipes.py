"""Move lines between the main process and a worker, so that neither can block the other."""

import contextlib
import os
import queue
import threading
from collections import deque
from typing import IO

from advisor.probe.protocol import MAX_MESSAGE_BYTES

INBOX_READS = 16
READ_BYTES = 1 << 16
FULL_SECONDS = 0.05
END_SECONDS = 2.0


class Pipes:
    """A worker's input and output, each handled by a thread.

    A worker that does not read does not block `send`; one that floods its output is blocked at `INBOX_READS` instead
    of filling the main process's memory. Lines of one read are passed together: switching threads for each line takes
    longer than a static model does for a text.
    """

    def __init__(self, to_worker: IO[bytes], from_worker: IO[bytes]) -> None:
        self._inbox: queue.Queue[list[bytes] | None] = queue.Queue(INBOX_READS)
        self._lines: deque[bytes] = deque()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._movers = {
            to_worker: threading.Thread(target=self._write, args=(to_worker,), daemon=True),
            from_worker: threading.Thread(target=self._read, args=(from_worker,), daemon=True),
        }
        for mover in self._movers.values():
            mover.start()

    def send(self, line: bytes) -> None:
        """Queue a line; the end of a worker is noticed in its output, not here."""
        self._outbox.put(line)

    def receive(self, timeout: float) -> bytes | None:
        """Return the next line without its end, or the first part of one longer than `MAX_MESSAGE_BYTES`.

        Returns None at the end of the output. TimeoutError if nothing comes in time.
        """
        if not self._lines:
            try:
                lines = self._inbox.get(timeout=timeout)
            except queue.Empty:
                raise TimeoutError from None
            if lines is None:
                return None
            self._lines.extend(lines)
        return self._lines.popleft()

    def close(self) -> None:
        """Stop the threads and close both ends; call it after the worker has ended."""
        self._ended.set()
        self._outbox.put(None)
        for pipe, mover in self._movers.items():
            mover.join(END_SECONDS)
            # A pipe that a stray descendant keeps open would block here, so it is left to its daemon thread.
            if not mover.is_alive():
                with contextlib.suppress(OSError):
                    pipe.close()

    def _write(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError):
            while (line := self._outbox.get()) is not None:
                pipe.write(line)
                pipe.flush()

    def _read(self, pipe: IO[bytes]) -> None:
        begun = b""
        with contextlib.suppress(OSError):
            while piece := os.read(pipe.fileno(), READ_BYTES):
                *lines, begun = (begun + piece).split(b"\n")
                if len(begun) >= MAX_MESSAGE_BYTES:
                    lines, begun = [*lines, begun], b""
                if lines:
                    self._hand_over(lines)
        if begun:
            self._hand_over([begun])
        self._hand_over(None)

    def _hand_over(self, lines: list[bytes] | None) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(queue.Full):
                self._inbox.put(lines, timeout=FULL_SECONDS)
                return
