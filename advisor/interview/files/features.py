"""Features of a table's readings, from its columns, the family and the words, for `advisor.interview.files.choice`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from advisor.families.json_fields import written_number
from advisor.families.values import folded_label
from advisor.interview.files import mentions, names
from advisor.interview.files.columns import Column, are_siblings, is_empty, shown
from advisor.interview.files.view import ASKS, Reading, View
from advisor.interview.text.family_chances import NO_WORDS, family_chances
from advisor.interview.text.label_lists import labels
from advisor.interview.text.translation_direction import direction
from catalog.query.gloss import in_english

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Unit vectors, one per text.
Encode: TypeAlias = "Callable[[list[str]], NDArray[np.float32]]"

MOST_TEXTS = 5
# Numbers of at least this many digits are codes if the ratio of distinct ones is at most this.
CODE_DIGITS, COMES_AGAIN = 3, 0.35
# Above this ratio of distinct values a column is hardly one of labels.
REPEATS = 0.7
NUMERIC, LETTERS, LEAST_TEXT = 0.8, 0.7, 3
# Columns are alike if they share this much of their values and agree in this share of rows.
ALIKE, AGREE = 0.6, 0.4
# Words per window compared by meaning; values sampled per column, and characters per value.
WINDOW, MOST_VALUES, MOST_CHARACTERS = 3, 6, 80
_FEW, _LONG, _LONGEST = 20, 40, 300
# What names the items of a list recurs, at a ratio of distinct values of at most this; its fewest values, most words.
_RECURS, _FEWEST_ITEMS, _PHRASE = 0.5, 8, 6
_OTHER_KINDS = frozenset({"id", "date", "url", "path", "object", "spans", "list"})
_NAMED = {
    "id": names.ID, "label": names.LABEL, "origin": names.ORIGIN, "grade": names.GRADE, "input": names.INPUT,
    "answer": names.ANSWER, "split": names.SPLIT, "guessed": names.GUESSED, "settled": names.SETTLED,
    "before": names.BEFORE, "remark": names.REMARK, "rejected": names.REJECTED,
}  # fmt: skip
_ROLES = {
    "label": names.LABEL, "answer": names.ANSWER, "grade": names.GRADE, "documents": names.DOCUMENTS,
    "summary": names.SUMMARY, "translation": names.TRANSLATION, "same": names.SAME, "transcript": names.TRANSCRIPT,
    "relevant": names.RELEVANT,
}  # fmt: skip


# Features of an input that also predict whether a column is part of it.
_OF_JOINED = (
    "longest", "ratio", "empty", "named", "wanted", "dismissed", "name, few", "name, whole", "is answer", "is origin",
    "is input", "is guessed", "is remark", "is rejected",
)  # fmt: skip


# The feature of what words alone ask for, as learned from other people's.
LEARNED, _LEAST_CHANCE = "family by words", 0.05


class Values(NamedTuple):
    """A column's cells and their statistics."""

    column: Column  # The column.
    at: int  # Its position in the file.
    cells: tuple[str, ...]  # Its values, folded, row by row; "" if empty.
    ratio: float  # Distinct values per filled cell, within 0 and 1.
    words: float  # Mean number of words per filled cell.
    numeric: float  # Share of filled cells that are numbers.
    is_text: bool  # Whether they are texts, also short ones that repeat, and no codes, dates or file names.

    @property
    def distinct_numbers(self) -> int:
        """How many different numbers the cells hold, however spelled."""
        return len({*map(written_number, self.cells)} - {None})

    @property
    def is_coded(self) -> bool:
        """Whether the cells are recurring numbers of equal length, such as account numbers."""
        digits = set(filter(None, self.cells))
        same = len({len(each) for each in digits}) == 1 and min(map(len, digits)) >= CODE_DIGITS
        return same and self.ratio <= COMES_AGAIN and all(map(str.isdecimal, digits))


def _tells(key: Values, other: Values) -> bool:
    """Return whether each of a column's values, which recur, has one value of another column."""
    if key is other or key.ratio > _RECURS or key.words > _PHRASE:
        return False
    pairs = {(one, told) for one, told in zip(key.cells, other.cells, strict=True) if one and told}
    values = len({told for _, told in pairs})
    is_same = values == len(pairs) and key.at > other.at  # each tells the other: the first names the items
    return _FEWEST_ITEMS <= len(pairs) == len({one for one, _ in pairs}) and values > 1 and not is_same


