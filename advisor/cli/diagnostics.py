"""Owns the standard streams and the exit code: every error becomes one line here, and no traceback leaves."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, TextIO

from advisor.cli.failure import failure_of, interrupted
from advisor.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def say(text: str) -> None:
    """Print a line to standard error."""
    _print(sys.stderr, text)


def inform(*, quiet: bool) -> Callable[[str], None]:
    """Return what takes notes and progress: `say`, or nothing where they are not wanted."""
    return _ignore if quiet else say


def _ignore(_: str) -> None:
    """Print nothing."""


def emit(text: str) -> None:
    """Print data to standard output; if its reader has left, that ends nothing and changes no exit code."""
    _print(sys.stdout, text)


def emit_file(text: str) -> None:
    """Print what is a file's content to standard output, in UTF-8 as the file would be, whatever the terminal's."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None or is_terminal(sys.stdout):
        emit(text)
        return
    try:
        buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
        buffer.flush()
    except BrokenPipeError:
        _leave(sys.stdout)


def emit_json(document: dict[str, Any]) -> None:
    """Print a document on a line of its own."""
    emit(json.dumps(document))


def _print(stream: TextIO | None, text: str) -> None:
    if stream is None:  # closed before this program began
        return
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        _leave(stream)


def _leave(stream: TextIO) -> None:
    """Write nowhere from now on: Python would complain when it closes the stream at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a standard stream is a terminal; a closed one is None and is none."""
    return stream is not None and stream.isatty()


def guarded(command: Callable[[], object]) -> int:
    """Run a command; turn whatever it raises into one line on standard error and an exit code.

    Under `--json` it is a document on standard output too.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = command()
    except _interrupts():
        failure = interrupted()
    except Exception as error:  # noqa: BLE001  the last resort
        failure = failure_of(error)
    else:
        if code != ExitCode.INTERRUPTED:  # some typers turn an interrupt into this exit code themselves
            return int(code) if isinstance(code, int) else ExitCode.PASSES
        failure = interrupted()
    if wants_json(sys.argv[1:]):
        # Each line of the interview says what it is.
        emit_json(({"type": "error"} if sys.argv[1] == "interview" else {}) | failure.document())
    say(failure.line)
    return failure.exit_code


def wants_json(arguments: list[str]) -> bool:
    """Return whether a command line asks for JSON, also one that cannot be read."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def _interrupts() -> tuple[type[BaseException], ...]:
    """Return what an interrupt is; typer is imported when there is an error, for the session does without it."""
    import typer

    return KeyboardInterrupt, typer.Abort


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt
