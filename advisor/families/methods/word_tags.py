"""Spans found by words and characters: logistic regression says of each word whether a span begins or goes on there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError
from advisor.families.base import Answered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from advisor.families.base import Given
    from advisor.probe.protocol import ProbeSpec

HASHED = 1 << 16
STRENGTH, MOST_STEPS = 10.0, 1000
OUTSIDE, BEGINS, GOES_ON = "O", "B-", "I-"
_WORD = re.compile(r"\w+|[^\w\s]")


class WordTags:
    """What is seen of a word: itself, its form, its first and last characters, and its neighbours.

    So Ratinov and Roth, "Design challenges and misconceptions in named entity recognition" (2009), section 3, without
    what a tag says of the next one.
    """

    def __init__(self, spec: ProbeSpec) -> None:
        """Train it.

        Raises:
            CannotLoadError: if the training rows mark nothing.
        """
        from sklearn.feature_extraction import FeatureHasher
        from sklearn.linear_model import LogisticRegression

        self._hasher = FeatureHasher(HASHED, input_type="string", alternate_sign=False)
        texts = [[word.span() for word in _WORD.finditer(str(text))] for text, _ in spec.teaching]
        tags = [tag for words, (_, spans) in zip(texts, spec.teaching, strict=True) for tag in _tags(words, spans)]
        if len({*tags}) < 2:  # noqa: PLR2004
            raise CannotLoadError("a linear model needs training rows with spans in them")
        seen = [each for words, (text, _) in zip(texts, spec.teaching, strict=True) for each in _seen(str(text), words)]
        self._model = LogisticRegression(C=STRENGTH, max_iter=MOST_STEPS).fit(self._hasher.transform(seen), tags)
        self.details: dict[str, Any] = {"head": "logistic regression", "teaching": len(texts), "words": len(tags)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the spans of each text."""
        return [self._one(str(text)) for text in given]

    def _one(self, text: str) -> Answered:
        words = [word.span() for word in _WORD.finditer(text)]
        if not words:
            return Answered([])
        chances = self._model.predict_proba(self._hasher.transform(list(_seen(text, words))))
        tags = self._model.classes_[chances.argmax(axis=1)]
        spans: list[dict[str, Any]] = []
        before = OUTSIDE
        for (start, end), tag in zip(words, tags, strict=True):
            label = tag[len(BEGINS) :]
            if tag.startswith(GOES_ON) and before != OUTSIDE and before[len(BEGINS) :] == label:
                spans[-1] |= {"end": end, "text": text[spans[-1]["start"] : end]}
            elif tag != OUTSIDE:
                spans.append({"text": text[start:end], "label": str(label), "start": start, "end": end})
            before = tag
        return Answered(spans, float(chances.max(axis=1).min()))


def _tags(words: Sequence[tuple[int, int]], spans: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the tag of each word."""
    for start, end in words:
        of = next((span for span in spans if span["start"] < end and start < span["end"]), None)
        yield OUTSIDE if of is None else f"{BEGINS if start <= of['start'] else GOES_ON}{of['label']}"


def _seen(text: str, words: Sequence[tuple[int, int]]) -> Iterator[list[str]]:
    """Yield what is seen of each word."""
    said = ["", *(text[start:end] for start, end in words), ""]
    for at in range(1, len(said) - 1):
        word, before, after = said[at], said[at - 1], said[at + 1]
        folded = word.casefold()
        ends = [f"{size}^{folded[:size]}" for size in (2, 3)] + [f"{size}${folded[-size:]}" for size in (1, 2, 3)]
        around = [f"<{before.casefold()}", f">{after.casefold()}", f"<~{_form(before)}", f">~{_form(after)}"]
        yield [f"={folded}", f"~{_form(word)}", f"<<{said[at - 2].casefold() if at > 1 else ''}", *ends, *around]


def _form(word: str) -> str:
    """Return a word with its letters and digits as kinds, runs cut to two: "Ada-9" is "Aaa-9"."""
    kinds = ("A" if each.isupper() else "a" if each.isalpha() else "9" if each.isdigit() else each for each in word)
    return re.sub(r"(.)\1+", r"\1\1", "".join(kinds))
