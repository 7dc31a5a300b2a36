"""Words alone tell the kind of task that a file is for, as learned from other people's words."""

import pytest

from advisor.interview.text.family_chances import NO_WORDS, family_chances
from advisor.interview.text.words import families
from catalog import Catalog
from catalog.query.gloss import in_english
from tests.tables import for_each


@for_each(
    ("words", "family"),
    [
        ("predict the mark of a remark, one mark off is fine", "text-regression"),
        ("pull supplier, total and due date out of our invoices", "json-extraction"),
        ("which of our five teams should get this mail?", "text-classification"),
        ("Übersetze unsere Gebrauchsanweisungen ins Spanische", "translation"),
        ("write the reply that I would write to a guest's review", "text-generation"),
        ("rank the products by how well they fit the query", "text-ranking"),
    ],
)
def test_words_tell_the_family(shipped: Catalog, words: str, family: str) -> None:
    vector = shipped.encode([in_english(words)])[0]
    chances = family_chances(vector, dict(families(words, shipped)))
    assert sum(chances.values()) == pytest.approx(1.0)
    assert max(chances, key=chances.__getitem__) == family


def test_without_words_the_chances_are_how_often_each_family_is_asked_for() -> None:
    chances = family_chances(NO_WORDS, {})
    assert max(chances, key=chances.__getitem__) == "text-classification"
    assert min(chances.values()) > 0
