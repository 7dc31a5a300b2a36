"""Standard streams: notes on standard error, data on standard output, any encoding, closed pipes."""

import codecs
import json
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import Any, TextIO

HANDLER = "advisor.plain"
# Signs in this program's own sentences and tables. Text of users and models is escaped instead.
PLAIN = {
    "α": "alpha", "τ": "tau", "Σ": "sum", "Π": "product", "×": "x", "·": "*", "•": "*", "…": "...",
    "–": "-", "—": "-", "\N{MINUS SIGN}": "-", "≤": "<=", "≥": ">=", "≈": "~", "±": "+/-",
    "→": "->", "←": "<-", "↑": "up", "↓": "down", "✓": "ok", "✅": "ok", "✗": "x", "❌": "x", "✕": "x", "❓": "?",
    "⚠": "!", "“": '"', "”": '"', "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{VARIATION SELECTOR-16}": "",
}  # fmt: skip


def plain(error: UnicodeError) -> tuple[str, int]:
    """Return the replacement for text that an encoding lacks, and the next position: an error handler of `codecs`.

    UnicodeError if this is no error of encoding.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    escaped = (sign.encode("ascii", "backslashreplace").decode() for sign in text)
    return "".join(PLAIN.get(sign, other) for sign, other in zip(text, escaped, strict=True)), error.end


def use_any_encoding() -> None:
    """Make standard output and standard error accept any text in any encoding."""
    codecs.register_error(HANDLER, plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def say(text: str) -> None:
    _print(sys.stderr, text)


def inform(*, quiet: bool) -> Callable[[str], None]:
    """Return the function for notes and progress: `say`, or a no-op if `quiet`."""
    return (lambda _: None) if quiet else say


def emit(text: str) -> None:
    """Print data to standard output; a closed pipe neither ends the program nor changes its exit code."""
    _print(sys.stdout, text)


def emit_file(text: str) -> None:
    """Print a file's content to standard output in UTF-8, like the file, whatever the terminal's encoding."""
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
    """Discard further output, because Python would raise when it closes the stream at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a standard stream is a terminal; a closed one is None and is none."""
    return stream is not None and stream.isatty()
