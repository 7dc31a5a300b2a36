"""Labels of a task's examples: validated against the task's own, and observations about them."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError
from advisor.families.values import (
    EmptyError,
    as_label,
    folded_label,
    is_blank,
    is_mark,
    loaded,
    split_labels,
    without_accents,
)
from advisor.system.source import place, quoted
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.families.base import Family
    from advisor.task.examples import Example
    from advisor.task.model import Task

_SORTS = frozenset({"text-classification", "zero-shot-classification"})
NO_LABEL = "names none of the labels"
_BEGINNING = 3
# Most rows whose label says "not known": words, which may be a label, and bare marks, as in a half-filled table.
_MOST_MISSING, _MOST_MARKED = 0.1, 0.5
# A typo is much rarer than the label that was meant; with more labels than this none are compared.
RARE, _MOST_COMPARED = 0.25, 400
_SHORTEST_SLIP, _SHORTEST = 5, 4
# A yes and a no, which people also write as one letter.
_YES_OR_NO = "yes no ja nein nee nej oui non si sim não tak nie ano ne да нет так ні evet"
_SAID = frozenset(_YES_OR_NO.split())
_DOES_NOT_KNOW = """
don t know|dont know|do not know|dunno|not sure|unsure|no idea|cannot tell|can t tell|weiß nicht|weiss nicht
weiß ich nicht|nicht sicher|keine ahnung|je ne sais pas|ne sais pas|sais pas|ne sait pas|pas sûr
no sé|no se|no lo sé|no sabe|non so
non lo so|não sei|nao sei|não sabe|weet niet|weet ik niet|weet het niet|nie wiem|не знаю
vet ej|vet inte|ved ikke|vet ikke|en tiedä|nevím|nem tudom|nu știu|bilmiyorum
δεν ξέρω|わからない|分からない|不知道|不确定|모름"""
_UNSURE = frozenset(_DOES_NOT_KNOW.strip().replace("\n", "|").split("|"))
_ENDINGS = ("s", "es", "n", "en", "e")
# Not of "a" and "e": "data" and "date" are two fields.
_ITALIAN = {"o", "i"}
_MOST_LONGER = max(map(len, _ENDINGS))
_WORD = re.compile(r"[^\W_]+")
_NO_ANSWER, _POINT, _LETTERS = re.compile(r"-\d+"), re.compile(r"\.[a-z]?"), 3
_FILLED = tuple(
    map(set, ("\u25b3\u25b2", "\u25cb\u25cf", "\u25a1\u25a0", "\u2606\u2605", "\u25bd\u25bc", "\u25c7\u25c6"))
)
_AND = re.compile(r"(?<=[^\W_])\s*(?:&|\b(?:and|und|et|y|e|i|en|och|og)\b)\s*(?=[^\W_])")


def is_missing(code: str, others: Collection[str]) -> bool:
    """Return whether a label means "not known": words that say so, ? among words or numbers, .a or few -9 in these."""
    if _is_unsure(code):
        return True
    if is_mark(code):
        named = [other for other in others if not is_mark(other)]
        return all(other.isdecimal() or sum(map(str.isalpha, other)) >= _LETTERS for other in named)
    if _POINT.fullmatch(code):
        return any(map(str.isdecimal, others))
    codes = [each for each in others if not _POINT.fullmatch(each)]
    return _NO_ANSWER.fullmatch(code) is not None and 4 * sum(map(bool, map(_NO_ANSWER.fullmatch, codes))) <= len(codes)


def labels_in(expected: Any) -> tuple[str, ...]:  # noqa: ANN401  any JSON value
    """Return the labels in an expected value: itself, or a list's members."""
    return tuple(expected) if isinstance(expected, list) else (expected,)


def own_labels(task: Task, cell: object) -> object:
    """Return a cell, without labels that the task drops.

    EmptyError if it names none of the task's labels then, or several where a text has one.
    """
    has_none = loaded(cell) == []
    if has_none and task.labels_per_text == "one" and task.family in _SORTS:
        raise EmptyError
    if task.examples.other_labels != "drop" or is_blank(cell) or has_none:
        return cell
    kept = kept_of(cell, task.labels)
    if not kept:
        raise EmptyError("write one", NO_LABEL)
    if task.labels_per_text == "several":
        return kept
    if len(kept) > 1:
        raise EmptyError("write one", "names several of the labels")
    return kept[0]


