"""What is odd about the labels of a user's file: alike, rare, nearly all the same, or given away."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from advisor.interview.facts import Notice
from advisor.interview.files import names
from advisor.interview.files.columns import Column, is_empty, shown
from advisor.interview.files.proposal import labels_of, labels_of_row
from advisor.system.source import quoted
from advisor.task.labels import RARE, Spellings, how_alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.task.record import Row

FEW, NEARLY_ALL = 10, 0.95
# From here on a constant answer passes bars that people set.
UNBALANCED = 0.75
SHORTEST_WORD = 4
MOST_COMPARED = 400
# The label's own word, any word, and another column give a label away from these shares on.
OWN_WORD, OWN_WORD_ELSEWHERE = 0.6, 0.1
ANY_WORD, ANY_WORD_ELSEWHERE = 0.8, 0.02
COLUMN = 0.97
FEWEST = 10
_WORD = re.compile(r"[^\W_]+")
_PREFIX = re.compile(r"\b[^\W\d_]+(?=\d)")


class Labelled(NamedTuple):
    """Rows with the text that is input and the column that is expected."""

    rows: Sequence[Row]
    texts: Sequence[str]
    column: Column
    others: tuple[Column, ...]


def label_notices(of: Labelled) -> Iterator[Notice]:
    """Yield what is odd about the labels."""
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
        words = _Words(of)
        yield from _own_words(words)
        yield from _any_words(words)
        yield from _columns(of, counts)


def _alike(counts: Counter[str]) -> Iterator[Notice]:
    """Yield pairs of labels that may be one: by signs, plural or a slip."""
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    listed = list(counts)[:MOST_COMPARED]
    for place, one in enumerate(listed):
        for other in listed[place + 1 :]:
            is_rare = counts[other] <= RARE * counts[one]
            if how := how_alike(one, other, is_rare):
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


class _Words:
    """In how many inputs of each label a word stands."""

    def __init__(self, of: Labelled) -> None:
        self.inputs: Counter[str] = Counter()
        self.by_label: dict[str, Counter[str]] = defaultdict(Counter)
        for row, text in zip(of.rows, of.texts, strict=True):
            signs = _signs(text)
            for label in labels_of_row(row, of.column):
                self.inputs[label] += 1
                self.by_label[label].update(signs)
        self.all: Counter[str] = Counter()
        for counted in self.by_label.values():
            self.all.update(counted)

    def shares(self, label: str, word: str) -> tuple[float, float]:
        """Return the share of a label's inputs in which a word stands, and of the others."""
        own, others = self.inputs[label], self.inputs.total() - self.inputs[label]
        count = self.by_label[label][word]
        return count / max(1, own), (self.all[word] - count) / max(1, others)

    def common(self) -> list[str]:
        """Return the labels with enough inputs, and enough others, to tell."""
        total = self.inputs.total()
        return [label for label, count in self.inputs.most_common() if min(count, total - count) >= FEWEST]


def _signs(text: str) -> set[str]:
    """Return a text's words, and the letters in front of a code's digits: TCK of TCK-12 and of TCK12."""
    folded = text.casefold()
    return {*_WORD.findall(folded), *_PREFIX.findall(folded)}


def _own_words(words: _Words) -> Iterator[Notice]:
    """Yield labels whose own word stands in most of their inputs and hardly in others."""
    found = []
    for label in words.common():
        for word in {word for word in _WORD.findall(label.casefold()) if len(word) >= SHORTEST_WORD}:
            inside, elsewhere = words.shares(label, word)
            if inside >= OWN_WORD and elsewhere <= OWN_WORD_ELSEWHERE:
                found.append((label, word, inside, elsewhere))
    if found:
        label, word, inside, elsewhere = max(found, key=lambda each: each[2])
        more = f"; so for {len(found) - 1} more labels" if len(found) > 1 else ""
        yield Notice(
            "label_in_input",
            f"the word {quoted(word)} is in {inside:.0%} of the inputs with the label {quoted(label)} and in "
            f"{elsewhere:.0%} of the others{more}: take it out if later inputs lack it",
            is_grave=inside >= ANY_WORD and elsewhere <= ANY_WORD_ELSEWHERE,
        )


def _any_words(words: _Words) -> Iterator[Notice]:
    """Yield the word that tells a label best where one nearly always does, as the letters of an id may."""
    best = None
    for label in words.common():
        own = set(_WORD.findall(label.casefold()))
        least = ANY_WORD * words.inputs[label]
        for word in (word for word, count in words.by_label[label].items() if count >= least and word not in own):
            inside, elsewhere = words.shares(label, word)
            if elsewhere <= ANY_WORD_ELSEWHERE:
                best = max(best or (0.0, "", "", 0.0), (inside, label, word, elsewhere))
    if best is not None:
        inside, label, word, elsewhere = best
        yield Notice(
            "leak",
            f"the word {quoted(word)} is in {inside:.0%} of the inputs with the label {quoted(label)} and in "
            f"{elsewhere:.0%} of the others: it may give the label away without being part of the task",
            is_grave=True,
        )


def _columns(of: Labelled, counts: Counter[str]) -> Iterator[Notice]:
    """Yield columns next to the input that tell the label, and ids whose order does."""
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
            blocks = _blocks(pairs)
            if blocks <= 2 * len(counts) and len(pairs) >= FEWEST * len(counts):
                text = f"{keep_out}: sorted by it the labels form {blocks} blocks; keep it out of the input"
                yield Notice("leak", text)
        elif column.kind in ("label", "number", "grade") and column.distinct * 3 <= len(pairs):
            by_value: dict[str, Counter[str]] = defaultdict(Counter)
            for value, label in pairs:
                by_value[value][label] += 1
            agreement = sum(each.most_common(1)[0][1] for each in by_value.values()) / len(pairs)
            if agreement >= COLUMN > usual:
                yield Notice("leak", f"{keep_out} in {agreement:.0%} of the rows; keep it out of the input")


def _blocks(pairs: list[tuple[str, str]]) -> int:
    """Return in how many runs the labels stand once their rows are sorted by an id, numbers by their size."""
    ordered = sorted(pairs, key=lambda pair: [(part.zfill(20)) for part in re.findall(r"\d+|\D+", pair[0])])
    return 1 + sum(before[1] != after[1] for before, after in pairwise(ordered))
