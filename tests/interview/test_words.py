"""What free text says of a task: facts, each with the words it was read from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from advisor.interview.facts import Fact, Source
from advisor.interview.words import families, from_words
from catalog import Catalog, open_catalog
from catalog.compiler import compiled, shipped_snapshot


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """The shipped catalog, open for reading."""
    folder, _ = compiled(shipped_snapshot(), tmp_path_factory.mktemp("compiled"))
    with open_catalog(folder) as catalog:
        yield catalog


def read(text: str, catalog: Catalog) -> dict[str, Any]:
    """The facts of a text but its instruction, by key."""
    return {fact.key: fact.value for fact in from_words(text, catalog) if fact.key not in {"words", "instruction"}}


TEXTS: dict[str, dict[str, Any]] = {
    "sort support mails into billing, bug, other; 4 GB laptop, German, must stay in house, about 20k mails a day, "
    "answer within 200 ms, 95% right": {
        "family": "text-classification",
        "labels": ["billing", "bug", "other"],
        "constraints.max_memory": 4_000_000_000,
        "constraints.languages": ["de"],
        "in_house": True,
        "volume": 20_000,
        "bar.p95_seconds": 0.2,
        "bar.pass_rate": 0.95,
    },
    "is it spam or ham?": {"family": "text-classification", "labels": ["spam", "ham"]},
    "translate from German into English, at most 2 GB download, no gpu": {
        "family": "translation",
        "constraints.languages": ["de", "en"],
        "translate.source": "de",
        "translate.target": "en",
        "download": 2_000_000_000,
        "device": "cpu",
    },
    "extract invoice number, date and total from mails as JSON, MIT or apache": {
        "family": "json-extraction",
        "constraints.license": ["mit", "apache-2.0"],
    },
    "I need a model that classifies reviews as positive/negative/neutral within 300 ms, on a 8 GB laptop": {
        "family": "text-classification",
        "labels": ["positive", "negative", "neutral"],
        "bar.p95_seconds": 0.3,
        "constraints.max_memory": 8_000_000_000,
    },
    "rate reviews from 1 to 5 stars": {"family": "text-classification", "labels": ["1", "2", "3", "4", "5"]},
    "sort photos into cat, dog and bird": {"family": "image-classification", "labels": ["cat", "dog", "bird"]},
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_says_its_facts_and_no_others(text: str, shipped: Catalog) -> None:
    """Every fact expected is there, and none that is not."""
    assert read(text, shipped) == TEXTS[text]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(), st.lists(st.sampled_from(" ".join(TEXTS).split())).map(" ".join)))
@example("")
@example("\0 \ud800")
def test_any_text_is_safe_and_words_are_its_own(shipped: Catalog, text: str) -> None:
    """Nothing raises; each fact's words stand in the text; of a key there is one fact; shares are shares."""
    found = from_words(text, shipped)
    assert all(fact.words in text and fact.source is Source.WORDS for fact in found)
    assert len({fact.key for fact in found}) == len(found)
    assert all(isinstance(fact, Fact) for fact in found)
    assert sum(share for _, share in families(text, shipped)) <= 1 + 1e-9
