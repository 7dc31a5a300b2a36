"""Statistics of a table's columns, alone and in pairs, by which readings are ranked."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from itertools import pairwise
from statistics import median
from typing import Any, Concatenate, ParamSpec, TypeVar

from advisor.engines.words import word_tokens
from advisor.families.json_fields import find_spelled, without_gaps, written_number
from advisor.families.spans import may_list, split_listed
from advisor.families.values import cut_at, loaded
from advisor.families.written_spans import in_list, in_marked_copy
from advisor.interview.files import names
from advisor.interview.files.columns import ROWS_OF_A_LABEL, Column, is_empty, shown
from advisor.task.languages import languages
from advisor.task.marks import JOINED
from advisor.task.record import Row
from advisor.task.word_labels import predictability

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_Own = TypeVar("_Own", bound="Cells")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[t ]00:00.*)?")
_DECIMAL = re.compile(r"\d+(?:\.\d+)?")
_QUESTION_MARKS = ("?", "\N{FULLWIDTH QUESTION MARK}", "\N{ARABIC QUESTION MARK}", "\N{GREEK QUESTION MARK}")
SEVERAL = 5
# Fewer words than a query has on average; more rows than one has whose rows are mixed with others'.
_WORDS_OF_A_QUERY, _ROWS_OF_A_QUERY = 1.5, 10
# Mean rows per value of a column that may tell another.
_ROWS_OF_A_TELLING = 1.5
# Fewer rows than this have the same number, if it names a record.
_ROWS_OF_A_NUMBER = 1.5
# Words of a text that is no name; share of texts from which their language is that of all.
_WORDS_OF_A_TEXT, _OF_ALL = 4, 0.8
# Of rows with one text and one answer so many differ in who wrote them.
_APART = 0.6
# A single field must occur in nearly every text; numbers occur in some by chance.
ALONE = 0.9
# From so many letters on the last one of a name may change before an ending.
_LONG_NAME = 5
# Values in nearly all texts are extracted from them, even if they repeat as labels do.
NEARLY_ALL = 0.98
# Of rows in which a code goes with one text, and that with the code.
ONE_BY_ONE = 0.9
FEWEST_PARTS = 3
SOME = 0.1
LEAST_CODE, _LETTERS = 5, 2
# Fewer rows tell nothing of how two columns go together.
_LEAST_TOLD = 8


def once(
    compute: Callable[Concatenate[_Own, _Arguments], _Result],
) -> Callable[Concatenate[_Own, _Arguments], _Result]:
    """Remember a method's results, which depend on the rows and its arguments alone."""

    @wraps(compute)
    def remembered(cells: _Own, /, *args: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
        key = (compute.__name__, *args, *sorted(named.items()))
        if key not in cells.known:
            cells.known[key] = compute(cells, *args, **named)
        found: _Result = cells.known[key]
        return found

    return remembered


@dataclass(frozen=True, slots=True)
class Cells:
    """The rows of a table, with statistics of its columns by name.

    `known` remembers what was computed; views of the same rows share it.
    """

    rows: Sequence[Row]
    known: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False, compare=False, kw_only=True)

    def pairs(self, one: str, other: str) -> list[tuple[str, str]]:
        """Return the rows in which both columns are filled, as texts."""
        cells = [(row.columns.get(one), row.columns.get(other)) for row in self.rows]
        return [(shown(a), shown(b)) for a, b in cells if not (is_empty(a) or is_empty(b))]

    @once
    def is_told_by_gaps(self, answer: str, column: str) -> bool:
        """Return whether a column is empty in exactly the rows of one of an answer's two values."""
        cells = [(shown(cell), is_empty(row.columns.get(column)))
                 for row in self.rows if not is_empty(cell := row.columns.get(answer))]  # fmt: skip
        return len(cells) >= _LEAST_TOLD and len({*cells}) == len({*dict(cells)}) == len({gap for _, gap in cells}) == 2  # noqa: PLR2004

    @once
    def is_ticked(self, column: str, answer: str) -> bool:
        """Return whether a column says yes or no to one of the labels that an answer joins."""
        return answer == JOINED and column.rstrip("] ").endswith(self.joined_labels)

    @property
    @once
    def joined_labels(self) -> tuple[str, ...]:
        """Return the labels in the column that joins ticked columns; none if there is no such column."""
        cells = {shown(row.columns.get(JOINED)) for row in self.rows} - {""}
        return tuple({label for cell in cells for label in cell.split(";")})

    @once
    def is_copied(self, one: str, other: str) -> bool:
        """Return whether two columns are the same in all rows that fill both."""
        pairs = self.pairs(one, other)
        return len(pairs) >= _LEAST_TOLD and all(a.strip() == b.strip() for a, b in pairs)

    @once
    def predicts(self, text: str, column: Column) -> float:
        """Return how well a column's texts predict another's labels, or whether its numbers are above the median."""
        pairs = self.pairs(text, column.name)
        if column.has_several and column.kind == "label":
            pairs = [(cell, label) for cell, listed in pairs for label in cut_at(column.detail, listed)]
        if column.kind == "label":
            return predictability(pairs)
        known = [(cell, number) for cell, value in pairs if (number := written_number(value)) is not None]
        middle = median([number for _, number in known]) if known else 0
        return predictability([(cell, str(number > middle)) for cell, number in known])

    @once
    def shared(self, text: str, other: str) -> float:
        """Return the share of a column's words that occur in its own row's text beyond those in the next row's."""
        both = zip(self._tokens(text), self._tokens(other), strict=True)
        cells = [(one, another) for one, another in both if one is not None and another is not None]
        nexts = [one for one, _ in (*cells[1:], *cells[:1])]
        shares = [
            (len(of & own) - len(of & next_)) / len(of) for (own, of), next_ in zip(cells, nexts, strict=True) if of
        ]
        return max(0.0, sum(shares) / len(shares)) if shares else 0.0

    @once
    def rewrites(self, text: str, other: str) -> bool:
        """Return whether a column's texts are another's word for word, as with punctuation and capitals put right."""
        both = [(word_tokens(one), word_tokens(another)) for one, another in self.pairs(text, other)]
        return sum(one == another and len(one) >= _WORDS_OF_A_TEXT for one, another in both) > ALONE * len(both)

    @once
    def spoken(self, text: str) -> str:
        """Return the language of nearly all of a column's texts, "" if uncertain."""
        (shares,) = languages([[cell for cell, _ in self.pairs(text, text)]])
        return shares[0].language if shares and shares[0].share > _OF_ALL else ""

    @once
    def _tokens(self, column: str) -> list[set[str] | None]:
        """Return the words of a column's cells; None for an empty one."""
        cells = (row.columns.get(column) for row in self.rows)
        return [None if is_empty(cell) else set(word_tokens(shown(cell))) for cell in cells]

    @once
    def _parts(self, column: str) -> list[list[str]]:
        """Return the texts in a column's cells, case folded."""
        return [[each.casefold().strip() for each in _answers_in(row.columns.get(column))] for row in self.rows]

    @once
    def _folded(self, column: str) -> list[tuple[str | None, str]]:
        """Return a column's texts, case folded, with and without gaps; None for an empty one."""
        cells = (row.columns.get(column) for row in self.rows)
        texts = [None if is_empty(cell) else shown(cell).casefold() for cell in cells]
        return [(text, without_gaps(text or "")) for text in texts]

    @once
    def contained(self, part: str, whole: str) -> float:
        """Return the share of rows in which a column's text occurs in another's, case folded.

        A value that repeats and occurs in no text marks a missing answer: it does not count.
        """
        stands: defaultdict[str, list[bool]] = defaultdict(list)
        for values, (text, bare) in zip(self._parts(part), self._folded(whole), strict=True):
            if text is None:
                continue
            for value in values:
                has_signs = without_gaps(value) in bare
                stands[value].append(_stands(value, text) or (has_signs and find_spelled(text, value) is not None))
        absent = [value for value, found in stands.items() if len(found) > 1 and not any(found)]
        if len(absent) == 1 and len(stands) >= SEVERAL:
            del stands[absent[0]]
        return sum(map(sum, stands.values())) / max(1, sum(map(len, stands.values())))

    @once
    def always_stands(self, part: str, whole: str) -> bool:
        """Return whether a column's text occurs in another's in each filled row, as spans must, however spelled."""
        return all(
            each.casefold() in text.casefold() or find_spelled(text, each) is not None
            for text, cell in self.pairs(whole, part)
            for each in split_listed(cell, text)
        )

    @once
    def size(self, column: str) -> float:
        """Return the mean length of a column's texts in UTF-8 bytes: a Chinese character is three and says as much."""
        texts = [text for text, _ in self.pairs(column, column)]
        return sum(len(text.encode(errors="replace")) for text in texts) / max(1, len(texts))

    @once
    def ambiguous(self, columns: tuple[str, ...], answer: str) -> float:
        """Return the share of filled rows that another one with the same texts contradicts."""
        held = self.answers(columns, answer)
        return sum(len(each) for each in held if len({*each}) > 1) / max(1, sum(map(len, held)))

    def answers(self, columns: Sequence[str], answer: str) -> list[list[str]]:
        """Return the answers of the filled rows with the same texts, for each of these."""
        held: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for row in self.rows:
            if not is_empty(row.columns.get(answer)):
                texts = tuple(shown(row.columns.get(name)).strip() for name in columns)
                held[texts].append(shown(row.columns[answer]))
        return list(held.values())

    def differs_anyway(self, column: str, columns: Sequence[str], answer: str) -> bool:
        """Return whether a column mostly differs also where texts and answer are the same, as who gave it does."""
        held = self.answers((*columns, answer), column)
        again = [each for each in held if len(each) > 1]
        return bool(again) and _APART * len(again) <= sum(len({*each}) == len(each) for each in again)

    @once
    def asks(self, column: str) -> float:
        """Return the share of a column's texts that end with a question mark."""
        texts = [shown(row.columns[column]) for row in self.rows if not is_empty(row.columns[column])]
        return sum(text.rstrip().endswith(_QUESTION_MARKS) for text in texts) / max(1, len(texts))

    def is_name_of(self, column: Column, texts: Sequence[Column]) -> bool:
        """Return whether a column of codes numbers one of some texts, nearly one by one: "A-101"."""
        if any(" " in each or not re.search(r"\d", each) for each in column.samples):
            return False
        for text in texts:
            pairs = Counter(self.pairs(text.name, column.name)) if text.kind == "text" and text is not column else {}
            both: tuple[dict[str, Counter[str]], ...] = ({}, {})
            for pair, count in pairs.items():
                for side, held in enumerate(both):
                    held.setdefault(pair[side], Counter())[pair[1 - side]] += count
            usual = [sum(max(each.values()) for each in held.values()) for held in both]
            if pairs and min(usual) >= ONE_BY_ONE * sum(pairs.values()):
                return True
        return False

    def is_part(self, text: str, name: str) -> bool:
        """Return whether nearly all values occur in the texts, or most do and most texts have one of their own."""
        pairs = set(self.pairs(text, name))
        own = {value for _, value in pairs}
        inside = self.contained(name, text) if len(own) >= FEWEST_PARTS else 0.0
        are_words = sum(map(len, own)) >= LEAST_CODE * len(own)  # one or two letters occur in a text by chance
        return (inside >= NEARLY_ALL and are_words) or (inside >= ALONE and len(own) * ROWS_OF_A_LABEL > len(pairs))

    @once
    def are_marked(self, text: str, name: str) -> bool:
        """Return whether a column's cells are another's texts with marks in them, or list parts of it with kinds."""
        cells = self.pairs(name, text)
        marked = [(cell, whole) for cell, whole in cells if cell != whole]
        if not marked or len(marked) < SOME * len(cells):
            return False
        missing = (1 - ALONE) * len(marked)
        for cell, whole in marked:
            missing -= not (in_marked_copy(cell, whole) or in_list(cell, whole))
            if missing < 0:
                return False
        return True

    @once
    def are_listed(self, text: str, name: str) -> bool:
        """Return whether a column's cells list, several in some, parts of a text."""
        cells = self.pairs(name, text)
        if sum(isinstance(loaded(cell), list) or may_list(cell) for cell, _ in cells) < SOME * len(self.rows):
            return False
        pairs = [
            ([*map(shown, listed)] if isinstance(listed := loaded(cell), list) else split_listed(cell, whole), whole)
            for cell, whole in cells
        ]
        if sum(len(listed) > 1 for listed, _ in pairs) < SOME * len(self.rows):
            return False
        standing = [_stem(each) in whole.casefold() for listed, whole in pairs for each in listed]
        return sum(standing) >= ALONE * len(standing)

    @once
    def numbers(self, column: str) -> list[float | None]:
        """Return the number in each row's cell of a column; None where it holds none."""
        found = (written_number(row.columns.get(column)) for row in self.rows)
        return [None if number is None else float(number) for number in found]

    @once
    def sorts_rows(self, column: str) -> bool:
        """Return whether a column has values of one word with many rows each, which change in most rows."""
        cells = [cell for cell, _ in self.pairs(column, column)]
        is_word = sum(len(cell.split()) for cell in cells) < _WORDS_OF_A_QUERY * len(cells)
        changes = sum(one != other for one, other in pairwise(cells))
        return is_word and len({*cells}) * _ROWS_OF_A_QUERY < len(cells) and changes * 2 > len(cells)

    @once
    def is_sort_of(self, column: str, texts: tuple[str, ...]) -> bool:
        """Return whether one of some texts tells a column of single words, which is its category: a title its field.

        The text's values recur, are more than the column's, and always come with the same one of these.
        """
        words = [len(cell.split()) for cell, _ in self.pairs(column, column)]
        if names.is_any(column, names.QUERY) or sum(words) >= _WORDS_OF_A_QUERY * len(words):
            return False
        for text in texts:
            pairs = self.pairs(text, column) if text != column else []
            values, own = {each for each, _ in pairs}, {each for _, each in pairs}
            recurs = len(values) * _ROWS_OF_A_TELLING <= len(pairs)
            if recurs and len(own) < len(values) == len({*pairs}):
                return True
        return False

    def number_rows(self, one: Column, other: Column) -> bool:
        """Return whether two halves number their records: whole numbers that hardly repeat, and never agree."""
        if {one.kind, other.kind} - {"number", "id"} or self.contained(one.name, other.name):
            return False
        cells = self.pairs(one.name, other.name)
        is_once = all(len({pair[at] for pair in cells}) * _ROWS_OF_A_NUMBER > len(cells) for at in (0, 1))
        return is_once and all(cell.isdecimal() for pair in cells for cell in pair)

    @once
    def grades(self, query: str, candidate: str, grade: str) -> dict[str, dict[str, float]]:
        """Return the numbers of a column by query, then candidate."""
        held: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for row, number in zip(self.rows, self.numbers(grade), strict=True):
            cells = row.columns.get(query), row.columns.get(candidate)
            if number is not None and not any(map(is_empty, cells)):
                held[shown(cells[0])][shown(cells[1])] = number
        return held

    def are_chosen(self, listed: str, right: str) -> bool:
        """Return whether a column names members of another's lists, by text or index, in most rows."""
        hits = 0
        for row in self.rows:
            texts, named = loaded(row.columns.get(listed)), loaded(row.columns.get(right))
            if isinstance(texts, list) and not is_empty(named):
                members = {shown(text).strip() for text in texts} | {str(place) for place in range(len(texts))}
                hits += all(shown(each).strip() in members for each in (named if isinstance(named, list) else [named]))
        return hits >= 0.9 * len(self.rows)


