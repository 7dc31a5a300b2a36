"""The task's labels, or the fields of its object, given to a model that finds spans of any label."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from advisor.families.base import Answered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from advisor.engines.base import Extractor, Span
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


class ExtractedFields:
    """Each field is given by its description in the schema, else by its name; its value is the surest span found."""

    def __init__(self, extractor: Extractor, fields: Mapping[str, Any], typed: Callable[[str, Any], Any]) -> None:
        """Take the fields.

        Args:
            extractor: The model.
            fields: The parts of the schema by the names of the fields.
            typed: Returns a piece of text as a value of a kind, as schemas name kinds; None if it is none.
        """
        self._extractor, self._fields, self._typed = extractor, fields, typed
        told = {name: part.get("description") if isinstance(part, dict) else None for name, part in fields.items()}
        self._labels = {str(said or "").strip() or as_words(name): name for name, said in told.items()}
        self.details: dict[str, Any] = {"labels_given": list(self._labels)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the fields that each text holds; those that are not found are left out."""
        texts = [str(each) for each in given]
        rows = self._extractor.extract(texts, list(self._labels))
        return [self._read(text, spans) for text, spans in zip(texts, rows, strict=True)]

    def _read(self, text: str, spans: Sequence[Span]) -> Answered:
        best: dict[str, Span] = {}
        for span in spans:
            name = self._labels[span.label]
            if name not in best or (span.probability or 0.0) > (best[name].probability or 0.0):
                best[name] = span
        kinds = {name: part.get("type") if isinstance(part, dict) else None for name, part in self._fields.items()}
        values = {name: self._typed(text[span.start : span.end], kinds[name]) for name, span in best.items()}
        return Answered(
            {name: value for name, value in values.items() if value is not None},
            min((span.probability for span in best.values() if span.probability is not None), default=None),
        )


def as_words(label: str) -> str:
    """Return a label as a model reads it: "first_name" and "FIRST-NAME" as "first name", short names as they are."""
    words = " ".join(label.replace("_", " ").replace("-", " ").split())
    return words.lower() if len(words) > 4 else words  # noqa: PLR2004  "PER", "ORG", "GPE" are known as they stand
