"""Code of a model's own, and pickled weights: run and read where the task allows it for that model, nowhere else."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.probe import no_network
from tests.conftest import Home
from tests.families.support import recommend, write_task
from tests.probe.asking import EngineError, ask
from tests.probe.tiny import tiny

OWN = """
import socket
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=5)
    reached = "reached"
except OSError:
    reached = "alone"
open({note!r}, "w").write(reached)
from transformers import BertConfig, BertForSequenceClassification
class OwnConfig(BertConfig):
    model_type = "own-bert"
class OwnModel(BertForSequenceClassification):
    config_class = OwnConfig
"""
TO_PICKLE = """
import sys, torch
from safetensors.torch import load_file
torch.save(load_file(sys.argv[1] + "/model.safetensors"), sys.argv[1] + "/pytorch_model.bin")
"""
# Protocol 0 of pickle: call open(note, "w").
EVIL = "cio\nopen\n(V{note}\nVw\ntR."
TEXTS = [
    {"text": f"the day is {word} number {n}", "label": mood}
    for n in range(12)
    for word, mood in (("sunny", "glad"), ("grey", "sad"))
]


def own_code(folder: Path, note: Path, kind: str = "classify", port: int = 9) -> Path:
    """Copy a tiny classifier, of texts or of pairs, and give it an architecture of its own that asks a port."""
    shutil.copytree(tiny(kind), folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {
        "model_type": "own-bert",
        "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForSequenceClassification": "own.OwnModel"},
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "own.py").write_text(OWN.format(note=str(note), port=port), encoding="utf-8")
    return folder


def pickled(folder: Path, kind: str = "classify") -> Path:
    """Copy a tiny model with its weights pickled, as torch does."""
    shutil.copytree(tiny(kind), folder)
    subprocess.run([sys.executable, "-c", TO_PICKLE, str(folder)], check=True, timeout=120)
    (folder / "model.safetensors").unlink()
    return folder


def test_a_task_allows_one_model_its_code(ready_home: Home, tmp_path: Path) -> None:
    """Without leave it is left out with the reason; with it, it runs once the user agrees, and reaches no network."""
    note = tmp_path / "note"
    listener = socket.create_server(("127.0.0.1", 0))
    own_code(tmp_path / "task" / "own-model", note, port=listener.getsockname()[1])
    facts = {
        "family": "text-classification",
        "labels": ["glad", "sad"],
        "models": ["./own-model"],
        "teaching": {"count": 0},
    }
    task = write_task(tmp_path / "task", TEXTS, **facts)
    ran, _ = recommend(ready_home, task)
    assert ran.code == 5
    assert "needs to run code of its own (auto_map in config.json)" in ran.err
    assert not note.exists()
    task = write_task(tmp_path / "task", TEXTS, **facts, allow={"./another": "remote-code"})
    assert recommend(ready_home, task)[0].code == 5
    assert not note.exists()
    task = write_task(tmp_path / "task", TEXTS, **facts, allow={"./own-model": ["remote-code"]})
    ran, _ = recommend(ready_home, task, "--yes")
    assert (ran.code, note.exists()) == (2, False)
    assert ran.err.strip().endswith("; if you agree, add --allow-code ./own-model")
    ran, document = recommend(ready_home, task, "--allow-code", "./own-model")
    listener.close()
    assert document["candidates"][0]["allows"] == ["remote-code"], ran.err
    assert document["candidates"][0]["passes"] == document["candidates"][0]["outcomes"] > 0
    assert "As the task allows, ./own-model runs code of its own on this machine (" in ran.err
    assert note.read_text(encoding="utf-8") == ("alone" if no_network.is_offered() else "reached")
    # What it runs is agreed to as it is.
    with (tmp_path / "task" / "own-model" / "own.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert recommend(ready_home, task, "--yes")[0].code == 2


def test_pickled_weights_are_read_where_allowed(tmp_path: Path) -> None:
    """As plain tensors alone, and the report says so."""
    folder = pickled(tmp_path / "model")
    (answers,), facts = ask(folder, ("classify", ["the day is sunny"]), allows=("pickle",))
    assert answers[0][0][0] == "GLAD"
    assert "only plain tensors" in facts["pickle"]


def test_a_pickle_that_would_run_something_never_does(tmp_path: Path) -> None:
    """Not even where pickles are allowed."""
    folder, note = pickled(tmp_path / "model"), tmp_path / "note"
    (folder / "pytorch_model.bin").write_bytes(EVIL.format(note=note).encode())
    with pytest.raises(EngineError, match="CannotLoadError: ") as caught:
        ask(folder, ("classify", ["the day is sunny"]), allows=("pickle",))
    assert "pickled weights hold more than plain tensors" in str(caught.value)
    assert not note.exists()
