"""A model's own code runs only if the task allows it for that model; pickles are read only as tensors."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from advisor.engines.base import CannotLoadError, Load
from advisor.engines.checks import check_torch_folder
from advisor.probe import no_network
from tests.conftest import Home
from tests.families.support import recommend, write_task
from tests.formats.checkpoints import archive, evil_pickles, old
from tests.probe.asking import ask
from tests.probe.support import edit
from tests.probe.tiny import image, tiny

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
REFUSED_BY_TORCH = """
import sys, torch
for file in sys.argv[1:]:
    try:
        torch.load(file, weights_only=True)
        print("loaded")
    except Exception:
        print("refused")
"""
TEXTS = [
    {"text": f"the day is {word} number {n}", "label": mood}
    for n in range(12)
    for word, mood in (("sunny", "glad"), ("grey", "sad"))
]


def own_code(folder: Path, note: Path, kind: str = "classify", port: int = 9) -> Path:
    """Copy a tiny classifier, of texts or of pairs, and give it an architecture of its own that asks a port."""
    shutil.copytree(tiny(kind), folder)
    own = {"AutoConfig": "own.OwnConfig", "AutoModelForSequenceClassification": "own.OwnModel"}
    edit(folder / "config.json", model_type="own-bert", auto_map=own)
    (folder / "own.py").write_text(OWN.format(note=str(note), port=port), encoding="utf-8")
    return folder


def to_pickle(folder: Path) -> Path:
    """Replace a folder's weights by the same tensors, pickled as torch does."""
    subprocess.run([sys.executable, "-c", TO_PICKLE, str(folder)], check=True)
    (folder / "model.safetensors").unlink()
    return folder


def pickled(folder: Path, kind: str = "classify") -> Path:
    """Copy a tiny model with its weights pickled."""
    shutil.copytree(tiny(kind), folder)
    return to_pickle(folder)


def test_a_task_allows_one_model_its_code(ready_home: Home, tmp_path: Path) -> None:
    """Without permission it is left out with the reason; with it, it runs after the user agrees, without network."""
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


ASKED: dict[str, tuple[Any, ...]] = {
    "classify": ("classify", ["the day is sunny"]),
    "marian": ("rewrite", ["the day is sunny", "a grey day"]),
    "tag": ("tag", ["bob came to paris today ."]),
    "vit": ("see",),
}


@pytest.mark.parametrize("kind", ASKED)
def test_pickled_weights_answer_the_same(tmp_path: Path, kind: str) -> None:
    """Only as plain tensors, without any permission, and the report says so."""
    call = (*ASKED[kind], [str(image(tmp_path / "red.png", "red"))]) if kind == "vit" else ASKED[kind]
    safe, about = ask(tiny(kind), call)
    answers, facts = ask(pickled(tmp_path / "model", kind), call)
    assert answers == safe
    assert facts == about | {"pickle": "only plain tensors were read"}


def test_both_forms_take_safetensors(tmp_path: Path) -> None:
    """Other files next to them are not read."""
    folder = pickled(tmp_path / "model")
    shutil.copyfile(tiny("classify") / "model.safetensors", folder / "model.safetensors")
    (folder / "pytorch_model.bin").write_bytes(archive(evil_pickles(tmp_path / "note")["reduce"]))
    (answers,), facts = ask(folder, ("classify", ["the day is sunny"]))
    assert answers[0][0][0] == "GLAD"
    assert "pickle" not in facts
    assert not (tmp_path / "note").exists()


def test_a_pickle_that_would_run_something_never_does(tmp_path: Path) -> None:
    """Not by an engine that loads it by name, nor with any permission: torch is never reached."""
    folder, note = pickled(tmp_path / "model"), tmp_path / "note"
    for evil in evil_pickles(note).values():
        for content in (evil, archive(evil), old(evil)):
            (folder / "pytorch_model.bin").write_bytes(content)
            asked = Load(folder, ("pytorch_model.bin",), "classify", 1, frozenset({"pickle", "remote-code"}))
            with pytest.raises(CannotLoadError, match=r"its weights file pytorch_model.bin (?:holds|has|is no)"):
                check_torch_folder(asked)
            assert not note.exists()


def test_torch_itself_refuses_what_the_check_refuses(tmp_path: Path) -> None:
    """The second of the two locks: without the first, `weights_only` still runs none of it."""
    note, files = tmp_path / "note", []
    for number, evil in enumerate(evil_pickles(note).values()):
        for content in (archive(evil), old(evil)):
            files.append(tmp_path / f"{number}-{len(files)}.bin")
            files[-1].write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", REFUSED_BY_TORCH, *map(str, files)],
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["refused"] * len(files)
    assert not note.exists()
