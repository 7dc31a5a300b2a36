"""A model fine-tuned to find spans, used with its own labels, which are matched to the task's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from advisor.engines.tags import bare
from advisor.families.base import Answered
from advisor.families.methods.as_is import by_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Span, Tagger
    from advisor.families.base import Given
    from advisor.probe.protocol import ProbeSpec


class Tagged:
    """The model's labels stand for the task's by the task's `label_map`, else by name, else as teaching shows.

    The last: a label left open stands for the task's label that most teaching spans have which the model finds at
    exactly their place. Spans whose label stands for none of the task's are left out: the task does not ask for them.
    """

    def __init__(self, tagger: Tagger, spec: ProbeSpec) -> None:
        self._tagger = tagger
        self._labels = list(spec.labels)
        self._map: dict[str, str | None] = {bare(own): label for own, label in spec.label_map.items()}
        self.details: dict[str, Any] = {}
        if spec.teaching and (learned := self._learn(spec)):
            self._map |= learned
            self.details["label_map_learned"] = list(learned)
        self.details["label_map"] = {own: label for own, label in self._map.items() if label is not None}

    def _learn(self, spec: ProbeSpec) -> dict[str, str | None]:
        found = self._tagger.tag([str(given) for given, _ in spec.teaching])
        seen: dict[str, Counter[str]] = {}
        for spans, (_, expected) in zip(found, spec.teaching, strict=True):
            wanted = {(each["start"], each["end"]): each["label"] for each in expected}
            for span in spans:
                own = bare(span.label)
                if self._stands_for(own) is None and (span.start, span.end) in wanted:
                    seen.setdefault(own, Counter())[wanted[span.start, span.end]] += 1
        return {own: max(sorted(counts), key=lambda label: counts[label]) for own, counts in seen.items()}

    def _stands_for(self, own: str) -> str | None:
        if own not in self._map:
            self._map[own] = by_name([own], self._labels).get(own)
        return self._map[own]

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the spans of each text under the task's labels; as sure as its least sure span."""
        texts = [str(each) for each in given]
        return [self._read(text, spans) for text, spans in zip(texts, self._tagger.tag(texts), strict=True)]

    def _read(self, text: str, spans: Sequence[Span]) -> Answered:
        kept = [(span, label) for span in spans if (label := self._stands_for(bare(span.label))) is not None]
        output = [
            {"text": text[span.start : span.end], "label": label, "start": span.start, "end": span.end}
            for span, label in kept
        ]
        sure = [span.probability for span, _ in kept if span.probability is not None]
        return Answered(output, min(sure) if sure and len(sure) == len(kept) else None)
