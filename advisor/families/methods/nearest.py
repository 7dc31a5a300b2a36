"""The label whose meaning lies nearest to a text among an encoder's vectors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from advisor.families.base import Answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Encoder
    from advisor.families.base import Given
    from advisor.probe.protocol import ProbeSpec


class NearestLabel:
    """Cosine between a text and each label with its meaning ("spam: an unwanted mail"); the largest is chosen.

    Its confidence is by how much the nearest label is nearer than the next.
    """

    def __init__(self, encoder: Encoder, spec: ProbeSpec) -> None:
        self._encoder = encoder
        self._labels = list(spec.labels)
        told = [f"{label}: {meaning}" if meaning else label for label, meaning in spec.labels.items()]
        self._vectors = encoder.encode(told)
        self.details: dict[str, Any] = {"label_texts": told}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the nearest label of each text.

        Raises:
            ValueError: if the vectors hold no numbers.
        """
        likeness = self._encoder.encode([str(text) for text in given]) @ self._vectors.T
        answers = []
        for row in likeness.tolist():
            if not all(map(math.isfinite, row)):
                raise ValueError("the model's vectors hold no numbers (NaN)")
            order = sorted(range(len(row)), key=lambda index: -row[index])
            margin = row[order[0]] - row[order[1]] if len(order) > 1 else 1.0
            answers.append(Answered(self._labels[order[0]], min(1.0, max(0.0, margin))))
        return answers
