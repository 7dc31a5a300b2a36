"""A real pseudo-terminal with a command in it, its screen read as a terminal would draw it."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pyte

from tests.conftest import PATIENCE

KEYS = {
    "enter": "\r", "tab": "\t", "escape": "\x1b", "ctrl+s": "\x13", "ctrl+q": "\x11", "down": "\x1b[B",
    "f8": "\x1b[19~",
}  # fmt: skip
READ, STEP, LAST_WAIT = 1 << 16, 0.05, 5.0


class Terminal:
    """Runs a command; use it as a context manager, which ends it and all it started."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, size: tuple[int, int]
    ) -> None:
        """Start a command."""
        columns, rows = size
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=dict(environment), cwd=cwd, start_new_session=True
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, READ)
            except OSError:
                return
            if not data:
                return
            with self._lock:
                self._stream.feed(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()
        self._reader.join(LAST_WAIT)
        os.close(self._master)

    @property
    def text(self) -> str:
        with self._lock:
            return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def line(self) -> str:
        """The line that the cursor is in: where what is typed goes."""
        with self._lock:
            return self._screen.display[self._screen.cursor.y]

    def send(self, *keys: str) -> None:
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def click(self, words: str) -> None:
        """Click where these words are."""
        for row, line in enumerate(self.text.split("\n"), start=1):
            column = line.find(words) + 1
            if column:
                self.send(f"\x1b[<0;{column};{row}M", f"\x1b[<0;{column};{row}m")
                return
        raise AssertionError(f"{words!r} is not on the screen\n{self.text}")

    def wait(self, holds: Callable[[], Any] | str, seconds: float = PATIENCE) -> None:
        """Wait until something holds, or words are on the screen."""
        end = time.monotonic() + seconds
        is_last = False
        while not ((holds in self.text) if isinstance(holds, str) else holds()):
            if is_last or time.monotonic() > end:
                raise AssertionError(f"not {holds!r} (exit code {self.process.poll()})\n{self.text}")
            if is_last := self.process.poll() is not None:
                self._reader.join(LAST_WAIT)  # what it wrote before it ended
            time.sleep(STEP)

    def kill(self) -> None:
        """End the command at once, as nothing can catch it."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def describe(terminal: Terminal, words: str, file: str) -> None:
    """Type a task and the file of its examples into the session's first screen, and begin."""
    terminal.wait("What should the model do?")
    terminal.send(words)
    terminal.wait("of the time")
    terminal.send("tab")
    terminal.wait(lambda: "Examples" in terminal.line)
    terminal.send(file)
    terminal.wait(lambda: f"Examples  {file}" in terminal.line)
    terminal.send("enter")
