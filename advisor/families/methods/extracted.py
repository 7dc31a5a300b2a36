"""The task's labels given to a model that finds spans of any label."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from advisor.families.base import Answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Extractor
    from advisor.families.base import Given
    from advisor.probe.protocol import ProbeSpec


class Extracted:
    """Each label is given by its meaning where the task gives one, else by its name as words."""

    def __init__(self, extractor: Extractor, spec: ProbeSpec) -> None:
        self._extractor = extractor
        meanings = Counter(spec.labels.values())
        given = {label: meaning if meanings[meaning] == 1 else "" for label, meaning in spec.labels.items()}
        self._labels = {meaning.strip() or as_words(label): label for label, meaning in given.items()}
        self.details: dict[str, Any] = {"labels_given": list(self._labels)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the spans of each text under the task's labels; as sure as its least sure span."""
        texts = [str(each) for each in given]
        rows = self._extractor.extract(texts, list(self._labels))
        return [
            Answered(
                [
                    {"text": text[s.start : s.end], "label": self._labels[s.label], "start": s.start, "end": s.end}
                    for s in spans
                ],
                min((s.probability for s in spans if s.probability is not None), default=None),
            )
            for text, spans in zip(texts, rows, strict=True)
        ]


def as_words(label: str) -> str:
    """Return a label as a model reads it: "first_name" and "FIRST-NAME" as "first name", short names as they are."""
    words = " ".join(label.replace("_", " ").replace("-", " ").split())
    return words.lower() if len(words) > 4 else words  # noqa: PLR2004  "PER", "ORG", "GPE" are known as they stand
