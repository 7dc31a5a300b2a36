"""Similarity of two texts: a cosine, a pair model's score, or shared words, mapped to the scale of the grades."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError
from advisor.families.base import Answered
from advisor.families.methods import ridge
from advisor.families.methods.features import Features, shared_words
from advisor.families.values import as_decision

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.engines.base import Comparer, Encoder
    from advisor.families.base import Family, Given
    from advisor.probe.protocol import ProbeSpec

    Pairs = Sequence[tuple[str, str]]
    Similarity = Callable[[Pairs], list[float]]

# Words join a model's similarity if that gains this many of n training rows, times the root of n: a gain by chance
# costs as much as it seems to add.
LEAST_GAIN = 0.5


def by_cosine(encoder: Encoder) -> Similarity:
    def similarity(pairs: Pairs) -> list[float]:
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        vectors = dict(zip(texts, encoder.encode(texts), strict=True))
        return [float(vectors[one] @ vectors[other]) for one, other in pairs]

    return similarity


def by_pair(comparer: Comparer) -> Similarity:
    return lambda pairs: [float(score) for score in comparer.compare(pairs)]


class Similar:
    """Grades pairs, decides between two grades, or orders triplets.

    A grade is linear in the similarity, or in that and the words and characters that the two texts share if held-out
    training rows gain clearly (`ridge`); without training rows the similarity, from 0 to 1, is stretched over the
    scale. A decision is the higher grade from a threshold on: the one with most training rows right, after those that
    the rates of single grades ask for; without training rows the middle of the scale. Without a model the words and
    characters decide.
    """

    def __init__(self, similarity: Similarity | None, spec: ProbeSpec, kind: Family) -> None:
        """Learn from the training rows; CannotLoadError without a similarity and with too few rows."""
        self._similarity, self._kind, self._spec = similarity, kind, spec
        named = tuple(spec.scoring.get("grades") or (0.0, 1.0))
        self._labels: tuple[str, ...] = named if isinstance(named[0], str) else ()
        self._scale: tuple[float, float] = (0.0, 1.0) if self._labels else named
        low, high = self._scale
        self._words: _Words | None = None
        self._model: Any = None
        self.details: dict[str, Any] = {}
        self._threshold = (low + high) / 2 if spec.scoring.get("metric") == "decision" else None
        if "grades" in spec.scoring and spec.teaching:
            self._fit()
        if similarity is None and self._model is None:
            raise CannotLoadError(f"a linear model needs {ridge.FEWEST_ROWS} training rows at least, of two grades")
        if self._threshold is not None:
            self.details["threshold"] = self._threshold

    def _fit(self) -> None:
        import numpy as np

        taught = [((given["first"], given["second"]), grade) for given, grade in self._spec.teaching]
        alike = [0.0] * len(taught) if self._similarity is None else self._similarity([pair for pair, _ in taught])
        # Rows without a similarity are skipped.
        kept = [(each, *of) for each, of in zip(alike, taught, strict=True) if math.isfinite(each)]
        if len(kept) < ridge.FEWEST_ROWS or len({grade for *_, grade in kept}) < 2:  # noqa: PLR2004
            # A few rows at least show which of two labels means "more alike".
            of = {label: [each for each, _, grade in kept if grade == label] or [0.5] for label in self._labels}
            self._labels = tuple(sorted(of, key=lambda label: fmean(of[label])))
            return
        found, pairs, grades = zip(*kept, strict=True)
        words, wanted = _Words(pairs), np.array([self._number(grade) for grade in grades])

        def fitted_on(rows: NDArray[Any], *, way: bool) -> ridge.Fitted:
            return ridge.fit({way: (rows, wanted)}, lambda _, said: self._count(said, grades))

        fitted = fitted_on(words.seen(pairs, None if self._similarity is None else found), way=True)
        if self._similarity is not None:
            alone = fitted_on(np.array(found)[:, None], way=False)
            if fitted.right - alone.right < LEAST_GAIN * math.sqrt(len(fitted.held_out)):
                fitted = alone
        if not fitted.way and fitted.model.coef_[0] <= 0.0 and not self._labels:
            return  # grades must rise with similarity; of two labels either may mean "alike"
        self._model, self._words = fitted.model, words if fitted.way else None
        if self._threshold is not None:
            self._threshold = self._best_threshold(fitted.held_out.tolist(), grades[: len(fitted.held_out)])
        self.details |= {"teaching": len(grades), "words": bool(fitted.way)}
        self.details["cross_validated"] = (fitted.right, len(fitted.held_out))

    def _number(self, grade: Any) -> float:  # noqa: ANN401  a number or a label
        return float(grade == self._labels[1]) if self._labels else float(grade)

    def _best_threshold(self, said: Sequence[float], grades: Sequence[Any]) -> float:
        is_high = (self._number(grade) == self._scale[1] for grade in grades)
        names = [as_decision(each) for each in (self._labels or self._scale)]
        least, precise = ([of.get(each, 0.0) for each in names] for of in (self._spec.per_label, self._spec.precision))
        return threshold(list(zip(said, is_high, strict=True)), least, precise)

    def _count(self, said: NDArray[Any], grades: Sequence[Any]) -> int:
        """Return how many of the first training rows are right, with a threshold learned from every other row."""
        held, own = said.tolist(), grades[: len(said)]
        least = [self._threshold, self._threshold]
        if self._threshold is not None:
            least = [self._best_threshold(held[other::2], own[other::2]) for other in (1, 0)]
        outputs = [self._output(each, least[at % 2]) for at, each in enumerate(held)]
        return sum(self._kind.is_right(one, grade, self._spec) for one, grade in zip(outputs, own, strict=True))

    def _output(self, said: float, least: float | None) -> float | str:
        low, high = self._scale
        if least is None:
            return round(min(high, max(low, said)), 4) + 0.0  # no "-0.0"
        return self._labels[said >= least] if self._labels else float(high if said >= least else low)

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return each pair's grade, each triplet's "closer" or "farther"; ValueError if the model returns NaN."""
        return (
            self._triplets(given) if given and "anchor" in given[0] and "first" not in given[0] else self._pairs(given)
        )

    def _pairs(self, given: Sequence[Given]) -> list[Answered]:
        import numpy as np

        parts = [each if isinstance(each, dict) else {"first": each, "second": each} for each in given]
        pairs = [(each["first"], each["second"]) for each in parts]
        alike = None if self._similarity is None else self._numbers(pairs)
        if self._model is None:
            low, high = self._scale
            said = [(high - low) * each + low for each in alike or ()]
        else:
            seen = np.array(alike)[:, None] if self._words is None else self._words.seen(pairs, alike)
            said = self._model.predict(seen).tolist()
        return [Answered(self._output(each, self._threshold)) for each in said]

    def _triplets(self, given: Sequence[Given]) -> list[Answered]:
        parts = [each for each in given if isinstance(each, dict)]
        near = self._numbers([(each["anchor"], each["closer"]) for each in parts])
        far = self._numbers([(each["anchor"], each["farther"]) for each in parts])
        return [Answered("closer" if one > other else "farther") for one, other in zip(near, far, strict=True)]

    def _numbers(self, pairs: Pairs) -> list[float]:
        """Return the similarity of each pair.

        ValueError if the model returns NaN: every comparison with it would yield an answer.
        """
        alike = self._similarity(pairs) if self._similarity is not None else []
        if not all(map(math.isfinite, alike)):
            raise ValueError("the model gives no number (NaN) for the similarity of two texts")
        return alike


