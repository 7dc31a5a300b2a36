"""Baselines: answers without a model, which a model must beat to be worth its memory.

The constant answer needs the training rows alone, or nothing (`Family.constant`); the linear model on words and
characters is `Head` without an encoder; documents are found by their words with BM25 (Robertson and Zaragoza, "The
probabilistic relevance framework: BM25 and beyond", 2009), through the library bm25s.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError
from advisor.engines.words import sentences, word_tokens
from advisor.families.base import Answered, Family, Given, first_part
from advisor.families.methods.head import label_texts
from advisor.families.methods.retrieved import Bm25, best_first, by_words_alone, first_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.protocol import ProbeSpec


class Constant:
    """Answers every example in the same way without a model, e.g. with the most frequent label."""

    def __init__(self, kind: Family, spec: ProbeSpec) -> None:
        """Settle the answer; CannotLoadError if the family needs training rows for it, and there are none."""
        constant = kind.constant(spec.teaching)
        if constant is None:
            raise CannotLoadError("a constant answer needs training rows; the task sets none apart")
        self._answer = constant.answer
        self.details: dict[str, Any] = {"answer": constant.name}
        if kind.has_labels:
            self.details["label"] = constant.answer("")

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        return [Answered(self._answer(each)) for each in given]


class NearestRow:
    """The answer of the training row whose input is most similar by BM25."""

    def __init__(self, kind: Family, spec: ProbeSpec) -> None:
        """Index the training rows with an answer; CannotLoadError if there are none."""
        taught = [row for row in spec.teaching if row[1] is not None]
        if not taught:
            raise CannotLoadError("has no training row to answer by; the task sets none with an answer apart")
        self._answers = [kind.parse(kind.show(expected, spec), spec) for _, expected in taught]
        self._scorer = Bm25([str(given) for given, _ in taught])
        self.details: dict[str, Any] = {"teaching": len(self._answers)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        return [Answered(self._answers[_first(self._scorer(str(each)))]) for each in given]


class Sentence:
    """The sentence of a context that is most similar to the question by BM25."""

    def __init__(self, kind: Family, spec: ProbeSpec) -> None:
        self.details: dict[str, Any] = {}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        return [Answered(self._one(each)) for each in given]

    def _one(self, given: Given) -> str:
        parts = given if isinstance(given, dict) else {"question": given, "context": given}
        question, found = parts["question"], sentences(parts["context"])
        return found[_first(Bm25(found)(question))] if found else ""


class Central(Sentence):
    """The sentence of a text that shares most words with all others.

    Mihalcea and Tarau, "TextRank: bringing order into texts" (2004), section 4, with degree in place of rank.
    """

    def _one(self, given: Given) -> str:
        found = sentences(first_part(given))
        words = [{*word_tokens(part)} for part in found]
        # Counted once for all sentences of a length: the time for pairs of sentences is quadratic.
        held: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for each in words:
            held[len(each)].update(each)
        shared = [
            sum(
                (sum(counts[word] for word in one) - (size == len(one)) * size)
                / (math.log(2 + len(one)) + math.log(2 + size))
                for size, counts in held.items()
            )
            for one in words
        ]
        return found[_first(shared)] if found else ""


# Baselines for any family; those below are for one family each.
ALONE: dict[str, type[NearestRow | Sentence]] = {"nearest": NearestRow, "sentence": Sentence, "central": Central}


def _first(scores: Sequence[float]) -> int:
    return max(range(len(scores)), key=scores.__getitem__)


class ByWords:
    """Documents by BM25 over their words."""

    def __init__(self, spec: ProbeSpec) -> None:
        self._names, texts = by_words_alone(spec)
        self._scorer = Bm25(texts)
        self.details: dict[str, Any] = {"documents": len(self._names)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        return [Answered(first_names(self._names[place] for place in self._best(str(query)))) for query in given]

    def _best(self, query: str) -> list[int]:
        scores = self._scorer(query)
        return sorted(range(len(scores)), key=lambda place: -scores[place])


class LabelByWords:
    """The label whose name and meaning are most similar to a text by BM25; the first one if none shares a word."""

    def __init__(self, spec: ProbeSpec) -> None:
        self._labels = list(spec.labels)
        self._scorer = Bm25(label_texts(self._labels, dict(spec.labels)))
        self.details: dict[str, Any] = {"labels": len(self._labels)}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        scores = [self._scorer(str(text)) for text in given]
        return [Answered(self._labels[_first(each)]) for each in scores]


class OrderedByWords:
    """The candidates of each query, ranked by BM25."""

    def __init__(self) -> None:
        self.details: dict[str, Any] = {}

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        return [Answered(_order(g["query"], json.loads(g["candidates"]))) for g in given if isinstance(g, dict)]


class CloserByWords(OrderedByWords):
    """For each triplet the text that BM25 ranks first for its anchor."""

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return "closer" or "farther" for each triplet."""
        orders = [_order(g["anchor"], [g["closer"], g["farther"]]) for g in given if isinstance(g, dict)]
        return [Answered("closer" if order[0] == 0 else "farther") for order in orders]


def _order(query: str, texts: Sequence[str]) -> list[int]:
    return best_first(Bm25(texts)(query), texts)
