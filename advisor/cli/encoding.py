"""Output on any encoding: what a terminal or a pipe cannot write is written with the characters that it has."""

from __future__ import annotations

import codecs
import sys
from io import TextIOWrapper

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
