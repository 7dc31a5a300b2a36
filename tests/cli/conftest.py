"""A run of the command line that several modules go on from."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import Home, linked_home, run_advisor

STATIC = "wordllama-l2-supercat-256"


@pytest.fixture(scope="module")
def made(starter_home: Home, small_task: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """A home with a certified run of the static model in it, and the run's folder."""
    folder = tmp_path_factory.mktemp("made")
    home = linked_home(folder, starter_home)
    shutil.copy(small_task.parent / "subjects.jsonl", folder)
    text = re.sub(r"bar:.*\n", "", small_task.read_text(encoding="utf-8"))
    # New inputs are made of old ones, and are nearly the same.
    text = text.replace("{path: subjects.jsonl}", "{path: subjects.jsonl, near_duplicates: keep}")
    (folder / "task.yaml").write_text(f"{text}bar: {{pass_rate: 0.6}}\nmodels: [{STATIC}]\n", encoding="utf-8")
    ran = run_advisor(home, "recommend", folder / "task.yaml", "--json", "--offline", code=0)
    return home, Path(json.loads(ran.out)["folder"])
