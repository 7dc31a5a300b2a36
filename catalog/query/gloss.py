"""Word-by-word English gloss of a task in another language, for the catalog's rules, weights and uses.

``data/terms.txt`` lists words of tasks in some languages. A word matches by its beginning, which covers inflections;
compounds are split between known words. A word that is not listed stays if it is English or a name. The language is the
one with most known words in the text; on a tie with English the text stays unchanged.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Final, NamedTuple

from catalog.families import FAMILIES
from catalog.languages import NAMES
from catalog.query.uses import uses
from catalog.store.database import STOP_WORDS

# Languages by script, or by letters that only one language of a script has; all others use Latin letters.
_SCRIPTS: Final = {
    "ja": re.compile(r"[\u3041-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7a3]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "uk": re.compile(r"[\u0400-\u04ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "he": re.compile(r"[\u05d0-\u05ea]"),
    "ur": re.compile(r"[ٹڈڑںےہھ]"),
    "fa": re.compile(r"[پچژگیک]"),
    "ar": re.compile(r"[\u0620-\u06ff]"),
    "hi": re.compile(r"[\u0900-\u0965]"),
    "bn": re.compile(r"[\u0980-\u09ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
}
# Languages that share a script, distinguished by their words; Japanese may be written without kana.
_ALIKE: Final = {"zh": ("zh", "ja"), "ru": ("ru", "uk"), "ar": ("ar", "fa")}
_UNSPACED: Final = frozenset({"ja", "zh", "th"})
# Languages whose words are found anywhere in a text: they have no spaces, join small words to others, or have marks
# that Python's word characters lack.
_ANYWHERE: Final = _UNSPACED | {"he", "ur", "fa", "ar", "hi", "bn"}
_JOINING: Final = frozenset({"de", "nl", "sv", "da", "no", "ko", "fi", "hu"})
# Longest joint between two words of a compound; shortest word looked for in one, and shortest after an unknown part.
_LONGEST_JOINT: Final = 3
_LEAST_PART: Final = 4
_LEAST_TAIL: Final = 5
_SHORT: Final = 2
# Longest token treated as a word.
_LONGEST_WORD: Final = 60
# Share of English words that makes a text English; share of Latin words beyond which other scripts are quotations.
_MOSTLY: Final = 0.8
_MOSTLY_LATIN: Final = 0.7
# Languages compared by all their words, at most; and the text's words that must be exact words of such a language.
_COMPARED: Final = 4
_COMMON: Final = 2
_TOKEN: Final = re.compile(r"[^\W_]+")
_FOREIGN: Final = re.compile(
    r"[\u0370-\u03ff]+|[\u0400-\u04ff]+|[\u0590-\u05ff]+|[\u0620-\u06ff]+|[\u0900-\u09ff]+|[\u0e00-\u0e7f]+"
    r"|[\u3041-\u30ff\u4e00-\u9fff]+|[\uac00-\ud7a3]+"
)
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_LETTERS: Final = str.maketrans({"ß": "ss", "ł": "l", "\u0131": "i", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d"})
# Letters of the Arabic script that are written one for the other.
_SAME_LETTERS: Final = str.maketrans("أإآىیکة", "اااييكه")
# What continues a word, including vowel signs.
_WITHIN: Final = r"[\w\u0900-\u09ff]"
_LANGUAGES: Final = frozenset(NAMES.values())
# Words before the source language of a translation, and before its target language.
_FROM: Final = frozenset({"of", "with", "from", "by"})
_INTO: Final = frozenset({"in", "on", "for", "to"})
_SORTS: Final = frozenset({"classify", "sort", "assign", "separate"})
# Languages that mark source and target by an ending, or by a word after the language.
_ENDINGS: Final = {
    "tr": {"from": re.compile(r"[dt][ae]n$"), "into": re.compile(r"y?[ae]$")},
    "ko": {"from": re.compile(r"에서"), "into": re.compile(r"로")},
    "fi": {"from": re.compile(r"sta$"), "into": re.compile(r"ksi$")},
    "hu": {"from": re.compile(r"rol$"), "into": re.compile(r"r[ae]$")},
}
_BEHIND: Final = frozenset({"ja"})
_VERBS_LAST: Final = frozenset({"de", "nl", "tr"})
_SENTENCE: Final = re.compile(r"[.;!?\n]")


@dataclass(frozen=True, slots=True)
class Gloss:
    """A text in English words."""

    language: str  # The code of the text's language.
    english: str  # The text's words in English.
    # Start and end of each English word, then start and end of its source in the text.
    places: tuple[tuple[int, int, int, int], ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Start and end of the source of a stretch of the English; (0, 0) if there is none."""
        return _around([each[2:] for each in self.places if each[0] < end and start < each[1]])

    def english_place(self, start: int, end: int) -> tuple[int, int]:
        """Start and end of the English made from a stretch of the text; (0, 0) if there is none."""
        return _around([each[:2] for each in self.places if each[2] < end and start < each[3]])


