"""GLiClass: labels that the task gives, held against texts by a model that learned to."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from advisor.candidates.layout import inspect
from advisor.candidates.uses import Use, use_for
from advisor.families import family
from catalog import ModelCard
from tests.conftest import Home
from tests.families.support import answers_of, write_task
from tests.probe.asking import EngineError, ask
from tests.probe.support import MOODS
from tests.probe.tiny import changed, tiny_engine
from tests.tables import for_each

copy = partial(changed, "gliclass")


def test_it_says_how_well_labels_fit() -> None:
    texts = ["the day is very sunny", "so grey", "and tears and so"]
    (one, other), facts = ask(tiny_engine("gliclass"), ("fit", texts, ["glad", "sad"]), ("fit", texts, ["sad", "glad"]))
    assert [[round(chance) for chance in row] for row in one] == [[1, 0], [0, 1], [0, 1]]
    assert [[round(chance) for chance in row] for row in other] == [[0, 1], [1, 0], [1, 0]]
    assert facts["precision"] == "fp32"


def test_a_folder_is_its_alone() -> None:
    (form,) = inspect(tiny_engine("gliclass")).forms
    assert (form.runtime, form.ability) == ("gliclass", "fit")


@for_each(
    ("change", "reason"),
    [
        ({"architecture_type": "bi-encoder"}, "is a GLiClass of the architecture bi-encoder"),
        ({"encoder_config": {"auto_map": {"AutoModel": "own.Model"}}}, "lacks the configuration of its encoder"),
        ({"auto_map": {"AutoModel": "own.Model"}}, "needs to run code of its own"),
    ],
)
def test_what_is_not_loaded(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    """Code, and architectures that are asked otherwise, are refused before anything is loaded."""
    inspection = inspect(copy(tmp_path, **change))
    assert inspection.forms == ()
    assert str(inspection.reason).startswith(reason)


def test_an_encoder_that_would_bring_its_code_is_not_looked_for(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="its encoder is unknown to transformers"):
        ask(copy(tmp_path, encoder_config={"model_type": "own"}), ("fit", ["a"], ["glad"]))


def test_damaged_weights_are_a_reason(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(EngineError, match="damaged or cut short"):
        ask(folder, ("fit", ["a"], ["glad"]))


def test_the_catalogs_models_are_its_own() -> None:
    known = ModelCard("acme/gliclass", family="zero-shot-classification", library="gliclass")
    for kind in ("zero-shot-classification", "text-classification"):
        assert use_for(known, family(kind)) == Use("gliclass", "fit")


def test_a_run_ends_with_it_recommended(home: Home, tmp_path: Path) -> None:
    """The labels' meanings are what the model is given; the answers are the labels."""
    rows = [
        {"text": f"{before} {word} {after}".strip(), "label": {"glad": "UP", "sad": "DOWN"}[mood]}
        for mood, words in MOODS.items()
        for word in words
        for before in ("the day is", "so very", "and")
        for after in ("", "and so", "the day")
    ]
    task = write_task(
        tmp_path / "task",
        rows,
        family="zero-shot-classification",
        labels={"UP": "glad", "DOWN": "sad"},
        models=["moods"],
    )
    used, asked = ("moods", "gliclass", "zero-shot"), ["the day is lovely", "so awful"]
    assert answers_of(home, tiny_engine("gliclass"), task, used, asked) == ["UP", "DOWN"]
