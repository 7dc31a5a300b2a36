"""Facts inferred from a model's base, series, owner and name: filled in if no source states them, and marked."""

from dataclasses import replace

from catalog import ModelCard, WeightFile, inherit
from catalog.languages import codes
from catalog.prior import follows_instructions
from tests.tables import for_each
from tools.seed import predicted, series


def _of(cards: list[ModelCard], name: str) -> ModelCard:
    return next(card for card in cards if card.id == name)


def test_a_series_fills_what_no_source_stated() -> None:
    """Licence, gate, languages, context of Gemma 3; a stated licence stays; a copy is not gated."""
    (gemma,) = series.complete([ModelCard(id="google/gemma-3-4b-it")])
    assert (gemma.license, gemma.gated, gemma.languages, gemma.context_length) == (
        "gemma",
        True,
        ("multilingual",),
        131_072,
    )
    assert gemma.inferred == {"license", "gated", "languages", "context_length"}
    stated = ModelCard(id="google/gemma-3-4b-it", license="apache-2.0", sources=("list: license",))
    (kept,) = series.complete([stated])
    assert kept.license == "apache-2.0"
    assert "license" not in kept.inferred
    (few,) = series.complete([ModelCard(id="google/gemma-3-4b-it", languages=("en", "de"))])
    assert few.languages == ("multilingual", "en", "de")
    (one,) = series.complete([ModelCard(id="openai/whisper-base.en", languages=("en",))])
    assert one.languages == ("en",)
    (copy,) = series.complete([ModelCard(id="unsloth/gemma-3-4b-it-GGUF")])
    assert (copy.license, copy.gated) == ("gemma", False)


def test_every_pattern_of_the_series_matches_a_model(shipped_cards: list[ModelCard]) -> None:
    ids = [card.id for card in shipped_cards]
    dead = [s.pattern.pattern for s in series._table() if not any(s.pattern.fullmatch(name) for name in ids)]
    assert dead == []


def test_a_copy_has_its_originals_languages() -> None:
    """An uploader's "en" is replaced by the original's languages, and a derived count by an exact one."""
    original = ModelCard(
        id="o/model-1B",
        languages=("en", "de"),
        parameters=1_100_000_001,
        parameters_standing="exact",
        parameters_source="list",
    )
    copy = ModelCard(
        id="x/model-1B-GGUF", base_model="o/model-1B", base_relation="quantized", languages=("en",),
        parameters=1_000_000_000, parameters_standing="estimated", parameters_source="its name",
    )  # fmt: skip
    once = inherit.complete([original, copy])
    filled = _of(once, copy.id)
    assert (filled.languages, filled.parameters, filled.parameters_standing) == (("en", "de"), 1_100_000_001, "derived")
    assert inherit.complete(once) == once


def test_a_copy_of_another_family_is_bound_all_the_same() -> None:
    """Licence and context are the original's, and its count where the copy's was of packed weights; no languages."""
    count = {"parameters": 8_000_000_001, "parameters_standing": "exact"}
    original = ModelCard(id="o/m", family="any-to-any", license="mit", languages=("multilingual",), **count)
    copy = ModelCard(id="x/copy", base_model="o/m", base_relation="quantized", family="text-generation")
    packed = replace(copy, id="x/packed", parameters=2_000_000_001, parameters_standing="exact")
    for filled in (_of(inherit.complete([original, copy, packed]), each.id) for each in (copy, packed)):
        assert (filled.license, filled.languages) == ("mit", ())
        assert (filled.parameters, filled.parameters_standing) == (8_000_000_001, "derived")


