"""Numbers in a text, in digits and in the words of two dozen languages: "95", "fünfundneunzig", "noventa y cinco"."""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from advisor.interview.text.spans import NUMBER, number
from advisor.interview.text.vocabulary import UNSPACED, VOCABULARY

# What each language's words in the vocabulary stand for.
_VALUES = (*map(float, (*range(1, 20), *range(20, 100, 10), 100, 1000)), 1 / 3, 1 / 4, 1 / 5, 1 / 10)
# Words of two letters are whole; of Latin letters three are whole as well: "star" is not Czech "sta", a hundred.
_ENDING = r"(?:(?:(?<=[^\W\d_]{4})|(?<=[^\W\d_]{2}[^\W\d_a-z]))[^\W\d_]{1,4})?"
_TENS, _HUNDRED = range(20, 100), 100
_AND = r"(?:-|\s(?:y|e|et|and|și|και|و|và)\s|\sו)"  # noqa: RUF001  Greek
_BETWEEN_ONES_AND_TENS = r"(?:und|en|ën|og|\sو\s?)"

NTH = {stem: float(value) for value, stems in VOCABULARY["nth"].items() for stem in stems.split()}


class Number(NamedTuple):
    """A number in a text with its place, the language of its words ("" for digits) and what they end in.

    One that `is_one` in words may be an article.
    """

    value: float
    start: int
    end: int
    language: str = ""
    ending: str = ""

    @property
    def is_one(self) -> bool:
        """Whether it is "one" in words."""
        return bool(self.language) and self.value == 1


@lru_cache(maxsize=32)
def numbers(text: str) -> tuple[Number, ...]:
    """Return the numbers of a text in order; the same word may be a number in several languages."""
    text = text.replace("\u2019", "'").replace("\u02bc", "'")  # apostrophes within words
    found = [Number(number(at[0], is_count=True), *at.span()) for at in re.finditer(NUMBER, text)]
    for language, (pattern, stems) in _languages().items():
        for at in pattern.finditer(text):
            parts = {part: stems[_folded(said)] for part, said in at.groupdict().items() if said and part != "ending"}
            value = parts["times"] * _HUNDRED if "times" in parts else sum(parts.values())
            found.append(Number(value, *at.span(), language, at["ending"] or ""))
    return tuple(sorted(found, key=lambda each: (each.start, -each.end)))


@cache
def _languages() -> dict[str, tuple[re.Pattern[str], dict[str, float]]]:
    """Return the pattern of a number in each language, and its stems with their values."""
    found = {}
    for language, words in VOCABULARY["numbers"].items():
        said = zip(words.split(), _VALUES, strict=True)
        listed = {
            _folded(stem.replace("_", " ")): value for each, value in said for stem in each.split("/") if stem != "-"
        }
        listed |= {stem: float(value) for value, stem in VOCABULARY["further_numbers"].get(language, {}).items()}
        stems = {stem.rstrip("."): value for stem, value in listed.items()}
        tens = _any(stem for stem, value in stems.items() if value in _TENS)
        ones = _any(stem for stem, value in stems.items() if 1 < value < _TENS[0])
        of_hundred = _any(stem for stem, value in stems.items() if value == _HUNDRED)
        one = words.split("/", 1)[0].split()[0]
        edge = "" if UNSPACED.match(words.strip()) else r"\b(?:ال)?" if language == "ar" else r"\b"
        ending = _ENDING if edge and language != "en" else ""
        pattern = (
            rf"{edge}(?:(?P<tens>{tens}){ending}(?:(?:{_AND}|\s)?(?P<ones>{ones})|{_AND}(?P<one>{one}))"
            rf"|(?P<first>{ones}|{one}){ending}{_BETWEEN_ONES_AND_TENS}(?P<later>{tens})"
            rf"|(?P<times>{ones}|{one}|a)[\s-]?(?:{of_hundred})|(?P<all>{_any(listed)}))(?P<ending>{ending}){edge}"
        )
        if language == "hi":  # its vowel signs end no word
            pattern = rf"(?<![\u0900-\u097f]){pattern}(?![\u0900-\u097f])"
        found[language] = re.compile(pattern, re.IGNORECASE), stems | {"a": 1.0}
    return found


def _folded(said: str) -> str:
    """Return a word in lower case; to a pattern that ignores case the dotless i of Turkish is an i."""
    return " ".join(said.lower().replace("\u0131", "i").replace("i\u0307", "i").split())


def apart(found: Iterable[Number]) -> Iterator[Number]:
    """Yield numbers in order; of overlapping ones the first and longest, and the word that is whole."""
    end = -1
    for each in sorted(found, key=lambda each: (each.start, -each.end, len(each.ending))):
        if each.start >= end:
            yield each
            end = each.end


def _any(words: Iterable[str]) -> str:
    """Return a pattern of the words, longest first, with blanks of any length; one that ends in a point is whole."""
    longest = sorted(words, key=len, reverse=True)
    return "|".join(re.sub(r"\s", r"\\s+", word).replace(".", r"(?!\w)") for word in longest) or r"(?!)"