def in_english(text: str) -> str:
    """The text, glossed in English if it is in another language."""
    glossed = gloss(text, whole=True)
    return text if glossed is None else glossed.english


def _around(places: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return min((place[0] for place in places), default=0), max((place[1] for place in places), default=0)


class _Word(NamedTuple):
    """A word of ``terms.txt``: its parts, which of them match only exactly, and its English."""

    parts: tuple[str, ...]
    alone: tuple[bool, ...]
    english: str
    is_verb: bool


class _Piece(NamedTuple):
    """A stretch of a text with its English: "" if English has no word there, ``None`` if the stretch is unknown."""

    english: str | None
    start: int
    end: int
    ending: str = ""
    is_verb: bool = False


@lru_cache(maxsize=64)
def gloss(text: str, *, whole: bool = False) -> Gloss | None:
    """The text in English words; ``None`` if it is English, or in a language that ``terms.txt`` lacks.

    With ``whole`` unknown words stay, and each line of ``terms.txt`` gives one word only. Any text is safe.
    """
    language = _of_script(text) or _latin(text)
    if language is None:
        return None
    pieces = _listing(text, _directed(_pieces(text, language), language))
    ends = [0, *(piece.end for piece in pieces)]
    gaps = [text[end : piece.start] for end, piece in zip(ends, pieces, strict=False)]
    ordered = list(zip(gaps, pieces, strict=True))
    if language in _VERBS_LAST:
        ordered = _verbs_first(ordered)
    english, places = "", []
    said = set[str]()
    for gap, piece in ordered:
        english += gap if gap.strip() or not english or english[-1].isalnum() else ""
        word = text[piece.start : piece.end] if piece.english is None else piece.english
        if piece.english is None and not whole and not (language in _SCRIPTS and word.isascii()):
            word = word if _is_name(word) or word.lower() in _english() else ""
        word = word.split(", ")[0] if whole else word
        if word and (whole or " " not in word or word not in said):
            said.add(word)
            english += " " if english[-1:].isalnum() else ""
            places.append((len(english), len(english) + len(word), piece.start, piece.end))
            english += word
    return Gloss(language, english + text[ends[-1] :], tuple(places))


def _verbs_first(pieces: Sequence[tuple[str, _Piece]]) -> list[tuple[str, _Piece]]:
    """Move verbs that end a clause to the start of its sentence; pieces come with the text before them."""
    ordered: list[tuple[str, _Piece]] = []
    begins = 0
    for at, (before, piece) in enumerate(pieces):
        is_relative = "," in before and piece.english in {"", "that"}
        begins = len(ordered) if is_relative or _SENTENCE.search(before) else begins
        is_last = at + 1 == len(pieces) or bool(pieces[at + 1][0].strip())
        if piece.is_verb and is_last and begins < len(ordered):
            gap, first = ordered[begins]
            ordered[begins : begins + 1] = [(gap, piece), (" ", first)]
        else:
            ordered.append((before, piece))
    return ordered


def _is_name(word: str) -> bool:
    return word[1:] != word[1:].lower() or any(sign.isdigit() for sign in word)


def _is_abbreviation(word: str, text: str) -> bool:
    return len(word) > 1 and word.isupper() and not text.isupper()


@cache
def _english() -> frozenset[str]:
    """Words that people use for tasks in English."""
    known = [*(wording for use in uses() for wording in use.wordings), *(each.words for each in FAMILIES.values())]
    return STOP_WORDS.union(word for each in known for word in _TOKEN.findall(each.lower()))


@cache
def _lines(*, folded: bool) -> tuple[tuple[str, ...], ...]:
    text = resources.files("catalog.data").joinpath("terms.txt").read_text(encoding="utf-8")
    text = _folded(text) if folded else text
    return tuple(tuple(line.split("|")) for line in text.splitlines() if not line.startswith("#"))


def _folded(text: str) -> str:
    """In lower case without accents."""
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text.lower())).translate(_LETTERS)


