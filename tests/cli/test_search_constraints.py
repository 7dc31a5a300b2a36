"""Every constraint of `advisor search`, from words and from a flag: none is ever broken, and an empty answer helps."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.candidates.lookup import Flags, relaxations, search_document
from advisor.errors import InputError
from catalog import Catalog, Filters, ModelCard, WeightFile, open_catalog
from catalog.devices import devices
from catalog.store.compiler import compile_cards
from tests.conftest import Home, run_advisor
from tests.tables import for_each


def check(catalog: Catalog, kind: str, model: dict[str, Any], value: Any) -> bool:
    """Return whether a model of an answer keeps to a constraint, judged from its card and not by the filters."""
    card = catalog.get(model["id"])
    if kind == "device":
        return value in devices(card)
    smallest = [size for size in (card.predicted_bytes(name) for name in card.formats or (None,)) if size is not None]
    kept: dict[str, Callable[[], bool]] = {
        "language": lambda: (
            not card.languages
            or value in card.languages
            or ("multilingual" in card.languages and set(card.languages) <= {"multilingual", "en"})
        ),
        "license": lambda: card.license == value,
        "max_parameters": lambda: card.parameters is not None and card.parameters <= value,
        "max_memory": lambda: bool(smallest) and min(smallest) <= value,
        "max_bytes": lambda: bool(smallest) and min(smallest) <= value,
        "context": lambda: card.context_length is not None and card.context_length >= value,
        "format": lambda: value in card.formats,
        "not_gated": lambda: card.gated is not True,
    }
    return kept[kind]()


CASES = [
    ("embed support tickets, context of 8k tokens", {}, "context", 8_000),
    ("embed support tickets", {"min_context": "8k"}, "context", 8_000),
    ("a small instruct LLM to sum up a 30-page contract", {}, "context", 20_010),
    ("chat model", {"min_context": "32768"}, "context", 32_768),
    ("sentiment of French reviews", {}, "language", "fr"),
    ("sentiment of reviews", {"language": ["French"]}, "language", "fr"),
    ("NER, Apache 2.0", {}, "license", "apache-2.0"),
    ("NER", {"license": ["apache"]}, "license", "apache-2.0"),
    ("chatbot under 2B", {}, "max_parameters", 2 * 10**9),
    ("chatbot", {"max_params": "2B"}, "max_parameters", 2 * 10**9),
    ("a download below 100 MB for sentence embeddings", {}, "max_bytes", 10**8),
    ("sentence embeddings", {"max_size": "100MB"}, "max_bytes", 10**8),
    ("reranker for a machine with 1 GB of RAM", {}, "max_memory", 10**9),
    ("reranker", {"max_memory": "1GB"}, "max_memory", 10**9),
    ("code completion on CPU only", {}, "device", "cpu"),
    ("code completion", {"device": ["cpu"]}, "device", "cpu"),
    ("chat model in GGUF", {}, "format", "gguf"),
    ("chat model", {"format": ["gguf"]}, "format", "gguf"),
    ("chat model, not gated", {}, "not_gated", "yes"),
    ("chat model", {"not_gated": True}, "not_gated", "yes"),
]


@pytest.mark.parametrize(("text", "given_flags", "kind", "value"), CASES)
def test_each_constraint_holds_from_words_and_from_a_flag(
    shipped: Catalog, text: str, given_flags: dict[str, Any], kind: str, value: str | int
) -> None:
    """The answer reports it, and all fifty models satisfy it; without it some would not."""
    chosen = Flags(**given_flags, limit=50)
    found = search_document(shipped, text, chosen.filters(), chosen)
    shown = [constraint for constraint in found["constraints"] if constraint["kind"] == kind]
    assert [constraint["value"] for constraint in shown] == [value]
    assert (shown[0]["words"] is None) == bool(given_flags)
    assert len(found["models"]) >= 3
    assert all(check(shipped, kind, model, value) for model in found["models"])
    everything = shipped.search(text, limit=200)
    assert not all(check(shipped, kind, {"id": hit.card.id}, value) for hit in everything)


WORDS = {
    "language": [("German", "de"), ("Japanese", "ja"), ("Swahili", "sw")],
    "license": [("must be Apache", "apache-2.0"), ("MIT licensed", "mit")],
    "max_parameters": [("under 300M parameters", 3 * 10**8), ("at most 7B", 7 * 10**9)],
    "max_memory": [("4 GB of RAM", 4 * 10**9), ("600 MB of memory", 6 * 10**8)],
    "context": [("context of 4k tokens", 4_000), ("32k context", 32_000)],
    "device": [("on CPU", "cpu"), ("on my MacBook", "mps"), ("on one GPU", "gpu")],
    "format": [("as ONNX", "onnx"), ("in GGUF", "gguf"), ("as safetensors", "safetensors")],
    "not_gated": [("not gated", "yes")],
}
TASKS = [
    "sentiment of reviews", "translate letters", "chat assistant", "embed texts", "transcribe calls", "label photos",
]  # fmt: skip


@given(st.sampled_from(TASKS), st.lists(st.sampled_from(sorted(WORDS)), min_size=1, max_size=4, unique=True), st.data())
def test_constraints_hold_together(shipped: Catalog, task: str, kinds: list[str], data: st.DataObject) -> None:
    """Any constraints in any order, however few models are left; an empty answer says what to relax."""
    chosen = [(kind, *data.draw(st.sampled_from(WORDS[kind]))) for kind in kinds]
    text = ", ".join([task, *(words for _, words, _ in chosen)])
    found = search_document(shipped, text, Filters(), Flags())
    shown = {(constraint["kind"], constraint["value"]) for constraint in found["constraints"]}
    assert shown >= {(kind, value) for kind, _, value in chosen}
    for model in found["models"]:
        assert all(check(shipped, kind, model, value) for kind, _, value in chosen), (text, model)
    scores = [model["score"] for model in found["models"]]
    assert scores == sorted(scores, reverse=True)
    assert found["models"] or found["relax"]


def test_two_constraints_that_only_together_leave_nothing_are_named(tmp_path: Path) -> None:
    """Dropping one gives no model; the pairs that do are reported with their numbers of models, the best first."""
    onnx, gguf = (WeightFile(format="onnx"),), (WeightFile(format="gguf"),)
    cards = [
        ModelCard(id="a/one", family="translation", license="mit", languages=("de",), files=onnx, parameters=900),
        ModelCard(id="a/two", family="translation", license="mit", languages=("de",), files=onnx, parameters=901),
        ModelCard(id="a/three", family="translation", license="other", languages=("fr",), files=gguf, parameters=5),
    ]
    compile_cards(cards, tmp_path)
    wanted = Filters(families={"translation"}, licenses={"mit"}, formats={"gguf"}, max_parameters=100, languages={"de"})  # type: ignore[arg-type]
    with open_catalog(tmp_path) as small:
        assert small.search("translate", filters=wanted) == []
        shown = relaxations(small, "translate", wanted)
        assert [(each["constraints"], each["models"]) for each in shown] == [
            (["format", "max_parameters"], 2),
            (["license", "language"], 1),
        ]
        assert shown[0]["first"] in {"a/one", "a/two"}
        assert relaxations(small, "translate", Filters(languages=frozenset({"pl"}), allow_unknown_language=False))


def test_nothing_else_is_returned_for_what_no_model_of_the_family_does(starter_home: Home) -> None:
    """Other families stand in only where they do the same, and the answer says so."""
    ran = run_advisor(starter_home, "search", "summarise 200-page contracts, Apache, CPU only")
    assert "No summarization model" in ran.out
    assert "Without the constraint on context:" in ran.out
    ran = run_advisor(starter_home, "search", "summarise 200-page contracts, Apache, CPU only", "--json")
    found = json.loads(ran.out)
    assert {model["family"] for model in found["models"]} == {"text-generation"}
    assert found["relax"][0]["constraint"] == "context"


def test_a_wish_that_many_licences_meet_is_one_constraint(shipped: Catalog) -> None:
    """It is reported in one word, with all licences that satisfy it."""
    found = search_document(shipped, "sort tickets, for commercial use", Filters(), Flags())
    shown = [constraint for constraint in found["constraints"] if constraint["kind"] == "license"]
    assert [constraint["value"] for constraint in shown] == ["permissive"]
    assert {"apache-2.0", "mit"} <= set(shown[0]["any_of"])
    assert all(model["license"] in shown[0]["any_of"] for model in found["models"])


@for_each(
    "wrong", [{"device": ["tpu"]}, {"min_context": "long"}, {"max_size": "-1"}, {"max_memory": "x"}, {"sort": "no"}]
)
def test_a_wrong_flag_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="--"):
        Flags(**wrong).filters()
    assert Flags(device=["CPU "]).filters().devices == {"cpu"}