def kept_of(cell: object, labels: Iterable[str]) -> list[str]:
    """Return those of some labels that a cell names, each once."""
    own, value = {folded_label(label): label for label in labels}, loaded(cell)
    named = value if isinstance(value, list) else split_labels(str(cell), own.values())
    return list(dict.fromkeys(own[key] for each in named if (key := folded_label(as_label(str(each)))) in own))


def only_label(examples: Sequence[Example]) -> str | None:
    """Return the expected value that all examples share; None if they differ or there are none."""
    expected = {labels_in(example.expected) for example in examples}
    return "; ".join(next(iter(expected))) if len(expected) == 1 else None


class Spellings:
    """One spelling for labels that differ in case, blanks or accents: the task's own, else the most frequent one.

    A label without accents, or with "ae" for "ä", equals the accented one, unless there are two of those. One with a
    full stop abbreviates the label that begins with its letters and has the others in order. One that is much rarer
    than a similar label, or unknown to the task, is a typo of that label. A letter is the yes or no that begins so.
    """

    def __init__(self, known: Iterable[str], counts: Mapping[str, int] | None = None) -> None:
        self._own = {folded_label(label): label for label in known}
        self._counts: dict[str, Counter[str]] = {}
        self._written: dict[str, Counter[str]] = {}
        self._accented: dict[str, set[str]] = {}
        self._short: set[str] = set()
        self._found: dict[str, str] = {}
        self._usual: dict[str, int] = {}
        for key in self._own:
            self._accented.setdefault(_bare(key), set()).add(key)
        for label, rows in (counts or {}).items():
            self.count(label, rows)

    def count(self, label: str, rows: int = 1) -> None:
        """Count a label as written."""
        self._found.clear()
        self._usual.clear()
        if (known := self._written.get(label)) is not None:
            known[label] += rows
            return
        key = folded_label(label)
        self._written[label] = self._counts.setdefault(key, Counter())
        self._counts[key][label] += rows
        self._accented.setdefault(_bare(key), set()).add(key)
        if label.rstrip().endswith(".") and key.isalpha():
            self._short.add(key)

    def of(self, label: str) -> str:
        """Return the common spelling of a counted label."""
        if label not in self._found:
            self._found[label] = self._one(label)
        return self._found[label]

    def _one(self, label: str) -> str:
        keys = self._same(folded_label(label))
        own = [self._own[key] for key in keys if key in self._own]
        if own:
            return own[0]
        one, rows = self._usual_of(keys)
        return self._meant(one, rows) or one

    def _usual_of(self, keys: Iterable[str]) -> tuple[str, int]:
        """Return the most frequent of some spellings, and the rows of all."""
        counts = sum((self._counts[key] for key in keys), Counter[str]())
        is_usual = partial(unicodedata.is_normalized, "NFKC")
        return max(counts, key=lambda each: (counts[each], is_usual(each), each)), counts.total()

    def _meant(self, label: str, rows: int) -> str:
        """Return the label that another, in so many rows, misspells; "" if none or several fit."""
        if self._own:
            found = [each for each in self._own.values() if is_slip(label, each)]
        else:
            if not self._usual:
                groups = {self._same(key): None for key in self._counts}
                usual = Counter(dict(map(self._usual_of, groups)))
                self._usual = dict(usual.most_common(_MOST_COMPARED))
            others = self._usual.items()
            found = [each for each, count in others if rows <= RARE * count and is_slip(label, each)]
        return found[0] if len(found) == 1 else ""

    def knows(self, label: str) -> bool:
        """Return whether a label is one of the task's in another spelling."""
        return any(key in self._own for key in self._same(folded_label(label))) or bool(self._meant(label, 0))

    def _same(self, key: str) -> tuple[str, ...]:
        """Return the folded spellings of a label: its own first, then the one with or without accents, if unique.

        Two labels that the task lists separately are never merged.
        """
        if key in self._short and key not in self._own:
            longer = [each for each in self._counts if each not in self._short and _is_short_for(key, each)]
            key = longer[0] if len(longer) == 1 else key
        if said := self._yes_or_no(key):
            return said
        others = self._accented.get(_bare(key), set()) - {key}
        is_one = sum(without_accents(each) != each for each in (key, *others)) == 1
        are_two = key in self._own and others <= self._own.keys()
        return (key, *others) if is_one and not are_two else (key,)

    def _yes_or_no(self, key: str) -> tuple[str, ...]:
        """Return a yes or a no with its letter, if both are used; () otherwise."""
        word = key if key in _SAID else next((each for each in _SAID if each[0] == key and self._has(each)), "")
        is_both = bool(word) and self._has(word[0]) and self._has(word)
        return (key, word if key != word else word[0]) if is_both else ()

    def _has(self, key: str) -> bool:
        return key in self._counts or key in self._own

    def are_labels(self, expected: Any) -> bool:  # noqa: ANN401  any JSON value
        """Return whether the expected value is one label, or a list of labels."""
        return isinstance(expected, str) or (isinstance(expected, list) and all(isinstance(x, str) for x in expected))

    def folded(self, expected: Any) -> Any:  # noqa: ANN401  any JSON value
        """Return the expected value with its labels in the common spelling; other values unchanged."""
        if not self._counts or not self.are_labels(expected):
            return expected
        if isinstance(expected, str):
            return self.of(expected)
        found = dict.fromkeys(map(self.of, expected))
        return sorted(found) if expected == sorted(expected) else list(found)

    def are_one(self) -> bool:
        """Return whether every counted label has one spelling, and none only means "not known"."""
        return not self.missing() and all(self.of(label) == label for label in self._written)

    def missing(self) -> dict[str, int]:
        """Return rare labels that only mean "not known", with their rows, if the task names no labels."""
        counts = {label: rows for same in self._counts.values() for label, rows in same.items()}
        found = {
            label: rows
            for label, rows in counts.items()
            if (is_mark(label) or _is_unsure(label)) and is_missing(label, counts)
        }
        words = sum(rows for label, rows in found.items() if not is_mark(label))
        total = sum(counts.values())
        is_common = words > _MOST_MISSING * total or sum(found.values()) > _MOST_MARKED * total
        return {} if self._own or is_common else found

    def notes(self) -> list[str]:
        """Return what was merged and left out, a sentence each."""
        missing = self.missing()
        folds: dict[str, Counter[str]] = {}
        for counts in self._counts.values():
            one = self.of(next(iter(counts)))
            folds.setdefault(one, Counter()).update({label: count for label, count in counts.items() if label != one})
        said = []
        for one, others in folds.items():
            if others and one not in missing:
                listed = ", ".join(quoted(label, 30) for label in list(others)[:4])
                rows = sum(others.values())
                said.append(f"{quoted(one, 30)} also as {listed} ({counted(rows, 'row')})")
        marks = f"{counted(sum(missing.values()), 'row')} labelled {' or '.join(map(quoted, missing))}"
        left_out = [f"left out, as the label is not known: {marks}; name it in labels to keep it"] if missing else []
        return [*left_out, f"labels spelt in several ways count as one: {'; '.join(said)}"] if said else left_out


