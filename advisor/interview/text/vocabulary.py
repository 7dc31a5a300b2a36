"""Patterns of the words that bars are said in, by meaning; the words themselves are in vocabulary.toml."""

import re
import tomllib
from importlib.resources import files
from typing import Any

from advisor.families.values import without_accents

VOCABULARY: dict[str, Any] = tomllib.loads(files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8"))
_MEANINGS: dict[str, str] = VOCABULARY["meanings"]
# Scripts without blanks between words.
UNSPACED = re.compile(r"[\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
# What Arabic writes before a noun without a blank: "and", "in", "for", and the article.
ARTICLE = "(?:[\u0648\u0641\u0628\u0644\u0643]?(?:\u0627\u0644|\u0644)?)?"
ARABIC, BARE = re.compile(r"[\u0621-\u064a]"), re.compile(rf"^{ARTICLE}(?=\w{{3}})")
_I = re.IGNORECASE
# Shorter words without their accents are words of other languages: "för" is for, "där" is dar.
_LEAST_PLAIN = 5
# An article between a bound and its rate: "almeno l'80%", "onder de 10%".
_ARTICLE = r"[.'\u2019]?\s*(?:(?:the|los|las|les|el|il|la|le|o|a|die|der|den|de|het)\s+|l['\u2019]\s?)?$"


def pattern(words: str, *, is_loose: bool = False) -> str:
    """Return a pattern of words and stems as the vocabulary writes them; accents may be left out, if loose always."""
    spaced, unspaced = [], []
    for word in words.split():
        stem = word.removesuffix(".").replace("_", r"\s+")
        if UNSPACED.match(word):
            unspaced.append(stem)
            continue
        plain = without_accents(stem)
        forms = dict.fromkeys((stem, plain) if is_loose or len(plain) >= _LEAST_PLAIN else (stem,))
        spaced += [each + (r"\b" if word.endswith(".") else r"\w*") for each in forms]
    return "|".join([*([rf"\b(?:{'|'.join(spaced)})"] if spaced else []), *unspaced])


def said(meaning: str) -> str:
    """Return the pattern of the words for a meaning."""
    return pattern(_MEANINGS[meaning])


def _words(*meanings: str) -> re.Pattern[str]:
    return re.compile(pattern(" ".join(_MEANINGS[each] for each in meanings), is_loose=True), _I)


RIGHT, WRONG = map(_words, ("right", "wrong"))
REST, MISSED = map(_words, ("rest", "missed"))
NEARLY, PERFECT, ALWAYS, USUALLY, AS_PEOPLE, CHANCE = map(
    _words, ("nearly", "perfect", "always", "usually", "as_people", "chance")
)
NEEDED, PERMITTED, BETTER = map(_words, ("needed", "permitted", "better"))
NO_MATTER = _words("no_matter")
FALSE_ALARM = _words("false_alarm")
HALF = said("half")
NEVER = said("never")
NONE = rf"{NEVER}|{said('none')}|\b\w+n['\N{{RIGHT SINGLE QUOTATION MARK}}]t\b"
FILLERS = frozenset(_MEANINGS["fillers"].split())
SAYS_AT_LEAST = _words("at_least")
SAYS_LEAST = re.compile(rf"(?:{said('at_least')}){_ARTICLE}", _I)
AT_LEAST = re.compile(
    rf"(?:{said('at_least')}|\b(?:of|is|be|von|is at|reach(?:es)?|targets?:?)|>=?|≥|:|=|~){_ARTICLE}", _I
)
AT_MOST = re.compile(rf"(?:{said('at_most')}|<=?|≤){_ARTICLE}", _I)
OR_MORE = re.compile(rf"\s*(?:\+|{said('or_more')})", _I)
# Units of time, by their minutes.
TIMES = {float(minutes): pattern(words) for minutes, words in VOCABULARY["times"].items()}