def test_counts_of_packed_weights_are_replaced() -> None:
    """Where both counts were read from files; a GGUF file states a true one, which may be of fewer experts."""
    original = ModelCard(id="o/m", parameters=8_000_000_001, parameters_standing="exact")
    packed = ModelCard(
        id="x/m-q", base_model="o/m", base_relation="quantized", parameters=2_000_000_001, parameters_standing="exact"
    )
    pruned = replace(packed, id="x/m-pruned-GGUF", files=(WeightFile(format="gguf"),))
    cards = inherit.complete([original, packed, pruned])
    assert _of(cards, packed.id).parameters == 8_000_000_001
    assert _of(cards, pruned.id).parameters == 2_000_000_001


def test_who_publishes_a_base_model_has_tuned_the_other() -> None:
    """Of "x" and "x-Base" the first follows instructions; one without a base next to it may or may not."""
    names = ("o/m-1b", "o/m-1b-Base", "o/alone-1b")
    cards = inherit.complete([ModelCard(id=name, family="text-generation") for name in names])
    assert [follows_instructions(_of(cards, name)) for name in names] == [True, False, False]


def test_a_fine_tune_is_bound_by_its_base() -> None:
    """Licence and context; languages only from generator to generator; nothing where something is stated."""
    base = ModelCard(
        id="o/base", family="text-generation", license="llama3.2", languages=("en", "hi"), context_length=8192
    )
    tuned = ModelCard(id="x/tuned", family="text-generation", base_model="o/base", base_relation="finetune")
    classifier = ModelCard(id="x/classifier", family="text-classification", base_model="o/base", license="mit")
    cards = inherit.complete([base, tuned, classifier])
    filled = _of(cards, "x/tuned")
    assert (filled.license, filled.languages, filled.context_length) == ("llama3.2", ("en", "hi"), 8192)
    assert filled.inferred == {"license", "languages", "context_length"}
    assert (_of(cards, "x/classifier").license, _of(cards, "x/classifier").languages) == ("mit", ())


@for_each(
    ("card", "formats"),
    [
        (ModelCard(id="o/new", library="transformers", updated="2025-01-01"), ("safetensors",)),
        (ModelCard(id="o/old", library="transformers", updated="2022-01-01"), ()),
        (ModelCard(id="o/undated", library="transformers"), ()),
        (ModelCard(id="o/new", library="nemo", updated="2025-01-01"), ()),
        (ModelCard(id="o/thing-GGUF"), ("gguf",)),
        (ModelCard(id="o/thing-AWQ"), ("safetensors",)),
        (ModelCard(id="o/thing-int8-onnx"), ()),
        (ModelCard(id="o/old", files=(WeightFile(format="pickle"),), updated="2025-01-01"), ("pickle",)),
    ],
)
def test_formats_that_follow(card: ModelCard, formats: tuple[str, ...]) -> None:
    """From library and date, or from the name; else they stay unknown."""
    (filled,) = predicted.complete([card])
    assert filled.formats == formats
    assert ("files" in filled.inferred) == (filled.files != card.files)


def test_an_owner_without_gates() -> None:
    """Four open models and no gated one: the fifth is open; one gate, and nothing is known of it."""
    known = [ModelCard(id=f"o/{n}", gated=False) for n in range(4)]
    assert _of(predicted.complete([*known, ModelCard(id="o/x")]), "o/x").gated is False
    gated = [*known, ModelCard(id="o/y", gated=True), ModelCard(id="o/x")]
    assert _of(predicted.complete(gated), "o/x").gated is None


@for_each(
    ("raw", "found"),
    [
        (["en", "tf", "de", "lm", "oq"], ("en", "de")),
        (["eng-Latn", "jw", "php", "ceb"], ("en", "jv", "ceb")),
        (["bre-Latn", "quz", "br"], ("br", "qu")),
        (["en", *(f"{a}{b}{c}" for a in "bdfg" for b in "aeiou" for c in "klmnprstvwxyz")], ("multilingual", "en")),
    ],
)
def test_codes_of_languages(raw: list[str], found: tuple[str, ...]) -> None:
    """Tags of two letters that are no language are left out; of hundreds only known ones stay."""
    assert codes(raw)[: len(found)] == found
    assert len(codes(raw)) < 60
