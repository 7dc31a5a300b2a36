"""A head: logistic regression on frozen vectors, trained on the task's teaching examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.families.base import Answered
from advisor.probe.runtimes.base import CannotLoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.families.base import Given
    from advisor.probe.protocol import ProbeSpec
    from advisor.probe.runtimes.base import Encoder

MOST_FOLDS = 5
STRENGTHS = (1.0, 10.0, 100.0)
MOST_STEPS = 2000
LEAST_PROBABILITY = 0.5


class Head:
    """Logistic regression; its strength is chosen by cross-validation on the teaching examples.

    With several labels a text there is one a label, all of the middle strength, and a label is given from a probability
    of a half.
    """

    def __init__(self, encoder: Encoder, spec: ProbeSpec) -> None:
        if not spec.teaching:
            raise CannotLoadError("a head needs teaching examples; the task sets none apart")
        texts, expected = zip(*spec.teaching, strict=True)
        vectors = encoder.encode(texts)
        self._encoder = encoder
        self._several = isinstance(expected[0], list)
        if self._several:
            self._head, strength = _several_heads(vectors, expected, spec)
        else:
            self._head, strength = _one_head(vectors, expected, spec)
        self.details: dict[str, Any] = {"head": "logistic regression", "C": strength, "teaching": len(texts)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the head's most probable label for each text, or all labels from a half."""
        probabilities = self._head.predict_proba(self._encoder.encode([str(text) for text in given]))
        if not self._several:
            labels, best = self._head.classes_, probabilities.argmax(axis=1)
            return [Answered(str(labels[b]), float(row[b])) for b, row in zip(best, probabilities, strict=True)]
        return [_chosen(self._labels(), row) for row in probabilities.tolist()]

    def _labels(self) -> list[str]:
        return [str(label) for label in self._head.labels]


def _chosen(labels: Sequence[str], row: Sequence[float]) -> Answered:
    """Return the labels from a probability of a half, at least the most probable one; sure as its least sure part."""
    chosen = [label for label, p in zip(labels, row, strict=True) if p >= LEAST_PROBABILITY]
    chosen = chosen or [labels[max(range(len(row)), key=lambda index: row[index])]]
    return Answered(sorted(chosen), min(max(p, 1.0 - p) for p in row))


def _one_head(vectors: Any, labels: Sequence[str], spec: ProbeSpec) -> tuple[Any, float]:  # noqa: ANN401  arrays
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    if len(set(labels)) < 2:  # noqa: PLR2004
        raise CannotLoadError("a head needs teaching examples of at least two labels")
    rarest = min(labels.count(label) for label in set(labels))
    strength = STRENGTHS[1]
    if rarest >= 2:  # noqa: PLR2004
        folds = StratifiedKFold(min(MOST_FOLDS, rarest), shuffle=True, random_state=spec.seed)
        search = GridSearchCV(LogisticRegression(max_iter=MOST_STEPS), {"C": STRENGTHS}, cv=folds, refit=False)
        strength = float(search.fit(vectors, labels).best_params_["C"])
    return LogisticRegression(C=strength, max_iter=MOST_STEPS).fit(vectors, labels), strength


class _Heads:
    """One head a label that some teaching examples have and some have not; what all have is always given."""

    def __init__(self, heads: dict[str, Any]) -> None:
        self.labels, self._heads = list(heads), list(heads.values())

    def predict_proba(self, vectors: Any) -> Any:  # noqa: ANN401  arrays
        """Return probabilities of shape (texts, labels)."""
        import numpy as np

        always = np.ones(len(vectors))
        columns = [always if head is None else head.predict_proba(vectors)[:, 1] for head in self._heads]
        return np.stack(columns, axis=1)


def _several_heads(vectors: Any, expected: Sequence[list[str]], spec: ProbeSpec) -> tuple[Any, float]:  # noqa: ANN401
    from sklearn.linear_model import LogisticRegression

    strength = STRENGTHS[1]
    heads: dict[str, Any] = {}
    for label in spec.labels:
        has = [label in each for each in expected]
        if all(has):
            heads[label] = None
        elif any(has):
            heads[label] = LogisticRegression(C=strength, max_iter=MOST_STEPS).fit(vectors, has)
    if not any(head is not None for head in heads.values()):
        raise CannotLoadError("a head needs teaching examples with and without a label")
    return _Heads(heads), strength
