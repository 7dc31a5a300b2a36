"""Candidate readings of a table, and its columns as the task's words name them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from advisor.interview.files import mentions, names
from advisor.interview.files.cells import SEVERAL, Cells, once
from advisor.interview.files.columns import FEW_LABELS, LONGEST_FEW, Column, is_empty, shown

_DIGIT = re.compile(r"\d")
# Mean rows per answer from which replies are chosen, not written.
ROWS_OF_A_REPLY = 4
_PHRASE = 20
# Words that are no categories have more values than this, and are longer than codes; from three columns of numbers on a
# table is one of measurements.
_VARIED, _CODE, _MEASURED = 10, 4, 3
# From this share of texts that end as questions on, a column asks.
ASKS = 0.5
# Inputs do not tell their answers if this share of the rows is contradicted by one with the same input.
AMBIGUOUS = 0.2
MOST_CANDIDATES, CANDIDATES_OF_A_QUERY = 50, 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a table as examples."""

    family: str  # The task family.
    input: tuple[tuple[str, str], ...]  # The family's parts with their columns, in order.
    # The column of expected values; fields with their columns for an object; None: none is needed.
    expected: str | tuple[tuple[str, str], ...] | None
    why: str  # In words.
    strength: float  # How well it fits the file and the words; only orders readings.
    translate: tuple[str, str] | None = None  # The languages of input and answer, if a translation shows them.
    chance: float = 0.0  # The probability that it is the intended one, by learned weights.

    @property
    def input_value(self) -> str | list[str] | dict[str, str | list[str]]:
        """The input as in a task file: a column, a list of columns that form one text, or either per part."""
        held: dict[str, list[str]] = {}
        for part, column in self.input:
            held.setdefault(part, []).append(column)
        parts = {part: columns[0] if len(columns) == 1 else columns for part, columns in held.items()}
        return next(iter(parts.values())) if len(parts) == 1 else dict(parts)

    @property
    def answers(self) -> list[str]:
        """The expected values' columns."""
        expected = self.expected or ()
        return [expected] if isinstance(expected, str) else [column for _, column in expected]


