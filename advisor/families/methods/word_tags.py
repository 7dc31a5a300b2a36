"""Tags of words: logistic regression on features of each word, and on its vector where there is an encoder.

The features are the word, its shape, its first and last characters, and its neighbours, as in Ratinov and Roth, "Design
challenges and misconceptions in named entity recognition" (2009), section 3, without the dependence on the previous
tag. With an encoder the probabilities of both models are multiplied: vectors know what a word means, its shape says
what few rows do not show. With 120 sentences of CoNLL and MiniLM .77 of sentences are right so, .66 by features alone
(three draws), with 16 sentences .33 and .22.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from threadpoolctl import threadpool_limits

from advisor.engines.base import CannotLoadError, TokenEncoder
from advisor.engines.words import word_places
from advisor.families import spans
from advisor.families.base import Answered, Given
from advisor.families.methods.head import MOST_FOLDS, ONE_THREAD
from advisor.families.spans import place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.families.base import Family
    from advisor.probe.protocol import ProbeSpec

HASHED = 1 << 16
STRENGTH, MOST_STEPS = 10.0, 1000
# Seconds per word and tag to train it once, measured.
SECONDS_PER_WORD = 1.5e-5
# More words than these take minutes and change little.
MOST_WORDS = 20_000
OUTSIDE, BEGINS, GOES_ON = "O", "B-", "I-"


class WordTags:
    """Tags words as the training rows are tagged, by BIO."""

    def __init__(self, kind: Family, spec: ProbeSpec, encoder: TokenEncoder | None = None) -> None:
        """Train it; CannotLoadError if the training rows contain no spans."""
        import numpy as np
        from sklearn.feature_extraction import FeatureHasher

        texts, found = [str(text) for text, _ in spec.teaching], [spans for _, spans in spec.teaching]
        words = [word_places(text) for text in texts]
        if encoder is not None:
            count = max(1, sum(total <= MOST_WORDS for total in accumulate(map(len, words))))
            texts, found, words = texts[:count], found[:count], words[:count]
        tags = np.array([tag for each, own in zip(words, found, strict=True) for tag in _tags(each, own)])
        if len({*tags}) < 2:  # noqa: PLR2004
            raise CannotLoadError("a linear model needs training rows with spans in them")
        self._encoder, self._hasher = encoder, FeatureHasher(HASHED, input_type="string", alternate_sign=False)
        seen = self._seen(texts, words)
        self._model = _Model(seen, tags)
        self.details: dict[str, Any] = {"head": "logistic regression", "teaching": len(texts), "words": len(tags)}
        self.details["settings"] = "fixed"
        if sum(map(bool, words)) >= MOST_FOLDS:
            right, of, row_of = 0, 0, np.repeat(np.arange(len(texts)), list(map(len, words)))
            order = np.random.default_rng(spec.seed).permutation(np.unique(row_of))
            for start in range(folds(len(tags))):
                held = sorted(order[start::MOST_FOLDS].tolist())
                outside = np.isin(row_of, held)
                model = _Model(seen.of(~outside), tags[~outside])
                said = model.answer(seen.of(outside), [texts[row] for row in held], [words[row] for row in held])
                right += sum(kind.is_right(each.output, found[row], spec) for row, each in zip(held, said, strict=True))
                of += len(held)
            self.details["cross_validated"] = (right, of)

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        texts = [str(text) for text in given]
        words = [word_places(text) for text in texts]
        if not any(words):
            return [Answered([]) for _ in texts]
        return self._model.answer(self._seen(texts, words), texts, words)

    def _seen(self, texts: Sequence[str], words: Sequence[Sequence[tuple[int, int]]]) -> _Seen:
        import numpy as np

        features = self._hasher.transform([said for each in zip(texts, words, strict=True) for said in _said(*each)])
        return _Seen(features, None if self._encoder is None else np.concatenate(self._encoder.embed(texts, words)))


def folds(words: int) -> int:
    """Return how many of `MOST_FOLDS` folds of the training rows are held out in turn; with many words fewer."""
    return max(1, min(MOST_FOLDS, MOST_WORDS // max(1, words)))


class _Seen(NamedTuple):
    """The input of the models, a row a word: features, sparse, of `HASHED` columns, and vectors if there are any."""

    features: Any
    vectors: NDArray[Any] | None

    def of(self, rows: NDArray[Any]) -> _Seen:
        return _Seen(self.features[rows], None if self.vectors is None else self.vectors[rows])


class _Model:
    """The trained models: one of features, and one of vectors if there are any."""

    def __init__(self, seen: _Seen, tags: NDArray[Any]) -> None:
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        self.tags, self._columns = np.unique(tags), np.unique(seen.features.indices)
        if seen.vectors is not None:
            self._center = seen.vectors.mean(axis=0)
            self._spread = seen.vectors.std(axis=0) * seen.vectors.shape[1] ** 0.5 + 1e-9
        self._fitted: list[Any] = []
        with threadpool_limits(**ONE_THREAD):
            for rows in self._inputs(seen) if len(self.tags) > 1 else ():
                self._fitted.append(LogisticRegression(C=STRENGTH, max_iter=MOST_STEPS).fit(rows, tags))

    def _inputs(self, seen: _Seen) -> Iterator[Any]:
        yield seen.features[:, self._columns]  # the weights of others would stay zero: they only cost time
        if seen.vectors is not None:
            yield (seen.vectors - self._center) / self._spread

    def answer(self, seen: _Seen, texts: Sequence[str], words: Sequence[Sequence[tuple[int, int]]]) -> list[Answered]:
        import numpy as np

        logs = np.zeros((sum(map(len, words)), len(self.tags)))
        with threadpool_limits(**ONE_THREAD):
            for model, rows in zip(self._fitted, self._inputs(seen), strict=False):
                logs += model.predict_log_proba(rows)
        chances = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
        tags, least = self.tags[chances.argmax(axis=1)], chances.max(axis=1).clip(max=1.0)
        beyond = list(accumulate(map(len, words)))
        return [
            Answered(
                spans.joined(own, map(str, tags[end - len(own) : end]), text), float(least[end - len(own) : end].min())
            )
            if own
            else Answered([])
            for text, own, end in zip(texts, words, beyond, strict=True)
        ]


def _tags(words: Sequence[tuple[int, int]], spans: Sequence[dict[str, Any]]) -> Iterator[str]:
    at, ordered = 0, sorted(spans, key=place)
    for start, end in words:
        while at < len(ordered) and ordered[at]["end"] <= start:
            at += 1
        of = ordered[at] if at < len(ordered) and ordered[at]["start"] < end else None
        yield OUTSIDE if of is None else f"{BEGINS if start <= of['start'] else GOES_ON}{of['label']}"


def _said(text: str, words: Sequence[tuple[int, int]]) -> Iterator[list[str]]:
    said = ["", *(text[start:end] for start, end in words), ""]
    for at in range(1, len(said) - 1):
        word, before, after = said[at], said[at - 1], said[at + 1]
        folded = word.casefold()
        ends = [f"{size}^{folded[:size]}" for size in (2, 3)] + [f"{size}${folded[-size:]}" for size in (1, 2, 3)]
        around = [f"<{before.casefold()}", f">{after.casefold()}", f"<~{_form(before)}", f">~{_form(after)}"]
        yield [f"={folded}", f"~{_form(word)}", f"<<{said[at - 2].casefold() if at > 1 else ''}", *ends, *around]


def _form(word: str) -> str:
    """Return a word's shape, with runs of letters and digits cut to two: "Ada-9" is "Aaa-9"."""
    kinds = ("A" if each.isupper() else "a" if each.isalpha() else "9" if each.isdigit() else each for each in word)
    return re.sub(r"(.)\1+", r"\1\1", "".join(kinds))