def _stands(part: str, whole: str) -> bool:
    """Return whether one text occurs in another: one or two letters as a word, numbers and dates however written."""
    if (date := _DATE.fullmatch(part)) is not None and part not in whole:
        year, month, day = (each.lstrip("0") for each in date.groups())
        months = rf"(?:0?{month}|[^\W\d]{{3,}})"
        return (
            re.search(rf"(?<!\d)(?:0?{day}\W{{1,3}}{months}|{months}\W{{1,3}}0?{day})\W{{1,3}}{year}(?!\d)", whole)
            is not None
        )
    if len(part) <= _LETTERS and part.isascii() and part.isalpha():
        return part in whole and re.search(rf"\b{part}\b", whole) is not None
    if part in whole or _DECIMAL.fullmatch(part) is None:
        return part in whole
    before, _, after = part.partition(".")
    grouped = r"[\s.,'\N{RIGHT SINGLE QUOTATION MARK}]?".join(re.findall(r"\d{1,3}(?=(?:\d{3})*$)", before))
    decimals = after.rstrip("0")
    rest = rf"[.,]{decimals}0*" if decimals else r"(?:[.,]0+)?"
    return re.search(rf"(?<!\d){grouped}{rest}(?!\d)", whole) is not None


def _answers_in(cell: object) -> list[str]:
    """Return a cell's texts: its own, a list's members, SQuAD's answers, or an object's values."""
    value = loaded(cell)
    if isinstance(value, dict):
        value = value["text"] if value.keys() == {"text", "answer_start"} else list(value.values())
    if is_empty(value):
        return []
    return [text for each in value for text in _answers_in(each)] if isinstance(value, list) else [shown(value)]


def _stem(part: str) -> str:
    """Return a text without its last letter if it is long: before an ending that letter may change."""
    folded = part.casefold()
    return folded[:-1] if len(folded) >= _LONG_NAME else folded