def _is_unsure(label: str) -> bool:
    """Return whether a label means that the annotator did not know: "don't know", "weiß nicht"."""
    return " ".join(re.findall(r"[^\W_]+", label.casefold())) in _UNSURE


def _bare(key: str) -> str:
    """Return a folded label as `without_accents`, also without the e that replaces an umlaut."""
    return re.sub("(?<=[aou])e", "", without_accents(key))


def _is_short_for(short: str, label: str) -> bool:
    letters = iter(label)
    return label[:_BEGINNING] == short[:_BEGINNING] and all(letter in letters for letter in short)


def is_slip(label: str, other: str) -> bool:
    """Return whether a much rarer label may be nothing but another spelling of the other."""
    words, own = _words(label), _words(other)
    letters, others = sum(map(len, words)), sum(map(len, own))
    if letters < _SHORTEST or abs(letters - others) > _MOST_LONGER:  # skips most of thousands of pairs
        return False
    if ("?" in label) != ("?" in other) or _digits(label) != _digits(other):
        return False
    is_turned = len(words) == 2 and words == own[::-1]  # noqa: PLR2004
    return is_turned or bool(how_alike(label, other, is_rare=True))


def how_alike(one: str, other: str, is_rare: bool) -> str:  # noqa: FBT001  whether the other is far rarer
    """Return how two labels are alike, in words that follow both; "" if they are not."""
    a, b = " ".join(_words(one)), " ".join(_words(other))
    if not a and not b and one.strip() and other.strip():
        return "are one sign, empty and filled" if {one.strip(), other.strip()} in _FILLED else ""
    if a == b or a.replace(" ", "") == b.replace(" ", ""):
        return "differ only in case" if one.casefold() == other.casefold() else "differ only in blanks or signs"
    if _digits(a) != _digits(b) or not a or not b:
        return ""
    short, long = sorted((a, b), key=len)
    endings = _ENDINGS if len(short) >= _SHORTEST else _ENDINGS[:1] if len(short) == _SHORTEST - 1 else ()
    if any(short + ending == long for ending in endings):
        return "look like one in singular and plural"
    if len(short) >= _SHORTEST and short[-1] == "y" and short[:-1] + "ies" == long:
        return "look like one in singular and plural"
    if len(a) == len(b) >= _SHORTEST and a[:-1] == b[:-1] and {a[-1], b[-1]} == _ITALIAN:
        return "look like one in singular and plural"
    # Typos seldom affect the first letter, and words that differ there have different meanings: typical, atypical.
    if is_rare and len(short) >= _SHORTEST_SLIP and a[0] == b[0] and _is_a_letter_off(short, long):
        return "are one letter apart"
    return ""


