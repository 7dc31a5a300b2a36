"""Building the shipped snapshot: counts, families by names alone, recorded sources that confirm a model."""

from pathlib import Path
from typing import Any

import pytest

from catalog import ModelCard
from catalog.repository import is_draft
from tests.local_hub.recorded import DATA
from tests.tables import for_each
from tools.seed import cross_check, packages
from tools.seed.literals import Module
from tools.seed.llm_lists import Counts, is_rounded
from tools.seed.merge import Merger
from tools.seed.named_kinds import complete


def _record(name: str, count: int, **more: Any) -> dict[str, Any]:
    shape = {
        "architecture": "llama",
        "hidden_size": 5120,
        "num_hidden_layers": 40,
        "num_attention_heads": 40,
        "num_key_value_heads": 40,
        "vocab_size": 32_000,
    }
    return {"name": name, "parameters_raw": count, **shape, **more}


COUNTED = _record("lmsys/vicuna-13b-v1.5", 13_015_864_320)
# Embeddings once, and 9.4 times the width squared for each layer: no gate, no norm.
COMPUTED = 32_000 * 5120 + 40 * (4 * 5120**2 + 2 * 5120 * 13_824)


@for_each(
    ("record", "count", "standing"),
    [
        (COUNTED, 13_015_864_320, "exact"),
        (_record("lmsys/vicuna-13b-v1.5-16k", COMPUTED), 13_015_864_320, "derived"),
        (_record("x/vicuna-13b-tuned", 5_000_000_001), 13_015_864_320, "derived"),
        (_record("x/vicuna-13b-AWQ", 2_000_000_001), 13_015_864_320, "derived"),
        # Of no known shape: what contradicts the name is dropped, what was computed or rounded is estimated.
        (_record("x/other-13b", COMPUTED, vocab_size=32_000, architecture="other"), None, None),
        (_record("x/other", COMPUTED, architecture="other"), COMPUTED, "estimated"),
        (_record("x/other-13b", 13_000_000_000, architecture="other"), 13_000_000_000, "estimated"),
        (_record("x/other-13b", 3_000_000_001, architecture="other"), None, None),
        (_record("x/other-13b", 24_000_000_000, architecture="other"), None, None),
        (_record("x/other-13b", 24_000_000_001, architecture="other"), 24_000_000_001, "exact"),
        (_record("x/other-GPTQ", 3_000_000_001, architecture="other"), None, None),
        # A draft is as small as it is, whatever size its name bears.
        (_record("x/vicuna-13b-Eagle3", 700_000_001, num_hidden_layers=1), 700_000_001, "exact"),
    ],
)
def test_a_count_is_judged_by_its_kind(record: dict[str, Any], count: int | None, standing: str | None) -> None:
    """What was not counted from weights gives way to the count of models of the same shape."""
    assert Counts([COUNTED]).judged(record) == (count, standing)


def test_rounded_figures() -> None:
    """Few digits before the noughts; a multiple of a thousand may well have been counted."""
    assert is_rounded(7_000_000_000)
    assert is_rounded(278_000_000)
    assert not is_rounded(1_777_088_000)


@for_each("name", ["z-lab/Qwen3.8-27B-DFlash2", "nvidia/gpt-oss-120b-Eagle3-v3", "yuhuili/EAGLE-LLaMA3-Instruct-8B"])
def test_drafts_by_name(name: str) -> None:
    assert is_draft(name)


@for_each("name", ["nvidia/Eagle2-2B", "o/CarbonBeagle-11B-GGUF", "unsloth/Qwen3.8-27B-MTP-GGUF"])
def test_what_sounds_like_a_draft_is_none(name: str) -> None:
    """Another Eagle, a dog, and a whole model that drafts for itself."""
    assert not is_draft(name)


@for_each(
    ("card", "family"),
    [
        (ModelCard(id="EleutherAI/pythia-160m-v0"), "text-generation"),
        (ModelCard(id="x/Qwen2.5-1.5B-poems-GGUF", base_model="Qwen/Qwen2.5-1.5B"), "text-generation"),
        (ModelCard(id="x/Qwen2.5-VL-3B-poems"), None),
        (ModelCard(id="x/Mistral-7B-reward"), None),
        (ModelCard(id="x/llama-3.2-1B-embed"), None),
        (ModelCard(id="x/Llama-3.2-11B"), None),
        (ModelCard(id="x/gemma-2b", tags=("vision",)), None),
        (ModelCard(id="x/Mistral-7B-tuned", base_model="x/Mistral-7B-Embedder"), None),
        (ModelCard(id="x/palindrome-grpo-v5"), None),
        (ModelCard(id="x/gpt2", family="fill-mask"), "fill-mask"),
        (ModelCard(id="x/wav2vec2-base", family="feature-extraction"), "audio-classification"),
        (ModelCard(id="x/wav2vec2-base-960h", family="feature-extraction"), "feature-extraction"),
        (ModelCard(id="x/bert-base", family="feature-extraction"), "feature-extraction"),
    ],
)
def test_only_clear_names_determine_a_family(card: ModelCard, family: str | None) -> None:
    """A text-only architecture without a word of another use, an encoder of sound; else what a source said stays."""
    (result,) = complete([card])
    assert result.family == family
    assert (result.sources != card.sources) == (family != card.family)