@dataclass(frozen=True, slots=True)
class View(Cells):
    """The input of shapes: rows, columns that may count, the task's words, folded, the column asked about or "".

    `sources` are the columns that the words name after "from". If the column asked about `is_measured`, its numbers
    are compared by distance; if it `is_called`, the words call it a column.
    """

    columns: tuple[Column, ...]
    said: frozenset[str] = frozenset()
    asked: str = ""
    sources: frozenset[str] = frozenset()
    is_measured: bool = False
    is_called: bool = False

    def of(self, *kinds: str) -> list[Column]:
        """Return the columns of these kinds."""
        return [column for column in self.columns if column.kind in kinds]

    def says(self, column: Column) -> bool:
        """Return whether the task's words name a column."""
        return self.said_of(column) > 0

    def said_of(self, column: Column) -> float:
        """Return the share of a column's name that the task's words say: "partner's risk" all of "Risk - partner".

        What brackets hold counts as a whole: of "Amount (without tax)" an odd "without" says nothing.
        """
        name, bracketed = names.without_brackets(column.name)

        def share(of: str) -> float:
            own = {*names.words(of)} - mentions.SOUGHT or mentions.SOUGHT
            return sum(any(names.are_forms(word, said) for said in self.said) for word in own) / len(own)

        return max(share(name), float(bool(bracketed) and share(bracketed) == 1))

    @property
    def texts(self) -> list[Column]:
        """The text columns, likeliest input first; one of them may be the expected one."""
        return sorted(self.inputs, key=lambda column: names.is_any(column.name, names.ANSWER) - self._worth(column))

    @property
    def inputs(self) -> list[Column]:
        """The text columns, likeliest input first; none of them is expected."""
        return sorted(self.of("text"), key=lambda column: -self._worth(column))

    def _worth(self, column: Column) -> float:
        """Return how likely a text is an input: by its name, length, filled cells, and distinct values."""
        named = names.is_any(column.name, names.INPUT) - (column.distinct * ROWS_OF_A_REPLY <= len(self.rows))
        return named + min(column.mean_length, 400.0) / 400.0 + min(column.distinct, 20) / 40.0 - column.empty

    @property
    def phrases(self) -> list[Column]:
        """The label columns that may be short texts instead: of several words, with many distinct values."""
        return [each for each in self.of("label") if self._are_phrases(each, each.distinct)]

    def _are_phrases(self, column: Column, distinct: int) -> bool:
        return distinct > max(FEW_LABELS, len(self.rows) // 3) and column.mean_length >= _PHRASE

    @property
    def with_phrases(self) -> View:
        """The view with its phrases as texts if it has no others: the parts of "3 bed flat, garden" recur as labels.

        Without any the most varied words are short texts, such as payees, unless it is a table of measurements.
        """
        if self.of("text", "path", "list", "object"):
            return self
        others = [
            each for each in self.of("label") if each.name != self.asked and not names.is_any(each.name, names.LABEL)
        ]
        texts = {
            each.name: replace(each, kind="text", detail="", has_several=False)
            for each in others
            if self._are_phrases(each, len({*self.pairs(each.name, each.name)}))
        }
        if not texts and len(self.of("label")) > 1 and others and len(self.of("number", "grade")) < _MEASURED:
            most = max(others, key=lambda each: each.distinct)
            if most.distinct > _VARIED and most.mean_length > _CODE:
                texts = {most.name: replace(most, kind="text", detail="", has_several=False)}
        return replace(self, columns=tuple(texts.get(each.name, each) for each in self.columns), known={})

    @property
    def replies(self) -> list[Column]:
        """The text columns with few distinct values, several rows each: answers are chosen, not generated."""
        few = [column for column in self.of("text") if column.distinct <= FEW_LABELS and column.longest <= LONGEST_FEW]
        return [
            column
            for column in few
            if column.distinct > 1
            and column.distinct * ROWS_OF_A_REPLY <= len(self.rows)
            and not self.asks(column.name)
        ]

    def is_code(self, column: Column, labels: Sequence[Column]) -> bool:
        """Return whether a column encodes another label column: one number or id per label in words."""
        if self.asked == column.name or not all(_DIGIT.search(sample) for sample in column.samples):
            return False
        alike = (each for each in labels if each.distinct == column.distinct and not _DIGIT.search(str(each.samples)))
        names_of = (set(self.pairs(column.name, each.name)) for each in alike)
        return any(len(dict(pairs)) == len(pairs) for pairs in names_of)

    def names_values(self, column: str) -> float:
        """Return the share of a column's values that the words name, in any form: "positive" for "positiva".

        Of objects it is the share of their fields.
        """
        return self._named(column, self.said)

    @once
    def _named(self, column: str, said: frozenset[str]) -> float:
        cells = [cell for row in self.rows if not is_empty(cell := row.columns.get(column))]
        values = {each for cell in cells for each in (cell if isinstance(cell, dict) else (shown(cell),))}
        words_of = [words for value in values if (words := names.words(value))]
        named = [all(any(mentions.says_word(word, each) for each in said) for word in own) for own in words_of]
        return sum(named) / len(named) if named else 0.0

    def covers(self, reading: Reading) -> bool:
        """Return whether a reading expects the column asked about."""
        expected = reading.expected
        return self.asked == expected or (isinstance(expected, tuple) and self.asked in dict(expected).values())

    def is_question(self, text: Column) -> bool:
        """Return whether a column is named as questions are, or mostly holds questions."""
        return names.is_any(text.name, names.QUESTION) + self.asks(text.name) >= ASKS

    def are_graded(self, query: str, candidate: str, grade: str) -> bool:
        """Return whether a column's numbers vary within most queries, each with a few distinct candidates.

        A category such as a department is no query, unless the numbers are named as its answers' relevance.
        """
        if self.is_category(query) and not names.is_any(grade, names.RELEVANT):
            return False
        held = self.grades(query, candidate, grade)
        varied = [graded for graded in held.values() if len(set(graded.values())) > 1]
        # A few questions with many answers each are an exam: what is graded there is each answer by itself.
        few = len(self.rows) <= min(MOST_CANDIDATES, CANDIDATES_OF_A_QUERY * len(held)) * len(held)
        return len(held) >= SEVERAL and few and len(varied) * 2 > len(held)

    def is_category(self, query: str) -> bool:
        """Return whether a column sorts the rows: labels of one word with many rows each, which change in most rows.

        One that is named as queries are, or that the words name, is none.
        """
        column = next(each for each in self.columns if each.name == query)
        sorts = column.kind == "label" and self.sorts_rows(query)
        return sorts and not (self.says(column) or names.is_any(query, names.QUERY))