def _lowered(text: str) -> str:
    """In lower case, each letter in one spelling; as long as the text, where lower case is."""
    return text.lower().translate(_SAME_LETTERS)


def _is_folded(language: str) -> bool:
    return language not in _SCRIPTS or language in {"ru", "uk", "el"}


@cache
def _words(language: str) -> dict[str, list[_Word]]:
    column = _lines(folded=False)[0].index(language)
    found: defaultdict[str, list[_Word]] = defaultdict(list)
    for line, name in zip(_lines(folded=_is_folded(language))[1:], _lines(folded=False)[1:], strict=True):
        english, is_verb = name[0].removeprefix("to ").removeprefix("-"), name[0].startswith("to ")
        for term in line[column].split() if column < len(line) else ():
            parts = _lowered(term).split("_")
            # "am_tag" must not match "amtlichen Tag": short words of a phrase match only exactly.
            short = _SHORT if len(parts) > 1 and _is_folded(language) else 0
            alone = tuple(p.endswith(".") or len(p) <= short for p in parts)
            word = _Word(tuple(p.rstrip(".") for p in parts), alone, english, is_verb)
            found[word.parts[0]].append(word)
    return dict(found)


@cache
def _alone() -> dict[str, list[str]]:
    """Languages in Latin letters by the words that match only exactly in them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    codes = _lines(folded=True)[0]
    for line in _lines(folded=True)[1:]:
        for code, cell in zip(codes[1:], line[1:], strict=False):
            if code not in _SCRIPTS:
                for term in cell.split():
                    if term.endswith("."):
                        found[term[:-1]].append(code)
    return dict(found)


def _of_script(text: str) -> str | None:
    """The language of a text's script; ``None`` for Latin letters, even with a few words in other scripts."""
    code = next((code for code, script in _SCRIPTS.items() if script.search(text)), None)
    if code is None:
        return None
    others = _FOREIGN.findall(text)
    count = sum(map(len, others)) / 2 if code in _UNSPACED else len(others)
    latin = len(_TOKEN.findall(_FOREIGN.sub(" ", text)))
    if latin > _MOSTLY_LATIN * (latin + count):
        return None
    return max(
        _ALIKE.get(code, (code,)),
        key=lambda each: sum(p.end - p.start for p in _pieces(text, each) if p.english is not None),
    )


def _latin(text: str) -> str | None:
    """The language in Latin letters, other than English, with most words of a text; ``None`` if English has more."""
    tokens = [at for at in _TOKEN.finditer(text) if not _is_name(at[0])]
    english = {at.start() for at in tokens if at[0].lower() in _english()}
    if len(english) >= _MOSTLY * len(tokens):
        return None
    counts = Counter(code for word in set(_TOKEN.findall(_folded(text))) for code in set(_alone().get(word, ())))
    compared = [code for code, count in counts.most_common(_COMPARED) if count >= _COMMON]
    best, language = 0, None
    for code in compared or [code for code in _lines(folded=True)[0][1:] if code not in _SCRIPTS]:
        pieces = _pieces(text, code)
        known = [piece for piece in pieces if piece.english is not None]
        lead = sum(piece.start not in english for piece in known)
        lead -= sum(piece.start in english for piece in pieces if piece.english is None)
        if lead > best and len(known) * 2 > sum(piece.start not in english for piece in pieces):
            best, language = lead, code
    return language


def _pieces(text: str, language: str) -> list[_Piece]:
    words = _words(language)
    if language in _ANYWHERE:
        found = _anywhere(language).finditer(_lowered(text))
        return [_Piece(words[at[1]][0].english if at[1] else None, *at.span()) for at in found]
    tokens = list(_TOKEN.finditer(text))
    folded = [(_folded(at[0]) if _is_folded(language) else at[0].lower())[:_LONGEST_WORD] for at in tokens]
    pieces, at = [], 0
    while at < len(tokens):
        found_at = _begins(words, folded[at:])
        if found_at is not None and _is_abbreviation(tokens[at][0], text) and found_at[0].english in STOP_WORDS:
            found_at = None  # MIT in "Lizenz MIT" is not the German "mit"
        if found_at is None:
            is_joined = language in _JOINING and not _is_name(tokens[at][0])
            said = " ".join(_within(words, folded[at], _LEAST_TAIL)) if is_joined else ""
            pieces.append(_Piece(said or None, *tokens[at].span()))
            at += 1
            continue
        word, length = found_at
        ending = folded[at][length:] if len(word.parts) == 1 else ""
        more = _within(words, ending) if language in _JOINING and len(ending) > _LONGEST_JOINT else []
        last = tokens[at + len(word.parts) - 1]
        said = " ".join([word.english, *more])
        pieces.append(_Piece(said, tokens[at].start(), last.end(), ending, word.is_verb))
        at += len(word.parts)
    return pieces


