"""The model card as data."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import CatalogError, ModelCard, WeightFile
from tests.tables import for_each

_TEXT = st.text(max_size=12)
_COUNT = st.none() | st.integers(min_value=0, max_value=2**62)
_NAMES = st.lists(_TEXT, max_size=3).map(tuple)
_FILE = st.builds(WeightFile, name=st.none() | _TEXT, format=_TEXT, precision=st.none() | _TEXT, size=_COUNT)
_CARD = st.builds(
    ModelCard, id=st.text(min_size=1, max_size=12), family=st.none() | _TEXT, parameters=_COUNT,
    license=st.none() | _TEXT, languages=_NAMES, labels=_NAMES, files=st.lists(_FILE, max_size=3).map(tuple),
    gated=st.none() | st.booleans(),
    scores=st.dictionaries(_TEXT, st.floats(allow_nan=False, allow_infinity=False), max_size=3), tags=_NAMES,
    aliases=_NAMES, description=_TEXT,
)  # fmt: skip


@given(_CARD)
def test_json_keeps_every_fact(card: ModelCard) -> None:
    """Writing and reading a card changes nothing but an empty name, which is unknown."""
    assert ModelCard.from_json(card.to_json()).to_json() == card.to_json()


def test_json_and_pickle_return_an_equal_card() -> None:
    card = ModelCard(
        id="org/name", revision="a" * 40, parameters=5, parameters_standing="exact",
        files=(WeightFile(name="model.onnx", format="onnx", precision="int8", size=7, sha256="0" * 64),),
        scores={"b": 0.5, "a": 1.0}, languages=("de",), labels=("LABEL_0=ham", "spam"), gated=False, aliases=("name",),
    )  # fmt: skip
    assert ModelCard.from_json(card.to_json()) == card
    assert pickle.loads(pickle.dumps(card)) == card  # noqa: S301 - written one line above
    assert card.label_meanings == {"LABEL_0": "ham", "spam": "spam"}


@for_each("text", ["", "[]", "{}", "null", '{"id": 3}', '{"id": "a", "tags": 3}', '{"id":"a","files":[3]}'])
def test_what_is_no_card_is_refused_in_words(text: str) -> None:
    with pytest.raises(CatalogError, match="not a model card"):
        ModelCard.from_json(text)


def test_fields_of_a_newer_version_are_ignored() -> None:
    assert ModelCard.from_json('{"id": "a/b", "colour": "red"}') == ModelCard(id="a/b")


def test_unknown_sizes_stay_unknown() -> None:
    """Without a size and a parameter count nothing is predicted."""
    card = ModelCard(id="a/b", files=(WeightFile(format="onnx"),))
    assert card.predicted_bytes() is None


def test_prediction_uses_the_precision_and_errs_upwards() -> None:
    """Known sizes first, then parameters times the width of the precision; unknown precision is full precision."""
    files = (WeightFile(format="onnx", precision="int8"), WeightFile(format="safetensors"))
    card = ModelCard(id="a/b", parameters=1000, files=files)
    assert card.predicted_bytes("onnx") == 1000
    assert card.predicted_bytes("safetensors") == 4000
    assert card.predicted_bytes("gguf") is None
    assert card.predicted_bytes() == 1000
    assert card.formats == ("onnx", "safetensors")
