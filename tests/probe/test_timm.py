"""timm's image models, from a real one that learned two colours."""

import json
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
from tests.probe.test_permissions import to_pickle
from tests.probe.tiny import changed, image, tiny_engine
from tests.tables import for_each

copy = partial(changed, "timm")


def colours(tmp_path: Path) -> list[str]:
    return [str(image(tmp_path / f"{colour}-{n}.png", colour)) for n in range(2) for colour in ("red", "blue")]


def test_it_sees_and_looks(tmp_path: Path) -> None:
    """By its own labels, and by vectors that tell the colours apart."""
    files = colours(tmp_path)
    (seen, vectors), facts = ask(tiny_engine("timm"), ("see", files), ("look", files))
    assert [ranked[0][0] for ranked in seen] == ["red", "blue", "red", "blue"]
    assert all(abs(sum(chance for _, chance in row) - 1.0) < 1e-5 for row in seen)
    assert facts["precision"] == "fp32"

    def similarity(one: int, other: int) -> float:
        return sum(a * b for a, b in zip(vectors[one], vectors[other], strict=True))

    assert similarity(0, 0) == pytest.approx(1.0, abs=1e-5)
    assert min(similarity(0, 2), similarity(1, 3)) > max(similarity(0, 1), similarity(2, 3))


def test_a_folder_is_its_alone() -> None:
    forms = inspect(tiny_engine("timm")).forms
    assert [(form.runtime, form.ability, form.labels) for form in forms] == [
        ("timm", "see", ("red", "blue")),
        ("timm", "look", ("red", "blue")),
    ]


def test_a_model_without_a_classifier_only_looks(tmp_path: Path) -> None:
    """As DINOv2's are."""
    assert [form.ability for form in inspect(copy(tmp_path, num_classes=0)).forms] == ["look"]


@for_each(
    ("change", "reason"),
    [
        ({"architecture": "hf-hub:acme/other"}, "is not one of timm's"),
        ({"architecture": "local-dir:/etc"}, "is not one of timm's"),
        ({"architecture": "no_such_network"}, "cannot be loaded"),
        ({"architecture": "test_resnet"}, "cannot be loaded"),
        ({"num_classes": 7}, "cannot be loaded"),
    ],
)
def test_what_does_not_fit_is_a_reason(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    """Other weights than the architecture's, and names that would be looked for elsewhere."""
    with pytest.raises(EngineError, match=reason):
        ask(copy(tmp_path, **change), ("look", colours(tmp_path)))


def test_no_other_file_is_read(tmp_path: Path) -> None:
    """A configuration that names a checkpoint of its own does not get it unpickled."""
    told = json.loads((tiny_engine("timm") / "config.json").read_text(encoding="utf-8"))
    arguments = told["model_args"] | {"checkpoint_path": str(tmp_path / "trap.pth"), "pretrained": True}
    folder = copy(tmp_path, model_args=arguments)
    (tmp_path / "trap.pth").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    files = colours(tmp_path)
    (seen,), _ = ask(folder, ("see", files))
    assert seen[0][0][0] == "red"


def test_damaged_and_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-100])
    with pytest.raises(EngineError, match="damaged or cut short"):
        ask(folder, ("look", colours(tmp_path)))
    weights.rename(folder / "pytorch_model.bin")
    assert "its weights file pytorch_model.bin is no checkpoint that torch saved" in str(inspect(folder).reason)


def test_pickled_weights_see_the_same(tmp_path: Path) -> None:
    files = colours(tmp_path)
    safe, _ = ask(tiny_engine("timm"), ("see", files), ("look", files))
    pickled, facts = ask(to_pickle(copy(tmp_path)), ("see", files), ("look", files))
    assert pickled == safe
    assert facts["pickle"] == "only plain tensors were read"


def test_the_catalogs_models_are_its_own() -> None:
    """What they see makes a classifier, whose labels the plan judges."""
    known = ModelCard("timm/resnet18.a1_in1k", family="image-classification", library="timm")
    images = family("image-classification")
    assert use_for(known, images) == Use("timm", "see")


def test_a_run_ends_with_it_recommended(home: Home, tmp_path: Path) -> None:
    """From image files to code that answers as the probe did."""
    folder = tmp_path / "task"
    folder.mkdir()
    rows = [
        {"image": image(folder / f"{n}.png", colour).name, "label": colour}
        for n in range(40)
        for colour in [("red", "blue")[n % 2]]
    ]
    task = write_task(folder, rows, family="image-classification", models=["colours"])
    asked = [str(folder / "0.png"), str(folder / "1.png")]
    assert answers_of(home, tiny_engine("timm"), task, ("colours", "timm"), asked) == ["red", "blue"]
