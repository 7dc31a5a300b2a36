"""Queries the catalog in its own process, which lives as long as the session: `tui.catalog_process`.

It starts before the first screen is painted, so that the catalog is open by the first query.
"""

import contextlib
import json
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from typing import Any

from advisor.errors import InputError, OutOfReachError, one_line

MOST = 60
PERMISSIVE = "permissive"
PROGRAM = ("-P", "-m", "tui.catalog_process")
TRIES = 2
LEAVING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """A query; an empty text has no criterion."""

    text: str = ""  # The task in plain words, or a model's name.
    family: str = ""  # A pipeline tag.
    license: str = ""  # A licence id, or "permissive".
    language: str = ""  # A language's code or name.
    size: str = ""  # The largest download, e.g. "300MB".
    format: str = ""  # Of the weights.

    @property
    def filters(self) -> dict[str, str]:
        """The filters in use, by name."""
        names = ("family", "license", "language", "size", "format")
        return {name: value for name in names if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: the document of `advisor search --json`, and how long it took."""

    query: Query
    document: dict[str, Any]
    seconds: float


class Finder:
    """Queries the catalog's process, starting it if necessary; queries are for worker threads.

    All queries raise:
        InputError: if a filter cannot be read.
        OutOfReachError: if the catalog cannot be opened or read, or its process keeps ending.
    """

    def __init__(self, program: tuple[str, ...] = PROGRAM) -> None:
        self._program = program
        self._asking = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._left = threading.Event()
        self._code: int | None = None

    def begin(self) -> None:
        """Start the process, if it is not running; it opens the catalog and waits."""
        with self._asking, contextlib.suppress(OSError):  # later queries get the error
            self._begun()

    def search(self, query: Query) -> Found:
        answer = self._ask("search", asdict(query))
        return Found(query, answer["document"], answer["seconds"])

    def card(self, model: str) -> list[str] | None:
        """Return a model's card in lines, None if the catalog does not have it (any more)."""
        lines: list[str] | None = self._ask("card", model)["lines"]
        return lines

    def state(self) -> dict[str, Any]:
        """Return the state of the catalog in use; it is compiled first if it never was."""
        return self._ask("state", None)

    def speed(self) -> float:
        """Return how many operations one thread of this machine does in a second."""
        return float(self._ask("speed", None)["speed"])

    def reopen(self) -> None:
        """Close the catalog; the next query opens the current one."""
        self._ask("reopen", None)

    def leave(self) -> None:
        """End the process, whatever it is doing."""
        self._left.set()
        if (process := self._process) is None:
            return
        if self._asking.acquire(blocking=False):
            try:
                self._end(process)
            finally:
                self._asking.release()
        else:
            process.terminate()
            _wait(process)

    def _ask(self, kind: str, what: object) -> dict[str, Any]:
        line = json.dumps({kind: what}) + "\n"
        with self._asking:
            for _ in range(TRIES):
                if answer := self._answer(line):
                    break
            else:
                raise OutOfReachError(f"The catalog's process ended without an answer (exit code {self._code}).")
        reply: dict[str, Any] = json.loads(answer)
        if "error" in reply:
            raise (InputError if reply["is_input"] else OutOfReachError)(reply["error"])
        return reply

    def _answer(self, line: str) -> str:
        """Return the answer to one line; "" if the process has ended and can be restarted."""
        try:
            process = self._begun()
        except OSError as error:
            raise OutOfReachError(f"The catalog's process cannot be started ({one_line(error, 200)}).") from None
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None  # noqa: S101  they were asked for
        assert stdout is not None  # noqa: S101
        with contextlib.suppress(OSError):
            stdin.write(line)
            stdin.flush()
            if (answer := stdout.readline()).endswith("\n"):
                return answer
        self._end(process)
        return ""

    def _begun(self) -> subprocess.Popen[str]:
        if self._left.is_set():
            raise OutOfReachError("The session is closed.")
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, *self._program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # keys in the terminal are for the session only
            )
            if self._left.is_set():  # closed meanwhile
                self._process.kill()
        return self._process

    def _end(self, process: subprocess.Popen[str]) -> None:
        """Close its pipes, and kill it if that does not end it."""
        self._process = None
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        _wait(process)
        self._code = process.returncode


def _wait(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(LEAVING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
