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
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from advisor.engines.base import CannotLoadError, TokenEncoder
from advisor.engines.words import word_places
from advisor.families import spans
from advisor.families.base import Answered, Given
from advisor.families.methods.head import ONE_THREAD
from advisor.families.spans import place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.probe.protocol import ProbeSpec

HASHED = 1 << 16
STRENGTH, MOST_STEPS = 10.0, 1000
# More words than these take minutes and change little.
MOST_WORDS = 20_000
OUTSIDE, BEGINS, GOES_ON = "O", "B-", "I-"


class WordTags:
    """Tags words as the training rows are tagged, by BIO."""

    def __init__(self, spec: ProbeSpec, encoder: TokenEncoder | None = None) -> None:
        """Train it; CannotLoadError if the training rows contain no spans."""
        import numpy as np
        from sklearn.feature_extraction import FeatureHasher
        from sklearn.linear_model import LogisticRegression

        texts, found = [str(text) for text, _ in spec.teaching], [spans for _, spans in spec.teaching]
        words = [word_places(text) for text in texts]
        if encoder is not None:
            count = max(1, sum(total <= MOST_WORDS for total in accumulate(map(len, words))))
            texts, found, words = texts[:count], found[:count], words[:count]
        tags = [tag for each, own in zip(words, found, strict=True) for tag in _tags(each, own)]
        if len({*tags}) < 2:  # noqa: PLR2004
            raise CannotLoadError("a linear model needs training rows with spans in them")
        self._hasher = FeatureHasher(HASHED, input_type="string", alternate_sign=False)
        self._model = LogisticRegression(C=STRENGTH, max_iter=MOST_STEPS)
        features = self._features(texts, words)
        seen = np.unique(features.indices)  # the weights of others stay zero: they only cost time
        coefficients = self._model.fit(features[:, seen], tags).coef_
        self._model.coef_ = np.zeros((len(coefficients), HASHED))
        self._model.coef_[:, seen], self._model.n_features_in_ = coefficients, HASHED
        self._encoder = encoder
        if encoder is not None:
            vectors = _vectors(encoder, texts, words)
            self._center, self._spread = vectors.mean(axis=0), vectors.std(axis=0) * vectors.shape[1] ** 0.5 + 1e-9
            self._by_vectors = LogisticRegression(C=STRENGTH, max_iter=MOST_STEPS)
            with threadpool_limits(**ONE_THREAD):
                self._by_vectors.fit((vectors - self._center) / self._spread, tags)
        self.details: dict[str, Any] = {"head": "logistic regression", "teaching": len(texts), "words": len(tags)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        import numpy as np

        texts = [str(text) for text in given]
        words = [word_places(text) for text in texts]
        if not any(words):
            return [Answered([]) for _ in texts]
        logs = self._model.predict_log_proba(self._features(texts, words))
        if self._encoder is not None:
            vectors = (_vectors(self._encoder, texts, words) - self._center) / self._spread
            with threadpool_limits(**ONE_THREAD):
                logs = logs + self._by_vectors.predict_log_proba(vectors)
        chances = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
        tags, least = self._model.classes_[chances.argmax(axis=1)], chances.max(axis=1).clip(max=1.0)
        beyond = list(accumulate(map(len, words)))
        return [
            Answered(
                spans.joined(own, map(str, tags[end - len(own) : end]), text), float(least[end - len(own) : end].min())
            )
            if own
            else Answered([])
            for text, own, end in zip(texts, words, beyond, strict=True)
        ]

    def _features(self, texts: Sequence[str], words: Sequence[Sequence[tuple[int, int]]]) -> Any:  # noqa: ANN401
        """Return the sparse features of all words, of shape (words, `HASHED`)."""
        return self._hasher.transform([seen for each in zip(texts, words, strict=True) for seen in _seen(*each)])


def _vectors(encoder: TokenEncoder, texts: Sequence[str], words: Sequence[Sequence[tuple[int, int]]]) -> NDArray[Any]:
    """Return the vectors of all words, of shape (words, width)."""
    import numpy as np

    return np.concatenate(encoder.embed(texts, words))


def _tags(words: Sequence[tuple[int, int]], spans: Sequence[dict[str, Any]]) -> Iterator[str]:
    at, ordered = 0, sorted(spans, key=place)
    for start, end in words:
        while at < len(ordered) and ordered[at]["end"] <= start:
            at += 1
        of = ordered[at] if at < len(ordered) and ordered[at]["start"] < end else None
        yield OUTSIDE if of is None else f"{BEGINS if start <= of['start'] else GOES_ON}{of['label']}"


def _seen(text: str, words: Sequence[tuple[int, int]]) -> Iterator[list[str]]:
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