class _Words:
    """Features of a pair: shared TF-IDF of words and characters, shared words and digits, relative length."""

    def __init__(self, pairs: Pairs) -> None:
        texts = [text for pair in pairs for text in pair]
        self._features = Features(None, texts, lexical=True, training=len(texts))
        self._features.forget()

    def seen(self, pairs: Pairs, alike: Sequence[float] | None) -> NDArray[Any]:
        """Return one row per pair, of shape (pairs, 6), after the model's similarity if there is one."""
        import numpy as np

        firsts, seconds = (self._features.of([pair[at] for pair in pairs], words=True) for at in (0, 1))
        cosines = np.asarray(firsts.multiply(seconds).sum(axis=1)).ravel()
        rows = np.array([[cosine, *shared_words(*pair)] for cosine, pair in zip(cosines.tolist(), pairs, strict=True)])
        return rows if alike is None else np.hstack([np.array(alike)[:, None], rows])


def threshold(
    pairs: Sequence[tuple[float, bool]], least: Sequence[float] = (0.0, 0.0), precise: Sequence[float] = (0.0, 0.0)
) -> float:
    """Return the similarity from which most pairs are rightly called alike: in the middle of the widest best gap.

    A pair is its similarity and whether it is alike; `least` are the shares of pairs that are not alike, and that are,
    which must be right first, `precise` those of the pairs that are called so. No pair called so is all of them wrong.
    """
    ordered = sorted(pairs)
    totals = [sum(is_alike == of for _, is_alike in ordered) for of in (False, True)]
    right = [0, totals[True]]  # if all are called alike

    def worth() -> tuple[float, int]:
        said = [right[False] + totals[True] - right[True], right[True] + totals[False] - right[False]]
        asked = (*zip(least, totals, right, strict=True), *zip(precise, said, right, strict=True))
        unsaid = sum(of for share, of, called in zip(precise, totals, said, strict=True) if share and not called)
        return -unsaid - sum(max(0.0, share * of - own) for share, of, own in asked), sum(right)

    # Outside all observed similarities the nearest is the threshold, not infinity: a report can hold it.
    best = (worth(), 0.0, ordered[0][0])
    for (below, is_alike), (above, _) in pairwise([*ordered, (math.nextafter(ordered[-1][0], math.inf), False)]):
        right[is_alike] += -1 if is_alike else 1
        if above > below:
            middle = (below + above) / 2
            best = max(best, (worth(), above - below, middle if middle > below else above))
    return best[2]
