"""Notices about labels in a user's file: alike, rare, nearly all the same, or given away."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from advisor.families.values import folded_label
from advisor.interview.facts import Notice
from advisor.interview.files import names
from advisor.interview.files.columns import Column, is_empty, shown
from advisor.interview.files.proposal import MOST_LABELS, labels_of, labels_of_row
from advisor.system.source import quoted, set_option
from advisor.task.labels import RARE, Spellings, how_alike
from advisor.task.record import Row
from advisor.task.word_labels import FEWEST, Giveaway, LabelWords, predicted_by_value, runs
from catalog.query.gloss import in_english

FEW, NEARLY_ALL = 10, 0.95
# From this share on a constant answer passes bars that people set.
UNBALANCED = 0.75
MOST_COMPARED = 400
# From this share on another column gives a label away.
COLUMN = 0.97
# From this share on another column's values are labels of the first.
OF_THE_SAME = 0.8


class Labelled(NamedTuple):
    """Rows with their input text and their expected column; labels, folded, that mean the `same` as another one."""

    rows: Sequence[Row]
    texts: Sequence[str]
    column: Column
    others: tuple[Column, ...]
    further: tuple[Column, ...] = ()  # Columns of the input besides its texts.
    same: Mapping[str, str] = MappingProxyType({})


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
        one = spellings.of(label)
        counts[of.same.get(folded_label(one), one)] += count
    counts = Counter(dict(counts.most_common()))
    yield from _alike(counts)
    yield from _shares(counts)
    labels = [labels_of_row(row, of.column) for row in of.rows]
    if of.column.has_several:
        many = sum(len(each) > 1 for each in labels)
        text = f"{many} of {len(of.rows)} rows have several labels; an answer is right when it names all of a text's"
        yield Notice("scoring.metric", f"{text}; --set scoring.metric=jaccard lets half of them be enough")
    if len(counts) > 1 and not of.column.has_several:
        yield from _words(LabelWords(zip(of.texts, labels, strict=True)))
        yield from _columns(of, labels, counts)
        yield from _other_judges(of, counts)


def _other_judges(of: Labelled, counts: Counter[str]) -> Iterator[Notice]:
    """Yield each further column of the same labels, as of a second person, with how often it differs."""
    known = {folded_label(label) for label in counts}
    for column in of.others:
        pairs = [
            (folded_label(shown(row.columns[of.column.name])), folded_label(shown(row.columns[column.name])))
            for row in of.rows
            if not (is_empty(row.columns.get(of.column.name)) or is_empty(row.columns.get(column.name)))
        ]
        are_labels = sum(other in known for _, other in pairs) >= OF_THE_SAME * max(FEW, len(pairs))
        differ = sum(one != other for one, other in pairs)
        if (
            are_labels
            and column.distinct > 1
            and differ
            and not names.is_any(column.name, names.GUESSED | names.BEFORE)
        ):
            agreed = round(1 - differ / len(pairs), 2)
            text = (
                f"{quoted(column.name)} has the same labels, and differs from {quoted(of.column.name)} in {differ} of "
                f"{len(pairs)} rows: the two agree in {agreed:.0%}"
            )
            ways = f"{set_option('bar.pass_rate', agreed)} asks as much of a model, "
            ways += f"{set_option('examples.expected', column.name)} takes the other's"
            yield Notice("other_judge", f"{text}; {ways}")


def _alike(counts: Counter[str]) -> Iterator[Notice]:
    """Yield pairs of labels that may be one: they differ in punctuation, plural, a slip or their language."""
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    english = {label: folded_label(in_english(label)).removesuffix("s") for label in list(counts)[:MOST_LABELS]}
    own = {label for label, said in english.items() if folded_label(label).removesuffix("s") == said}
    for one, other in combinations(list(counts)[:MOST_COMPARED], 2):
        how = how_alike(one, other, is_rare=counts[other] <= RARE * counts[one])
        is_translated = english.get(one, one) == english.get(other) and (one in own) != (other in own)
        # A letter stands for words of many languages, and some have no English.
        is_translated &= bool(english.get(one)) and min(len(one), len(other)) > 1
        if how or is_translated:
            pairs[how or "seem to mean the same in two languages"].append((one, other))
    for how, found in pairs.items():
        one, other = found[0]
        more = f", and {len(found) - 1} more pairs" if len(found) > 1 else ""
        yield Notice(
            "alike_labels",
            f"the labels {quoted(one)} ({counts[one]} rows) and {quoted(other)} ({counts[other]}) {how}{more}; "
            f"if they mean the same, {quoted(f'{one} = {other}', 70)} in the list of labels says so, or "
            f"{set_option('examples.same_labels', {other: one})}",
            likely={each: first for first, each in found},
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


def _columns(of: Labelled, labels: Sequence[list[str]], counts: Counter[str]) -> Iterator[Notice]:
    """Yield other columns that predict the label, and ids whose order does."""
    usual = counts.most_common(1)[0][1] / counts.total()
    for column in (*of.others, *of.further):
        pairs = [
            (shown(row.columns[column.name]), label)
            for row, own in zip(of.rows, labels, strict=True)
            if own and not is_empty(row.columns.get(column.name))
            for label in own
        ]
        if len(pairs) < 2 * FEWEST or names.is_any(column.name, names.SPLIT):
            continue
        keep_out = f"the column {quoted(column.name)} gives the label away"
        if column.kind == "id" and 2 * column.distinct >= len(of.rows):  # rows that share one stand as in the file
            blocks = runs(pairs)
            if blocks <= 2 * len(counts) and len(pairs) >= FEWEST * len(counts):
                text = f"{keep_out}: sorted by it the labels form {blocks} blocks; keep it out of the input"
                yield Notice("leak", text)
        elif column.kind in ("label", "number", "grade", "text") and column.distinct * 3 <= len(pairs):
            agreement = predicted_by_value(pairs)
            if agreement >= COLUMN > usual:
                cure = "take it out unless new inputs have it before their answer is known"
                cure = cure if column in of.further else "keep it out of the input"
                yield Notice(
                    "leak", f"{keep_out} in {agreement:.0%} of the rows; {cure}", is_grave=column in of.further
                )
