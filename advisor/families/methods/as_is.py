"""Models used as published: classifiers and taggers with their labels, readers, rewriters, transcribers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from advisor.engines.base import (
    AudioClassifier,
    CannotLoadError,
    Classifier,
    ImageClassifier,
    Pair,
    Ranked,
    Reader,
    Rewriter,
    Span,
    Tagger,
    Transcriber,
)
from advisor.engines.spans import bare
from advisor.families.base import Answered, Family, Given, first_part
from advisor.families.methods.head import may_have_none
from advisor.families.spans import span
from advisor.families.values import label_words

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec

LEAST_PROBABILITY = 0.5


class AsItIs:
    """Maps the model's labels to the task's by the task's `label_map`, else by name, else by training examples.

    The last: an unmapped label of the model stands for the task's label that most training examples with it have; with
    several labels per text nothing is learned. They also show which text of a pair the model has to read first, such as
    the premise. Training examples are never evidence, so the evidence is unaffected.
    """

    def __init__(self, classifier: Classifier | ImageClassifier | AudioClassifier, spec: ProbeSpec) -> None:
        ask: Callable[[Sequence[str]], list[list[Ranked]]]
        if isinstance(classifier, Classifier):
            ask = classifier.classify
        else:
            ask = classifier.see if isinstance(classifier, ImageClassifier) else classifier.hear
        self._ask = ask
        self._several, self._none = spec.labels_per_text == "several", may_have_none(spec)
        self._map = by_name(classifier.labels, list(spec.labels)) | {
            own: label for own, label in spec.label_map.items() if own in classifier.labels
        }
        learned = [own for own in classifier.labels if own not in self._map]
        self._is_turned = False
        taught = [first_part(given) for given, _ in spec.teaching]
        is_pair = bool(taught) and isinstance(taught[0], Pair)
        if spec.teaching and (learned or is_pair) and not self._several:
            self._learn(spec, taught, set(learned), turns=(False, True) if is_pair else (False,))
        self.details: dict[str, Any] = {"label_map": dict(self._map)}
        if self._is_turned:
            self.details["reads"] = "second, first"
        if learned:
            self.details["label_map_learned"] = [own for own in learned if own in self._map]

    def _learn(self, spec: ProbeSpec, taught: list[str], open_labels: set[str], turns: Sequence[bool]) -> None:
        """Learn the meanings of unmapped labels, and the order of a pair.

        Refused if labels are unmapped and leave-one-out shows that a constant label is better.
        """
        wanted = [expected for _, expected in spec.teaching]
        best: dict[str, Counter[str]] = {}
        right = -1
        for is_turned in turns:
            ranked = self._ask(_turned(taught) if is_turned else taught)
            found = [each[0].label if each else "" for each in ranked]
            seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
            for own, expected in zip(found, wanted, strict=True):
                seen[own][expected] += 1
            rows = zip(found, wanted, strict=True)
            count = sum((self._map.get(own) or _usual(seen[own], but=expected)) == expected for own, expected in rows)
            if count > right:
                right, best, self._is_turned = count, seen, is_turned
        total = Counter(wanted)
        constant = sum(_usual(total, but=expected) == expected for expected in wanted)
        if open_labels and right < constant:
            raise CannotLoadError(
                f"its labels do not tell yours apart: by them {right} of {len(wanted)} training rows are right, "
                f"by one label for all {constant}"
            )
        self._map |= {own: _usual(counts) for own, counts in best.items() if own in open_labels}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the task's label for each example; an unmapped label is returned as the model gives it."""
        texts = [first_part(each) for each in given]
        return [self._read(ranked) for ranked in self._ask(_turned(texts) if self._is_turned else texts)]

    def _read(self, ranked: list[Ranked]) -> Answered:
        if self._several:
            # Unmapped labels are left out: the task does not ask for them.
            asked = [each for each in ranked if each.label in self._map]
            kept = [each for each in asked if each.probability >= LEAST_PROBABILITY]
            kept = kept or ([] if self._none else asked[:1] or ranked[:1])
            sure = min(max(each.probability, 1.0 - each.probability) for each in asked or ranked)
            return Answered(sorted({self._map.get(each.label, each.label) for each in kept}), sure)
        # Several of the model's labels may stand for one of the task's, as one and two stars for "negative".
        totals: defaultdict[str, float] = defaultdict(float)
        for each in ranked:
            totals[self._map.get(each.label, each.label)] += each.probability
        label = max(totals, key=lambda label: totals[label])
        return Answered(label, min(1.0, totals[label]))


