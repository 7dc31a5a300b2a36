"""Searching, looking up and closing."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalog import Catalog, CatalogError, Filters, ModelCard, WeightFile, open_catalog
from catalog.prior import RECOMMENDED
from catalog.query import ranking
from catalog.store.vectors import Vectors
from tests.catalog.conftest import Make


@given(st.text(max_size=60))
@example('"')
@example("'; DROP TABLE cards; --")
@example("NEAR(a b, 3) AND OR NOT * ^ : ( )")
@example("name: sentiment* {topics}")
@example("a\0b\ud800")
@example("the of and")
@example("x " * 5000)
def test_any_text_is_a_query(shipped: Catalog, text: str) -> None:
    """Operators, quotes, NULs, lone surrogates and endless texts are words like any other."""
    assert len(shipped.search(text, limit=3)) <= 3


@settings(max_examples=40)
@given(st.text(max_size=40))
@example("a\0b\ud800")
def test_any_text_can_be_looked_up(shipped: Catalog, text: str) -> None:
    card = shipped.get(text)
    assert card is None or text.strip().lower() in {card.id.lower(), *(a.lower() for a in card.aliases)}


def test_ids_resolve_in_any_case_and_by_former_names(make: Make) -> None:
    """The Hub moved models into organisations; their old names still lead to them."""
    catalog = make([ModelCard(id="openai-community/gpt2", aliases=("gpt2",)), ModelCard(id="Org/Other")])
    for name in ("openai-community/gpt2", "OPENAI-Community/GPT2", "gpt2", " GPT2 "):
        found = catalog.get(name)
        assert found is not None
        assert found.id == "openai-community/gpt2"
    assert catalog.get("nobody/nothing") is None


def test_an_id_wins_over_an_alias_of_the_same_name(make: Make) -> None:
    """A repository that took over a former name is the one that answers to it."""
    catalog = make([ModelCard(id="a/moved", aliases=("b/name",)), ModelCard(id="b/name")])
    found = catalog.get("B/NAME")
    assert found is not None
    assert found.id == "b/name"


def test_copies_of_one_model_make_one_hit(make: Make) -> None:
    """Quantised copies are variants of the model they were made from; a fine-tune is a model of its own."""
    gguf = (WeightFile(format="gguf", precision="q4_k_m"),)
    catalog = make(
        [
            ModelCard(id="org/Tiny-1B", family="text-generation", parameters=10**9, downloads=10),
            ModelCard(id="q/Tiny-1B-GGUF", files=gguf, base_model="org/Tiny-1B", base_relation="quantized"),
            ModelCard(id="r/Tiny-1B-GGUF", files=gguf, downloads=99),
            ModelCard(id="s/Tiny-1B-Poems", base_model="org/Tiny-1B", base_relation="finetune", parameters=10**9),
        ]
    )
    hits = {hit.card.id: set(hit.variants) for hit in catalog.search("tiny 1b")}
    assert hits["org/Tiny-1B"] == {"q/Tiny-1B-GGUF", "r/Tiny-1B-GGUF"}
    assert hits["s/Tiny-1B-Poems"] == set()
    only = catalog.search("tiny 1b", filters=Filters(formats=frozenset({"gguf"})))
    assert len(only) == 1
    assert only[0].card.formats == ("gguf",)


def test_results_are_the_same_every_time(shipped: Catalog) -> None:
    runs = [[h.card.id for h in shipped.search("spam mail", limit=20)] for _ in range(2)]
    assert runs[0] == runs[1]
    assert len(runs[0]) == 20


def test_selection_puts_used_models_first(shipped: Catalog) -> None:
    """The first of thousands of generators is one that people know."""
    first = shipped.select(Filters(families=frozenset({"text-generation"})), limit=20)
    assert len(first) == 20
    # Models that practitioners recommend rank as high, with fewer or unknown downloads.
    assert all((card.downloads or 0) > 100_000 or RECOMMENDED in card.tags for card in first)


def test_faiss_and_the_exact_scan_agree(shipped: Catalog) -> None:
    """Both ways of searching by meaning return the same rows, filtered or not."""
    vectors = Vectors(shipped.info().path)
    query = shipped._load_encoder().encode(["transcribe a podcast"])[0]
    for keep in (np.ones(len(shipped), dtype=bool), np.arange(len(shipped)) % 3 == 0):
        by_matrix = vectors._score(query, np.flatnonzero(keep), 20)
        for asked in (query, query.copy()):  # the first query of all is scored from the matrix whenever it is asked
            by_index = vectors.nearest(asked, keep, 20)
        assert vectors._faiss is not None
        assert by_index[0].tolist() == by_matrix[0].tolist()
        assert np.array_equal(by_index[1], by_matrix[1])


def test_a_closed_catalog_says_so(make: Make) -> None:
    """Using it after closing is an error in words; closing twice is none."""
    catalog = make([ModelCard(id="a/b")])
    catalog.close()
    catalog.close()
    with pytest.raises(CatalogError, match="closed"):
        catalog.search("anything")


def test_released_memory_comes_back(shipped: Catalog) -> None:
    """After release the next search loads what it needs again."""
    before = [h.card.id for h in shipped.search("toxic comments", limit=5)]
    shipped.release()
    assert [h.card.id for h in shipped.search("toxic comments", limit=5)] == before


def test_an_empty_catalog_finds_nothing(make: Make) -> None:
    catalog = make([])
    assert catalog.search("anything") == []
    assert catalog.select() == []
    assert len(catalog) == 0


def test_no_catalog_at_a_path_is_an_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(CatalogError, match="no catalog at"):
        open_catalog(tmp_path_factory.mktemp("empty") / "none")


def test_models_that_serve_a_task_are_general_small_and_mixed(shipped: Catalog) -> None:
    """Asked for embedders and generators to classify texts with, both kinds come, the well-known small ones first."""
    filters = Filters(families=frozenset({"feature-extraction", "sentence-similarity", "text-generation"}))
    hits = shipped.search("text classification: is this mail spam? spam, ham", filters=filters, limit=20)
    generators = [hit for hit in hits if hit.card.family == "text-generation"]
    assert 7 <= len(generators) <= 13
    assert any(hit.card.id == "sentence-transformers/all-MiniLM-L6-v2" for hit in hits)
    sizes = sorted(hit.card.parameters or 0 for hit in hits)
    assert sizes[len(sizes) // 2] < 1_000_000_000


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("minilm", "minilm"),
        ("all-MiniLM-L6-v2", "all-minilm-l6-v2"),
        ("bge small", "bge-small"),
        ("bge-sma", "bge-small"),
        ("whisper", "whisper"),
        ("whisper german", "whisper-large-v3-german"),
        ("smollm2", "smollm2"),
        ("phi 3 mini", "phi-3"),
    ],
)
def test_names_are_names(shipped: Catalog, text: str, first: str) -> None:
    """Names of models, partial or still being typed, imply no family; models with such names come first."""
    understood, named = shipped.read(text)
    assert (understood.family, understood.families) == (None, ())
    assert named
    hits = shipped.search(text, limit=3)
    assert first.split("-", maxsplit=1)[0] in hits[0].card.id.lower()
    assert any(first in hit.card.id.lower() for hit in hits)


def test_what_another_model_shall_replace_is_not_the_answer(make: Make) -> None:
    """Nor are its copies; it stays last, and still says which family is meant."""
    summarizer = ModelCard(id="org/short-large-cnn", family="summarization", downloads=10**6)
    copy = ModelCard(
        id="q/short-large-cnn-ONNX", family="summarization", base_model=summarizer.id, base_relation="quantized"
    )
    other = ModelCard(id="org/other", family="summarization", downloads=10)
    catalog = make([summarizer, copy, other])
    for text in (
        "better than short-large-cnn?",
        "alternative to org/short-large-cnn",
        "zum Zusammenfassen statt short-large-cnn etwas",
    ):
        assert [hit.card.id for hit in catalog.search(text)] == [other.id, summarizer.id]
        assert catalog.read(text)[0].family == "summarization"
    for text in ("short-large-cnn", "short-large-cnn instead of other", "I would like short-large-cnn on a CPU"):
        assert catalog.search(text)[0].card.id == summarizer.id


@pytest.mark.parametrize("name", ["Qwen/Qwen3-0.6B", "google/gemma-2-2b-it", "MIT/ast-finetuned-audioset-10-10-0.4593"])
def test_parts_of_a_name_are_no_limits(shipped: Catalog, name: str) -> None:
    """A size, a licence or a task within a model's name limits nothing; beside it, it does."""
    understood, _ = shipped.read(name)
    assert (understood.constraints, understood.family) == ((), None)
    assert shipped.search(name, filters=understood.filters(), limit=1)[0].card.id == name
    beside = shipped.understand(f"Something like {name} under 500M parameters with an MIT licence")
    assert [(each.kind, each.value) for each in beside.constraints] == [
        ("max_parameters", 5 * 10**8),
        ("license", "mit"),
    ]


