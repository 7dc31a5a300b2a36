"""Features of a text for a head: an encoder's vector, the TF-IDF of its words and characters, or both concatenated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.engines.base import Encoder

# Hashed n-grams need no vocabulary, so the learned weights are a plain array: this many buckets for words, and as many
# for characters.
HASHED = 1 << 16
CHARACTERS = (3, 5)


class Features:
    """Feature rows of texts: an encoder's unit vectors concatenated with unit-length TF-IDF vectors.

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

        return None if self._encoder is None else np.asarray(self._encoder.encode(list(texts)), dtype=np.float64)

    def _words(self, texts: Sequence[str]) -> Any:  # noqa: ANN401  a sparse array, or None
        if self._counts is None:
            return None
        counts = self._counts.transform(list(texts)).tocsr()
        if not hasattr(self._tf_idf, "idf_"):
            self._tf_idf.fit(counts[: self._training])
        return self._tf_idf.transform(counts)


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
