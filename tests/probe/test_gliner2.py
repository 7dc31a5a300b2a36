"""GLiNER2 of both architectures: spans and labels that the task gives, from models that the library itself saved."""

import json
import shutil
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
from tests.probe.tiny import tiny_engine
from tests.tables import for_each

ARCHITECTURES = ("span", "boundary")
LABELS = ["person", "place"]


def changed(tmp_path: Path, file: str, **config: Any) -> Path:
    """Copy a model with one of its configurations changed; what is None is taken out."""
    folder = shutil.copytree(tiny_engine("gliner2") / "span", tmp_path / "model")
    facts = json.loads((folder / file).read_text(encoding="utf-8")) | config
    kept = {name: value for name, value in facts.items() if value is not None}
    (folder / file).write_text(json.dumps(kept), encoding="utf-8")
    return folder


@for_each("architecture", ARCHITECTURES)
def test_it_finds_the_spans_of_labels_that_it_is_given(architecture: str) -> None:
    """By their place in the text; of one label alone where one is asked for; nothing in an empty text."""
    folder, texts = tiny_engine("gliner2") / architecture, ["ada went to paris with bob .", "", "the day", "rome"]
    (both, people), facts = ask(folder, ("extract", texts, LABELS), ("extract", texts, LABELS[:1]))
    assert [[each[:3] for each in row] for row in both] == [
        [[0, 3, "person"], [12, 17, "place"], [23, 26, "person"]],
        [],
        [],
        [[0, 4, "place"]],
    ]
    assert all(0.5 < each[3] <= 1.0 for row in both for each in row)
    assert all(each[2] == "person" for row in people for each in row)
    assert facts["precision"] == "fp32"


def test_it_says_how_well_labels_fit() -> None:
    """In the order of the labels, whatever that is; a text longer than its encoder reads is cut."""
    folder, texts = tiny_engine("gliner2") / "span", ["the day sunny", "to grey", "grey " * 500, ""]
    answers, _ = ask(folder, ("fit", texts, ["glad", "sad"]), ("fit", texts, ["sad", "glad"]), form=1)
    for rows, right in zip(answers, ([[1, 0], [0, 1]], [[0, 1], [1, 0]]), strict=True):
        assert [[round(chance) for chance in row] for row in rows[:2]] == right
        assert all(0.0 <= chance <= 1.0 for row in rows for chance in row)


def test_a_long_text_is_read_in_windows() -> None:
    """Its encoder has no more than 256 places; more words at once would end in an error."""
    (rows,), _ = ask(tiny_engine("gliner2") / "boundary", ("extract", ["the day " * 200, "ada"], LABELS))
    assert [each[:3] for each in rows[1]] == [[0, 3, "person"]]


def test_a_folder_is_its_alone() -> None:
    forms = inspect(tiny_engine("gliner2") / "span").forms
    assert [(form.runtime, form.ability) for form in forms] == [("gliner2", "extract"), ("gliner2", "fit")]


@for_each(
    ("file", "change", "reason"),
    [
        ("encoder_config/config.json", {"auto_map": {"AutoModel": "own.Model"}}, "names code for its encoder"),
        ("config.json", {"auto_map": {"AutoModel": "own.Model"}}, "needs to run code of its own"),
    ],
)
def test_what_is_not_loaded(tmp_path: Path, file: str, change: dict[str, Any], reason: str) -> None:
    inspection = inspect(changed(tmp_path, file, **change))
    assert inspection.forms == ()
    assert str(inspection.reason).startswith(reason)


def test_what_is_missing_is_looked_for_nowhere_else(tmp_path: Path) -> None:
    """Its encoder's configuration, some of its weights, an architecture that the library does not know."""
    folder = changed(tmp_path, "config.json", architecture="other")
    with pytest.raises(EngineError, match="Unknown extractor architecture"):
        ask(folder, ("extract", ["ada"], LABELS))
    shutil.rmtree(folder)
    folder = changed(tmp_path, "config.json")
    from safetensors.numpy import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    del tensors["classifier.0.weight"]
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(EngineError, match="does not match this model's span-head"):
        ask(folder, ("extract", ["ada"], LABELS))
    (folder / "encoder_config" / "config.json").unlink()
    assert inspect(folder).reason == "lacks encoder_config/config.json"


@for_each(
    ("kind", "ability"),
    [("token-classification", "extract"), ("zero-shot-classification", "fit"), ("text-classification", "fit")],
)
def test_the_catalogs_models_are_its_own(kind: str, ability: str) -> None:
    known = ModelCard("acme/gliner2", family=kind, library="gliner2")
    assert use_for(known, family(kind)) == Use("gliner2", ability)


def test_a_run_ends_with_it_recommended(home: Home, tmp_path: Path) -> None:
    """The labels' meanings are what the model is given; the answers are the labels."""
    rows = [
        {"text": f"{before} {word} {after}".strip(), "label": {"glad": "UP", "sad": "DOWN"}[mood]}
        for mood, words in MOODS.items()
        for word in words
        for before in ("the day", "and", "")
        for after in ("", "and the day")
    ]
    labels = {"UP": "glad", "DOWN": "sad"}
    task = write_task(tmp_path / "task", rows, family="zero-shot-classification", labels=labels, models=["moods"])
    used, asked = ("moods", "gliner2", "zero-shot"), ["the day lovely", "and awful"]
    assert answers_of(home, tiny_engine("gliner2") / "span", task, used, asked) == ["UP", "DOWN"]