@cache
def _anywhere(language: str) -> re.Pattern[str]:
    """Pattern of a language's known words, of words in Latin letters, and of single signs.

    The last letters after a known beginning are its ending, except in languages without spaces, and after short words,
    which are joined to others.
    """
    ending = rf"(?:(?<={_WITHIN}{{{_SHORT + 1}}}){_WITHIN}{{1,{_SHORT}}}(?!{_WITHIN}))?" * (language not in _UNSPACED)
    known = "|".join(
        rf"(?<!{_WITHIN}){term}(?!{_WITHIN})" if words[0].alone[0] else re.escape(term)
        for term, words in sorted(_words(language).items(), key=lambda each: -len(each[0]))
    )
    return re.compile(rf"({known}){ending}|[a-z0-9]+(?:[.-][a-z0-9]+)*|[^\W_]")


def _begins(words: Mapping[str, Sequence[_Word]], tokens: Sequence[str]) -> tuple[_Word, int] | None:
    """The longest word that the tokens begin with, and how many letters of the first token it covers."""
    found = [
        (word, length)
        for length in range(len(tokens[0]), 0, -1)
        for word in words.get(tokens[0][:length], ())
        if len(word.parts) <= len(tokens)
        and all(
            token == part or (not alone and token.startswith(part))
            for token, part, alone in zip(tokens, word.parts, word.alone, strict=False)
        )
    ]
    return max(found, key=lambda each: len(each[0].parts), default=None)


def _within(words: Mapping[str, Sequence[_Word]], token: str, least: int = _LEAST_PART) -> list[str]:
    """English of a compound's words, from the first known one of at least ``least`` letters."""
    for start in range(len(token) - least + 1):
        found = _begins(words, [token[start:]])
        if found is not None and found[1] >= least:
            return [found[0].english, *_within(words, token[start + found[1] :])]
    return []


def _listing(text: str, pieces: Sequence[_Piece]) -> list[_Piece]:
    """Put "into" before a list of classes to sort into."""
    said = [piece for piece in pieces if piece.english != ""]
    if _SORTS.isdisjoint(piece.english for piece in said):
        return list(pieces)
    into = {
        before.start
        for before, first, second in zip(said, said[1:], said[2:], strict=False)
        if before.english in _INTO
        and (text[first.end : second.start].strip() == "," or second.english in {"or", "and"})
    }
    return [piece._replace(english="into") if piece.start in into else piece for piece in pieces]


def _directed(pieces: Sequence[_Piece], language: str) -> list[_Piece]:
    """Put "from" and "into" before the languages of a translation."""
    if not any(piece.english == "translate" for piece in pieces):
        return list(pieces)
    said = [piece for piece in pieces if piece.english != ""]
    named = {piece.english for piece in said} & _LANGUAGES
    english = [piece.english for piece in said]
    for at in range(len(english) - 1):
        before, after = english[at : at + 2]
        if language in _BEHIND and before in named and after in {"from", "to"}:
            english[at : at + 2] = [f"{'from' if after == 'from' else 'into'} {before}", ""]
        elif after in named and before in _FROM and len(named) > 1:
            english[at] = "from"
        elif after in named and before in _INTO:
            english[at] = "into"
    for at, piece in enumerate(said):
        sides = [side for side, ending in _ENDINGS.get(language, {}).items() if ending.search(piece.ending)]
        if sides and piece.english in named:
            english[at] = f"{sides[0]} {piece.english}"
    unsaid = [piece for piece in pieces if piece.english == ""]
    return sorted(
        [*unsaid, *(piece._replace(english=each) for piece, each in zip(said, english, strict=True))],
        key=lambda piece: piece.start,
    )
