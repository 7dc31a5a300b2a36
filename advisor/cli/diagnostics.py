"""Owns the standard streams and the exit code: every error becomes one line here, and no traceback leaves."""

from __future__ import annotations

import codecs
import signal
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from advisor.cli.failure import failure_of, interrupted
from advisor.errors import ExitCode
from advisor.system.streams import emit_json, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


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


HANDLER = "advisor.plain"
# The signs of this program's own sentences and tables. What users and models wrote is not replaced but escaped.
PLAIN = {
    "α": "alpha", "τ": "tau", "Σ": "sum", "Π": "product", "×": "x", "·": "*", "•": "*", "…": "...",
    "–": "-", "—": "-", "\N{MINUS SIGN}": "-", "≤": "<=", "≥": ">=", "≈": "~", "±": "+/-",
    "→": "->", "←": "<-", "↑": "up", "↓": "down", "✓": "ok", "✅": "ok", "✗": "x", "❌": "x", "✕": "x", "❓": "?",
    "⚠": "!", "“": '"', "”": '"', "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{VARIATION SELECTOR-16}": "",
}  # fmt: skip


def plain(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for text that an encoding lacks, and where to go on: an error handler of `codecs`.

    Raises:
        UnicodeError: if this is no error of encoding.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    escaped = (sign.encode("ascii", "backslashreplace").decode() for sign in text)
    return "".join(PLAIN.get(sign, other) for sign, other in zip(text, escaped, strict=True)), error.end


def use_any_encoding() -> None:
    """Make standard output and standard error take any text, whatever their encoding."""
    codecs.register_error(HANDLER, plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=HANDLER)
