"""Words in any script, for lengths, overlaps and near duplicates, and word boundaries.

A combining mark belongs to the letter before it: in Hindi, Bengali, Tamil or pointed Hebrew marks are the vowels, and
"लड़का" (boy) is not "लड़की" (girl). In scripts without spaces between words, each character with its marks is a word.
"""

import re
import string
import unicodedata
from functools import cache

# Scripts without spaces between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HANGUL = "\u1100-\u11ff\uac00-\ud7af"
_OF_UNSPACED = re.compile(f"[{_UNSPACED}]")
_DENSE = re.compile(f"[{_UNSPACED}{_HANGUL}]")
_PLAIN = re.compile("[a-z0-9]+")
_PLAIN_OR_SIGN = re.compile(r"[^\W_]+|\S")
# Soft hyphens, joiners and variation selectors change the look of letters, not their identity.
_JOINERS = "\u00ad\u200c\u200d"
_LOOKS = re.compile(f"[{_JOINERS}\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_MARKS = ("Mn", "Mc")
# Full stops and question marks also of Armenian, Arabic, Urdu and Ethiopic; of Chinese, Hindi, Burmese and Khmer, which
# need no space after them.
_ENDS = re.compile(r"(?<=[.!?\u0589\u061f\u06d4\u1362])\s+|(?<=[\u3002\uff01\uff1f\u0964\u104b\u17d4])|\n+")

# A token of a language model has about so many ASCII letters, or bytes of other letters: SmolLM2, whose vocabulary is
# English, has 1.7 to 3.3 letters a token in twelve European languages and 1.6 to 1.8 bytes in Chinese and Japanese;
# vocabularies of many languages do somewhat better.
LETTERS_PER_TOKEN, BYTES_PER_TOKEN = 3.0, 2.0


def tokens_in(text: str, letters_per_token: float = LETTERS_PER_TOKEN) -> float:
    """Return about how many tokens a text has."""
    letters = len(text.encode("ascii", "ignore"))
    return letters / letters_per_token + (len(text.encode("utf-8", "replace")) - letters) / BYTES_PER_TOKEN


def word_tokens(text: str) -> list[str]:
    """Return a text's runs of letters and digits, case folded; single characters in scripts without spaces."""
    if text.isascii():
        return _PLAIN.findall(text.lower())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _token().findall(_LOOKS.sub("", unicodedata.normalize("NFKC", folded)))


def word_places(text: str) -> list[tuple[int, int]]:
    """Return the offsets of a text's words, as `word_tokens` divides it, and of each sign."""
    if text.isascii():
        return [found.span() for found in _PLAIN_OR_SIGN.finditer(text)]
    return [found.span() for found in _token_or_sign().finditer(text)]


def folded_letters(text: str) -> str:
    """Return a text case folded, without characters that change only the look of letters, in composed Unicode."""
    composed = unicodedata.normalize("NFKC", _LOOKS.sub("", text)).casefold()
    return unicodedata.normalize("NFKC", composed)


def without_punctuation(text: str) -> str:
    """Return a text without punctuation marks of any script and without ASCII's signs, such as "$" and "+"."""
    kept = (each for each in text if each not in string.punctuation and not unicodedata.category(each).startswith("P"))
    return "".join(kept)


def count_words(text: str) -> int:
    """Return the number of words as people count them: separated by spaces, "don't" is one; signs alone are none."""
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
    """Return whether a text has a character of a script without spaces between words."""
    return _OF_UNSPACED.search(text) is not None


def count_dense(text: str) -> int:
    """Return how many characters take about one token each: those of scripts without spaces, and Korean ones."""
    return len(_DENSE.findall(text))


def is_whole(text: str, start: int, end: int) -> bool:
    """Return whether a span of a text begins and ends at word boundaries, with no letter or mark next to it."""
    return not (start > 0 and _goes_on(text[start - 1])) and not (end < len(text) and _goes_on(text[end]))


def _goes_on(character: str) -> bool:
    return character == "_" or character in _JOINERS or has_letter(character)


@cache
def _token() -> re.Pattern[str]:
    # Python's regular expressions have no class of marks; listing them takes ten milliseconds, which English never
    # needs. Those beyond 16 bits are tried one by one, so a range is tested first.
    mark = rf"(?:[{_marks(0x300, 0x10000)}]|(?=[\U00010000-\U0001ffff])[{_marks(0x10000, 0x20000)}])"
    letter = rf"[^\W_{_UNSPACED}]"
    return re.compile(rf"(?=[^\W_])[{_UNSPACED}]{mark}*|{letter}+(?:{mark}+{letter}*)*")


@cache
def _token_or_sign() -> re.Pattern[str]:
    return re.compile(rf"{_token().pattern}|\S")


def _marks(first: int, beyond: int) -> str:
    return "".join(each for each in map(chr, range(first, beyond)) if unicodedata.category(each) in _MARKS)
