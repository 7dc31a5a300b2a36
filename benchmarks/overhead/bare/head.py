"""A logistic regression on vectors: what the encoders' bare loops share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from collections.abc import Callable


def headed(encode: Callable[[list[str]], Any], job: dict[str, Any]) -> Callable[[list[str]], object]:
    """Train it on the job's teaching and return what predicts labels."""
    texts, labels = zip(*job["teaching"], strict=True)
    head = LogisticRegression(C=10, max_iter=2000).fit(encode(list(texts)), labels)
    return lambda given: head.predict(encode(given))
