"""The page for a task: its parts and its models."""

from dataclasses import replace

import pytest

from catalog import Catalog, Filters, ModelCard
from catalog.prior import only_continues
from catalog.query.page import HELPERS, Hit, page, parts, spread
from catalog.query.understand import Understood
from tests.catalog.conftest import Make


def _understood(*families: tuple[str, float]) -> Understood:
    return Understood(families[0][0], families, (), (), "topic")


def test_the_parts_make_one_page() -> None:
    """Shares of close families and of those that help them add up; a sure family stands with its helpers alone."""
    for families in ((("text-classification", 1.0),), (("summarization", 0.5), ("text-classification", 0.4))):
        made = parts(_understood(*families))
        assert sum(part.share for part in made) == pytest.approx(1.0)
        assert made[0].families == (families[0][0],)
        assert not made[0].serving
    sure = parts(_understood(("text-classification", 1.0)))
    assert len(sure) == 1 + len(HELPERS["text-classification"])
    assert {part.task for part in sure} == {"text-classification"}


def test_labelled_texts_bring_encoders_to_train_on() -> None:
    """Then encoders have most of the page, and almost nothing of it if the user does not want to train."""

    def share_of_encoders(topic: str) -> float:
        made = parts(replace(_understood(("text-classification", 1.0)), topic=topic))
        encoders = [each for each in made if {"fill-mask", "feature-extraction"} & set(each.families)]
        return sum(each.share for each in encoders) / sum(each.share for each in made)

    usual = share_of_encoders("mails by department")
    for topic in ("mails by department, 3,000 labelled", "250 examples in all", "trained on past decisions"):
        assert share_of_encoders(topic) > 0.5 > usual, topic
    for topic in ("mails by department, none labelled", "without any training", "no labelled examples, ready to use"):
        assert share_of_encoders(topic) < usual / 2, topic


def test_helpers_never_have_most_of_a_page() -> None:
    """The models of the family itself keep half of it or more."""
    for family, helpers in HELPERS.items():
        assert sum(share for _, share in helpers) <= 0.5, family


def test_close_families_share_the_page(make: Make) -> None:
    """Each has models on it, no model stands there twice, and no score rises."""
    cards = [ModelCard(id=f"a/sum-{n}", family="summarization", downloads=10**5) for n in range(9)]
    cards += [ModelCard(id=f"b/gen-{n}-instruct", family="text-generation", downloads=10**5) for n in range(9)]
    catalog = make(cards)
    close = _understood(("summarization", 0.55), ("text-generation", 0.45))
    hits, is_met = page(catalog, "topic", close, Filters(), 10)
    ids = [hit.card.id for hit in hits]
    assert is_met
    assert len(ids) == len(set(ids)) == 10
    assert {hit.card.family for hit in hits} == {"summarization", "text-generation"}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_sizes_of_one_model_leave_room_for_others() -> None:
    """The best of a series keeps its place, the others come after models that are nearly as good."""
    hits = [Hit(ModelCard(id=f"a/ear-{size}"), 5.0) for size in ("tiny", "small", "base", "large")]
    hits += [Hit(ModelCard(id="b/ear-tiny"), 4.7), Hit(ModelCard(id="c/sound"), 4.4)]
    assert [hit.card.id for hit in spread(hits, "write it down")] == [
        "a/ear-tiny", "b/ear-tiny", "a/ear-small", "c/sound", "a/ear-base", "a/ear-large",
    ]  # fmt: skip


def test_models_that_cannot_be_used_directly_come_later() -> None:
    """An adapter, only pretrained weights, a non-commercial licence, another field, a scoring model."""
    doubtful = [
        ModelCard(id="a/led-base-16384", family="summarization"),
        ModelCard(id="b/vectors", family="summarization", base_relation="adapter"),
        ModelCard(id="c/short", family="summarization", license="cc-by-nc-4.0"),
        ModelCard(id="e/BioChat-7B-instruct", family="text-generation"),
        ModelCard(id="f/comet", family="translation", tags=("how good is a translation",)),
    ]
    plain = ModelCard(id="d/led-base-book-summary", family="summarization")
    for card in doubtful:
        assert [hit.card for hit in spread([Hit(card, 5.0), Hit(plain, 4.5)], "sum reports up")] == [plain, card]


def test_base_models_are_for_completion(shipped: Catalog) -> None:
    """An assistant is one that was tuned to answer; code is completed by a base model too."""

    def shown(text: str) -> list[ModelCard]:
        return [hit.card for hit in page(shipped, text, shipped.understand(text), Filters(), 10)[0]]

    assert [card.id for card in shown("local coding assistant") if only_continues(card)] == []
    assert any(map(only_continues, shown("autocomplete for TypeScript in VS Code")))


def test_the_name_of_a_family_does_not_rank_its_models(shipped: Catalog) -> None:
    """Models known for small boards come first, not those that have the words in their names."""
    text = "image classification on a Raspberry Pi"
    hits, _ = page(shipped, text, shipped.understand(text), Filters(), 10)
    assert not [hit.card.id for hit in hits if "classification" in hit.card.id.lower()]
    assert any("mobilenet" in hit.card.id for hit in hits)


def test_a_page_for_a_classification_mixes_ways(shipped: Catalog) -> None:
    """Ready classifiers first, with encoders for a head and a base, as named for uses like it."""
    text = "sentiment of German reviews"
    hits, is_met = page(shipped, text, shipped.understand(text), Filters(languages=frozenset({"de"})), 10)
    families = [hit.card.family for hit in hits]
    assert is_met
    assert "oliverguhr/german-sentiment-bert" in [hit.card.id for hit in hits]
    assert families[0] == "text-classification"
    assert {"text-classification", "feature-extraction", "fill-mask"} <= set(families)
    assert 4 <= families.count("text-classification") <= 7


def test_the_condition_holds_for_every_part(shipped: Catalog) -> None:
    """Models that the caller cannot use are not on the page."""
    text = "is this mail spam"
    hits, _ = page(shipped, text, shipped.understand(text), Filters(), 10, usable=lambda card: card.license == "mit")
    assert len(hits) == 10
    assert {hit.card.license for hit in hits} == {"mit"}


def test_the_parts_of_a_page_read_the_text_once(shipped: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full text is asked once for a page, not once for each of its parts."""
    asked: list[str] = []
    matches = shipped._store.matches

    def counted(text: str) -> object:
        asked.append(text)
        return matches(text)

    monkeypatch.setattr(shipped._store, "matches", counted)
    text = "mood of chats with customers"
    hits, _ = page(shipped, text, shipped.understand(text), Filters(), 10)
    assert len(hits) == 10
    assert len(asked) == 1
