"""The table of uses holds together: every line is well formed, and every model it names is in the catalog."""

import re
from collections import Counter
from importlib import resources

from catalog import ModelCard
from catalog.families import FAMILIES
from catalog.languages import NAMES

TABLE = [
    [cell.strip() for cell in line.split("|")]
    for line in resources.files("catalog.data").joinpath("uses.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
# fastText adds up the vectors of words and n-grams, too.
STATIC = re.compile(r"potion|/static-|pubmedbert-base-embeddings-8M|fasttext|glotlid|OpenLID")
MODELS = [cells[-1].split(", ") for cells in TABLE]


def test_every_line_is_well_formed() -> None:
    """Four cells, a family of the Hub, codes of languages, two to ten wordings, each once in the whole table."""
    assert [cells for cells in TABLE if len(cells) != 4 or not all(cells)] == []
    for family, languages, wordings, _ in TABLE:
        assert family in FAMILIES, family
        codes = languages.split()
        assert set(codes) <= NAMES.keys() | {"*", "-", "code"}, languages
        assert len(set(codes)) == len(codes), languages
        assert 2 <= len(wordings.split("; ")) <= 10, wordings
        assert re.fullmatch(r"[^;]+(?:; [^;]+)+", wordings), wordings
    said = Counter(wording.lower() for cells in TABLE for wording in cells[2].split("; "))
    assert [wording for wording, count in said.items() if count > 1] == []


def test_every_use_has_a_choice_of_models() -> None:
    for models, cells in zip(MODELS, TABLE, strict=True):
        assert 3 <= len(models) <= 10, cells
        assert len({model.lower() for model in models}) == len(models), cells


def test_every_model_is_in_the_catalog(shipped_cards: list[ModelCard]) -> None:
    ids = {card.id for card in shipped_cards}
    assert sorted({model for models in MODELS for model in models} - ids) == []


def test_the_smallest_comes_first(shipped_cards: list[ModelCard]) -> None:
    """By parameters; static tables are looked up, not computed through, so they stand before their size."""
    sizes = {card.id: card.parameters for card in shipped_cards}
    for cells, models in zip(TABLE, MODELS, strict=True):
        known = [sizes[model] or 0 for model in models if sizes[model] and not STATIC.search(model)]
        assert known == sorted(known), cells
