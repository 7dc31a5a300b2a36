"""How well the words of texts predict their labels: naive Bayes, in milliseconds and without a library."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from advisor.engines.words import word_tokens

MOST_CHARACTERS = 500
# So many rows more than there are leave as much to chance as they settle.
FEW_ROWS = 20


def predictability(pairs: Sequence[tuple[str, str]]) -> float:
    """Return how well the words of texts predict their labels, within 0 (no better than chance) and 1 (always right).

    It is the share that `held_out` gets right of what always the most frequent label gets wrong, drawn towards 0 where
    rows are few.
    """
    usual = max(Counter(label for _, label in pairs).values(), default=0)
    if usual == len(pairs):
        return 0.0
    return max(0.0, (held_out(pairs) - usual) / (len(pairs) - usual)) * len(pairs) / (len(pairs) + FEW_ROWS)


def held_out(pairs: Sequence[tuple[str, str]]) -> int:
    """Return how many labels come out right when each half of the rows is answered by what the other half teaches."""
    rows = [(frozenset(word_tokens(text[:MOST_CHARACTERS])), label) for text, label in pairs]
    random.Random(0).shuffle(rows)  # noqa: S311  not a secret; files are often in an order by label
    return _right(rows[::2], rows[1::2]) + _right(rows[1::2], rows[::2])


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
