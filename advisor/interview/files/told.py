"""How well texts predict a label: a column that they do not predict is not what is asked of them."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from advisor.engines.words import tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MOST_CHARACTERS = 500
# So many rows more than there are leave as much to chance as they settle.
FEW_ROWS = 20


def told(pairs: Sequence[tuple[str, str]]) -> float:
    """Return how well the words of texts predict their labels, within 0 (no better than chance) and 1 (always right).

    Naive Bayes on words learns one half of the rows, drawn, and answers the other, and the other way round: the share
    that it gets right of what always the most frequent label gets wrong, drawn towards 0 where rows are few.
    """
    rows = [(frozenset(tokens(text[:MOST_CHARACTERS])), label) for text, label in pairs]
    random.Random(0).shuffle(rows)  # noqa: S311  not a secret; files are often in an order by label
    usual = max(Counter(label for _, label in rows).values(), default=0)
    if usual == len(rows):
        return 0.0
    right = _right(rows[::2], rows[1::2]) + _right(rows[1::2], rows[::2])
    return max(0.0, (right - usual) / (len(rows) - usual)) * len(rows) / (len(rows) + FEW_ROWS)


def _right(learned: Sequence[tuple[Collection[str], str]], asked: Sequence[tuple[Collection[str], str]]) -> int:
    labels = Counter(label for _, label in learned)
    holds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for words, label in learned:
        for word in words:
            holds[word][label] += 1

    def best(words: Collection[str]) -> str:
        known = [word for word in words if word in holds]
        # Each word's chance is (its rows of the label + 1) / (rows of the label + 2).
        chances = {label: math.log(rows) - len(known) * math.log(rows + 2) for label, rows in labels.items()}
        for word in known:
            for label, rows in holds[word].items():
                chances[label] += math.log(rows + 1)
        return max(chances, key=chances.__getitem__)

    return sum(best(words) == label for words, label in asked)