def is_within(one: str, other: str) -> bool:
    """Return whether all words of one of two labels are the other's too: "rent" and "rent and fees"."""
    words, others = set(_words(one)), set(_words(other))
    return bool(words and others) and (words <= others or others <= words)


@lru_cache(maxsize=4096)
def _words(label: str) -> tuple[str, ...]:
    """Return a label's words in lower case, without any "and"."""
    return tuple(_WORD.findall(_AND.sub(" ", label.casefold())))


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+|\b\w\b", text)


def _is_a_letter_off(short: str, long: str) -> bool:
    """Return whether one letter was changed, added, or swapped with the next."""
    if len(long) - len(short) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[:at] + short[at : at + 2][::-1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long


def unknown_label(label: str, known: list[str]) -> str:
    """Return the error for a label that the task lacks."""
    close = difflib.get_close_matches(label, known, 1)
    if close:
        meant = f"did you mean {quoted(close[0])}"
    else:
        meant = "they are " + ", ".join(quoted(name, 30) for name in known[:10]) + (", …" if len(known) > 10 else "")  # noqa: PLR2004
    return f"the label {quoted(label)} is not one of the task's; {meant}; correct it or add it to labels"


def check_named(task: Task, labels: Sequence[str]) -> None:
    """Refuse settings for labels that the task lacks; InputError naming the key."""
    rates = [(f"bar.{key}", of) for key, of in task.bar.of_labels.items() if isinstance(of, dict)]
    for key, named in (*rates, ("label_map", task.label_map.values())):
        for label in named:
            if label not in labels:
                raise InputError(f"{key}: {unknown_label(label, list(labels))}")


def check_labels(path: Path, task: Task, examples: Sequence[Example]) -> None:
    """Refuse examples without labels, with only one, or with so many that the column must be another.

    InputError naming the file and the cure.
    """
    counts = Counter(label for example in examples for label in labels_in(example.expected))
    if not counts:
        raise InputError(f"{place(path)}: holds no examples; add at least two of different labels")
    if len(counts) == 1:
        only = quoted(next(iter(counts)))
        all_ = "its only example has" if len(examples) == 1 else f"all {len(examples)} examples have"
        raise InputError(f"{place(path)}: {all_} the label {only}; add examples of others")
    if len(counts) > max(50, len(examples) // 2):
        several = "; several labels in a cell stand between semicolons, or are listed in labels" * (
            task.labels_per_text == "several"
        )
        raise InputError(
            f"{place(path)}: {len(counts)} different labels in {len(examples)} examples; "
            f"is {quoted(str(task.examples.expected or 'label'))} the column with the label? "
            f"Set examples.expected{several}"
        )


def note_labels(
    kind: Family, labels: tuple[str, ...], teaching: Sequence[Example], evidence: Sequence[Example], notes: list[str]
) -> None:
    """Note labels that heads cannot answer, and labels that the evidence lacks."""
    shown, taught = ({label for row in part for label in kind.labels_of(row.expected)} for part in (evidence, teaching))
    unseen = [label for label in labels if label not in shown]
    if len(shown) == 1 and kind.has_labels:
        only = quoted(next(iter(shown)))
        notes.append(f"all {len(evidence)} examples of the evidence have the label {only}; add examples of others")
    elif unseen:
        notes.append(
            f"no evidence example for {len(unseen)} of the labels, "
            f"on which the answer then says nothing: {_first_few(unseen)}"
        )
    untaught = [label for label in labels if label not in taught]
    if teaching and untaught:
        notes.append(
            f"no training row for {len(untaught)} of the labels, "
            f"which a trained head can then never answer: {_first_few(untaught)}"
        )


def _first_few(labels: list[str]) -> str:
    return ", ".join(quoted(label, 30) for label in labels[:5]) + (", …" if len(labels) > 5 else "")  # noqa: PLR2004
