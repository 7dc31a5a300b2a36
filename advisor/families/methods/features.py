"""Features of a text for a head: an encoder's vector, the TF-IDF of its words and characters, or both concatenated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from advisor.engines.base import halves
from advisor.engines.words import word_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.engines.base import Encoder

# Hashed n-grams need no vocabulary, so the learned weights are a plain array: this many buckets for words, and as many
# for characters.
HASHED = 1 << 16
CHARACTERS = (3, 5)


class Features:
    """Feature rows of texts: an encoder's unit vectors concatenated with unit-length TF-IDF vectors.

    Of a pair the vectors are those of both, their differences, products and cosines, as in Conneau et al.,
    "Supervised learning of universal sentence representations" (2017), and words are also those that both share.

    The TF-IDF is over words and over characters within words, with sublinear counts, as in Joachims, "Text
    categorization with support vector machines" (1998); it works in any language.
    """

    def __init__(self, encoder: Encoder | None, texts: Sequence[str], *, lexical: bool, training: int) -> None:
        """Read some texts once; document frequencies are those of the first `training`, the training rows."""
        self._encoder, self._training = encoder, training
        self._counts: Any = None
        if lexical:
            from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
            from sklearn.pipeline import make_union

            plain: dict[str, Any] = {"n_features": HASHED, "norm": None, "alternate_sign": False}
            characters = HashingVectorizer(analyzer="char_wb", ngram_range=CHARACTERS, **plain)
            self._counts, self._tf_idf = (
                make_union(HashingVectorizer(**plain), characters),
                TfidfTransformer(sublinear_tf=True),
            )
        self._seen = (self._vectors(texts), self._words(texts))

    def seen(self, *, words: bool) -> Any:  # noqa: ANN401  a sparse or a dense array
        """Return the rows of the initial texts, with or without words and characters."""
        return _concatenated(self._seen[0], self._seen[1] if words else None)

    def of(self, texts: Sequence[str], *, words: bool) -> Any:  # noqa: ANN401  a sparse or a dense array
        """Return one row per text: a dense array without words and characters, else a sparse one.

        The vectors come first, so a head's first weights are theirs.
        """
        return _concatenated(self._vectors(texts), self._words(texts) if words else None)

    def forget(self) -> None:
        """Free the memory of the initial texts."""
        self._seen = (None, None)

    def _vectors(self, texts: Sequence[str]) -> Any:  # noqa: ANN401  a dense array, or None
        import numpy as np

        if self._encoder is None:
            return None
        firsts, seconds = halves(texts)
        one = np.asarray(self._encoder.encode(firsts), dtype=np.float64)
        if seconds is None:
            return one
        other = np.asarray(self._encoder.encode(seconds), dtype=np.float64)
        both = one * other
        cosines = 2.0 * both.sum(axis=1, keepdims=True)
        return np.hstack([one, other, abs(one - other), one.shape[1] ** 0.5 * both, cosines]) / 2

    def _words(self, texts: Sequence[str]) -> Any:  # noqa: ANN401  a sparse array, or None
        if self._counts is None:
            return None
        from scipy import sparse

        counts = self._counts.transform(list(texts)).tocsr()
        if not hasattr(self._tf_idf, "idf_"):
            self._tf_idf.fit(counts[: self._training])
        words, (firsts, seconds) = self._tf_idf.transform(counts), halves(texts)
        if seconds is None:
            return words
        return sparse.hstack([words, sparse.csr_array(list(map(shared_words, firsts, seconds)))])


def shared_words(one: str, other: str) -> tuple[float, ...]:
    """Return the shared words over all, and over the shorter text's; equal digits; length ratio; equal first word."""
    first, second = word_tokens(one), word_tokens(other)
    shared, every = {*first} & {*second}, {*first} | {*second}
    digits, own = ({each for each in words if each.isdigit()} for words in (every, shared))
    least, most = sorted((len(one), len(other)))
    return (
        len(shared) / max(1, len(every)), len(shared) / max(1, min(len({*first}), len({*second}))),
        len(own) / len(digits) if digits else 1.0, least / max(1, most), float(first[:1] == second[:1]),
    )  # fmt: skip


def in_equal_parts(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return a unit vector of parts scaled to equal length."""
    import numpy as np

    vector: NDArray[Any] = np.concatenate([part / max(float(np.linalg.norm(part)), 1e-9) for part in parts])
    vector /= len(parts) ** 0.5
    return vector


def _concatenated(vectors: Any, words: Any) -> Any:  # noqa: ANN401  arrays
    from scipy import sparse

    if words is None:
        return vectors
    return words.tocsr() if vectors is None else sparse.hstack([sparse.csr_array(vectors), words]).tocsr()