class TableStats:
    """A table's view with statistics, each computed once."""

    def __init__(self, view: View, said: str, encode: Encode | None = None) -> None:
        self.view, self.said = view, said
        self.sense = _sense(view, said, encode) if encode is not None and said.strip() else {}
        self.vector = encode([in_english(said)])[0] if self.sense and encode is not None else NO_WORDS
        self.wanted, self.dismissed = mentions.wanted_and_not(said)
        spans = direction(in_english(said)) if said else ()
        self.target = next((str(span.value) for span in spans if span.key == "translate.target"), "")
        self.in_full = mentions.in_full(said, [column.name for column in view.columns])
        called = mentions.called(said, [column.name for column in view.columns])
        self.called = [name for name in called if self.dismissed.isdisjoint(names.words(name))]
        self.values = {column.name: _values(view, column, at) for at, column in enumerate(view.columns)}
        self._of_column: dict[tuple[str, str], dict[str, float]] = {}
        # Columns named as questions are whose cells mostly ask.
        self.questions = {
            each.name
            for each in view.columns
            if names.is_any(each.name, names.QUESTION) and view.asks(each.name) >= ASKS
        }
        texts = [each for each in self.values.values() if each.is_text]
        self.texts = sorted(texts, key=self._worth, reverse=True)[:MOST_TEXTS]

    def _worth(self, of: Values) -> float:
        return min(of.column.mean_length, _LONGEST) / _LONGEST + of.ratio + 0.5 * self.view.says(of.column)

    def once(
        self, role: str, of: Values, compute: Callable[[TableStats, Values], dict[str, float]]
    ) -> dict[str, float]:
        """Return a column's features in a role, which many readings share."""
        key = (role, of.column.name)
        if key not in self._of_column:
            self._of_column[key] = compute(self, of)
        return self._of_column[key]

    def chances(self, meant: Mapping[str, float]) -> dict[str, float]:
        """Return how likely the words ask for each family, as learned from others' words."""
        key = ("family", str(sorted(meant.items())))
        if key not in self._of_column:
            self._of_column[key] = family_chances(self.vector, meant)
        return self._of_column[key]

    def contained(self, part: Column, whole: Column) -> float:
        """Return the share of rows in which one column occurs in another."""
        if part.mean_length > 1.5 * whole.mean_length + 5:
            return 0.0
        return self.view.contained(part.name, whole.name)

    def predictability(self, text: Column, answer: Column) -> float:
        """Return how well a text predicts a column's labels."""
        of = self.values[answer.name]
        if of.ratio > REPEATS and of.numeric < NUMERIC:
            return 0.0
        return self.view.predicts(text.name, answer)

    def is_of_item(self, of: Values, inputs: Collection[str]) -> bool:
        """Return whether a column is a fact of items that recur, as the price in a list of these; no item is input."""
        told = (others for name, others in self._told.items() if name not in inputs)
        return any(of.column.name in others and len(others) > 1 for others in told)

    @cached_property
    def _told(self) -> dict[str, set[str]]:
        """The columns that each column determines, row by row."""
        every = self.values.items()
        return {name: {other for other, of in every if _tells(each, of)} for name, each in every}

    def agreement(self, one: Values, other: Values) -> float:
        """Return the share of rows in which two columns agree."""
        return sum(a == b for a, b in zip(one.cells, other.cells, strict=True)) / max(1, len(one.cells))

    def alike(self, of: Values) -> list[Values]:
        """Return the other columns with the same labels, such as another annotator's."""
        own = set(of.cells) - {""}
        return [
            each
            for each in self.values.values()
            if each is not of and of.ratio <= REPEATS and len(own) > 1
            and len(own & set(each.cells)) >= ALIKE * max(len(own), len(set(each.cells) - {""}))
            and self.agreement(of, each) >= AGREE
        ]  # fmt: skip

    def is_among(self, column: Column, said: frozenset[str]) -> bool:
        """Return whether any of some words names a column."""
        return replace(self.view, said=said).says(column)


