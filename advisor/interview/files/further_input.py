"""Further columns of an input: what tells the same inputs with different answers apart, and what a verdict is about."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from advisor.interview.files import mentions, names
from advisor.interview.files.columns import Column
from advisor.interview.files.view import AMBIGUOUS, Reading, View
from advisor.system.source import quoted

# Families whose one text may be split over several columns.
OF_ONE_TEXT = frozenset({"text-classification", "zero-shot-classification", "text-generation", "text-regression"})
# What people write or grade has further texts where the same input has different answers.
WRITTEN = frozenset({"text-generation", "text-regression"})
# Lists of ingredients and the like repeat, and are texts too if they have so many values of so many characters.
FEW_LISTS, LONG_LIST = 20, 15
COPIED = 0.9  # the share of rows in which two columns are the same
SOME_TORN = 0.05  # the share of rows with the input of another one, and another answer
MOST_JOINED, MOST_EMPTY = 4, 0.5


def told_apart(view: View, words: str, reading: Reading) -> Reading:
    """Return a reading whose same inputs have different answers with the further columns that tell them apart.

    Where something is written these are texts, if such inputs are many: they stand before the answer, as behind it a
    text may comment on it. Else they are columns that the words name, if they tell nearly all such inputs apart.
    """
    own, answer = [name for _, name in reading.input], reading.expected
    is_one_text = reading.family in OF_ONE_TEXT and len({part for part, _ in reading.input}) == 1
    if not is_one_text or not isinstance(answer, str):
        return reading
    is_written = reading.family in WRITTEN
    named = frozenset() if is_written else _named(view, words, answer)
    others = [
        column.name
        for column in (takewhile(lambda each: each.name != answer, view.columns) if is_written else view.columns)
        if column.name not in own and column.empty <= MOST_EMPTY
        and (column.name in named or (is_written and (column.kind == "text" or _is_list(column))))
        and not (names.is_any(column.name, names.ORIGIN | names.ANSWER) or names.are_judged_alike(column.name, answer))
        and not any(repeats(view, column, each) for each in view.columns if each.name in own)
    ]  # fmt: skip
    share = view.ambiguous((*own,), answer)
    least, left = (AMBIGUOUS, share / 2) if is_written else (SOME_TORN, share / 4)
    if share < least or not any(view.ambiguous((*own, name), answer) <= left for name in others):
        return reading
    own = [*own, *others][:MOST_JOINED]
    part, joined = reading.input[0][0], [column.name for column in view.columns if column.name in own]
    alone = " and ".join(quoted(name) for _, name in reading.input)
    why = f"{reading.why}; {share:.0%} of the rows have the same {alone} as one with another answer"
    return replace(reading, input=tuple((part, name) for name in joined), why=f"{why}: {', '.join(joined)} are read")


def _named(view: View, words: str, answer: str) -> frozenset[str]:
    """Return the columns of labels that words name in full and want, but for further answers and other people's."""
    columns = {column.name: column for column in view.columns}
    also = mentions.listed(words, [*columns], answer)
    _, dismissed = mentions.wanted_and_not(words)
    return frozenset(
        name
        for name in mentions.in_full(words, columns)
        if columns[name].kind == "label" and name not in {answer, *also} and dismissed.isdisjoint(names.words(name))
        and not view.is_ticked(name, answer) and not {*columns[name].samples} & {*columns[answer].samples}
    )  # fmt: skip


def _is_list(column: Column) -> bool:
    """Return whether cells that repeat are lists or phrases rather than labels: "flour, eggs, milk"."""
    return column.kind == "label" and column.distinct > FEW_LISTS and column.mean_length > LONG_LIST


def with_judged(view: View, reading: Reading) -> Reading:
    """Return a reading of a verdict in a tool's log with the answers that it is about, beside what was asked."""
    own, verdict = [name for _, name in reading.input], reading.expected
    if (
        reading.family not in OF_ONE_TEXT
        or not isinstance(verdict, str)
        or len({part for part, _ in reading.input}) > 1
    ):
        return reading
    if not names.is_any(verdict, names.GRADE | names.SETTLED) or names.is_any(verdict, names.ANSWER):
        return reading
    judged = {column.name for column in view.of("text") if names.is_any(column.name, names.ANSWER)}
    joined = [column.name for column in view.columns if column.name in judged or column.name in own][:MOST_JOINED]
    return replace(reading, input=tuple((reading.input[0][0], name) for name in joined)) if judged else reading


def repeats(view: View, column: Column, other: Column) -> bool:
    """Return whether two columns hold the same texts, but for a few rows."""
    pairs = view.pairs(column.name, other.name)
    return sum(one == another for one, another in pairs) > COPIED * max(1, len(view.rows))
