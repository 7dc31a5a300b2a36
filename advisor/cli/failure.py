"""How a command ends: errors as a line, a document and an exit code, and text in any encoding."""

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

from advisor.errors import AdvisorError, ExitCode, known_error, one_line, split_advice
from advisor.system.streams import emit_json, say

SCHEMA_VERSION = 1
LONGEST = 1000
NO_COMMAND = "No such command "


@dataclass(frozen=True, slots=True)
class Failure:
    """An error for display; `line` combines message and cure for people.

    `kind` is "usage", "input", "missing_answer", "consent_needed", "out_of_reach", "no_model", "nothing_ran", "in_use",
    "fault" or "interrupted".
    """

    kind: str
    message: str
    what_to_do: str
    exit_code: ExitCode
    line: str
    ways: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        error: dict[str, Any] = {
            "kind": self.kind,
            "message": self.message,
            "what_to_do": self.what_to_do,
            "exit_code": int(self.exit_code),
        }
        return {"schema_version": SCHEMA_VERSION, "error": error | ({"ways": self.ways} if self.ways else {})}


def interrupted() -> Failure:
    message, advice = "interrupted: every finished outcome is kept", "the same command continues from there"
    return Failure("interrupted", message, advice, ExitCode.INTERRUPTED, f"{message}, and {advice}")


def failure_of(error: Exception) -> Failure:
    """Return an error for display; for unexpected ones a crash file is written."""
    known = _usage(error)
    if known is not None:
        return known
    ours = known_error(error)
    if ours is not None:
        return of_error(ours)
    from advisor.workflow import crash_file

    fault = crash_file.write_crash_file(error)
    return Failure("fault", fault.message, fault.what_to_do, ExitCode.FAULT, fault.line())


def of_error(error: AdvisorError) -> Failure:
    line = one_line(error, LONGEST)
    message, advice = split_advice(line)
    return Failure(
        error.kind, message, advice or error.next_step, ExitCode(error.exit_code), f"error: {line}", error.ways
    )


def _usage(error: Exception) -> Failure | None:
    """Return the error of a wrong command line, None for other errors."""
    import typer  # the session does not import it

    # Older typers use click, newer ones a copy of it: the classes are found through their public names.
    kinds = (c for c in typer.BadParameter.__mro__ if issubclass(c, Exception) and c.__name__ == "ClickException")
    if not isinstance(error, tuple(kinds)):
        return None
    command = getattr(getattr(error, "ctx", None), "command_path", "advisor")
    message_line = one_line(getattr(error, "format_message", error.__str__)())
    message, _, similar = message_line.rstrip(".").partition(". Did you mean ")
    advice = f"did you mean {similar} See `{command} --help`" if similar else f"see `{command} --help`"
    if message.startswith(NO_COMMAND) and " " in message.removeprefix(NO_COMMAND):  # a task in words
        advice = "a task in words: `advisor recommend TASK --examples FILE`, or `advisor` alone, which asks"
    return Failure("usage", message, advice, ExitCode.BAD_INPUT, f"error: {message}; {advice}")


def guarded(command: Callable[[], object]) -> int:
    """Run a command; turn any exception into one line on standard error and an exit code.

    Under `--json` standard output has a document as well.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = command()
    except _interrupts():
        for number in (signal.SIGINT, signal.SIGTERM):  # it ends already
            signal.signal(number, signal.SIG_IGN)
        failure = interrupted()
    except Exception as error:  # noqa: BLE001  the last resort
        failure = failure_of(error)
    else:
        if code != ExitCode.INTERRUPTED:  # some typers convert an interrupt to this exit code
            return int(code) if isinstance(code, int) else ExitCode.PASSES
        failure = interrupted()
    if wants_json(sys.argv[1:]):
        # Each JSON line of the interview has a type.
        document = ({"type": "error"} if sys.argv[1] == "interview" else {}) | failure.document()
        with suppress(OSError):  # its disk may be what is full
            emit_json(document)
    with suppress(OSError):
        say("\n".join([failure.line, *(f"  {at}. {way}" for at, way in enumerate(failure.ways, 1))]))
    return failure.exit_code


def wants_json(arguments: list[str]) -> bool:
    """Return whether a command line asks for JSON, even an invalid one."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def _interrupts() -> tuple[type[BaseException], ...]:
    """Return the exceptions of an interrupt; typer is imported only for errors, since the session does without it."""
    import typer

    return KeyboardInterrupt, typer.Abort


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt
