"""Retrieval: finds the task's documents that answer a query."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from advisor.engines.base import Comparer, Encoder, Runtime
from advisor.families.methods.baseline import documents_by_words
from advisor.families.methods.retrieved import FIRST_STAGE, Searched, reranked
from advisor.families.ranked import InOrder
from advisor.families.values import (
    SEVERAL_MARKS,
    EmptyError,
    StrayError,
    cut_at,
    field_text,
    folded_label,
    folded_name,
    listed_texts,
)

if TYPE_CHECKING:
    from advisor.families.base import Answerer, Given, Json
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task

# How a file's name ends.
_ENDING = re.compile(r"\.[a-z]\w{0,4}$", re.IGNORECASE)


class TextRetrieval(InOrder):
    """Expected: the ids of the documents that answer the query, as a list or separated by ";"; or the known answer.

    Ids that are names of files may lack the ending, and may be separated by "," or another mark.

    An answer passes if one of them is among the first five (`hit@5`); see `ranked.METRICS` for the others.
    """

    name: ClassVar[str] = "text-retrieval"
    gist: ClassVar[str] = "find the documents that answer a query"
    example: ClassVar[str] = "a question in, the help page out"
    parts: ClassVar[tuple[str, ...]] = ("query",)
    expected_column: ClassVar[str] = "documents"
    searched: ClassVar[tuple[str, ...]] = ("feature-extraction", "sentence-similarity", "text-ranking")
    mix: ClassVar[Mapping[str, float]] = {"encode": 6.9, "static": 1, "compare": 0.5}
    searches_documents: ClassVar[bool] = True

    def check_task(self, task: Task) -> str | None:
        if task.documents is None:
            return "documents: text-retrieval searches documents; name their file"
        return super().check_task(task)

    def read_expected(self, value: object, task: Task) -> Json:
        """Return the ids; a known answer is its own id."""
        if task.searches_answers:
            return [field_text(value).strip()]
        ids = [name.strip() for name in listed_texts(value)]
        if not ids:
            raise EmptyError("write the id of at least one", "names no document")
        return ids

    def fit_expected(self, expected: Json, given: Given, task: Task, documents: Collection[str]) -> Json:
        """Refuse an id that no document has; a known answer is replaced by the document's spelling of it."""
        named = {name: (_answer if task.searches_answers else _ids)(name, documents) for name in expected}
        if (unknown := next((name for name, ids in named.items() if not ids), None)) is not None:
            reason = f"names the document {unknown[:40]!r}, which is not among them; correct it"
            raise StrayError(reason, "names a document that is not among them")
        return list(dict.fromkeys(each for ids in named.values() for each in ids))

    def right_answers(self, expected: Json, given: Given) -> tuple[str, ...]:
        return tuple(sorted(expected))

    def texts_read(self, ability: str, examples: ExampleSet) -> tuple[float, float]:
        count, query = super().texts_read(ability, examples)
        if ability != "compare" or not examples.documents:
            return count, query
        lengths = [len(text) for _, text in examples.documents]
        return float(min(FIRST_STAGE, len(lengths))), query + sum(lengths) / len(lengths)

    def said(self, output: Json) -> str:
        return "\n".join(map(str, output)) if isinstance(output, list) else super().said(output)

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        if spec.method == "bm25":
            return documents_by_words(spec)
        if spec.method == "search" and isinstance(runtime, Encoder):
            return Searched(runtime, spec)
        if spec.method == "rerank" and isinstance(runtime, Comparer):
            return reranked(runtime, spec)
        return super().prepare(runtime, spec)


def _ids(name: str, documents: Collection[str]) -> list[str]:
    """Return the ids that a name stands for; none if it stands for none.

    Also in another case, with blanks for hyphens, or without a file's ending.
    """
    if name in documents:
        return [name]
    known = _spellings(frozenset(documents))
    if (own := known.get(folded_name(name))) is not None:
        return [own]
    parts = cut_at("".join(SEVERAL_MARKS), name)
    ids = [part if part in documents else known.get(folded_name(part), "") for part in parts]
    return ids if len(ids) > 1 and all(ids) else []


def _answer(name: str, documents: Collection[str]) -> list[str]:
    """Return the known answer that a text is, up to its spelling; none if it is none."""
    if name in documents:
        return [name]
    own = _answers(frozenset(documents)).get(folded_label(name))
    return [] if own is None else [own]


@lru_cache(maxsize=1)
def _answers(documents: frozenset[str]) -> dict[str, str]:
    """Return known answers by their folded spellings, of several the first in order: the same one in every run."""
    return {folded_label(each): each for each in sorted(documents, reverse=True)}


@lru_cache(maxsize=1)
def _spellings(documents: frozenset[str]) -> dict[str, str]:
    """Return the ids by their folded spellings, also without a file's ending, where only one is spelt so."""
    spelled = [(key, each) for each in documents for key in {folded_name(each), folded_name(_ENDING.sub("", each))}]
    counts = Counter(key for key, _ in spelled)
    return {key: each for key, each in spelled if counts[key] == 1}


FAMILY = TextRetrieval()