def _sense(view: View, said: str, encode: Encode) -> dict[str, dict[str, float]]:
    """Return how much closer the words are to each column than to the mean one, in cosine, per comparison.

    Names are compared with the whole text and with windows of a few words, the most frequent values with the whole text
    and with its clauses; all in English.
    """
    words = in_english(said).split()
    few = [" ".join(words[at : at + WINDOW]) for at in range(max(1, len(words) - WINDOW + 1))]
    parts = {"whole": [" ".join(words)], "few": few, "clause": list(map(in_english, mentions.clauses(said))) or few}
    columns = {"name": [in_english(" ".join(names.spelled(column.name)) or column.name) for column in view.columns]}
    columns["values"] = [in_english(_most_frequent(view, column)) for column in view.columns]
    texts = [text for each in (*parts.values(), *columns.values()) for text in each]
    vectors = dict(zip(texts, encode(texts), strict=True))
    found: dict[str, dict[str, float]] = {}
    for what, part in (("name", "whole"), ("name", "few"), ("values", "whole"), ("values", "clause")):
        cosines = [max(float(vectors[one] @ vectors[text]) for one in parts[part]) for text in columns[what]]
        middle = fmean(cosines) if cosines else 0.0
        found[f"{what}, {part}"] = {
            column.name: cosine - middle for column, cosine in zip(view.columns, cosines, strict=True)
        }
    return found


def _most_frequent(view: View, column: Column) -> str:
    cells = (shown(row.columns[column.name])[:MOST_CHARACTERS] for row in view.rows if column.name in row.columns)
    return "; ".join(value for value, _ in Counter(filter(None, cells)).most_common(MOST_VALUES))


def _values(view: View, column: Column, at: int) -> Values:
    held = [row.columns.get(column.name) for row in view.rows]
    every = tuple("" if is_empty(cell) else shown(cell).strip().casefold() for cell in held)
    cells = list(filter(None, every))
    count = max(1, len(cells))
    letters = sum(any(map(str.isalpha, cell)) for cell in cells) / count
    is_text = column.kind not in _OTHER_KINDS and column.mean_length >= LEAST_TEXT and letters >= LETTERS
    return Values(
        column,
        at,
        every,
        len(set(cells)) / count,
        sum(len(cell.split()) for cell in cells) / count,
        sum(written_number(cell) is not None for cell in cells) / count,
        is_text,
    )


def features(stats: TableStats, reading: Reading, meant: Mapping[str, float]) -> dict[str, float]:
    """Return a reading's features by name, each about within -1 and 1."""
    found = {
        reading.family: 1.0,
        "strength": reading.strength,
        "shape": float(reading.strength > 0),
        "meant": meant.get(reading.family, 0.0),
        LEARNED: learned_logit(stats.chances(meant), reading.family),
        "not meant": float(bool(meant) and meant.get(reading.family, 0.0) < 0.02),  # noqa: PLR2004
    }
    inputs = [stats.values[name] for _, name in reading.input]
    answers = [stats.values[name] for name in reading.answers]
    if not answers:
        return found | {"complete": 1.0}
    found |= stats.once("input", inputs[0], _of_input)
    each_answer = [stats.once("answer", each, _of_answer) for each in answers]
    found |= {name: fmean(each[name] for each in each_answer) for name in each_answer[0]}
    found["answer after"] = fmean(float(each.at > inputs[0].at) for each in answers)
    own = _of_fields(stats, inputs[0], answers) if len(answers) > 1 else _between(stats, inputs[0], answers[0])
    if reading.translate is not None and stats.target in reading.translate:
        own["to what is said"] = 1.0 if reading.translate[1] == stats.target else -1.0
    if len(inputs) > 1:
        own |= _of_pair(stats, inputs, answers[0])
    own["question unread"] = float(not stats.questions <= {each.column.name for each in (*inputs, *answers)})
    return found | {f"{reading.family}: {name}": value for name, value in own.items()}


