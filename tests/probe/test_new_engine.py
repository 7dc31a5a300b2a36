"""docs/extending.md holds: an engine is one file and one entry; search, plan, local models and the worker find it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT
from tests.families.support import write_task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Home

# Vectors of how often each letter of a table occurs: a whole engine, with a layout of its own.
ENGINE = '''
"""Counts letters."""

from __future__ import annotations

from advisor.formats.form import Form, UnusableError
from advisor.engines.base import CannotLoadError
from advisor.engines.engine import ENCODERS, Engine, Files


def _is_own(folder):
    return folder.has("letters.json")


def _forms(folder):
    if not _is_own(folder):
        return []
    if not folder.has("letters.txt"):
        raise UnusableError("lacks letters.txt beside its letters.json")
    return [Form(ENGINE.name, ("letters.txt",), folder.size("letters.txt"), "int8", 26)]


ENGINE = Engine(
    name="letters",
    module=__name__,
    library="numpy",
    base_memory_bytes=90_000_000,
    abilities=dict.fromkeys(ENCODERS, "encode"),
    libraries=frozenset({"letters"}),
    formats=frozenset({"letters"}),
    files=Files(weights=("letters.txt",), suffixes=("letters.txt",)),
    forms=_forms,
    is_own=_is_own,
    working_share=2.0,
    seconds_per_character=1e-3,
    largest_batch=7,
)


class Letters:
    engine, device = "letters 1", "cpu"

    def __init__(self, letters):
        self._letters = letters

    def encode(self, texts):
        import numpy as np

        counts = np.array([[text.count(each) for each in self._letters] for text in texts], dtype="float32")
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)


def load(request):
    letters = (request.path / request.files[0]).read_text().strip()
    if not letters:
        raise CannotLoadError("letters.txt is empty")
    return Letters(letters)
'''

ASK = """
import json
from advisor.decide.batching import batch_size
from advisor.families import family
from advisor.engines.table import FORMATS
from advisor.candidates import predict
from advisor.candidates.uses import files_for, use_for
from catalog import ModelCard
card = ModelCard("acme/letters", family="feature-extraction", library="letters")
use = use_for(card, family("text-classification"))
print(json.dumps({
    "use": [use.runtime, use.ability],
    "patterns": files_for(card, use.runtime).patterns,
    "is searched": "letters" in FORMATS,
    "serving bytes": predict.serving_bytes("letters", 100),
    "seconds": predict.seconds_per_example("letters", 26, characters=50, prompt_characters=0, answer_tokens=0,
                                           threads=1, operations_per_second=1e9),
    "batch": batch_size("letters", 64),
}))
"""


@pytest.fixture
def extended(tmp_path: Path) -> Path:
    """A copy of the program with one more file and one more entry."""
    place = tmp_path / "program"
    for package in ("advisor", "catalog", "tui"):
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    engines = place / "advisor" / "engines"
    (engines / "letters.py").write_text(ENGINE, encoding="utf-8")
    table = (engines / "table.py").read_text(encoding="utf-8")
    changed = re.sub(r"(_MODULES = \(\n)", r'\1    "letters",\n', table)
    assert changed != table
    (engines / "table.py").write_text(changed, encoding="utf-8")
    return place


def _run(program: Path, home: Home | None, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(program)} | (home.environment if home else {})
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=program,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_an_engine_is_one_file_and_one_entry(extended: Path, home: Home, tmp_path: Path) -> None:
    """The catalog's models, plans, predictions, batches, local folders and probes all read the same entry."""
    done = _run(extended, None, "-c", ASK)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["use"] == ["letters", "encode"]
    assert "letters.txt" in told["patterns"]
    assert told["is searched"]
    assert (told["serving bytes"], round(told["seconds"], 6), told["batch"]) == (300, 0.05, 7)

    models = home.data / "model-advisor" / "models"
    for name, files in (("good", ("letters.json", "letters.txt")), ("bad", ("letters.json",))):
        (models / name).mkdir(parents=True)
        for file in files:
            (models / name / file).write_text("ab" if file == "letters.txt" else "{}", encoding="utf-8")
    rows = [{"text": "ab"[n % 2] * (1 + n % 9) + "c" * n, "label": ("first", "second")[n % 2]} for n in range(80)]
    task = write_task(tmp_path / "task", rows, models=["good", "bad"])
    ran = _run(extended, home, "-m", "advisor", "recommend", task, "--offline", "--json")
    document = json.loads(ran.stdout)
    assert document["recommended"]["model"] == "good", ran.stderr
    assert document["recommended"]["runtime"] == "letters"
    assert "lacks letters.txt beside its letters.json" in ran.stdout
