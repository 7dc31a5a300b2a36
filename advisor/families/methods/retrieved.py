"""Documents for a query, by vectors or by a pair model that reranks lexical hits; the ranking of a few texts."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from advisor.engines.words import word_tokens
from advisor.families.base import Answered, OneByOne
from advisor.families.ranked import DEPTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.engines.base import Comparer, Encoder
    from advisor.families.base import Given
    from advisor.families.methods.similar import Similarity
    from advisor.probe.protocol import ProbeSpec

    Encode = Callable[[Sequence[str]], NDArray[Any]]

# Lexical hits that a pair model reranks; it reads each with the query, which takes long.
FIRST_STAGE = 50


class Searched:
    """Documents ranked by the cosine of their vectors with the query's; the documents are encoded once."""

    def __init__(self, encoder: Encoder, spec: ProbeSpec) -> None:
        self._encode, documents = _two_sides(encoder)
        self._names, texts = by_words_alone(spec)
        self._vectors = documents(texts)
        self.details: dict[str, Any] = {"documents": len(self._names)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        similarity = self._encode([str(each) for each in given]) @ self._vectors.T
        return [
            Answered(first_names(self._names[index] for index in (-row).argsort(kind="stable"))) for row in similarity
        ]


def reranked(comparer: Comparer, spec: ProbeSpec) -> OneByOne:
    """Find documents by BM25, reranked by a pair model."""
    names, texts = by_words_alone(spec)
    scorer = Bm25(texts)

    def one(query: str) -> list[str]:
        first = by_score(scorer(query))[:FIRST_STAGE]
        scores = comparer.compare([(query, texts[index]) for index in first])
        return first_names(names[first[place]] for place in best_first(scores, [texts[index] for index in first]))

    details = {"documents": len(names), "first_stage": min(FIRST_STAGE, len(names))}
    return OneByOne(one, details, alone=True)


def ordered(similarity: Similarity) -> OneByOne:
    """Rank the candidates of each query by their similarity to it."""

    def one(given: dict[str, str]) -> list[int]:
        texts = json.loads(given["candidates"])
        return best_first(similarity([(given["query"], text) for text in texts]), texts)

    return OneByOne(one, alone=True)


class Bm25:
    """BM25 scores of some texts for a query; zero if no text has any of its words."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        self._count, listed = len(texts), [word_tokens(text) for text in texts]
        self._index = bm25s.BM25() if any(listed) else None
        if self._index is not None:
            self._index.index(listed, show_progress=False)

    def __call__(self, query: str) -> list[float]:
        words = word_tokens(query)
        if self._index is None or not words:
            return [0.0] * self._count
        scores: list[float] = self._index.get_scores(words).tolist()
        return scores


def by_search(encoder: Encoder) -> Similarity:
    """Return the cosine of query and text vectors, each encoded as its side requires."""
    queries, documents = _two_sides(encoder)

    def similarity(pairs: Sequence[tuple[str, str]]) -> list[float]:
        asked, texts = zip(*pairs, strict=True)
        return [float(one @ other) for one, other in zip(queries(asked), documents(texts), strict=True)]

    return similarity


def by_score(scores: Sequence[float]) -> list[int]:
    """Return the indices of scores, the highest first, equal ones in their order."""
    return sorted(range(len(scores)), key=scores.__getitem__, reverse=True)


def best_first(scores: Sequence[float], texts: Sequence[str]) -> list[int]:
    """Return the indices of texts, best first; ties are ordered by the texts' content alone.

    Files often list the right candidate first: a model that cannot distinguish candidates must not profit from that.
    Texts without a score (NaN) come last.
    """

    def key(place: int) -> tuple[float, bytes]:
        score = scores[place]
        return (math.inf if math.isnan(score) else -score, hashlib.sha256(texts[place].encode()).digest())

    return sorted(range(len(texts)), key=key)


def first_names(names: Iterable[str]) -> list[str]:
    """Return the first ten distinct names: a known answer has a further text for each training question."""
    found: dict[str, None] = {}
    for name in names:
        found[name] = None
        if len(found) == DEPTH:
            break
    return list(found)


def by_words_alone(spec: ProbeSpec) -> tuple[list[str], list[str]]:
    """Return the documents' names and texts, in an order by content, so that ties favour none."""
    texts = [text for _, text in spec.documents]
    order = best_first([0.0] * len(texts), texts)
    return [spec.documents[place][0] for place in order], [texts[place] for place in order]


def _two_sides(encoder: Encoder) -> tuple[Encode, Encode]:
    """Return the encoders of queries and documents: some models are trained with a prompt before each kind."""
    return getattr(encoder, "encode_queries", encoder.encode), getattr(encoder, "encode_documents", encoder.encode)
