"""Baselines: answers without a model, which a model must beat to be worth its memory.

The constant answer needs the training rows alone, or nothing (`Family.constant`); the linear model on words and
characters is `Head` without an encoder; documents are found by their words with BM25 (Robertson and Zaragoza, "The
probabilistic relevance framework: BM25 and beyond", 2009), through the library bm25s.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from advisor.engines.base import CannotLoadError
from advisor.engines.words import sentences, word_tokens
from advisor.families.base import Family, Given, OneByOne, first_part
from advisor.families.methods.head import label_texts
from advisor.families.methods.retrieved import Bm25, best_first, by_score, by_words_alone, first_names

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec


def constant(kind: Family, spec: ProbeSpec) -> OneByOne:
    """Answer every example in the same way; CannotLoadError if the family needs training rows for it, and has none."""
    found = kind.constant(spec.teaching)
    if found is None:
        raise CannotLoadError("a constant answer needs training rows; the task sets none apart")
    label = {"label": found.answer("")} if kind.has_labels else {}
    return OneByOne(found.answer, {"answer": found.name, **label})


def copied(kind: Family, spec: ProbeSpec) -> OneByOne:
    """Answer with what the family copies from the input; CannotLoadError if the training rows speak against that."""
    found = kind.copied(spec.teaching)
    if found is None:
        raise CannotLoadError("the training rows' answers are unlike their inputs")
    return OneByOne(found.answer, {"answer": found.name})


def nearest_row(kind: Family, spec: ProbeSpec) -> OneByOne:
    """Answer as the training row whose input is most similar by BM25; CannotLoadError if none has an answer."""
    taught = [row for row in spec.teaching if row[1] is not None]
    if not taught:
        raise CannotLoadError("has no training row to answer by; the task sets none with an answer apart")
    answers = [kind.parse(kind.show(expected, spec), spec) for _, expected in taught]
    scorer = Bm25([str(given) for given, _ in taught])
    return OneByOne(lambda given: answers[_first(scorer(str(given)))], {"teaching": len(answers)})


def similar_sentence(given: Given) -> str:
    """Return the sentence of a context that is most similar to the question by BM25."""
    parts = given if isinstance(given, dict) else {"question": given, "context": given}
    found = sentences(parts["context"])
    return found[_first(Bm25(found)(parts["question"]))] if found else ""


def central_sentence(given: Given) -> str:
    """Return the sentence of a text that shares most words with all others.

    Mihalcea and Tarau, "TextRank: bringing order into texts" (2004), section 4, with degree in place of rank.
    """
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
ALONE: dict[str, Callable[[Family, ProbeSpec], OneByOne]] = {
    "constant": constant,
    "copied": copied,
    "nearest": nearest_row,
    "sentence": lambda *_: OneByOne(similar_sentence),
    "central": lambda *_: OneByOne(central_sentence),
}


def _first(scores: Sequence[float]) -> int:
    return max(range(len(scores)), key=scores.__getitem__)


def documents_by_words(spec: ProbeSpec) -> OneByOne:
    """Find documents by BM25 over their words."""
    names, texts = by_words_alone(spec)
    scorer = Bm25(texts)
    return OneByOne(
        lambda query: first_names(names[place] for place in by_score(scorer(str(query)))), {"documents": len(names)}
    )


def label_by_words(spec: ProbeSpec) -> OneByOne:
    """Answer the label whose name and meaning are most similar to a text; the first one if none shares a word."""
    labels = list(spec.labels)
    scorer = Bm25(label_texts(labels, dict(spec.labels)))
    return OneByOne(lambda text: labels[_first(scorer(str(text)))], {"labels": len(labels)})


def ordered_by_words(given: dict[str, str]) -> list[int]:
    """Return the candidates of a query, ranked by BM25."""
    return _order(given["query"], json.loads(given["candidates"]))


def closer_by_words(given: dict[str, str]) -> str:
    """Return which text of a triplet BM25 ranks first for its anchor: "closer" or "farther"."""
    return "closer" if _order(given["anchor"], [given["closer"], given["farther"]])[0] == 0 else "farther"


def _order(query: str, texts: Sequence[str]) -> list[int]:
    return best_first(Bm25(texts)(query), texts)
