"""Words in any script: as lengths, overlaps and near duplicates count them, and where one ends.

A combining mark belongs to the letter before it: in Hindi, Bengali, Tamil or pointed Hebrew marks are the vowels, and
"लड़का" (boy) is not "लड़की" (girl). Where words are not set apart by blanks, each character with its marks is one.
"""

import re
import string
import unicodedata
from functools import cache

# Scripts written without blanks between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HANGUL = "\u1100-\u11ff\uac00-\ud7af"
_OF_UNSPACED = re.compile(f"[{_UNSPACED}]")
_DENSE = re.compile(f"[{_UNSPACED}{_HANGUL}]")
_PLAIN = re.compile("[a-z0-9]+")
# Soft hyphens, joiners and variation selectors change how letters look, not which they are.
_JOINERS = "\u00ad\u200c\u200d"
_LOOKS = re.compile(f"[{_JOINERS}\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_MARKS = ("Mn", "Mc")
_ENDS = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f\u0964])|\n+")


def word_tokens(text: str) -> list[str]:
    """Return a text's runs of letters and digits, case folded; single characters where words are not spaced."""
    if text.isascii():
        return _PLAIN.findall(text.lower())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _token().findall(_LOOKS.sub("", unicodedata.normalize("NFKC", folded)))


def folded_letters(text: str) -> str:
    """Return a text without case and without what changes only how letters look, Unicode composed."""
    composed = unicodedata.normalize("NFKC", _LOOKS.sub("", text)).casefold()
    return unicodedata.normalize("NFKC", composed)


def without_punctuation(text: str) -> str:
    """Return a text without punctuation marks of any script and without ASCII's signs, such as "$" and "+"."""
    kept = (each for each in text if each not in string.punctuation and not unicodedata.category(each).startswith("P"))
    return "".join(kept)


def count_words(text: str) -> int:
    """Return how many words people would count: what blanks set apart, "don't" is one; signs alone are none."""
    count = 0
    for piece in text.split():
        single = sum(character.isalnum() for character in _OF_UNSPACED.findall(piece))
        count += single + any(character.isalnum() for character in _OF_UNSPACED.sub("", piece))
    return count


def sentences(text: str) -> list[str]:
    """Return a text's sentences and lines, in any script."""
    return [part.strip() for part in _ENDS.split(text) if part.strip()]


def has_letter(text: str) -> bool:
    """Return whether a text holds a letter, a digit, or a mark on one; not signs alone."""
    return any(character.isalnum() or unicodedata.category(character) in _MARKS for character in text)


def has_unspaced(text: str) -> bool:
    """Return whether a text holds a character of a script that does not set words apart."""
    return _OF_UNSPACED.search(text) is not None


def count_dense(text: str) -> int:
    """Return how many characters are about a token each to an encoder: of scripts without blanks, and Korean ones."""
    return len(_DENSE.findall(text))


def is_whole(text: str, start: int, end: int) -> bool:
    """Return whether a piece of a text begins and ends where a word does: no letter or mark goes on outside it."""
    return not (start > 0 and _goes_on(text[start - 1])) and not (end < len(text) and _goes_on(text[end]))


def _goes_on(character: str) -> bool:
    return character == "_" or character in _JOINERS or has_letter(character)


@cache
def _token() -> re.Pattern[str]:
    # Python's patterns know no class of marks; to list them takes ten milliseconds, which English never needs. Those
    # beyond 16 bits are looked through one by one, so a range stands guard over them.
    mark = rf"(?:[{_marks(0x300, 0x10000)}]|(?=[\U00010000-\U0001ffff])[{_marks(0x10000, 0x20000)}])"
    letter = rf"[^\W_{_UNSPACED}]"
    return re.compile(rf"(?=[^\W_])[{_UNSPACED}]{mark}*|{letter}+(?:{mark}+{letter}*)*")


def _marks(first: int, beyond: int) -> str:
    return "".join(each for each in map(chr, range(first, beyond)) if unicodedata.category(each) in _MARKS)
