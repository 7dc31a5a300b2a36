"""Documents for a query, by vectors or by a model of pairs over what words find first; the order of a few texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from advisor.families.base import Answered
from advisor.families.ranked import DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from advisor.families.base import Given
    from advisor.probe.methods.similar import Likeness
    from advisor.probe.protocol import ProbeSpec
    from advisor.probe.runtimes.base import Comparer, Encoder

# So many documents that words find are read by a model of pairs; it reads each with the query, which takes long.
FIRST_STAGE = 50


class Searched:
    """Documents by the cosine of their vectors with the query's; the documents are encoded once."""

    def __init__(self, encoder: Encoder, spec: ProbeSpec) -> None:
        # Some encoders are trained with a prompt before queries and another before documents.
        queries: Callable[[Sequence[str]], NDArray[Any]] = getattr(encoder, "encode_queries", encoder.encode)
        documents: Callable[[Sequence[str]], NDArray[Any]] = getattr(encoder, "encode_documents", encoder.encode)
        self._encode = queries
        self._names = [name for name, _ in spec.documents]
        self._vectors = documents([text for _, text in spec.documents])
        self.details: dict[str, Any] = {"documents": len(self._names)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the ten nearest documents of each query, nearest first."""
        likeness = self._encode([str(each) for each in given]) @ self._vectors.T
        return [Answered([self._names[index] for index in (-row).argsort(kind="stable")[:DEPTH]]) for row in likeness]


class Reranked:
    """The documents that share most words with the query (TF-IDF), in the order that a model of pairs gives them."""

    def __init__(self, comparer: Comparer, spec: ProbeSpec) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._comparer = comparer
        self._names = [name for name, _ in spec.documents]
        self._texts = [text for _, text in spec.documents]
        self._words = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")  # noqa: S106  no password
        self._table = self._words.fit_transform(self._texts)
        self.details: dict[str, Any] = {
            "documents": len(self._names),
            "first_stage": min(FIRST_STAGE, len(self._names)),
        }

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the ten best documents of each query."""
        return [self._one(str(query)) for query in given]

    def _one(self, query: str) -> Answered:
        shared = (self._table @ self._words.transform([query]).T).toarray()[:, 0]
        first = (-shared).argsort(kind="stable")[:FIRST_STAGE].tolist()
        scores = self._comparer.compare([(query, self._texts[index]) for index in first])
        order = sorted(range(len(first)), key=lambda place: -scores[place])
        return Answered([self._names[first[place]] for place in order[:DEPTH]])


class Ordered:
    """The candidates of each query by their likeness to it."""

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self.details: dict[str, Any] = {}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the places of each query's candidates, best first."""
        return [self._one(each) for each in given if isinstance(each, dict)]

    def _one(self, given: dict[str, str]) -> Answered:
        texts = json.loads(given["candidates"])
        scores = self._likeness([(given["query"], text) for text in texts])
        return Answered(sorted(range(len(texts)), key=lambda place: -scores[place]))
