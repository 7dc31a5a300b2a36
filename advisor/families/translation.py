"""Translation: similarity to people's translations (chrF, BLEU), sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.engine import GENERATORS
from advisor.engines.words import has_unspaced
from advisor.families.base import FixedAnswer, Given, Json
from advisor.families.text_answers import SACREBLEU, TextAnswers, as_output, letters_and_words, listed
from catalog.languages import by_name, code

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.model import Task

# Model types and Hub tags that need both languages before they translate.
OF_MANY = frozenset({"m2m", "m2m_100", "nllb", "nllb-moe", "mbart", "mbart-50"})
# BLEU counts characters in languages without blanks between words; for Chinese sacrebleu has its own tokenizer.
_TOKENIZERS = {"zh": "zh", "yue": "zh", "ja": "char", "th": "char", "lo": "char", "km": "char", "my": "char"}


class Translation(TextAnswers):
    """Expected: a translation, or a list of translations that are all right.

    Metrics, through sacrebleu: chrF2 (Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation") and
    BLEU with effective order, each of one sentence, divided by 100. Good systems score .5 to .65 in chrF on news; a
    sentence passes from .5. BLEU of single sentences is far noisier; it passes from .3.
    """

    name: ClassVar[str] = "translation"
    gist: ClassVar[str] = "a text in another language"
    example: ClassVar[str] = "a German sentence in, an English one out"
    expected_column: ClassVar[str] = "translation"
    settings: ClassVar[frozenset[str]] = frozenset({"translate"})
    methods: ClassVar[Mapping[str, str]] = {"rewrite": "as is", "chat": "prompted"}
    baselines: ClassVar[Mapping[str, str]] = {"copied": "words", "nearest": "words"}
    searched: ClassVar[tuple[str, ...]] = ("translation", "text2text-generation", *GENERATORS)
    mix: ClassVar[Mapping[str, float]] = {"rewrite": 5, "chat": 3}
    metrics: ClassVar[Mapping[str, float]] = {"chrf": 0.5, "bleu": 0.3, "rules": 1.0}
    agreement: ClassVar[Mapping[str, tuple[str, str]]] = {
        "chrf": ("letters and words", "chrF"),
        "bleu": ("words in sequence", "BLEU"),
    }
    libraries: ClassVar[Mapping[str, tuple[str, str]]] = {"chrf": SACREBLEU, "bleu": SACREBLEU}
    closing: ClassVar[str] = "Answer with the translation and nothing else."

    def copied(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        """Return the untranslated text, which often shares names and figures with the translation."""
        return FixedAnswer("the untranslated text", lambda given: given if isinstance(given, str) else "")

    def why_not_model(self, task: Task, kinds: Collection[str]) -> str | None:
        """Return which language a multilingual model lacks: one alone does not suffice."""
        translate = task.translate
        if (
            translate is None
            or (translate.source is None) == (translate.target is None)
            or OF_MANY.isdisjoint(map(str.casefold, kinds))
        ):
            return None
        return f"needs both languages: set translate.{'source' if translate.source is None else 'target'}"

    def load_options(self, task: Task, ability: str) -> dict[str, Any]:
        """Return the languages for a multilingual model: some need the target language."""
        if ability != "rewrite" or task.translate is None:
            return {}
        return task.translate.model_dump(exclude_none=True)

    def settle(self, task: Task, examples: Any, teaching: Any) -> Any:  # noqa: ANN401  as the base says
        """Return the metric, and the language of the answers, which decides how words are split.

        Missing languages are reported before models are loaded.
        """
        settled = super().settle(task, examples, teaching)
        source, target = (task.translate.source, task.translate.target) if task.translate else (None, None)
        if (source is None) != (target is None):
            named, missing = ("target", "source") if source is None else ("source", "target")
            note = (
                f"translate names the {named} alone; models of many languages and providers need both: set "
                f"translate.{missing}"
            )
            settled = settled._replace(notes=(*settled.notes, note))
        return settled if target is None else settled._replace(scoring=settled.scoring | {"target": target})

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        references = listed(expected)
        if not references or spec.scoring.get("metric") == "rules":
            return {}
        bleu = _bleu(_tokenizer(str(spec.scoring.get("target") or ""), references))
        answer = as_output(output)
        return {
            "chrf": letters_and_words(answer, references),
            "bleu": min(1.0, bleu.sentence_score(answer, references).score / 100),
        }


def _tokenizer(language: str, references: Sequence[str]) -> str:
    """Return sacrebleu's tokenizer for a language: by code, tag or name, else by script."""
    if not language and any(map(has_unspaced, references)):
        return "char"
    by_word = (found for word in re.findall(r"\w+", language) if (found := by_name(word)))  # "Chinese (Simplified)"
    return _TOKENIZERS.get(code(language) or next(by_word, ""), "13a")


@cache
def _bleu(tokenizer: str) -> Any:  # noqa: ANN401  sacrebleu has no types
    from sacrebleu.metrics import BLEU  # worker only

    return BLEU(tokenize=tokenizer, effective_order=True)


FAMILY = Translation()
