"""The meaning of a column's codes, from a code book in the same folder: Stata, SPSS or SAS syntax, or a list."""

import re
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from advisor.families.values import MARKS
from advisor.paths import is_folder
from advisor.task.encoding import encoding_of

_SYNTAX, _LISTS = (".do", ".sps", ".sas"), (".txt", ".md")
_MOST_FILES, _LARGEST = 200, 64 << 10
# "label define occ 11 "Engineers"", "VALUE LABELS occ 11 'Engineers'", "value occ 11 = 'Engineers'" begin a set each.
_SET = re.compile(r"\b(?:label\s+define|value\s+labels?|value)\s+", re.IGNORECASE)
_QUOTED = re.compile(r"(?<![\w.'\"-])(-?\w[\w.]{0,15}|\.[a-z])\s*(?:=\s*)?(?:\"([^\"\n]{1,80})\"|'([^'\n]{1,80})')")
_LINE = re.compile(r"\s*([\w.-]{1,16})\s*(?:=|:|\t|\s[\u2013-]\s)\s*(\S.{0,78}?)\s*")
# Minimum share of a column's filled rows, and of a list's lines, that are codes.
_MOSTLY = 0.95
_NO_ANSWER, _POINT = re.compile(r"-\d+"), re.compile(r"\.[a-z]?")
_LETTERS = 3


def meanings(path: Path, values: Collection[str]) -> dict[str, str]:
    """Return the meanings of a column's values, folded, without codes for "no answer"; {} if there is no code book."""
    folded = [code for value in values if not _POINT.fullmatch(code := value.strip().casefold())]
    kinds = set(folded)
    for book in _books(path):
        known = sum(value in book for value in folded)
        if len(kinds & book.keys()) > 1 and known >= _MOSTLY * len(folded):
            return {code: meaning for code, meaning in book.items() if code in kinds and not is_missing(code, kinds)}
    return {}


def is_missing(code: str, others: Collection[str]) -> bool:
    """Return whether a code means "no answer": .a among numbers, -9 if few are below zero, ? among words or numbers."""
    if code.casefold() in MARKS:
        named = [other for other in others if other.casefold() not in MARKS]
        return all(other.isdecimal() or sum(map(str.isalpha, other)) >= _LETTERS for other in named)
    if _POINT.fullmatch(code):
        return any(map(str.isdecimal, others))
    codes = [each for each in others if not _POINT.fullmatch(each)]
    return _NO_ANSWER.fullmatch(code) is not None and 4 * sum(map(bool, map(_NO_ANSWER.fullmatch, codes))) <= len(codes)


def _books(path: Path) -> Iterator[dict[str, str]]:
    """Yield the sets of codes in files next to an examples file, or in its folder."""
    folder = path if is_folder(path) else path.parent
    try:
        for file in sorted(islice(folder.iterdir(), _MOST_FILES)):
            ending = file.suffix.lower()
            if ending in (*_SYNTAX, *_LISTS) and file != path and file.is_file() and file.stat().st_size <= _LARGEST:
                text = file.read_bytes().decode(encoding_of(file), "replace").removeprefix("\ufeff")
                yield from (_quoted(part) for part in _SET.split(text)[1:]) if ending in _SYNTAX else _listed(text)
    except OSError:  # a code book is optional
        return


def _quoted(part: str) -> dict[str, str]:
    return {at[1].casefold(): at[2] or at[3] for at in _QUOTED.finditer(part)}


def _listed(text: str) -> Iterator[dict[str, str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    found = [at for line in lines if (at := _LINE.fullmatch(line)) is not None]
    if len(found) >= _MOSTLY * len(lines):
        yield {at[1].casefold(): at[2] for at in found}