def _turned(texts: Sequence[str]) -> list[str]:
    return [Pair(each.second, each.first) for each in texts if isinstance(each, Pair)]


def _usual(counts: Counter[str], *, but: str = "") -> str:
    """Return the most frequent label without one row of ``but``; "" if no row remains."""
    left = counts - Counter([but])
    return max(sorted(left), key=lambda label: left[label], default="")


def by_name(own: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Return the model's labels that are the task's by name, ignoring case, blanks, hyphens and underscores."""
    names = {folded(label): label for label in wanted}
    return {label: names[folded(label)] for label in own if folded(label) in names}


def folded(label: str) -> str:
    """Return a label normalised for comparison: case, blanks, hyphens and underscores folded."""
    return label_words(label.casefold())


class Tagged:
    """Maps the model's labels to the task's by the task's `label_map`, else by name, else by training examples.

    The last: an unmapped label stands for the task's label of most training spans that the model finds at exactly the
    same place. Spans with an unmapped label are left out: the task does not ask for them.
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
            for each in spans:
                own = bare(each.label)
                if self._stands_for(own) is None and (each.start, each.end) in wanted:
                    seen.setdefault(own, Counter())[wanted[each.start, each.end]] += 1
        return {own: max(sorted(counts), key=lambda label: counts[label]) for own, counts in seen.items()}

    def _stands_for(self, own: str) -> str | None:
        if own not in self._map:
            self._map[own] = by_name([own], self._labels).get(own)
        return self._map[own]

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the spans of each text under the task's labels; the confidence is that of the least certain span."""
        texts = [str(each) for each in given]
        return [self._read(text, spans) for text, spans in zip(texts, self._tagger.tag(texts), strict=True)]

    def _read(self, text: str, spans: Sequence[Span]) -> Answered:
        kept = [(each, label) for each in spans if (label := self._stands_for(bare(each.label))) is not None]
        output = [span(text, each.start, each.end, label) for each, label in kept]
        sure = [each.probability for each, _ in kept if each.probability is not None]
        return Answered(output, min(sure) if sure and len(sure) == len(kept) else None)


class Reading:
    """The answer is the model's most likely span; empty if "no answer" is likelier."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.details: dict[str, Any] = {}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        parts = [each if isinstance(each, dict) else {"question": each, "context": ""} for each in given]
        found = self._reader.read([each["question"] for each in parts], [each["context"] for each in parts])
        return [Answered(each.text, each.probability) for each in found]


class Rewritten:
    """Rewrites each text, in the task's template if there is one; models such as T5 need a prefix there."""

    def __init__(self, family: Family, rewriter: Rewriter, spec: ProbeSpec) -> None:
        self._family, self._rewriter, self._spec = family, rewriter, spec
        self._max_tokens = int(spec.prompt.get("max_tokens", 256))
        self.details: dict[str, Any] = {"max_tokens": self._max_tokens}
        if spec.prompt.get("template"):
            self.details["template"] = spec.prompt["template"]

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        texts = [self._family.user_text(each, self._spec) for each in given]
        replies = self._rewriter.rewrite(texts, max_tokens=self._max_tokens)
        return [Answered(self._family.parse(r.text, self._spec), r.probability, r.tokens) for r in replies]


class Transcribed:
    """Transcribes each file alone: recordings differ in length, and an unreadable one affects no other."""

    alone = True

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber
        self.details: dict[str, Any] = {}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        files = [first_part(each) for each in given]
        return [Answered(reply.text, reply.probability, reply.tokens) for reply in self._transcriber.transcribe(files)]
