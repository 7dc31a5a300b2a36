"""Hard constraints are never broken, for any catalog and query."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import Catalog, Filters, ModelCard, WeightFile, open_catalog
from catalog.store.compiler import compile_cards

_FAMILIES = ("text-classification", "translation", "fill-mask")
_LICENSES = ("mit", "apache-2.0", "cc-by-nc-4.0", "other")
_LANGUAGES = ("en", "de", "fr", "multilingual")
_FORMATS = ("safetensors", "onnx", "gguf", "mlx")


def _some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from((*values, "no-such")), max_size=2)


_FILE = st.builds(
    WeightFile,
    format=st.sampled_from(_FORMATS),
    precision=st.sampled_from((None, "int8", "fp32")),
    size=st.none() | st.integers(0, 4_000),
)
_CARD = st.builds(
    ModelCard,
    id=st.uuids().map(lambda u: f"org/sentiment-{u.hex[:8]}"),
    family=st.sampled_from((None, *_FAMILIES)),
    license=st.sampled_from((None, *_LICENSES)),
    languages=st.lists(st.sampled_from(_LANGUAGES), max_size=2, unique=True).map(tuple),
    parameters=st.none() | st.integers(1, 1_000),
    files=st.lists(_FILE, max_size=2).map(tuple),
    gated=st.sampled_from((None, True, False)),
    context_length=st.none() | st.sampled_from((0, 128, 512, 8192, 10**10)),
    tags=st.lists(st.sampled_from(("awq", "mlx", "sentiment")), max_size=2).map(tuple),
    downloads=st.none() | st.integers(0, 10**6),
)
_FILTERS = st.builds(
    Filters, families=_some(_FAMILIES), licenses=_some(_LICENSES), languages=_some(_LANGUAGES),
    max_parameters=st.none() | st.integers(0, 1_000), max_bytes=st.none() | st.integers(0, 4_000),
    formats=_some(_FORMATS),
    min_context=st.none() | st.sampled_from((-1, 0, 1, 512, 513, 8192, 2**31 - 1, 10**10, 10**12)),
    devices=_some(("cpu", "gpu", "mps")), not_gated=st.booleans(), allow_unknown_language=st.booleans(),
)  # fmt: skip
_FEW = settings(max_examples=settings().max_examples // 4)


@_FEW
@given(st.lists(_CARD, max_size=12, unique_by=lambda c: c.id), _FILTERS)
def test_selection_is_exactly_what_the_constraints_allow(cards: list[ModelCard], filters: Filters) -> None:
    """The columns agree with the rule written card by card, and search stays within it."""
    with tempfile.TemporaryDirectory() as name:
        compile_cards(cards, Path(name))
        with open_catalog(Path(name)) as catalog:
            assert {c.id for c in catalog.select(filters)} == {c.id for c in cards if filters.allows(c)}
            hits = catalog.search("sentiment classification", filters=filters, limit=50)
            assert all(filters.allows(hit.card) for hit in hits)
            allowed = {c.id for c in cards if filters.allows(c)}
            assert all(set(hit.variants) <= allowed for hit in hits)


@_FEW
@given(_FILTERS, st.sampled_from(("", "qwen3 8b gguf", "translate German to English", "reviews")))
def test_the_shipped_catalog_breaks_no_constraint(shipped: Catalog, filters: Filters, text: str) -> None:
    for hit in shipped.search(text, filters=filters, limit=5):
        assert filters.allows(hit.card)
        for variant in hit.variants[:5]:
            card = shipped.get(variant)
            assert card is not None
            assert filters.allows(card)


def test_a_lone_name_is_one_value() -> None:
    """Passing text where a set is meant does not mean its letters."""
    assert Filters(languages="de").languages == {"de"}  # type: ignore[arg-type]
    assert Filters(licenses=["MIT "]).licenses == {"mit"}  # type: ignore[arg-type]


def test_unknown_never_passes_a_size_but_passes_a_language() -> None:
    unknown = ModelCard(id="a/b")
    assert not Filters(max_parameters=10**12).allows(unknown)
    assert not Filters(max_bytes=10**15).allows(unknown)
    assert not Filters(licenses=frozenset({"mit"})).allows(unknown)
    assert Filters(languages=frozenset({"de"})).allows(unknown)
    assert not Filters(languages=frozenset({"de"}), allow_unknown_language=False).allows(unknown)
