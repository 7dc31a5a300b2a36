"""How translation models are told their languages: each kind has a way of its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from advisor.probe.runtimes.base import CannotLoadError
from advisor.probe.runtimes.transformers.languages import Direction, direction


class Vocabulary:
    """The two tables of a tokenizer that are looked into."""

    def __init__(self, words: tuple[str, ...] = (), added: tuple[str, ...] = ()) -> None:
        self._words = {word: number for number, word in enumerate((*words, *added))}
        self._added = {word: self._words[word] for word in added}

    def get_vocab(self) -> dict[str, int]:
        """Return all tokens."""
        return self._words

    def get_added_vocab(self) -> dict[str, int]:
        """Return those beside the model's own."""
        return self._added


MARIAN = Vocabulary((">>fra<<", ">>deu<<", ">>zho_Hans<<", "hello", "</s>"))
M2M = Vocabulary(("hello",), ("__en__", "__fr__", "__de__", "</s>"))
NLLB = Vocabulary(("hello",), ("eng_Latn", "fra_Latn", "zho_Hans", "zho_Hant", "<mask>"))
PAIR = Vocabulary(("hello",), ("<pad>", "</s>"))
T5_TASKS = {
    "translation_en_to_fr": {"prefix": "translate English to French: "},
    "summarization": {"prefix": "summarize: "},
}
T5 = SimpleNamespace(model_type="t5", task_specific_params=T5_TASKS)
OTHER = SimpleNamespace(model_type="marian")


@pytest.mark.parametrize(
    ("vocabulary", "config", "options", "expected"),
    [
        (MARIAN, OTHER, {"target": "fr"}, Direction(prefix=">>fra<< ", target_code=">>fra<<")),
        (MARIAN, OTHER, {"target": "zho_Hans"}, Direction(prefix=">>zho_Hans<< ", target_code=">>zho_Hans<<")),
        (M2M, OTHER, {"source": "en", "target": "de"}, Direction(3, source_code="en", target_code="de")),
        (
            NLLB,
            OTHER,
            {"source": "english", "target": "fr"},
            Direction(2, source_code="eng_Latn", target_code="fra_Latn"),
        ),
        (NLLB, OTHER, {"target": "zho_Hant"}, Direction(4, target_code="zho_Hant")),
        (PAIR, OTHER, {"source": "en", "target": "fr"}, Direction()),
        (PAIR, OTHER, {}, Direction()),
        (PAIR, T5, {"source": "en", "target": "fr"}, Direction(prefix="translate English to French: ")),
        (PAIR, T5, {"target": "ro"}, Direction(prefix="translate English to Romanian: ")),
        (PAIR, T5, {"purpose": "summarization"}, Direction(prefix="summarize: ")),
        (PAIR, T5, {}, Direction()),
    ],
)
def test_ways(vocabulary: Vocabulary, config: Any, options: dict[str, str], expected: Direction) -> None:
    """A first token, a word before the text, T5's prefix; nothing for a model of one pair."""
    assert direction(vocabulary, config, options) == expected


@pytest.mark.parametrize("vocabulary", [MARIAN, M2M, NLLB])
def test_an_unknown_language_is_a_reason(vocabulary: Vocabulary) -> None:
    """It names those that the model knows."""
    with pytest.raises(CannotLoadError, match=r"does not know the language 'sw'; it knows .*fr"):
        direction(vocabulary, OTHER, {"target": "sw"})
