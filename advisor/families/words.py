"""Words as lengths and overlaps are counted, in any script."""

from __future__ import annotations

import re
import unicodedata

# Scripts written without blanks between words: each character counts as a word there.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(f"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\\W_])+")
_ONE = re.compile(f"[{_UNSPACED}]")


def tokens(text: str) -> list[str]:
    """Return a text's runs of letters and digits, case folded; single characters where words are not spaced."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def count_words(text: str) -> int:
    """Return how many words people would count: what blanks set apart, "don't" is one; signs alone are none."""
    count = 0
    for piece in text.split():
        single = len(_ONE.findall(piece))
        rest = _ONE.sub("", piece)
        count += single + any(character.isalnum() for character in rest)
    return count
