"""Image classification through the real command, with tiny vision models that were really trained."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from advisor.engines.transformers.see import open_image
from tests.conftest import Home, run_advisor
from tests.families.support import predictions, recommend, refusal, write_task
from tests.probe.tiny import image, tiny
from tests.tables import for_each

FAMILY_NAME = "image-classification"


def rows_of(folder: Path, count: int, names: tuple[str, str] = ("red", "blue")) -> list[dict[str, str]]:
    """Draw images and return the examples, their labels under these names."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in range(count):
        image(folder / f"{number}.png", ("red", "blue")[number % 2])
        rows.append({"image": f"{number}.png", "label": names[number % 2]})
    return rows


def test_a_classifier_as_it_is_and_a_head_on_what_it_sees(ready_home: Home, tmp_path: Path) -> None:
    """Its labels fit by name; its vectors train a head besides; one of the two passes."""
    task = write_task(
        tmp_path, rows_of(tmp_path, 40), family=FAMILY_NAME, models=[str(tiny("vit"))], teaching={"count": 12}
    )
    _, result = recommend(ready_home, task, "--require", "examples", code=0)
    assert {each["method"] for each in result["candidates"]} == {"as is", "head"}
    assert result["recommended"]["runtime"] == "transformers"


def mapped(home: Home, folder: Path, label_map: dict[str, str], *, rows: int, taught: int) -> dict[str, Any]:
    """Return the result of warm and cold pictures that a model of red and blue passes."""
    task = write_task(
        folder,
        rows_of(folder, rows, ("warm", "cold")),
        family=FAMILY_NAME,
        models=[str(tiny("vit"))],
        label_map=label_map,
        teaching={"count": taught},
    )
    _, result = recommend(home, task, "--require", "examples", code=0)
    assert predictions(result["recommended"]["usage"], folder, ["0.png", "1.png"]) == ["warm", "cold"]
    return result


def test_other_names_by_a_label_map(ready_home: Home, tmp_path: Path) -> None:
    """The task's labels are not the model's: the map says what stands for what; nothing is taught."""
    result = mapped(ready_home, tmp_path, {"red": "warm", "blue": "cold"}, rows=20, taught=0)
    only = result["candidates"][0]
    assert (only["method"], only["verdict"], only["passes"]) == ("as is", "passes", only["outcomes"])


def test_a_model_fails_where_the_labels_are_not_in_the_picture(ready_home: Home, tmp_path: Path) -> None:
    """A real failing probe: labels that follow the file's number, not its colour; a broken file is left out."""
    rows = rows_of(tmp_path, 40)
    for number, row in enumerate(rows):
        row["label"] = ("red", "blue")[number // 2 % 2]
    (tmp_path / "broken.png").write_bytes(b"\x89PNG broken")
    rows.append({"image": "broken.png", "label": "red"})
    task = write_task(tmp_path, rows, family=FAMILY_NAME, models=[str(tiny("vit"))], teaching={"count": 12})
    ran, result = recommend(ready_home, task)
    assert ran.code in {3, 4}
    assert "1 row is left out, the image file breaks off (record" in run_advisor(ready_home, "report", "last").out
    assert {each["verdict"] for each in result["candidates"]} == {"fails"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "there is no such image file; paths are relative to the task file's folder"),
        ({"labels_per_text": "several"}, "labels_per_text: image-classification has no use for it"),
    ],
)
def test_what_is_wrong(tmp_path: Path, more: dict[str, str], words: str) -> None:
    rows = [{"image": "gone.png", "label": label} for label in ("a", "b")]
    assert words in refusal(write_task(tmp_path, rows, family=FAMILY_NAME, **more))


@for_each(
    ("kind", "white", "ending"),
    [
        (">u2", 65535, "tiff"),
        ("uint16", 65535, "png"),
        ("uint16", 4095, "png"),
        ("int32", 10**6, "tiff"),
        ("float32", 1, "tiff"),
    ],
)
def test_scans_of_more_than_eight_bits_keep_their_greys(kind: str, white: int, ending: str, tmp_path: Path) -> None:
    """Pillow by itself makes nearly all of such a picture white, or black where white is one."""
    greys = np.array([[0.0, 0.25, 0.5, 1.0]])
    Image.fromarray((greys * white).astype(kind)).save(tmp_path / f"scan.{ending}")
    seen = np.asarray(open_image(str(tmp_path / f"scan.{ending}")))
    assert np.abs(seen / 255 - greys[..., None]).max() < 0.01


def test_labels_by_their_names_alone(ready_home: Home, tmp_path: Path) -> None:
    """CLIP, tiny, that has read what photos show; nothing is taught."""
    task = write_task(
        tmp_path, rows_of(tmp_path, 40), family=FAMILY_NAME, models=[str(tiny("clip"))], teaching={"count": 0}
    )
    _, result = recommend(ready_home, task, "--require", "examples", code=0)
    (only,) = result["candidates"]
    assert (only["method"], only["passes"]) == ("zero-shot", only["outcomes"])
    assert predictions(result["recommended"]["usage"], tmp_path, ["0.png", "1.png"]) == ["red", "blue"]


def test_few_rows_leave_the_labels_names_and_many_train_a_head(empty_hub_home: Home, tmp_path: Path) -> None:
    """A model of images and texts is in the plan of any photos."""
    for count, method in ((16, "zero-shot"), (48, "head")):
        folder = tmp_path / str(count)
        rows = rows_of(folder, count, ("pizza", "sushi"))
        task = write_task(folder, rows, family=FAMILY_NAME, instruction="What dish is on the photo?")
        ran = run_advisor(empty_hub_home, "recommend", task, "--plan-only", "--json", "--download", "9GB", code=0)
        planned = {each["model"]: each["method"] for each in json.loads(ran.out)["candidates"]}
        assert {how for model, how in planned.items() if "clip" in model or "siglip" in model} == {method}, planned
