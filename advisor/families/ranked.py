"""Base of retrieval and ranking: scores a ranked list of answers against the right ones."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.families.base import Family, Json
from advisor.families.values import listed_texts

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.model import Task

# A hit is a right answer among the first k. nDCG passes from one half: a right answer in second place gives 0.63, in
# third place 0.5.
METRICS: Mapping[str, float] = {"hit@5": 1.0, "hit@1": 1.0, "hit@3": 1.0, "hit@10": 1.0, "ndcg@10": 0.5}
DEPTH = 10
_FEWEST_PLACES, _MOST_PLACED = 3, 0.6


class InOrder(Family):
    """A family whose answers are lists, best first."""

    methods: ClassVar[Mapping[str, str]] = {"encode": "search", "compare": "rerank"}
    groups_by_answer: ClassVar[bool] = True
    baselines: ClassVar[Mapping[str, str]] = {"bm25": "words"}
    metrics: ClassVar[Mapping[str, float]] = METRICS
    comparisons: ClassVar[Mapping[str, tuple[str, str]]] = {
        "hit@1": ("the first one", "no others are read"),
        "hit@3": ("among the first 3", ""),
        "hit@5": ("among the first 5", "as people look through a list of results"),
        "hit@10": ("among the first 10", ""),
        "ndcg@10": ("high among the first 10", "where several are right: nDCG"),
    }

    def any_order_is_right(self, task: Task, count: int, right: int) -> bool:
        """Return whether even the worst order of so many passes by the task's metric, if so many are right."""
        metric = self.metric_of(task)
        at_least = self.metrics[metric] if task.scoring.at_least is None else task.scoring.at_least
        worst = scores(range(count), range(count - right, count))
        return task.scoring.function is None and worst[metric] >= at_least

    def named_answers(self, value: object, given: Mapping[str, object]) -> tuple[str, ...]:
        """Return the right answers that a cell names, given the row's input; ValueError if it names none."""
        return tuple(sorted(each.strip() for each in listed_texts(value)))

    def same(self, one: Json, other: Json, scoring: Mapping[str, Any]) -> bool:
        return bool(one and other and one[0] == other[0])

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        return scores(output, expected)


def are_places(grades: Sequence[Sequence[float]]) -> bool:
    """Return whether the grades of most queries are ranks from 1 on; some ranks may be missing."""
    several = [each for each in grades if len(each) >= _FEWEST_PLACES]
    counted = [each for each in several if len({*each}) == len(each) and {*each} <= {*range(1, len(each) + 2)}]
    return bool(several) and len(counted) >= _MOST_PLACED * len(several)


def scores(output: Sequence[Hashable], expected: Sequence[Hashable]) -> dict[str, float]:
    """Return hits among the first 1, 3, 5 and 10, and nDCG at 10 with equally relevant right answers.

    nDCG after Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques": a right answer at rank
    n gains 1 / log2(n + 1), divided by the maximum.
    """
    right = set(expected)
    found = {f"hit@{k}": float(any(each in right for each in output[:k])) for k in (1, 3, 5, 10)}
    gain = sum(_gain(place) for place, each in enumerate(output[:DEPTH]) if each in right)
    best = sum(_gain(place) for place in range(min(DEPTH, len(right))))
    return found | {"ndcg@10": min(1.0, gain / best) if best else 0.0}


def _gain(place: int) -> float:
    return 1.0 / math.log2(place + 2)
