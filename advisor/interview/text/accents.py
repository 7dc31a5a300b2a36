"""Latin letters without their accents, as people type them on other keyboards."""

import re
import unicodedata

_ACCENTED = re.compile(r"[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]")
# Letters that have no decomposition.
_STROKES = {"đ": "d", "ł": "l", "ø": "o", "\u0131": "i", "Đ": "D", "Ł": "L", "Ø": "O"}


def without_accents(text: str) -> str:
    """Return a text with plain Latin letters; what other scripts write stays."""
    return _ACCENTED.sub(_plain, text)


def _plain(at: re.Match[str]) -> str:
    letter = _STROKES.get(at[0], at[0])
    return "".join(sign for sign in unicodedata.normalize("NFD", letter) if not unicodedata.combining(sign))