def lacking(
    stats: TableStats, of_best: Mapping[str, float], logit: float, found: Sequence[Reading], best: Reading
) -> dict[str, float]:
    """Return the features that predict whether no column holds the answers, each about within -1 and 1.

    `found` are the readings with their chances; of the `best` come its features and the `logit` of its chance. Labels
    that the words list are held by the column of the answers, if there is one.
    """
    own = labels(stats.said, ())
    listed = {folded_label(str(each)) for each in own.value} if own is not None else set()
    held = [listed & {folded_label(cell) for cell in each.cells} for each in stats.values.values()] if listed else []
    of_answer = [stats.values[name] for name in best.answers]
    return {
        "constant": 1.0,
        "logit": logit / 10,
        "chance": best.chance,
        "chance of answer": sum(each.chance for each in found if each.expected == best.expected),
        "strength": best.strength,
        "strongest": max(each.strength for each in found),
        "readings": min(len(found), _FEW) / _FEW,
        "columns": min(len(stats.values), _FEW) / _FEW,
        "two columns": float(len(stats.values) == 2),  # noqa: PLR2004
        "three columns": float(len(stats.values) == 3),  # noqa: PLR2004
        "listed": float(bool(listed)),
        "listed, held": max(map(len, held), default=0) / max(1, len(listed)),
        "listed, as many": float(bool(listed) and any(each.column.distinct == len(listed) for each in of_answer)),
        **{name: value for name, value in of_best.items() if name.startswith("answer ")},
    }


def learned_logit(chances: Mapping[str, float], name: str) -> float:
    """Return the logarithm of a family's chance, bounded."""
    return math.log(chances.get(name, 0.0) + _LEAST_CHANCE)


def _of_input(stats: TableStats, of: Values) -> dict[str, float]:
    texts = [each for each in stats.values.values() if each.is_text]
    text = of.column
    found = {
        "longest": float(of.is_text and text.mean_length == max(each.column.mean_length for each in texts)),
        "first": float(of.is_text and of is texts[0]),
        "length": min(text.mean_length, _LONGEST) / _LONGEST,
        "ratio": of.ratio,
        "empty": text.empty,
        "named": float(stats.view.says(text)),
        "in full": float(text.name in stats.in_full),
        **_said_of(stats, text),
        **{f"is {kind}": float(names.is_any(text.name, known)) for kind, known in _NAMED.items()},
    }
    return {f"input {name}": value for name, value in found.items()}


def _said_of(stats: TableStats, column: Column) -> dict[str, float]:
    """Return how the words speak of a column: whether they want it, and how close they are in sense."""
    return {
        "wanted": float(stats.is_among(column, stats.wanted)),
        "dismissed": float(stats.is_among(column, stats.dismissed)),
        **{what: near[column.name] for what, near in stats.sense.items()},
    }


def _among_alike(stats: TableStats, of: Values) -> dict[str, float]:
    """Return a label column's features among those of the same labels: whether it is last, or agrees most."""
    alike = stats.alike(of)

    def agreed(one: Values) -> float:
        return fmean(stats.agreement(one, other) for other in (*alike, of) if other is not one)

    words = len(names.words(of.column.name))
    return {
        "alike": float(bool(alike)),
        "alike: plainest": float(bool(alike) and all(words < len(names.words(one.column.name)) for one in alike)),
        "alike: last": float(bool(alike) and all(of.at > one.at for one in alike)),
        "alike: agreed": float(len(alike) > 1 and agreed(of) >= max(map(agreed, alike))),
    }


def _of_answer(stats: TableStats, of: Values) -> dict[str, float]:
    answer, last = of.column, len(stats.values) - 1
    found = {
        "asked": float(answer.name == stats.view.asked),
        "last": float(of.at == last),
        "place": of.at / max(1, last),
        "empty": answer.empty,
        "named": float(stats.view.says(answer)),
        "in full": float(answer.name in stats.in_full),
        "called": float(answer.name in stats.called),
        "several": float(answer.has_several),
        "unnamed": float(names.is_by_place(answer.name) and not all(map(names.is_by_place, stats.values))),
        "first in full": float(stats.in_full[:1] == [answer.name]),
        **{
            f"first by {what}": float(answer.name == max(near, key=near.__getitem__))
            for what, near in stats.sense.items()
            if what.endswith("whole")
        },
        **_said_of(stats, answer),
        **_among_alike(stats, of),
        "values named": stats.view.names_values(answer.name),
        "code": float(answer.kind in ("id", "date", "url")),
        **{f"is {kind}": float(names.is_any(answer.name, known)) for kind, known in _NAMED.items()},
    }
    return {f"answer {name}": value for name, value in found.items()}


