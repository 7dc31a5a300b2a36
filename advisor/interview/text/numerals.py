"""Numbers as words, to a hundred, in English, German, French and Spanish; ordinals and the names of fractions."""

# ruff: noqa: SIM905  lists of words read best as words

from __future__ import annotations

from itertools import chain

_ENGLISH = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()  # fmt: skip
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_GERMAN = (
    "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
).split()
_GERMAN_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_FRENCH = (
    "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
).split()
_FRENCH_TENS = "vingt trente quarante cinquante soixante".split()
_SPANISH = (
    "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve"
).split()
_SPANISH_TENS = "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_HUNDREDS = ("hundred", "a hundred", "one hundred", "hundert", "einhundert", "cent", "cien", "ciento")
_THOUSANDS = ("thousand", "a thousand", "one thousand", "tausend", "eintausend", "mille", "mil")
_ONES = ("a", "an", "eins", "eine", "einer", "einem", "einen", "une", "una")


def _counted() -> dict[str, float]:
    found: dict[str, float] = dict.fromkeys(_ONES, 1.0)
    for words in (_ENGLISH, _GERMAN, _FRENCH, _SPANISH):
        found |= {word: float(number) for number, word in enumerate(words, 1)}
    for tens, joins in ((_ENGLISH_TENS, ("-", " ")), (_SPANISH_TENS, (" y ",))):
        ones = _ENGLISH if tens is _ENGLISH_TENS else _SPANISH
        for number, word in enumerate(tens, 2):
            found[word] = number * 10.0
            found |= {f"{word}{join}{ones[n - 1]}": number * 10.0 + n for join in joins for n in range(1, 10)}
    for number, word in enumerate(_GERMAN_TENS, 2):
        found[word] = number * 10.0
        found |= {f"{_GERMAN[n - 1]}und{word}": number * 10.0 + n for n in range(1, 10)}
    found |= {word.replace("ß", "ss"): value for word, value in found.items()}
    for number, word in enumerate(_FRENCH_TENS, 2):
        found[word] = number * 10.0
        found |= {f"{word}-{_FRENCH[n - 1]}": number * 10.0 + n for n in range(2, 20 if number == 6 else 10)}  # noqa: PLR2004
    found["quatre-vingts"] = 80.0
    found |= {f"quatre-vingt-{_FRENCH[n - 1]}": 80.0 + n for n in range(1, 20)}
    return found | dict.fromkeys(_HUNDREDS, 100.0) | dict.fromkeys(_THOUSANDS, 1000.0)


def _ordinals() -> dict[str, float]:
    """Return "twentieth" and "zwanzigste" with their numbers."""
    irregular = {
        "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12, "dritte": 3, "siebte": 7,
        "achte": 8,
    }  # fmt: skip
    found = {word: float(number) for word, number in irregular.items()}
    for number, word in enumerate(_ENGLISH, 1):
        if number not in {1, 2, 3, 5, 8, 9, 12}:
            found[f"{word}th"] = float(number)
    for number, word in enumerate(_ENGLISH_TENS, 2):
        found[f"{word.removesuffix('y')}ieth"] = number * 10.0
    for number, word in enumerate(_GERMAN, 1):
        if number not in {1, 3, 7, 8}:
            found[f"{word}te"] = float(number)
    for number, word in enumerate(_GERMAN_TENS, 2):
        found[f"{word}ste"] = number * 10.0
    return found | {"hundredth": 100.0, "hundertste": 100.0, "tausendste": 1000.0, "thousandth": 1000.0}


NUMBERS = _counted()
ORDINALS = _ordinals()
PARTS: dict[str, float] = {
    word: float(number)
    for number, words in {
        2: "half halves",
        3: "third thirds drittel tiers tercio tercios",
        4: "quarter quarters viertel quart quarts cuarto cuartos",
        5: "fifth fifths fünftel cinquième cinquièmes quinto quintos",
        10: "tenth tenths zehntel dixième dixièmes décimo décimos",
    }.items()
    for word in words.split()
}


def alternatives(words: dict[str, float]) -> str:
    """Return a pattern of words, the longest first, blanks in them of any length."""
    ordered = sorted(chain(words), key=len, reverse=True)
    return "|".join(word.replace(" ", r"\s+") for word in ordered)
