"""A model's card for people, each fact once; names in lists, cut so that like ones still differ."""

from advisor.report.sanitize import readable_value
from catalog import ModelCard
from catalog.card import WeightFile
from tests.tables import for_each
from tui.card_text import card_lines
from tui.screens.shortlist import ALREADY_SHOWN
from tui.widgets.columns import shares, short
from tui.widgets.mistakes import Asked

CARD = ModelCard(
    "org/encoder", revision="0123456789abcdef", family="sentence-similarity", parameters=17_389_824,
    parameters_standing="derived", parameters_source="architecture (MiniLM, 3 layers of 384)", license="apache-2.0",
    languages=("en",),
    files=(WeightFile(None, "gguf", "q4_k_m", None, None), WeightFile("model.onnx", "onnx", "fp32", 12_000_000, "ab")),
    gated=False, sources=("weights read: parameters, parameters_standing, license",),
    description="Sentence similarity model: tells how alike two texts are. English; 17.4 M parameters; licence x.",
)  # fmt: skip


def test_of_marked_texts_a_mistake_shows_what_differs() -> None:
    """Each span in words; those that both have are left out of the line, unless all of it is short."""
    spans = [
        {"text": "gota", "label": "Enfermedad", "start": 3, "end": 7},
        {"text": "40 mg", "label": "Dosis", "start": 9, "end": 14},
    ]
    asked = Asked("line 4", "a gota, 40 mg", readable_value(spans), readable_value(spans[:1]))
    assert asked.line.plain == "line 4 ✗ said '…', not '…; 40 mg: Dosis at 9': a gota, 40 mg"
    late = Asked("line 5", "my card", "F09", "F01; F02; F09")  # in a place that does not count
    assert late.line.plain == "line 5 ✗ said 'F01; F02; F09', not 'F09': my card"


def test_columns_that_want_the_same_room_share_it() -> None:
    assert shares([80, 80, 12], 56) == [20, 20, 12]


def test_each_fact_stands_once_in_words() -> None:
    """No field's name, no value of the program's own, no fact that a row tells once more in the description."""
    text = "\n".join(card_lines(CARD))
    for raw in ("WeightFile", "None", "False", "gated", "license", "parameters_standing", "17389824", "17.4 M"):
        assert raw not in text
    assert text.count("apache-2.0") == 1
    assert text.count("17.4M") == 1
    assert "17.4M (worked out from its architecture)" in text
    assert "  gguf  q4_k_m\n" in text
    assert "  model.onnx  fp32  12 MB" in text


def test_labels_show_their_meaning() -> None:
    """A number for a label is shown with what it stands for, and a long list is cut with its length."""
    text = "\n".join(card_lines(ModelCard("org/spam", labels=("LABEL_0=ham", "LABEL_1=spam"))))
    assert "Labels      LABEL_0 (ham), LABEL_1 (spam)" in text
    many = ModelCard("org/many", labels=tuple(f"kind {n}" for n in range(20)))
    assert "kind 7 and 12 more" in "\n".join(card_lines(many))


def test_facts_of_a_candidate_are_not_repeated() -> None:
    """The local files may differ: only their facts are shown."""
    text = "\n".join(card_lines(CARD, ALREADY_SHOWN))
    for found in ("17.4M", "apache-2.0", "0123456789ab", "Languages"):
        assert found not in text
    assert "Does        sentence-similarity" in text


@for_each(
    ("name", "width", "shown"),
    [
        ("org/model", 20, "org/model"),
        ("sentence-transformers/all-MiniLM-L6-v2", 22, "sent…/all-MiniLM-L6-v2"),
        ("cardiffnlp/twitter-roberta-base", 10, "…/twitter-roberta-base"),
        ("words and characters", 8, "words and characters"),
    ],
)
def test_a_model_s_own_name_is_kept(name: str, width: int, shown: str) -> None:
    """The maker's part is cut first; what is too long still is for the column to cut."""
    assert short(name, width) == shown
