"""The exports of models that answer pictures, recordings, or texts of several parts."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, run_advisor, run_python
from tests.families.support import recommend, write_task
from tests.probe.tiny import image, tiny, tone


def test_a_task_of_several_parts_is_used_by_its_parts(home: Home, tmp_path: Path) -> None:
    """Card, module and server show an input with its parts; a text alone is refused, in Python and as an argument."""
    rows = [
        {
            "first": f"Delta {n} Ltd",
            "second": f"{'Delta' if n % 2 else 'Omega'} {n} Ltd",
            "expected": ("other", "same")[n % 2],
        }
        for n in range(40)
    ]
    more: dict[str, Any] = {"family": "sentence-similarity", "models": [], "baselines": "try"}
    more |= {
        "examples": {"path": "examples.json", "expected": "expected"},
        "teaching": {"count": 20},
        "bar": {"pass_rate": 0.5},
    }
    recommend(home, write_task(tmp_path, rows, **more), "--require", "examples", code=0)
    made = tmp_path / "made"
    run_advisor(home, "export", "last", "--output", made, code=0)
    one = '{"first": "the first", "second": "the second"}'
    card = (made / "README.md").read_text(encoding="utf-8")
    assert f"python predict.py '{one}'" in card
    assert f"predict([{one}])" in card
    assert "It has no weights: nothing is fetched." in card
    assert f'{{"inputs": [{one}]}}' in (made / "app.py").read_text(encoding="utf-8")
    asked = (
        "import json, app; from fastapi.testclient import TestClient\n"
        "client = TestClient(app.app, raise_server_exceptions=False)\n"
        f"for given in {one}, {{'first': 'the first'}}, {{'first': 'the first', 'second': ['a', 'b']}}:\n"
        "    print(client.post('/predict', json={'inputs': [given]}).status_code)"
    )
    assert run_python("-W", "ignore", "-c", asked, cwd=made, check=True).stdout.split() == ["200", "422", "200"]
    assert run_python(made / "predict.py", one, check=True).stdout.strip() in {"other", "same"}
    assert run_python(made / "predict.py", input=f"{one}\n{one}\n", check=True).stdout.split()[1:]
    # What other programs write before a file in UTF-8 is none of its text.
    assert run_python(made / "predict.py", input=f"\ufeff{one}\n", check=True).stdout.split()
    for text in ("Delta 1 Ltd", '"Delta 1 Ltd"', '{"first": "Delta 1 Ltd"}'):
        refused = run_python(made / "predict.py", text)
        assert refused.returncode == 1
        assert refused.stderr.startswith("each input is JSON with its parts, such as ")
    alone = run_python("-c", f"from predict import predict; print(*predict({one}))", cwd=made, check=True)
    assert alone.stdout.strip() in {"other", "same"}
    refused = run_python("-c", "from predict import predict; predict(['Delta 1 Ltd'])", cwd=made)
    assert refused.stderr.splitlines()[-1] == "TypeError: an input has the parts first, second, not 'Delta 1 Ltd'"


@pytest.mark.parametrize("kind", ["image", "audio", "image model"])
def test_a_model_of_files_needs_none_of_its_examples(ready_home: Home, tmp_path: Path, kind: str) -> None:
    """Its head is exported, of a baseline and of a model; the card shows paths, and a file that is gone is named."""
    part, _, model = kind.partition(" ")
    names, ending = (("red", "blue"), "png") if part == "image" else (("low", "high"), "wav")
    task_folder = tmp_path / "task"
    task_folder.mkdir()
    rows = [{part: f"{n}.{ending}", "label": names[n % 2]} for n in range(40)]
    for n, row in enumerate(rows):
        path = task_folder / row[part]
        image(path, row["label"]) if part == "image" else tone(path, row["label"], seconds=1 + n / 100)
    # A label map that is wrong fails the model as it is.
    more = {"models": [str(tiny("vit"))], "label_map": {"red": "blue", "blue": "red"}} if model else {"models": []}
    more |= {"baselines": "skip" if model else "try", "family": f"{part}-classification", "teaching": {"count": 20}}
    task = write_task(task_folder, rows, **more)
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    assert document["recommended"]["method"] == ("head" if model else "linear")
    ran = run_advisor(ready_home, "export", "last", "--output", tmp_path / "made", code=0)
    assert re.search(r"recorded answer on (\d+) of \1 ", ran.err), ran.err
    run_advisor(ready_home, "export", "last", "--final", "--output", tmp_path / "final", code=0)
    for row in rows[2:]:
        (task_folder / row[part]).unlink()
    shutil.rmtree(document["folder"])
    made = (tmp_path / "made").rename(tmp_path / "moved")
    assert not (made / "teaching.jsonl").exists()
    texts = (path.read_text("utf-8") for path in made.glob("*") if path.suffix in {".py", ".md", ".json"})
    assert not any(str(task_folder) in text for text in texts)
    given = [f"0.{ending}", f"gone.{ending}", "task.json", f"1.{ending}"]
    for folder in (made, tmp_path / "final"):
        done = run_python(folder / "predict.py", *given, cwd=task_folder, home=ready_home)
        assert done.stdout.splitlines() == [names[0], "", "", names[1]], done.stderr
        assert done.returncode == 1
        gone, broken = done.stderr.splitlines()[-2:]  # a library's progress may come before
        assert gone == f"gone.{ending}: there is no such file"
        assert broken.startswith("task.json: can")
    done = run_python(made / "predict.py", input=f"1.{ending}\n0.{ending}\n\n", cwd=task_folder, home=ready_home)
    assert (done.returncode, done.stdout.split()) == (0, [*names[::-1]])
    card = (made / "README.md").read_text(encoding="utf-8")
    assert "a text" not in card
    name = {"image": "photo.jpg", "audio": "sound.wav"}[part]
    assert f"python predict.py {name}" in card
    assert "python predict.py < paths.txt" in card
    assert f"An input is the path of a {'picture' if part == 'image' else 'recording'}" in card
