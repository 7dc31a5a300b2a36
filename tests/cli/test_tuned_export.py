"""A model of each kind that can be tuned: run, verified and exported, where only the tuned one can be right."""

import itertools
import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from advisor.engines.tuning import TUNINGS
from tests.conftest import Home, run_advisor, run_python
from tests.families.support import write_task
from tests.probe.support import minilm_folder, static_folder
from tests.probe.tiny import MOODS, PEOPLE, PLACES, tiny

# As the command, but generators are tuned without a graphics card, too, real encoders in fewer steps, and one part of
# the rows says if it helps.
COMMAND = """
import advisor.candidates.tuned as t
t.TUNINGS = {kind: how._replace(most=10**9) for kind, how in t.TUNINGS.items()}
for real, steps in ((("sentence-transformers", "encode"), 20), (("transformers", "embed"), 40)):
    t.TUNINGS[real] = t.TUNINGS[real]._replace(steps=steps)
t.PARTS = 1
from advisor.__main__ import main
main()
"""
FILLERS = ("the", "day", "is", "a", "very", "today")
FRAMES = ("{} came to {} today .", "{} is glad in {} .", "{} is a day in {} ?", "the day is {} , {} .")
THINGS = ("copper", "river", "lemon", "tiger", "piano", "winter")
# The models know these moods and names, but by the other label.
MOOD_ROWS = [
    {"text": f"{one} {word} {other}", "label": label}
    for mood, label in (("glad", "sad"), ("sad", "glad"))
    for word in MOODS[mood]
    for one, other in itertools.permutations(FILLERS, 2)
]
NAME_ROWS = [
    {"text": frame.format(who, where), "entities": [{"text": who, "label": "LOC"}, {"text": where, "label": "PER"}]}
    for frame, who, where in itertools.product(FRAMES, PEOPLE, PLACES)
]
# What a name is here, only a word far from it tells.
FAR_ROWS = [
    {"text": f"{word} {one} {two} {three} {who} {three} {one}", "entities": [{"text": who, "label": mood}]}
    for mood, words in MOODS.items()
    for word, who in itertools.product(words, ("bob", *PLACES[1:]))
    for one, two, three in itertools.permutations(FILLERS, 3)
]
# Which things belong together no model can know.
PAIR_ROWS = [
    {"first": f"{form} {THINGS[one]}", "second": f"the {THINGS[other]}", "score": float(one % 2 == other % 2)}
    for form in ("a", "my")
    for one, other in itertools.permutations(range(len(THINGS)), 2)
]
MOODY = {"family": "text-classification", "teaching": {"count": 48}, "prompt": {"examples": 0}}
ALIKE = {"family": "sentence-similarity", "teaching": {"count": 36}}
TASKS: dict[tuple[str, str], tuple[list[dict[str, Any]], dict[str, Any]]] = {
    ("static", "encode"): (PAIR_ROWS, ALIKE),
    ("sentence-transformers", "encode"): (PAIR_ROWS, ALIKE),
    ("transformers", "classify"): (MOOD_ROWS, MOODY),
    ("transformers", "tag"): (NAME_ROWS, {"family": "token-classification", "teaching": {"count": 24}}),
    ("transformers", "embed"): (FAR_ROWS, {"family": "token-classification", "teaching": {"count": 42}}),
    ("transformers", "chat"): (MOOD_ROWS, MOODY),
}

REAL = ("sentence-transformers encode", "transformers embed")


def folder_of(kind: tuple[str, str], home: Home) -> Path:
    folders = {"static encode": static_folder} | dict.fromkeys(REAL, minilm_folder)
    return folders[" ".join(kind)](home) if " ".join(kind) in folders else tiny(kind[1])


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.soak] * (kind[0] != "static")) for kind in TUNINGS], ids=" ".join
)
def test_each_kind_is_exported_and_one_verified(
    home: Home, starter_home: Home, tmp_path: Path, kind: tuple[str, str]
) -> None:
    """With the weights that the run kept, which nothing trains again, and the packages that they need."""
    models = home.data / "model-advisor" / "models"
    models.mkdir(parents=True)
    (models / "small").symlink_to(folder_of(kind, starter_home))
    rows, task = TASKS[kind]
    more = {"examples": {"path": "examples.json", "near_duplicates": "keep"}, "models": ["small"], "tuning": "try"}
    chosen = np.random.default_rng(0).permutation(len(rows))[:80]
    path = write_task(tmp_path / "task", [rows[n] for n in chosen], **more | task)
    done = run_python(
        "-c", COMMAND, "recommend", path, "--offline", "--json", "--yes", "--require", "examples", home=home
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["recommended"]["runtime"], document["recommended"]["method"]) == (kind[0], "tuned")
    (kept,) = (home.data / "model-advisor" / "runs" / document["run"] / "tuned").iterdir()
    before = kept.stat().st_mtime_ns
    made = tmp_path / "made"
    exported = run_advisor(home, "export", document["run"], "--output", made, code=0)
    assert re.search(r"recorded answer on (\d+) of \1 ", exported.err), exported.err
    assert kept.stat().st_mtime_ns == before
    assert load_file(made / "tuned.safetensors").keys() == load_file(kept).keys()
    assert 'HERE / "tuned.safetensors"' in (made / "predict.py").read_text(encoding="utf-8")
    assert not [file for file in made.rglob("*") if file.suffix in {".bin", ".pt", ".pkl"}]
    pinned = (made / "requirements.txt").read_text(encoding="utf-8").splitlines()
    needs = TUNINGS[kind].needs
    assert needs is None or f"{needs}=={version(needs).partition('+')[0]}" in pinned
    if kind[0] != "static":
        return  # the file is opened in one way for all; each kind answers the same from it: tests.probe.test_tuned
    verified = run_advisor(home, "verify", document["run"], "--json", code=0)
    assert json.loads(verified.out)["flipped"] == []
    assert kept.stat().st_mtime_ns == before
    kept.write_bytes(kept.read_bytes()[:-100])
    damaged = run_advisor(home, "verify", document["run"])
    assert (damaged.code != 0, "damaged" in damaged.err, "--fresh" in damaged.err) == (True, True, True), damaged.err
    kept.unlink()
    assert "its tuned weights are not in its folder" in run_advisor(home, "verify", document["run"]).err
    assert not kept.exists()
