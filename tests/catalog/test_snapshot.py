"""The shipped snapshot holds together, and its facts are what the sources say."""

import re
from collections import Counter

import pytest

from advisor.starter.manifest import SPEECH, STARTER
from catalog import Catalog, Filters, ModelCard
from catalog.families import FAMILIES
from catalog.repository import is_real
from catalog.store.compiler import shipped_snapshot, write_snapshot
from catalog.verify import is_confirmed
from tools.seed import curated


def test_every_card_is_well_formed(shipped_cards: list[ModelCard]) -> None:
    """Ids once, sane figures, codes as codes, a source for every card and a standing for every count."""
    lowered = Counter(card.id.lower() for card in shipped_cards)
    assert not [name for name, count in lowered.items() if count > 1]
    for card in shipped_cards:
        assert is_real(card.id), card.id
        assert card.family is None or card.family in FAMILIES, card
        assert card.parameters is None or 1_000 < card.parameters < 3_000_000_000_000, card
        assert (card.parameters is None) == (card.parameters_standing is None) == (card.parameters_source is None), card
        assert all(re.fullmatch(r"[a-z]{2,3}|multilingual", code) for code in card.languages), card
        assert card.license is None or (card.license == card.license.lower() and "://" not in card.license), card
        assert card.revision is None or re.fullmatch(r"[0-9a-f]{40}", card.revision), card
        assert card.context_length is None or card.context_length > 0, card
        assert card.sources, card
        assert len(set(card.tags)) == len(card.tags), card


def test_aliases_lead_to_one_card(shipped_cards: list[ModelCard]) -> None:
    """No former name is claimed by two models, and none is itself the id of a model here."""
    ids = {card.id.lower() for card in shipped_cards}
    claimed = Counter(alias.lower() for card in shipped_cards for alias in card.aliases)
    assert [name for name, count in claimed.items() if count > 1] == []
    assert claimed.keys() & ids == set()


def test_the_bytes_are_reproducible(shipped_cards: list[ModelCard]) -> None:
    assert write_snapshot(shipped_cards) == shipped_snapshot()


def test_the_starter_models_are_those_that_are_fetched(shipped: Catalog) -> None:
    """Revision, size and hash of their weights are the manifest's."""
    genuine = [model for model in (*STARTER, *SPEECH) if model.is_genuine]
    assert len(genuine) == 3
    for model in genuine:
        card = shipped.get(model.name)
        assert card is not None
        assert (card.revision, card.license in ("apache-2.0", "mit")) == (model.revision, True)
        laid = {(file.target, file.size, file.sha256) for file in model.files}
        assert {(file.name, file.size, file.sha256) for file in card.files} & laid


def test_all_minilm_is_complete(shipped: Catalog) -> None:
    card = shipped.get("all-minilm-l6-v2") or shipped.get("sentence-transformers/all-MiniLM-L6-v2")
    assert card is not None
    assert (card.languages, card.embedding_width, card.context_length) == (("en",), 384, 256)
    assert card.family in ("feature-extraction", "sentence-similarity")


@pytest.mark.parametrize(
    ("families", "least"),
    [
        (("feature-extraction", "sentence-similarity"), 800),
        (("text-ranking",), 85),
        (("text-classification",), 300),
        (("token-classification",), 250),
        (("zero-shot-classification",), 25),
        (("question-answering",), 90),
        (("summarization",), 40),
        (("translation",), 100),
        (("automatic-speech-recognition",), 220),
        (("image-classification",), 300),
    ],
)
def test_coverage(shipped_cards: list[ModelCard], families: tuple[str, ...], least: int) -> None:
    """Enough models of the families that people ask for."""
    assert sum(card.family in families for card in shipped_cards) >= least


def test_small_generators_have_gguf_copies(shipped: Catalog, shipped_cards: list[ModelCard]) -> None:
    """Hundreds of generators of up to 14 B, and the best known have a copy that llama.cpp loads, with its size."""
    small = [c for c in shipped_cards if c.family == "text-generation" and 0 < (c.parameters or 0) <= 14_800_000_000]
    assert len(small) >= 600
    for name in (
        "SmolLM2-360M-Instruct",
        "Qwen2.5-0.5B-Instruct",
        "Qwen3-0.6B",
        "Llama-3.2-1B-Instruct",
        "gemma-3-1b-it",
    ):
        hits = shipped.search(name, filters=Filters(formats=frozenset({"gguf"})), limit=1)
        assert any(name.lower() in hit.card.id.lower() and hit.card.predicted_bytes("gguf") for hit in hits), name


def test_token_classifiers_speak_many_languages(shipped_cards: list[ModelCard]) -> None:
    spoken = {code for c in shipped_cards if c.family == "token-classification" for code in c.languages}
    assert len(spoken - {"multilingual"}) >= 25


def test_every_curated_model_is_in(shipped: Catalog) -> None:
    """No line of the hand-made table was lost on the way, and its family stands."""
    for card in curated.read():
        found = shipped.get(card.id)
        assert found is not None, card.id
        assert found.family == card.family, card.id