def _between(stats: TableStats, text: Values, of: Values) -> dict[str, float]:
    """Return the features of a text and an answer, which each family weighs separately."""
    answer, given = of.column, text.column
    found = {
        "ratio": of.ratio,
        "few": float(answer.distinct <= _FEW),
        "length": math.log1p(answer.mean_length) / 5,
        "length ratio": math.log((answer.mean_length + 1) / (given.mean_length + 1)) / 3,
        "long": float(answer.mean_length > _LONG),
        "words": min(of.words, _FEW) / _FEW,
        "number": of.numeric,
        "coded": float(of.is_coded),
        "label": float(answer.kind == "label"),
        "input long": math.log1p(given.mean_length) / 6,
        "asks": stats.view.asks(given.name),
        "judged alike": float(names.are_judged_alike(given.name, answer.name)),
        **{f"is {kind}": float(names.is_any(answer.name, known)) for kind, known in _ROLES.items()},
    }
    if text.is_text:
        found["inside"] = stats.contained(answer, given)
        found["around"] = stats.contained(given, answer)
        found["predictability"] = stats.predictability(given, answer)
        found["shared"] = stats.view.shared(given.name, answer.name) if of.is_text else 0.0
    return found


def _of_fields(stats: TableStats, text: Values, answers: list[Values]) -> dict[str, float]:
    inside = [stats.contained(each.column, text.column) for each in answers]
    places = [each.at for each in answers]
    return {
        "fields": 1.0,
        "fields: count": min(len(answers), 8) / 8,
        "fields: inside": fmean(inside),
        "fields: least inside": min(inside),
        "fields: ratio": fmean(each.ratio for each in answers),
        "fields: least ratio": min(each.ratio for each in answers),
        "fields: shortest": min(10.0, *(each.column.mean_length for each in answers)) / 10,
        "fields: judged alike": float(
            all(names.are_judged_alike(answers[0].column.name, each.column.name) for each in answers)
        ),
        "fields: neighbours": float(max(places) - min(places) == len(places) - 1),
    }


def _of_pair(stats: TableStats, inputs: list[Values], answer: Values) -> dict[str, float]:
    one, other = inputs[0], inputs[-1]
    lengths = one.column.mean_length, other.column.mean_length
    return {
        "alike": min(lengths) / max(1.0, *lengths),
        "siblings": float(are_siblings(one.column, other.column)),
        "decision": float(answer.column.decides),
        "halves": float(len(inputs) > 2),  # noqa: PLR2004
        "first ratio": one.ratio,
        "second ratio": other.ratio,
        "second named": float(stats.view.says(other.column)),
        "stands in second": stats.contained(answer.column, other.column) if other.is_text else 0.0,
    }


def joinable(stats: TableStats, input_: str, answer: str) -> list[str]:
    """Return the columns that may be read together with a text."""
    kinds, view = {"text", "label", "list"}, stats.view
    others = (
        of.column for name, of in stats.values.items() if name not in (input_, answer) and of.column.kind in kinds
    )
    return [
        each.name
        for each in others
        if not (view.is_told_by_gaps(answer, each.name) or view.is_ticked(each.name, answer))
    ]


def joining(stats: TableStats, input_: str, answer: str, column: str, *, is_taken: bool) -> dict[str, float]:
    """Return the features of a column that may be read together with a text, such as a mail's subject with its body.

    `is_taken`: whether the words or the labels show that it is.
    """
    text, expected, of = (stats.values[name] for name in (input_, answer, column))
    english = frozenset(mentions.said_in(in_english(stats.said)))
    of_input = stats.once("input", of, _of_input)
    return {
        "constant": 1.0,
        "taken": float(is_taken),
        "text": float(of.is_text),
        "label": float(of.column.kind == "label"),
        "before": float(of.at < text.at),
        "next": float(abs(of.at - text.at) == 1),
        "after answer": float(of.at > expected.at),
        "length": min(of.column.mean_length / max(1.0, text.column.mean_length), 1.5),
        "head": float(names.is_any(column, names.HEAD)),
        "asks": stats.view.asks(column),
        "is answered": float(
            names.is_any(input_, names.ANSWER) and max(names.is_any(column, names.QUESTION), stats.view.asks(column))
        ),
        "other is named": float(stats.view.says(text.column) and not stats.view.says(of.column)),
        "named in English": float(stats.is_among(of.column, english)),
        "predicts": stats.predictability(of.column, expected.column) if expected.ratio <= REPEATS else 0.0,
        "answer inside": stats.contained(expected.column, of.column),
        **{name: of_input.get(f"input {name}", 0.0) for name in _OF_JOINED},
    }
