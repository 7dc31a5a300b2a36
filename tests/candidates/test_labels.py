"""Mapping of a fine-tuned model's labels to the task's."""

import numpy as np

from advisor.candidates.labels import label_map
from catalog import open_catalog
from tests.tables import for_each


def meanings(labels: tuple[str, ...]) -> dict[str, str]:
    return {label: label for label in labels}


STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")


@for_each(
    ("own", "wanted", "pairs"),
    [
        (("NEGATIVE", "POSITIVE"), ("good", "bad"), {"NEGATIVE": "bad", "POSITIVE": "good"}),
        (("Very Positive", "Negative"), ("positiv", "negativ"), {"Very Positive": "positiv", "Negative": "negativ"}),
        (("not-spam", "spam"), ("ham", "spam"), {"not-spam": "ham", "spam": "spam"}),
        (("joy", "love", "anger"), ("happy", "angry"), {"joy": "happy", "anger": "angry"}),
        (("normal", "nsfw"), ("ok", "explicit"), {"normal": "ok", "nsfw": "explicit"}),
        (
            STARS,
            ("positive", "neutral", "negative"),
            dict(zip(STARS, ("negative", "negative", "neutral", "positive", "positive"), strict=True)),
        ),
        (STARS, ("1", "2", "3", "4", "5"), {f"{each}": each[0] for each in STARS}),
        (("sadness", "joy"), ("tristeza", "alegría"), {"sadness": "tristeza", "joy": "alegría"}),
        (
            STARS,
            ("plutôt content", "mécontent"),
            {"1 star": "mécontent", "2 stars": "mécontent"} | dict.fromkeys(STARS[3:], "plutôt content"),
        ),
        # What spans are called, in words of several languages; first and last names are both persons.
        (
            ("PER", "LOC", "ORG"),
            ("personnes", "lieux", "entreprises"),
            {"PER": "personnes", "LOC": "lieux", "ORG": "entreprises"},
        ),
        (
            ("FIRSTNAME", "LASTNAME", "PHONENUMBER", "IBAN"),
            ("Namen", "Telefonnummern"),
            {"FIRSTNAME": "Namen", "LASTNAME": "Namen"} | {"PHONENUMBER": "Telefonnummern"},
        ),
        (("MEDICATION", "SIGN_SYMPTOM"), ("drugs", "symptoms"), {"MEDICATION": "drugs", "SIGN_SYMPTOM": "symptoms"}),
        # Words of other languages, and what is denied.
        (("NON_HATE", "HATE"), ("odio", "no_odio"), {"NON_HATE": "no_odio", "HATE": "odio"}),
        (("toxic", "neutral"), ("Hass", "kein Hass"), {"toxic": "Hass", "neutral": "kein Hass"}),
        (("NEGATIVE", "NEUTRAL", "POSITIVE"), ("好评", "差评"), {"NEGATIVE": "差评", "POSITIVE": "好评"}),
        (("joy", "sadness", "anger"), ("喜び", "悲しみ"), {"joy": "喜び", "sadness": "悲しみ"}),
        (("toxic", "non-toxic"), ("hat", "shoe"), {}),  # "hat" is hate in Danish
        # A word that may stand for several meanings says nothing: "defective, intact".
        (("intact", "defective"), ("intakt", "defekt"), {}),
        # Two fit equally well: nothing is guessed.
        (("POSITIVE",), ("good", "happy"), {}),
        (("POSITIVE",), ("billing", "bug"), {}),
    ],
)
def test_by_meaning(own: tuple[str, ...], wanted: tuple[str, ...], pairs: dict[str, str]) -> None:
    """Words that label sets use for one meaning; stars by what they say."""
    assert label_map(meanings(own), dict.fromkeys(wanted, ""), {}).pairs == pairs


@for_each(
    ("own", "wanted", "may_show"),
    [
        (("positive", "neutral", "negative"), ("low", "normal", "high"), False),
        (("positive", "neutral", "negative"), ("error", "normal"), False),
        (("polite", "neutral", "impolite"), ("polite", "neutral", "rude"), True),
        (("Clickbait", "News"), ("clickbait", "fine"), True),
        (("nsfw", "sfw"), ("yes", "no"), True),
        (("LABEL_0", "LABEL_1"), ("question", "statement"), True),
        (("weather", "music"), ("billing", "outage"), False),
    ],
)
def test_rows_may_show_what_most_names_do_not_contradict(
    own: tuple[str, ...], wanted: tuple[str, ...], *, may_show: bool
) -> None:
    """A sentiment model that shares "neutral" with a task on urgency was made for something else."""
    assert label_map(meanings(own), dict.fromkeys(wanted, ""), {}).may_show is may_show


def test_a_numbered_label_has_its_meaning_from_the_catalog() -> None:
    """LABEL_1 of a spam filter."""
    found = label_map({"LABEL_0": "ham", "LABEL_1": "spam"}, {"spam": "", "wanted": ""}, {})
    assert found.pairs == {"LABEL_0": "wanted", "LABEL_1": "spam"}
    assert found.covered == 1.0


def test_the_tasks_own_map_takes_precedence() -> None:
    found = label_map(meanings(("spam", "ham")), {"spam": "", "ham": ""}, {"spam": "ham"})
    assert found.pairs == {"spam": "ham", "ham": "ham"}
    assert found.covered == 0.5


def test_by_similarity_with_a_margin() -> None:
    """With the catalog's own encoder; a label near two others matches none."""
    with open_catalog() as catalog:
        encode = catalog.encode
        wanted = {"automobiles": "", "cooking recipes": ""}
        found = label_map(meanings(("cars and automobiles", "recipes for cooking", "stars")), wanted, {}, encode)
        assert found.pairs == {"cars and automobiles": "automobiles", "recipes for cooking": "cooking recipes"}
        signs = {"signs of depression": "", "none": ""}
        denied = label_map(meanings(("not depression", "moderate")), signs, {}, encode)
        assert denied.pairs == {"not depression": "none"}

    def same(texts: list[str]) -> np.ndarray:
        return np.ones((len(texts), 1), np.float32)

    assert label_map(meanings(("x",)), {"one": "", "two": ""}, {}, same).pairs == {}
