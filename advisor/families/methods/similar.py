"""How alike two texts are: a cosine or a pair model's score, brought to the scale of the grades."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from advisor.families.base import Answered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor.engines.base import Comparer, Encoder
    from advisor.families.base import Given
    from advisor.probe.protocol import ProbeSpec

    Likeness = Callable[[Sequence[tuple[str, str]]], list[float]]

FEWEST_TO_FIT = 8


def by_cosine(encoder: Encoder) -> Likeness:
    """Return the cosine of two texts' vectors."""

    def likeness(pairs: Sequence[tuple[str, str]]) -> list[float]:
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        vectors = dict(zip(texts, encoder.encode(texts), strict=True))
        return [float(vectors[one] @ vectors[other]) for one, other in pairs]

    return likeness


def by_pair(comparer: Comparer) -> Likeness:
    """Return a pair model's score."""
    return lambda pairs: [float(score) for score in comparer.compare(pairs)]


class Similar:
    """Grades pairs, decides between two grades, or orders triplets.

    A grade is a straight line through the likeness, fitted by least squares on the teaching examples; without them the
    likeness itself, from 0 to 1, is stretched over the scale. A decision is the higher grade from a threshold on: the
    one that is right on most of the teaching examples, without them the middle of the scale.
    """

    def __init__(self, likeness: Likeness, spec: ProbeSpec) -> None:
        self._likeness = likeness
        self._scale = tuple(spec.scoring.get("grades") or (0.0, 1.0))
        low, high = self._scale
        self._line = (high - low, low)
        self.details: dict[str, Any] = {}
        self._threshold = 0.5 if spec.scoring.get("metric") == "decision" else None
        if "grades" in spec.scoring and len(spec.teaching) >= FEWEST_TO_FIT:
            self._fit(spec)
        if self._threshold is None:
            self.details["line"] = list(self._line)
        else:
            self.details["threshold"] = self._threshold

    def _fit(self, spec: ProbeSpec) -> None:
        import numpy as np

        found = self._likeness([(given["first"], given["second"]) for given, _ in spec.teaching])
        pairs = [(each, float(grade)) for each, (_, grade) in zip(found, spec.teaching, strict=True)]
        # What has no likeness teaches nothing.
        pairs = [pair for pair in pairs if math.isfinite(pair[0])]
        if len(pairs) < FEWEST_TO_FIT:
            return
        if self._threshold is not None:
            self._threshold = threshold([(each, grade == self._scale[1]) for each, grade in pairs])
            self.details["teaching"] = len(pairs)
            return
        alike, grades = [each for each, _ in pairs], [grade for _, grade in pairs]
        if max(alike) > min(alike):
            slope, start = np.polyfit(alike, grades, 1)
            if slope > 0.0:  # what is more alike never gets a lower grade
                self._line = (float(slope), float(start))
                self.details["teaching"] = len(grades)

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the grade of each pair, or "closer" or "farther" for each triplet.

        Raises:
            ValueError: if the model tells no number.
        """
        return (
            self._triplets(given) if given and "anchor" in given[0] and "first" not in given[0] else self._pairs(given)
        )

    def _pairs(self, given: Sequence[Given]) -> list[Answered]:
        low, high = self._scale
        slope, start = self._line
        parts = [each if isinstance(each, dict) else {"first": each, "second": each} for each in given]
        alike = self._numbers([(each["first"], each["second"]) for each in parts])
        if self._threshold is not None:
            return [Answered(high if each >= self._threshold else low) for each in alike]
        return [Answered(round(min(high, max(low, slope * each + start)), 4)) for each in alike]

    def _triplets(self, given: Sequence[Given]) -> list[Answered]:
        parts = [each for each in given if isinstance(each, dict)]
        near = self._numbers([(each["anchor"], each["closer"]) for each in parts])
        far = self._numbers([(each["anchor"], each["farther"]) for each in parts])
        return [Answered("closer" if one > other else "farther") for one, other in zip(near, far, strict=True)]

    def _numbers(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return how alike each pair is.

        Raises:
            ValueError: if the model tells no number: every comparison with one would have an answer.
        """
        alike = self._likeness(pairs)
        if not all(map(math.isfinite, alike)):
            raise ValueError("the model tells no number (NaN) for how alike two texts are")
        return alike


def threshold(pairs: Sequence[tuple[float, bool]]) -> float:
    """Return the likeness from which most pairs are rightly called alike: the middle of the widest gap of the best."""
    ordered = sorted(pairs)
    right = sum(is_alike for _, is_alike in ordered)  # where all are called alike
    # Outside all that was seen the nearest likeness is the threshold, not infinity: a report can hold it.
    best = (right, 0.0, ordered[0][0])
    for (below, is_alike), (above, _) in pairwise([*ordered, (math.nextafter(ordered[-1][0], math.inf), False)]):
        right += 1 if not is_alike else -1
        if above > below:
            middle = (below + above) / 2
            best = max(best, (right, above - below, middle if middle > below else above))
    return best[2]
