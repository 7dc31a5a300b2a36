"""Labels held against a text: in hypotheses, by a model of inference, or as they are, by a model of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines.base import LabelScorer
from advisor.families.base import Answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Entailer
    from advisor.families.base import Given
    from advisor.probe.protocol import ProbeSpec

HYPOTHESIS = "This example is {label}."
LEAST_PROBABILITY = 0.5


class ZeroShot:
    """Each label, or its meaning where the task gives one, is held against the text; the one that fits best is chosen.

    A model of inference gets a hypothesis with the label in it, a model of labels the label itself.

    After Yin et al. 2019, "Benchmarking zero-shot text classification". A prompt template of the task that holds
    "{label}" replaces the hypothesis.
    """

    def __init__(self, model: Entailer | LabelScorer, spec: ProbeSpec) -> None:
        self._model = model
        self._labels = list(spec.labels)
        template = spec.prompt.get("template") or ""
        hypothesis = template if "{label}" in template else HYPOTHESIS
        if isinstance(model, LabelScorer):
            hypothesis = "{label}"
        self._held = [hypothesis.replace("{label}", spec.labels[label] or label) for label in self._labels]
        self._several = spec.labels_per_text == "several"
        self.details: dict[str, Any] = {"hypothesis": hypothesis}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the label whose hypothesis each text entails most, or all from a half."""
        texts = [str(text) for text in given]
        model = self._model
        rows = model.fit(texts, self._held) if isinstance(model, LabelScorer) else model.entail(texts, self._held)
        return [self._read(row) for row in rows]

    def _read(self, row: Sequence[float]) -> Answered:
        best = max(range(len(row)), key=lambda index: row[index])
        if not self._several:
            total = sum(row)
            return Answered(self._labels[best], row[best] / total if total else None)
        chosen = [label for label, p in zip(self._labels, row, strict=True) if p >= LEAST_PROBABILITY]
        return Answered(sorted(chosen or [self._labels[best]]), min(max(p, 1.0 - p) for p in row))
