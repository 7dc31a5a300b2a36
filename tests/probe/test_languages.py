"""How each kind of translation model gets its languages."""

from types import SimpleNamespace
from typing import Any

import pytest

from advisor.engines.base import CannotLoadError, CircumstanceError
from advisor.engines.transformers.rewrite import Direction, direction
from tests.tables import for_each


class Vocabulary:
    """The two tables of a tokenizer that are used."""

    def __init__(self, words: tuple[str, ...] = (), added: tuple[str, ...] = ()) -> None:
        self._words = {word: number for number, word in enumerate((*words, *added))}
        self._added = {word: self._words[word] for word in added}

    def get_vocab(self) -> dict[str, int]:
        return self._words

    def get_added_vocab(self) -> dict[str, int]:
        return self._added


MARIAN = Vocabulary((">>fra<<", ">>deu<<", ">>zho_Hans<<", "hello", "</s>"))
M2M = Vocabulary(("hello",), ("__en__", "__fr__", "__de__", "</s>"))
NLLB = Vocabulary(("hello",), ("eng_Latn", "fra_Latn", "zho_Hans", "zho_Hant", "<mask>"))
MBART = Vocabulary(("hello",), ("en_XX", "zh_CN", "pt_XX", "<mask>"))
REGIONS = Vocabulary((">>nno<<", ">>nob<<", ">>pt<<", ">>pt_BR<<"))
PAIR = Vocabulary(("hello",), ("<pad>", "</s>"))
T5_TASKS = {
    "translation_en_to_fr": {"prefix": "translate English to French: "},
    "summarization": {"prefix": "summarize: "},
}
T5 = SimpleNamespace(model_type="t5", task_specific_params=T5_TASKS)
OTHER = SimpleNamespace(model_type="marian")


def chinese(token: str, number: int) -> Direction:
    """Return how NLLB is made to write Chinese."""
    return Direction(number, source_code="eng_Latn", target_code=token)


@for_each(
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
        (NLLB, OTHER, {"source": "en", "target": "zho_Hant"}, chinese("zho_Hant", 4)),
        # Script and region are kept: Chinese of Taiwan is not that of China.
        (NLLB, OTHER, {"source": "en", "target": "zh-TW"}, chinese("zho_Hant", 4)),
        (NLLB, OTHER, {"source": "en", "target": "zh_Hant"}, chinese("zho_Hant", 4)),
        (NLLB, OTHER, {"source": "en", "target": "zh-hant-HK"}, chinese("zho_Hant", 4)),
        (NLLB, OTHER, {"source": "en", "target": "zh-CN"}, chinese("zho_Hans", 3)),
        (NLLB, OTHER, {"source": "en", "target": "Chinese"}, chinese("zho_Hans", 3)),
        (
            NLLB,
            OTHER,
            {"source": "zh-TW", "target": "en-GB"},
            Direction(1, source_code="zho_Hant", target_code="eng_Latn"),
        ),
        (MBART, OTHER, {"source": "en", "target": "zh-Hans"}, Direction(2, source_code="en_XX", target_code="zh_CN")),
        (MBART, OTHER, {"source": "en", "target": "pt-BR"}, Direction(3, source_code="en_XX", target_code="pt_XX")),
        (REGIONS, OTHER, {"target": "pt-BR"}, Direction(prefix=">>pt_BR<< ", target_code=">>pt_BR<<")),
        (REGIONS, OTHER, {"target": "pt-PT"}, Direction(prefix=">>pt<< ", target_code=">>pt<<")),
        (REGIONS, OTHER, {"target": "no"}, Direction(prefix=">>nob<< ", target_code=">>nob<<")),
        (REGIONS, OTHER, {"target": "nn"}, Direction(prefix=">>nno<< ", target_code=">>nno<<")),
        (REGIONS, OTHER, {"target": "norwegian"}, Direction(prefix=">>nob<< ", target_code=">>nob<<")),
        (PAIR, OTHER, {"source": "en"}, Direction()),
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


UNKNOWN = r"does not know the language 'sw'; it knows .*fr"
LACKS_TARGET = "needs the language to write: set translate.target"
LACKS_SOURCE = "needs the language of the inputs too: set translate.source"


@for_each(
    ("vocabulary", "options", "kind", "says"),
    [
        # No model writes another script than the one asked for without a word.
        (MBART, {"source": "en", "target": "zh-TW"}, CannotLoadError, "'zh-TW'; of that language it knows zh_CN alone"),
        (
            MBART,
            {"source": "zh_Hant", "target": "en"},
            CannotLoadError,
            "'zh_Hant'; of that language it knows zh_CN al",
        ),
        (MARIAN, {"target": "zh-HK"}, CannotLoadError, "'zh-HK'; of that language it knows zho_Hans alone"),
        (NLLB, {"source": "en", "target": "fr-Cyrl"}, CannotLoadError, "'fr-Cyrl'; of that language it knows fra_Latn"),
        # A tokenizer would take any text for English, a model write any language.
        (NLLB, {"source": "en"}, CircumstanceError, LACKS_TARGET),
        (MARIAN, {"source": "en"}, CircumstanceError, LACKS_TARGET),
        (NLLB, {"target": "fr"}, CircumstanceError, LACKS_SOURCE),
        (M2M, {"target": "fr"}, CircumstanceError, LACKS_SOURCE),
        # It names those that the model knows.
        *((each, {"target": "sw"}, CannotLoadError, UNKNOWN) for each in (MARIAN, M2M, NLLB)),
    ],
)
def test_reasons(vocabulary: Vocabulary, options: dict[str, str], kind: type[Exception], says: str) -> None:
    """Another script, a missing language, or an unknown one."""
    with pytest.raises(kind, match=says):
        direction(vocabulary, OTHER, options)