def test_names_agree_with_what_sources_say(shipped_cards: list[ModelCard]) -> None:
    """Of models with a stated family, at least 49 of 50 whose names determine one are text generators."""
    stated = [card for card in shipped_cards if not any("its name (" in source for source in card.sources)]
    known = {card.id: card.family for card in stated if card.family}
    stripped = [
        ModelCard(id=card.id, base_model=card.base_model, tags=card.tags, library=card.library)
        for card in shipped_cards
    ]
    result = [card.id for card in complete(stripped) if card.family and card.id in known]
    assert len(result) >= 1_500
    assert sum(known[name] == "text-generation" for name in result) >= 0.98 * len(result)


_PACKAGES = tuple(cross_check._PACKAGES)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The recorded data, and packages that name one model each."""
    if not (DATA / "hub_api_models_2022-02.jsonl").is_file():
        pytest.skip(f"the recorded listings are not at {DATA}")
    for path in DATA.iterdir():
        (tmp_path / path.name).symlink_to(path)
    for package in _PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "models.py").write_text(
            f'MODEL = "acme/{package}"  # see acme/{package}-long and x/acme/y\n'
        )
    return tmp_path


def test_the_first_source_that_knows_a_model_is_its_witness(sources: Path) -> None:
    """A listed model, one that vanished, a base, a package's, one of 2022 only, one that no source has."""
    wanted = {"distilgpt2", "acme/flair", "acme/y", "nobody/nothing", "google/efficientnet-b0"}
    found = dict(cross_check.read(sources, wanted))
    assert found == {
        "distilgpt2": "safetensors counts 2023-05-02",
        "acme/flair": "flair 0.15.1",
        "google/efficientnet-b0": "base models in radar-huggingface-dataset 2026-08-22",
    }


def test_ids_found_in_code_confirm_models_of_the_table(shipped_cards: list[ModelCard]) -> None:
    """Each stands once, in order, and is an id or a former name of a model that ships."""
    ids = list(cross_check.named_in_code())
    assert len(ids) > 300
    assert ids == sorted(ids, key=str.lower)
    assert len({name.lower() for name in ids}) == len(ids)
    known = {name.lower() for card in shipped_cards for name in (card.id, *card.aliases)}
    assert [name for name in ids if name.lower() not in known] == []


def test_a_missing_package_ends_the_build(sources: Path) -> None:
    """Or every model that it knows would count as unknown."""
    (sources / "flair" / "models.py").unlink()
    (sources / "flair").rmdir()
    with pytest.raises(FileNotFoundError, match="flair"):
        list(cross_check.read(sources, {"acme/flair"}))


def test_a_witness_is_noted_on_what_only_the_table_knows() -> None:
    """Found by its former name as well; a model that another source describes needs none."""
    merger = Merger()
    merger.add("curated table", [ModelCard("new/name", aliases=("old/name",)), ModelCard("o/both")])
    merger.add("a listing", [ModelCard("o/both", license="mit")])
    assert merger.unconfirmed(("curated table",)) == {"new/name": "new/name", "old/name": "new/name"}
    merger.confirm("a package", "old/name")
    sources = {card.id: card.sources for card in merger.result()}
    assert sources["new/name"][-1] == "a package: id"
    assert not any("a package" in said for said in sources["o/both"])


def test_constants_that_a_call_spreads_are_its_own(tmp_path: Path) -> None:
    """As a package writes what several models share; what names no constant is left out."""
    source = tmp_path / "models.py"
    source.write_text(
        'SHARED = dict(license="mit", loader=Loader, options={"code": True, "dtype": torch.float16})\n'
        'one = ModelMeta(**SHARED, name="acme/one", size=2 * 3)\n',
        encoding="utf-8",
    )
    (record,) = Module(source).calls("ModelMeta")
    assert record == {"license": "mit", "options": {"code": True}, "name": "acme/one", "size": 6}


def test_other_sources_know_the_terms_of_models_that_hear(tmp_path: Path) -> None:
    """MTEB knows them as embedders: its licence counts where no other source has one, one tested language does not."""
    folder = tmp_path / "mteb" / "models" / "model_implementations"
    folder.mkdir(parents=True)
    (folder / "models.py").write_text(
        'a = ModelMeta(name="o/hears", license="mit", languages=["eng-Latn"], modalities=["audio"])\n'
        'b = ModelMeta(name="o/multilingual-e5", license="mit", languages=["eng-Latn"])\n'
        'c = ModelMeta(name="o/bge-small", license="mit", languages=["eng-Latn"])\n',
        encoding="utf-8",
    )
    merger = Merger()
    merger.add("mteb", packages.read_mteb(tmp_path))
    merger.add("table", [ModelCard("o/hears", license="cc-by-nc-4.0"), ModelCard("o/multilingual-e5", license="gpl")])
    merger.add("mteb", packages.read_mteb_terms(tmp_path), known_only=True)
    assert {card.id: (card.license, card.languages) for card in merger.result()} == {
        "o/hears": ("cc-by-nc-4.0", ("en",)),
        "o/multilingual-e5": ("mit", ()),
        "o/bge-small": ("mit", ("en",)),
    }