@pytest.mark.parametrize("text", ["spam", "toxic comments", "translate", "detect fake reviews", "poems", "small"])
def test_tasks_are_no_names(shipped: Catalog, text: str) -> None:
    """Words of tasks are read as a task, even if models have them in their names."""
    understood, _ = shipped.read(text)
    assert understood.families == shipped.understand(text).families


def test_names_in_a_large_catalog(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """There prefixes are searched only among the best, whole words among all."""
    monkeypatch.setattr("catalog.store.database.TIERED_FROM", 30)
    monkeypatch.setattr("catalog.store.database.TIER_ROWS", 10)
    cards = [ModelCard(id=f"org/zorblax-{n}", downloads=1000 - n, family="fill-mask") for n in range(60)]
    catalog = make(cards)
    assert len(catalog.read("zorblax")[1]) == 60
    assert len(catalog.read("zorbl")[1]) == 10


def test_unusable_models_take_no_place(make: Make) -> None:
    """The caller's condition is applied down the whole ranking; a usable copy represents its model."""
    gguf = (WeightFile(format="gguf", precision="q4_k_m"),)
    useless = [
        ModelCard(id=f"big/spam-detector-{n}", family="text-classification", tags=("spam",), downloads=10**6)
        for n in range(60)
    ]
    original = ModelCard(id="org/Tiny-1B", family="text-classification", parameters=10**9, downloads=10)
    copy = ModelCard(id="q/Tiny-1B-GGUF", files=gguf, base_model="org/Tiny-1B", base_relation="quantized")
    catalog = make([*useless, original, copy])
    assert len(catalog.search("spam detector", limit=5)) == 5
    hits = catalog.search("spam detector", limit=5, usable=lambda card: card.formats == ("gguf",))
    assert [(hit.card.id, hit.variants) for hit in hits] == [("q/Tiny-1B-GGUF", ())]
    assert catalog.search("spam detector", usable=lambda _: False) == []


def test_a_classifier_made_for_something_else_is_no_answer(make: Make) -> None:
    """If one matches the words, those with names of other things come last, however much they are used."""
    catalog = make(
        [
            ModelCard(id="a/german-sentiment", family="text-classification", tags=("sentiment",), downloads=900),
            ModelCard(id="b/vulnerability-finder", family="text-classification", tags=("security",), downloads=10**7),
            ModelCard(id="c/router", family="text-classification", downloads=130),
        ]
    )
    only = Filters(families=frozenset({"text-classification"}))
    assert [hit.card.id for hit in catalog.search("sentiment of German reviews", filters=only)] == [
        "a/german-sentiment"
    ]


def test_a_translator_of_the_other_direction_is_left_out(make: Make) -> None:
    """Its name or its tags give its direction; the other direction is useless."""
    catalog = make(
        [
            ModelCard(id="h/opus-mt-sv-en", family="translation", languages=("sv", "en"), downloads=10),
            ModelCard(id="h/opus-mt-en-sv", family="translation", languages=("en", "sv"), downloads=10**6),
        ]
    )
    assert [hit.card.id for hit in catalog.search("translate letters from Swedish to English")] == ["h/opus-mt-sv-en"]
    assert [hit.card.id for hit in catalog.search("translate letters into Swedish from English")] == ["h/opus-mt-en-sv"]
    assert len(catalog.search("translate Swedish and English letters")) == 2
    assert not catalog.search("translate letters from Danish to English")
    several = catalog.search("translate letters from English into Swedish, Danish and Finnish")
    assert "h/opus-mt-sv-en" not in [hit.card.id for hit in several]
    result = {
        ("h/opus-mt-en-de", ("en", "de"), ()): ("en", "de"),
        ("g/t5-small", ("en", "fr", "de", "ro"), ("English to German", "French")): ("en", ""),
        ("a/indic-en", ("as", "bn", "ta"), ("Indian languages to English",)): ("", "en"),
        ("u/t5_en_ru_zh_small", ("en", "ru", "zh"), ()): None,
        ("a/indictrans2-indic-en-1B", ("as", "bn", "ta", "en"), ()): ("", "en"),
    }
    cards = [ModelCard(id=name, languages=codes, tags=tags) for name, codes, tags in result]
    assert [ranking.direction(card) for card in cards] == list(result.values())


def test_labels_and_names_are_searched_by_what_they_mean(make: Make) -> None:
    """A classifier is found by its labels, a generator by the use that its name implies."""
    catalog = make(
        [
            ModelCard(id="a/x1", family="text-classification", labels=("LABEL_0=cardiology", "LABEL_1=neurology")),
            ModelCard(id="b/x2", family="text-classification", labels=("LABEL_0=sports",)),
            ModelCard(id="c/Tiny-1B-Extract", family="text-generation"),
            ModelCard(id="d/Tiny-1B-Poems", family="text-generation"),
        ]
    )
    assert catalog.search("notes for neurology or cardiology")[0].card.id == "a/x1"
    assert catalog.search("fields of a mail as JSON in our schema")[0].card.id == "c/Tiny-1B-Extract"
