"""How people name columns, in some languages: a hint if values leave it open, never more.

The words themselves are in vocabulary.toml.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile

from advisor.families.values import without_accents
from advisor.interview.text.vocabulary import VOCABULARY

WORD = re.compile(r"[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|\d+")
MEANT: dict[str, str] = VOCABULARY["columns"]
_KINDS: dict[str, str] = VOCABULARY["column_words"]


def of_kind(kind: str, *more: str) -> frozenset[str]:
    """Return the words of a kind in the vocabulary, and further ones, with and without accents."""
    listed = " ".join((_KINDS[kind], *more))
    return frozenset((*listed.split(), *without_accents(listed).split()))


ID = of_kind("id")
LABEL = of_kind("label")
# Origins of a row, such as people and tools: seldom the answer.
ORIGIN = of_kind("origin")
BY = of_kind("by")
RELEVANT = of_kind("relevant")
GRADE = RELEVANT | of_kind("grade")
# Names of columns whose numbers stand for something.
CODE = of_kind("code")
_ENGLISH_CODE = of_kind("english_code")
_CODES_SAID = re.compile(rf"\b(?:{'|'.join(sorted(CODE))})\W{{1,3}}\d+\s?(?:[^\W\d_]{{1,4}}|\W)\s?\d", re.IGNORECASE)
SAME = of_kind("same")
INPUT = of_kind("input", MEANT["message"], MEANT["description"])
ANSWER = of_kind("answer", MEANT["answer"])
# What an answer must hold: "must_include", "expected_keywords".
_HOLDS = of_kind("holds")
_KEYWORDS = of_kind("keywords")
# Headings that belong to a text.
HEAD = of_kind("head")
QUESTION = of_kind("question", MEANT["question"])
QUERY = QUESTION | of_kind("query")
CONTEXT = of_kind("context")
SUMMARY = of_kind("summary")
TRANSLATION = of_kind("translation")
TRANSCRIPT = of_kind("transcript")
DOCUMENTS = of_kind("documents")
SPLIT = of_kind("split")
# Columns by a program's guess, by final decision, and by an earlier state: among similar columns one is the answer.
GUESSED = of_kind("guessed")
SETTLED = of_kind("settled")
BEFORE = of_kind("before")
# What people write beside an answer, such as why it is right; what a better answer was preferred to.
REMARK = of_kind("remark")
REJECTED = of_kind("rejected")
# Common first letters that make two words forms of one, or the same word in a related language.
_BEGINNING, SHORTEST = 5, 3
_BY_PLACE = re.compile(r"column \d+")
_BRACKETED = re.compile(r"(.*)[(\[]([^()\[\]]+)[)\]]\s*")
_PREFIXED = re.compile(r"(?:\S*\.|[A-Za-z]{0,2}\d+[_.:\s-]+)(?=[^\W\d])(.+)")
# What the tags of RIS stand for, and what people call it (https://en.wikipedia.org/wiki/RIS_(file_format)).
_TAGS_OF_RIS = {
    "TI": "title titre titel", "AB": "abstract", "AU": "author", "PY": "year",
    "KW": "keyword tags headings clés vedettes schlagwort clave chiave trefwoord", "N1": "notes",
    "T1": "title", "N2": "abstract", "A1": "author",
}  # fmt: skip
ANCHOR = of_kind("anchor")
CLOSER = of_kind("closer")
FARTHER = of_kind("farther")
WORDS = of_kind("words")


def words(name: str) -> tuple[str, ...]:
    """Return the words of a column's name, folded, without accents: "messageReçu_2" is message, recu, 2.

    A letter by itself keeps its accent: "à" is no "a".
    """
    return tuple(without_accents(word) if len(word) > 1 else word for word in spelled(name))


def spelled(name: str) -> tuple[str, ...]:
    """Return the words of a column's name, folded, as they are spelled."""
    return tuple(word.casefold() for word in WORD.findall(_TAGS_OF_RIS.get(name, name)))


def is_any(name: str, known: frozenset[str]) -> bool:
    """Return whether one of a name's words is among the known ones."""
    return not known.isdisjoint(words(name))


def is_doer(name: str) -> bool:
    """Return whether a column is named as who did something: "KeyedBy", "erfasst von"."""
    said = words(name)
    return len(said) > 1 and said[-1] in BY


def is_title(name: str) -> bool:
    """Return whether a column is named as what stands above a text, and not as an answer."""
    return is_any(name, HEAD) and not is_any(name, ANSWER)


def nested(columns: Collection[str]) -> frozenset[str]:
    """Return the columns of objects that another column is called as, too: "milestone.title" beside "title"."""
    return frozenset(name for name in columns if name.rpartition(".")[2] in columns and "." in name)


def is_held(name: str) -> bool:
    """Return whether a column is named as what an answer must hold."""
    return is_any(name, _HOLDS) or (is_any(name, _KEYWORDS) and is_any(name, ANSWER))


def is_by_place(name: str) -> bool:
    """Return whether a column is called by its place, as it has no name of its own."""
    return _BY_PLACE.fullmatch(name) is not None


def are_judged_alike(one: str, other: str) -> bool:
    """Return whether two names begin with the same word for what was settled, as true_name and true_class do."""
    first, second = words(one)[:1], words(other)[:1]
    return first == second and not (SETTLED | ANSWER).isdisjoint(first)


def are_forms(one: str, other: str) -> bool:
    """Return whether two folded words are forms of one: they share most of their first letters."""
    if one[:SHORTEST] != other[:SHORTEST]:
        return False
    most = max(len(one), len(other))
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))
    return one == other or same >= max(SHORTEST, min(_BEGINNING, most - 1))


def are_codes(column: str, said: str) -> bool:
    """Return whether a column's numbers stand for something, by its name or by the words: "codes 1 to 6".

    In English the last word of a name says what it is: "code quality" has grades.
    """
    own = words(column)
    is_named = bool(own) and (own[-1] in CODE or not (CODE - _ENGLISH_CODE).isdisjoint(own))
    return (is_named and not is_any(column, GRADE)) or _CODES_SAID.search(said) is not None


def without_brackets(column: str) -> tuple[str, str]:
    """Return a column's name without what brackets at its end hold, and that; "" if there are none."""
    at = _BRACKETED.fullmatch(column)
    return (at[1], at[2]) if at is not None and words(at[1]) else (column, "")


def names_of(column: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of a column's name, also without a tool's decoration; one word in brackets is a unit."""
    yield words(column)
    name, bracketed = without_brackets(column)
    if bracketed:
        yield from filter(None, (words(name), words(bracketed) if len(words(bracketed)) > 1 else ()))
    if (at := _PREFIXED.fullmatch(column)) is not None:
        yield words(at[1])


def as_fields(columns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return columns by names of fields: the last part of a nested one, "prediction.date", if no other has that."""
    short = [name.rpartition(".")[2].strip() or name for name in columns]
    return tuple((end if short.count(end) == 1 else name, name) for end, name in zip(short, columns, strict=True))
