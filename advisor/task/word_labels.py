"""How well words predict labels: naive Bayes, in milliseconds and without a library, and single words and values."""

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from advisor.engines.words import word_tokens

MOST_CHARACTERS = 500
# Pseudo-rows that shrink the estimate when rows are few.
FEW_ROWS = 20
# From these shares on a label's own word, or any word, gives the label away; with fewer inputs nothing is reported.
OWN_WORD, OWN_WORD_ELSEWHERE = 0.6, 0.1
ANY_WORD, ANY_WORD_ELSEWHERE = 0.8, 0.02
FEWEST, SHORTEST_WORD = 10, 4
_WORD = re.compile(r"[^\W_]+")
_PREFIX = re.compile(r"\b[^\W\d_]+(?=\d)")


def predictability(pairs: Sequence[tuple[str, str]]) -> float:
    """Return how well the words of texts predict their labels, within 0 (no better than chance) and 1 (always right).

    It is the share that `held_out` gets right of the majority label's errors, shrunk towards 0 if rows are few.
    """
    usual = max(Counter(label for _, label in pairs).values(), default=0)
    if usual == len(pairs):
        return 0.0
    return max(0.0, (held_out(pairs) - usual) / (len(pairs) - usual)) * len(pairs) / (len(pairs) + FEW_ROWS)


def held_out(pairs: Sequence[tuple[str, str]]) -> int:
    """Return how many labels are predicted in two-fold cross-validation."""
    rows = [*pairs]
    random.Random(0).shuffle(rows)  # noqa: S311  not a secret; files are often in an order by label
    return _right(rows[::2], rows[1::2]) + _right(rows[1::2], rows[::2])


def _right(learned: Sequence[tuple[str, str]], asked: Sequence[tuple[str, str]]) -> int:
    predict = predictor(learned)
    return sum(predict(text) == label for text, label in asked)


def predictor(pairs: Sequence[tuple[str, str]]) -> Callable[[str], str]:
    """Return a function that predicts a text's label by its words."""
    labels = Counter(label for _, label in pairs)
    holds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, label in pairs:
        for word in _words_of(text):
            holds[word][label] += 1

    def best(text: str) -> str:
        known = [word for word in _words_of(text) if word in holds]
        # Each word's probability is (its rows of the label + 1) / (rows of the label + 2).
        chances = {label: math.log(rows) - len(known) * math.log(rows + 2) for label, rows in labels.items()}
        for word in known:
            for label, rows in holds[word].items():
                chances[label] += math.log(rows + 1)
        return max(chances, key=chances.__getitem__)

    return best


def _words_of(text: str) -> tuple[str, ...]:
    """Return a text's words in its order: of labels that are equally likely the rounding of sums decides."""
    return tuple(dict.fromkeys(word_tokens(text[:MOST_CHARACTERS])))


class Giveaway(NamedTuple):
    """A word that predicts a label: its share of the label's inputs and of the others; `more` labels have one, too.

    It `is_sure` if nearly all inputs with the label have it and hardly any other.
    """

    inside: float
    label: str
    word: str
    elsewhere: float
    more: int = 0

    @property
    def is_sure(self) -> bool:
        return self.inside >= ANY_WORD and self.elsewhere <= ANY_WORD_ELSEWHERE


class LabelWords:
    """Counts of words in the inputs of each label."""

    def __init__(self, pairs: Iterable[tuple[str, Sequence[str]]]) -> None:
        self.inputs: Counter[str] = Counter()
        self.by_label: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text, labels in pairs:
            # Words, and the letters before a code's digits: TCK of TCK-12 and of TCK12.
            folded = text.casefold()
            signs = {*_WORD.findall(folded), *_PREFIX.findall(folded)}
            for label in labels:
                self.inputs[label] += 1
                self.by_label[label].update(signs)
        self.all: Counter[str] = Counter()
        for counted in self.by_label.values():
            self.all.update(counted)

    def own(self) -> Giveaway | None:
        """Return a label whose own word is in most of its inputs and hardly in others."""
        found = []
        for label in self._common():
            for word in {word for word in _WORD.findall(label.casefold()) if len(word) >= SHORTEST_WORD}:
                inside, elsewhere = self._shares(label, word)
                if inside >= OWN_WORD and elsewhere <= OWN_WORD_ELSEWHERE:
                    found.append(Giveaway(inside, label, word, elsewhere))
        return max(found, key=lambda each: each.inside)._replace(more=len(found) - 1) if found else None

    def other(self) -> Giveaway | None:
        """Return the word that predicts a label best, if one nearly always does, such as an id's letters."""
        found = []
        for label in self._common():
            own, least = set(_WORD.findall(label.casefold())), ANY_WORD * self.inputs[label]
            for word in (word for word, count in self.by_label[label].items() if count >= least and word not in own):
                inside, elsewhere = self._shares(label, word)
                if elsewhere <= ANY_WORD_ELSEWHERE:
                    found.append(Giveaway(inside, label, word, elsewhere))
        return max(found, default=None)

    def _shares(self, label: str, word: str) -> tuple[float, float]:
        """Return the share of a label's inputs with a word, and of the others."""
        own, others = self.inputs[label], self.inputs.total() - self.inputs[label]
        count = self.by_label[label][word]
        return count / max(1, own), (self.all[word] - count) / max(1, others)

    def _common(self) -> list[str]:
        """Return the labels with enough inputs, and enough others."""
        total = self.inputs.total()
        return [label for label, count in self.inputs.most_common() if min(count, total - count) >= FEWEST]


def predicted_by_value(pairs: Sequence[tuple[str, str]]) -> float:
    """Return the share of rows whose label is the most frequent one of their value."""
    by_value: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for value, label in pairs:
        by_value[value][label] += 1
    return sum(each.most_common(1)[0][1] for each in by_value.values()) / len(pairs)


def runs(pairs: Iterable[tuple[str, str]]) -> int:
    """Return the number of runs of labels once their rows are sorted by an id, numbers by size."""
    ordered = sorted(pairs, key=lambda pair: [(part.zfill(20)) for part in re.findall(r"\d+|\D+", pair[0])])
    return 1 + sum(before[1] != after[1] for before, after in pairwise(ordered))
