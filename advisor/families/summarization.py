"""Summarization: overlap with people's summaries (ROUGE), with rules for length and required texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.engine import GENERATORS
from advisor.engines.words import sentences, word_tokens
from advisor.families.base import FixedAnswer, Given, Json, first_part
from advisor.families.text_answers import TextAnswers, as_output, listed

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec

ROUGE = ("rougeL", "rouge1", "rouge2")
# Number of sentences in the baseline.
LEAD = 2


def lead(given: Given) -> str:
    """Return the first sentences of a text."""
    return " ".join(sentences(first_part(given))[:LEAD])


class Summarization(TextAnswers):
    """Expected: a summary, or a list of summaries; the closest counts.

    Metrics: ROUGE F1 (Lin 2004, "ROUGE: a package for automatic evaluation of summaries"), through rouge-score. Models
    trained for a data set reach on average about .45 in ROUGE-1, .21 in ROUGE-2 and .40 in ROUGE-L on it (Lewis et al.
    2020, "BART", tables 3 and 4), so a good summary can be expected somewhat below that: it passes from .3 in
    ROUGE-L. Words are those of any script, without stemming.
    """

    name: ClassVar[str] = "summarization"
    gist: ClassVar[str] = "a long text made short"
    example: ClassVar[str] = "a report in, two sentences out"
    expected_column: ClassVar[str] = "summary"
    methods: ClassVar[Mapping[str, str]] = {"rewrite": "as is", "chat": "prompted"}
    baselines: ClassVar[Mapping[str, str]] = {"copied": "words", "central": "words"}
    searched: ClassVar[tuple[str, ...]] = ("summarization", "text2text-generation", *GENERATORS)
    mix: ClassVar[Mapping[str, float]] = {"rewrite": 4, "chat": 3}
    metrics: ClassVar[Mapping[str, float]] = {"rougeL": 0.3, "rouge1": 0.35, "rouge2": 0.12, "rules": 1.0}
    agreement: ClassVar[Mapping[str, tuple[str, str]]] = {
        "rougeL": ("words in their order", "ROUGE-L"),
        "rouge1": ("words", "ROUGE-1"),
        "rouge2": ("pairs of words", "ROUGE-2"),
    }
    libraries: ClassVar[Mapping[str, tuple[str, str]]] = dict.fromkeys(ROUGE, ("rouge_score", "metrics"))
    closing: ClassVar[str] = "Answer with the summary and nothing else."

    def copied(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        """Return the first sentences of the text, which are as good as many news summaries."""
        return FixedAnswer(f"the first {LEAD} sentences", lead)

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        references = listed(expected)
        if not references or spec.scoring.get("metric") == "rules":
            return {}
        found = _scorer().score_multi(references, as_output(output))
        return {name: min(1.0, max(0.0, float(found[name].fmeasure))) for name in ROUGE}


@cache
def _scorer() -> Any:  # noqa: ANN401  the library's own type
    from rouge_score.rouge_scorer import RougeScorer  # takes seconds to import; worker only

    # Its own tokenizer knows only Latin letters without accents.
    return RougeScorer(list(ROUGE), tokenizer=SimpleNamespace(tokenize=word_tokens))


FAMILY = Summarization()