@pytest.mark.parametrize(
    ("model_id", "labels"),
    [
        ("cardiffnlp/twitter-roberta-base-sentiment-latest", {"negative", "neutral", "positive"}),
        ("ProsusAI/finbert", {"positive", "negative", "neutral"}),
        ("mrm8488/bert-tiny-finetuned-sms-spam-detection", {"ham", "spam"}),
        ("facebook/bart-large-mnli", {"contradiction", "neutral", "entailment"}),
        ("dslim/bert-base-NER", {"O", *(f"{at}-{kind}" for at in "BI" for kind in ("PER", "ORG", "LOC", "MISC"))}),
    ],
)
def test_labels_of_well_known_classifiers(shipped: Catalog, model_id: str, labels: set[str]) -> None:
    """What a fine-tuned model answers is a fact of its card, in words also where its config only numbers them."""
    card = shipped.get(model_id)
    assert card is not None
    assert set(card.label_meanings.values()) == labels
    assert any(source.startswith("curated labels") for source in card.sources)


def test_labels_fit_the_head(shipped_cards: list[ModelCard]) -> None:
    """Two hundred text classifiers in the curated table have labels, as many as their head has outputs."""
    listed = {card.id: card for card in curated.read() if card.family == "text-classification"}
    known = {card.id: card.labels for card in shipped_cards if card.id in listed and card.labels}
    assert len(known) >= 200
    for name, labels in known.items():
        source = listed[name].parameters_source or ""
        assert not source.startswith("architecture") or source.endswith(f"/{len(labels)})"), (name, source, labels)


def test_no_tag_is_taken_for_a_language(shipped_cards: list[ModelCard]) -> None:
    """TensorFlow is none, and no model names a thousand."""
    spoken = Counter(code for card in shipped_cards for code in card.languages)
    assert not spoken.keys() & {"tf", "lm", "oq", "rl", "on", "php", "sql", "jp"}
    assert max(len(card.languages) for card in shipped_cards) <= 250


@pytest.mark.parametrize(
    ("model_id", "count"),
    [
        ("lmsys/vicuna-13b-v1.5-16k", 13_015_864_320),
        ("TheBloke/vicuna-13b-v1.5-16k-GGUF", 13_015_864_320),
        ("BioMistral/BioMistral-7B", 7_241_732_096),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", 1_777_088_000),
    ],
)
def test_counts_that_were_computed_are_not_believed(shipped: Catalog, model_id: str, count: int) -> None:
    """The large matrices alone are no count of a model: others of its shape say what it has."""
    card = shipped.get(model_id)
    assert card is not None
    assert card.parameters == count


def test_limits_of_size_keep_larger_models_out(shipped: Catalog) -> None:
    """No generator whose name says 7 B or more passes a limit of 6 B, but for small ones that draft for such a one."""
    hits = shipped.search("chat assistant 7b 8b 13b", filters=Filters(max_parameters=6_000_000_000), limit=200)
    large = re.compile(r"(?<![\w.])(?:[7-9]|1\d)b(?![a-z0-9])", re.IGNORECASE)
    assert [hit.card.id for hit in hits if large.search(hit.card.id) and "draft-model" not in hit.card.tags] == []


def test_libraries_are_the_models_own(shipped_cards: list[ModelCard]) -> None:
    """Timm is the library of its own models, ONNX of graphs that another project does not serve first."""
    for card in shipped_cards:
        if card.library == "timm" and not card.id.startswith("timm/"):
            assert any(s.startswith(("radar", "curated")) and "library" in s for s in card.sources), card
        assert card.library != "onnx" or not card.id.startswith(("jinaai/", "BAAI/", "answerdotai/")), card.id


@pytest.mark.parametrize(
    ("fact", "least"), [("family", 0.95), ("license", 0.82), ("files", 0.85), ("gated", 0.68), ("library", 0.75)]
)
def test_facts_are_known(shipped_cards: list[ModelCard], fact: str, least: float) -> None:
    """Of so large a part of all models, stated or inferred."""
    known = sum(getattr(card, fact) not in (None, ()) for card in shipped_cards)
    assert known >= least * len(shipped_cards)


def test_multilingual_generators_are_not_called_chinese(shipped: Catalog) -> None:
    """Qwen3, Gemma 3 and Llama 3.2 and their copies speak more than English and Chinese."""
    for name, code in (
        ("Qwen/Qwen3-0.6B", "de"),
        ("unsloth/Qwen3-0.6B-GGUF", "de"),
        ("google/gemma-3-4b-it", "multilingual"),
        ("bartowski/Llama-3.2-1B-Instruct-GGUF", "de"),
    ):
        card = shipped.get(name)
        assert card is not None, name
        assert code in card.languages, (name, card.languages)


@pytest.mark.parametrize(
    "model_id",
    [
        "sentence-transformers/paraphrase-mpnet-base-v2",
        "sentence-transformers/allenai-specter",
        "microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract-fulltext",
        "openai/privacy-filter",
        "facebook/dinov3-convnext-tiny-pretrain-lvd1689m",
        "LiquidAI/LFM3-1.7B",
        "nvidia/canary-180m-flash",
        "vinai/PhoWhisper-small",
        "hotchpotch/japanese-reranker-xsmall-v2",
        "ytu-ce-cosmos/turkish-mini-bert-uncased",
    ],
)
def test_what_the_field_knows_is_in(shipped: Catalog, model_id: str) -> None:
    """Well-known models of every kind, by today's name or an earlier one, with a task."""
    card = shipped.get(model_id)
    assert card is not None
    assert card.family is not None


def test_most_models_are_confirmed(shipped_cards: list[ModelCard]) -> None:
    """A recorded source knows at least 93 of a hundred."""
    assert sum(map(is_confirmed, shipped_cards)) >= 0.93 * len(shipped_cards)
