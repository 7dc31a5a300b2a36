"""Labels that a model has not learned, compared with a text: by entailment, as labels, by vectors, as spans."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from advisor.engines.base import Encoder, Entailer, Extractor, LabelScorer, Span
from advisor.families.base import Answered, Given, first_part
from advisor.families.methods.head import likely_labels, may_have_none
from advisor.families.spans import span
from advisor.families.values import label_words

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec

HYPOTHESIS = "This example is {label}."


class ZeroShot:
    """Each label, or its meaning if the task gives one, is compared with the text; the best match wins.

    Entailment models get a hypothesis with the label in it, label scorers the label itself.

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
        self._several, self._none = spec.labels_per_text == "several", may_have_none(spec)
        self.details: dict[str, Any] = {"hypothesis": hypothesis}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        texts = [first_part(each) for each in given]
        model = self._model
        rows = model.fit(texts, self._held) if isinstance(model, LabelScorer) else model.entail(texts, self._held)
        return [self._read(row) for row in rows]

    def _read(self, row: Sequence[float]) -> Answered:
        if self._several:
            return likely_labels(self._labels, row, none=self._none)
        best, total = max(range(len(row)), key=row.__getitem__), sum(row)
        return Answered(self._labels[best], row[best] / total if total else None)


class NearestLabel:
    """Cosine between a text and each label with its meaning ("spam: an unwanted mail"); the largest wins.

    The confidence is the margin between the nearest label and the next.
    """

    def __init__(self, encoder: Encoder, spec: ProbeSpec) -> None:
        self._encoder = encoder
        self._labels = list(spec.labels)
        label_texts = [f"{label}: {meaning}" if meaning else label for label, meaning in spec.labels.items()]
        self._vectors = encoder.encode(label_texts)
        self.details: dict[str, Any] = {"label_texts": label_texts}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the nearest label of each text; ValueError if the vectors are NaN."""
        similarity = self._encoder.encode([str(text) for text in given]) @ self._vectors.T
        answers = []
        for row in similarity.tolist():
            if not all(map(math.isfinite, row)):
                raise ValueError("the model's vectors hold no numbers (NaN)")
            order = sorted(range(len(row)), key=lambda index: -row[index])
            margin = row[order[0]] - row[order[1]] if len(order) > 1 else 1.0
            answers.append(Answered(self._labels[order[0]], min(1.0, max(0.0, margin))))
        return answers


class Extracted:
    """Extracts spans, with each label given by its meaning if the task has one, else by its name in words."""

    def __init__(self, extractor: Extractor, spec: ProbeSpec) -> None:
        self._give(extractor, spec.labels)

    def _give(self, extractor: Extractor, meanings: Mapping[str, str]) -> None:
        """Give the labels by their meanings, by their names where several have the same one."""
        self._extractor, count = extractor, Counter(meanings.values())
        said = {name: meaning.strip() if count[meaning] == 1 else "" for name, meaning in meanings.items()}
        self._labels = {said[name] or as_words(name): name for name in meanings}
        self.details: dict[str, Any] = {"labels_given": list(self._labels)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the spans of each text under the task's labels; the confidence is that of the least certain span."""
        texts = [str(each) for each in given]
        rows = self._extractor.extract(texts, list(self._labels))
        return [self._read(text, spans) for text, spans in zip(texts, rows, strict=True)]

    def _read(self, text: str, spans: Sequence[Span]) -> Answered:
        found = [span(text, each.start, each.end, self._labels[each.label]) for each in spans]
        return Answered(found, _least_sure(spans))


class ExtractedFields(Extracted):
    """Extracts fields, each given by its description in the schema, else by its name; the value is the surest span."""

    def __init__(self, extractor: Extractor, fields: Mapping[str, Any], typed: Callable[[str, Any], Any]) -> None:
        """Take the fields, schema parts by name, and the function from a text to a value of a type, or None."""
        parts = {name: part for name, part in fields.items() if isinstance(part, dict)}
        self._kinds, self._typed = {name: part.get("type") for name, part in parts.items()}, typed
        self._give(extractor, {name: str(parts.get(name, {}).get("description") or "") for name in fields})

    def _read(self, text: str, spans: Sequence[Span]) -> Answered:
        """Return the fields found in a text; others are left out."""
        best: dict[str, Span] = {}
        for each in spans:
            name = self._labels[each.label]
            if name not in best or (each.probability or 0.0) > (best[name].probability or 0.0):
                best[name] = each
        values = {name: self._typed(text[each.start : each.end], self._kinds.get(name)) for name, each in best.items()}
        return Answered(
            {name: value for name, value in values.items() if value is not None}, _least_sure(best.values())
        )


def _least_sure(spans: Iterable[Span]) -> float | None:
    return min((each.probability for each in spans if each.probability is not None), default=None)


def as_words(label: str) -> str:
    """Return a label for a model: "first_name" and "FIRST-NAME" as "first name", short names unchanged."""
    words = label_words(label)
    return words.lower() if len(words) > 4 else words  # noqa: PLR2004  "PER", "ORG", "GPE" are known as they stand
