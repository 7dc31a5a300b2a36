"""What retrieval and ranking share: how a list of answers, best first, is scored against the right ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

# A hit is a right answer among the first k. nDCG passes from one half: a right answer in second place gives 0.63, in
# third place 0.5.
METRICS: Mapping[str, float] = {"hit@5": 1.0, "hit@1": 1.0, "hit@3": 1.0, "hit@10": 1.0, "ndcg@10": 0.5}
DEPTH = 10


def scores(output: Sequence[Hashable], expected: Sequence[Hashable]) -> dict[str, float]:
    """Return hits among the first 1, 3, 5 and 10, and nDCG at 10 with right answers of one worth.

    nDCG after Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques": a right answer in
    place n gains 1 / log2(n + 1), over the most that could be gained.
    """
    right = set(expected)
    found = {f"hit@{k}": float(any(each in right for each in output[:k])) for k in (1, 3, 5, 10)}
    gain = sum(_gain(place) for place, each in enumerate(output[:DEPTH]) if each in right)
    best = sum(_gain(place) for place in range(min(DEPTH, len(right))))
    return found | {"ndcg@10": min(1.0, gain / best) if best else 0.0}


def _gain(place: int) -> float:
    return 1.0 / math.log2(place + 2)
