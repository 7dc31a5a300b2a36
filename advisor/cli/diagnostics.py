"""Owns standard error and the exit code: every error becomes one line here, and no traceback leaves."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from typing import TYPE_CHECKING, TextIO

from advisor.errors import AdvisorError, ExitCode, one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def say(text: str) -> None:
    """Print a line to standard error."""
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)  # noqa: T201  this module owns standard error


def emit(text: str) -> None:
    """Print data to standard output; whoever reads it may have left, which ends nothing and changes no exit code."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Keep Python from complaining when it closes the stream at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a standard stream is a terminal; a closed one is None and is none."""
    return stream is not None and stream.isatty()


def guarded(command: Callable[[], object]) -> int:
    """Run a command; turn whatever it raises into one line on standard error and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = command()
    except _interrupts():
        code = ExitCode.INTERRUPTED
    except _usage_errors() as error:
        message = getattr(error, "format_message", error.__str__)()
        say(f"error: {one_line(message)} (see `advisor --help`)")
        return ExitCode.BAD_INPUT
    except AdvisorError as error:
        say(f"error: {one_line(error, 1000)}")
        return error.exit_code
    except Exception as error:  # noqa: BLE001  the last resort: a bug, or a disk that fills up
        return _unexpected(error)
    if code == ExitCode.INTERRUPTED:  # some typers turn an interrupt into this exit code themselves
        say("interrupted; every finished outcome is kept, and the same command goes on from there")
    return int(code) if isinstance(code, int) else ExitCode.PASSES


def _interrupts() -> tuple[type[BaseException], ...]:
    """Return what an interrupt is; typer is imported when there is an error, for the session does without it."""
    import typer

    return KeyboardInterrupt, typer.Abort


def _usage_errors() -> tuple[type[Exception], ...]:
    """Return what a wrong command line is."""
    import typer

    # Older typers stand on click, newer ones on a copy of it: the classes are found through their public names.
    return tuple(c for c in typer.BadParameter.__mro__ if issubclass(c, Exception) and c.__name__ == "ClickException")


def _unexpected(error: Exception) -> int:
    from catalog.errors import CatalogError, CatalogInputError

    if isinstance(error, CatalogError):
        say(f"error: {one_line(error, 1000)}")
        return ExitCode.BAD_INPUT if isinstance(error, CatalogInputError) else ExitCode.OUT_OF_REACH
    if isinstance(error, OSError):
        say(f"error: {one_line(error, 1000)}")
        return ExitCode.OUT_OF_REACH
    import traceback

    with tempfile.NamedTemporaryFile("w", suffix=".log", prefix="advisor-", delete=False, encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    say(f"error: a fault in model-advisor ({one_line(f'{type(error).__name__}: {error}', 200)}); details: {log.name}")
    return ExitCode.OUT_OF_REACH


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt
