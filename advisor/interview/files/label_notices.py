"""Notices about labels in a user's file: alike, rare, nearly all the same, or given away."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from advisor.interview.facts import Notice
from advisor.interview.files import names
from advisor.interview.files.columns import Column, is_empty, shown
from advisor.interview.files.proposal import labels_of, labels_of_row
from advisor.system.source import quoted
from advisor.task.labels import RARE, Spellings, how_alike
from advisor.task.word_labels import FEWEST, Giveaway, LabelWords, predicted_by_value, runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.task.record import Row

FEW, NEARLY_ALL = 10, 0.95
# From this share on a constant answer passes bars that people set.
UNBALANCED = 0.75
MOST_COMPARED = 400
# From this share on another column gives a label away.
COLUMN = 0.97


class Labelled(NamedTuple):
    """Rows with their input text and their expected column."""

    rows: Sequence[Row]
    texts: Sequence[str]
    column: Column
    others: tuple[Column, ...]


def label_notices(of: Labelled) -> Iterator[Notice]:
    """Yield notices about the labels."""
    written = labels_of(of.rows, of.column)
    spellings = Spellings((), written)
    for label in spellings.missing():
        del written[label]
    for note in spellings.notes():
        yield Notice("spellings", note)
    counts = Counter[str]()
    for label, count in written.items():
        counts[spellings.of(label)] += count
    counts = Counter(dict(counts.most_common()))
    yield from _alike(counts)
    yield from _shares(counts)
    if of.column.has_several:
        many = sum(len(labels_of_row(row, of.column)) > 1 for row in of.rows)
        text = f"{many} of {len(of.rows)} rows have several labels; an answer is right when it names all of a text's"
        yield Notice("scoring.metric", f"{text}; --set scoring.metric=jaccard lets half of them be enough")
    if len(counts) > 1 and not of.column.has_several:
        each = (labels_of_row(row, of.column) for row in of.rows)
        yield from _words(LabelWords(zip(of.texts, each, strict=True)))
        yield from _columns(of, counts)


def _alike(counts: Counter[str]) -> Iterator[Notice]:
    """Yield pairs of labels that may be one: they differ in punctuation, plural or a slip."""
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one, other in combinations(list(counts)[:MOST_COMPARED], 2):
        if how := how_alike(one, other, is_rare=counts[other] <= RARE * counts[one]):
            pairs[how].append((one, other))
    for how, found in pairs.items():
        one, other = found[0]
        more = f", and {len(found) - 1} more pairs" if len(found) > 1 else ""
        yield Notice(
            "alike_labels",
            f"the labels {quoted(one)} ({counts[one]} rows) and {quoted(other)} ({counts[other]}) {how}{more}; "
            "if they mean the same, write them the same",
        )


def _shares(counts: Counter[str]) -> Iterator[Notice]:
    total = counts.total()
    if not total:
        return
    label, most = counts.most_common(1)[0]
    if len(counts) == 1:
        text = f"all {total} rows have the label {quoted(label)}; add examples of others"
        yield Notice("one_class", text, is_grave=True)
        return
    if most > NEARLY_ALL * total:
        yield Notice(
            "one_class",
            f"{most} of {total} labels ({most / total:.0%}) are {quoted(label)}: a model that never says anything else "
            "would pass a bar below that; add examples of the others or raise the bar",
            is_grave=True,
        )
    elif most > UNBALANCED * total:
        yield Notice(
            "unbalanced",
            f"{most} of {total} labels ({most / total:.0%}) are {quoted(label)}: always saying so passes a lower bar",
        )
    mean = total / len(counts)
    rare = [label for label, count in counts.items() if count < FEW and count < mean / 2]
    if rare:
        least = rare[-1]
        others = f", and {len(rare) - 1} more labels have fewer than {FEW}" if len(rare) > 1 else ""
        yield Notice(
            "few_of_a_class",
            f"the label {quoted(least)} has {counts[least]} of {total} examples{others}: the answer will say little "
            "about such inputs",
        )


def _words(words: LabelWords) -> Iterator[Notice]:
    """Yield the label whose own word is in most of its inputs, and the word that nearly always predicts a label."""
    if (own := words.own()) is not None:
        more = f"; so for {own.more} more labels" if own.more else ""
        text = f"{_stands(own)}{more}: take it out if later inputs lack it"
        yield Notice("label_in_input", text, is_grave=own.is_sure)
    if (other := words.other()) is not None:
        text = f"{_stands(other)}: it may give the label away without being part of the task"
        yield Notice("leak", text, is_grave=True)


def _stands(of: Giveaway) -> str:
    return (
        f"the word {quoted(of.word)} is in {of.inside:.0%} of the inputs with the label {quoted(of.label)} and in "
        f"{of.elsewhere:.0%} of the others"
    )


def _columns(of: Labelled, counts: Counter[str]) -> Iterator[Notice]:
    """Yield other columns that predict the label, and ids whose order does."""
    usual = counts.most_common(1)[0][1] / counts.total()
    for column in of.others:
        pairs = [
            (shown(row.columns[column.name]), label)
            for row in of.rows
            if not is_empty(row.columns.get(column.name))
            for label in labels_of_row(row, of.column)
        ]
        if len(pairs) < 2 * FEWEST or names.is_any(column.name, names.SPLIT):
            continue
        keep_out = f"the column {quoted(column.name)} gives the label away"
        if column.kind == "id":
            blocks = runs(pairs)
            if blocks <= 2 * len(counts) and len(pairs) >= FEWEST * len(counts):
                text = f"{keep_out}: sorted by it the labels form {blocks} blocks; keep it out of the input"
                yield Notice("leak", text)
        elif column.kind in ("label", "number", "grade") and column.distinct * 3 <= len(pairs):
            agreement = predicted_by_value(pairs)
            if agreement >= COLUMN > usual:
                yield Notice("leak", f"{keep_out} in {agreement:.0%} of the rows; keep it out of the input")
