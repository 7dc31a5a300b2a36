"""Ranking: each example has a query and its own candidates; the right ones should come first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from advisor.engines.base import Comparer, Encoder, Runtime
from advisor.families.base import Answerer, Given, Json, OneByOne, Settled, as_json
from advisor.families.methods.baseline import ordered_by_words
from advisor.families.methods.retrieved import by_search, ordered
from advisor.families.methods.similar import by_pair
from advisor.families.ranked import METRICS, InOrder
from advisor.families.values import field_text, from_json, loaded

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.example import Example
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task


class TextRanking(InOrder):
    """Parts: query, and candidates as a JSON list of texts, or one per row.

    Expected: a right candidate's text or index (from 0), or a list of them; with one candidate per row its grade.
    The answer lists all indices, best first; it passes if a right one is first (`hit@1`).
    """

    name: ClassVar[str] = "text-ranking"
    gist: ClassVar[str] = "a few given texts put in order for a query"
    example: ClassVar[str] = "a question and ten answers in, the best one first"
    parts: ClassVar[tuple[str, ...]] = ("query", "candidates")
    expected_column: ClassVar[str] = "relevant"
    searched: ClassVar[tuple[str, ...]] = ("text-ranking", "feature-extraction", "sentence-similarity")
    mix: ClassVar[Mapping[str, float]] = {"compare": 7, "encode": 0.5, "static": 0.5}
    metrics: ClassVar[Mapping[str, float]] = {"hit@1": 1.0, **METRICS}
    sample: ClassVar[Given | None] = {"query": "Hello", "candidates": '["Hello", "Good bye"]'}

    def read_part(self, part: str, value: object) -> str:
        if part != "candidates":
            return super().read_part(part, value)
        return as_json(_candidates(value))

    def read_expected(self, value: object, task: Task) -> Json:
        """Return the named texts or indices; the candidates decide which they are."""
        return _named(value)

    def fit_expected(self, expected: Json, given: Given, task: Task, documents: Collection[str]) -> Json:
        texts = _candidates(given["candidates"] if isinstance(given, dict) else given)
        return sorted({_place(each, texts) for each in expected})

    def settle(self, task: Task, examples: Sequence[Example], teaching: Sequence[Example]) -> Settled:
        """Refuse a metric by which any order of all queries' candidates is right; note how many queries are so."""
        counts = [(len(_candidates(dict(each.parts)["candidates"])), len(each.expected)) for each in examples]
        surely = sum(self.any_order_is_right(task, *each) for each in counts)
        why = f"any order of the candidates is right by {self.metric_of(task)}"
        if surely == len(counts):
            raise ValueError(f"{why}; set scoring.metric to hit@1, or give each query more that are not right")
        return Settled({}, (f"of {surely} of {len(counts)} queries {why}",) if surely else ())

    def right_answers(self, expected: Json, given: Given) -> tuple[str, ...]:
        texts = _candidates(given["candidates"] if isinstance(given, dict) else given)
        return tuple(sorted(texts[place] for place in expected))

    def in_words(self, value: Json, given: Given, metric: str | None = None) -> Json:
        """Return the candidates at the places: of an answer those among which a right one has to be."""
        texts = _candidates(given["candidates"]) if isinstance(given, dict) else []
        if not isinstance(value, list) or not all(isinstance(each, int) and 0 <= each < len(texts) for each in value):
            return value
        first = metric.removeprefix("hit@") if metric else ""
        read = len(texts) if metric is None else int(first) if first.isdecimal() else 1
        return "; ".join(texts[place] for place in value[:read])

    def named_answers(self, value: object, given: Mapping[str, object]) -> tuple[str, ...]:
        texts = _candidates(given["candidates"])
        return tuple(sorted(texts[place] for place in {_place(each, texts) for each in _named(value)}))

    def texts_read(self, ability: str, examples: ExampleSet) -> tuple[float, float]:
        if ability != "compare" or not examples.evidence:
            return super().texts_read(ability, examples)
        given = [dict(example.parts) for example in examples.evidence]
        pairs = [len(each["query"]) + len(text) for each in given for text in _candidates(each["candidates"])]
        return len(pairs) / len(given), sum(pairs) / len(pairs)

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        if spec.method == "bm25":
            return OneByOne(ordered_by_words)
        if spec.method == "search" and isinstance(runtime, Encoder):
            return ordered(by_search(runtime))
        if spec.method == "rerank" and isinstance(runtime, Comparer):
            return ordered(by_pair(runtime))
        return super().prepare(runtime, spec)


def _named(value: object) -> list[object]:
    """Return the texts or indices that a cell names; ValueError if there are none."""
    value = loaded(value)  # a text may begin with a bracket: "[used] rice cooker"
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise ValueError("names no right candidate; write at least one")
    return listed


def _candidates(value: object) -> list[str]:
    listed = from_json(field_text(value)) if not isinstance(value, list) else value
    if not isinstance(listed, list) or len(listed) < 2:  # noqa: PLR2004
        raise ValueError("is not a JSON list of at least two texts; write the candidates so")
    return [field_text(each) for each in listed]


def _place(named: object, texts: list[str]) -> int:
    """Return the index of a candidate, given its text or its index."""
    if isinstance(named, str) and named.strip() in [text.strip() for text in texts]:
        return [text.strip() for text in texts].index(named.strip())
    try:
        place = int(field_text(named).strip())
    except ValueError:
        raise ValueError(f"names {str(named)[:40]!r}, which is not among the candidates; correct it") from None
    if not 0 <= place < len(texts):
        raise ValueError(f"names the place {place} of {len(texts)} candidates, counted from 0; correct it")
    return place


FAMILY = TextRanking()
