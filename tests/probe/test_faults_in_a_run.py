"""Whole runs by the real command with candidates that fail in every way: the run continues to one that does not.

A model's own code, which the task allows, simulates a broken engine in a real worker. All candidates of a run are real
models that know the task; the faulty ones are smaller, so each of them is tried.
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, Ran
from tests.families.support import recommend, write_task
from tests.probe.support import edit
from tests.probe.test_faults import halve, small_tokenizer
from tests.probe.test_permissions import TEXTS, own_code
from tests.probe.tiny import tiny

# A model's own code: what it does as soon as it is imported, or with the first text.
CODE = """
import ctypes, os, stat, time
from transformers import BertConfig, BertForSequenceClassification

def print_anywhere():
    # Also where the worker speaks to the main process.
    for number in range(3, 256):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                os.write(number, b"\\x1b[2J100%|####|\\n")
        except OSError:
            pass

def fill_memory():
    held = [os.urandom(1 << 20) * 100 for _ in range(30)]
    time.sleep(600)

def do():
    __DEED__

if "__WHEN__" == "loading":
    do()

class OwnConfig(BertConfig):
    model_type = "own-bert"

class OwnModel(BertForSequenceClassification):
    config_class = OwnConfig

    def forward(self, *given, **named):
        do()
        return super().forward(*given, **named)
"""
DEEDS = {
    "segfault": "ctypes.string_at(0)",
    "hang": "time.sleep(600)",
    "memory": "fill_memory()",
    "garbage": "print_anywhere()",
    "print": "os.write(1, b'loading: 10%\\n')",
}
MINE, AROUND = False, True
# Why each ends, and whether that lies around the model: then another run of the command tries it again. The names are
# their folders'. Other ends of a worker, and the limit to load, are those of `test_supervisor` and `test_limits`.
ENDS = {
    "loading-segfault": ("crashed inside its engine (SIGSEGV)", MINE),
    "loading-memory": ("used SIZE of memory, more than the limit of 1.5 GB", AROUND),
    "loading-garbage": ("printed something that is not in the protocol: \\x1b[2J100%|####|", MINE),
    "answering-segfault": ("crashed inside its engine (SIGSEGV)", MINE),
    "answering-hang": ("took longer than the limit of 4.0 s per example", AROUND),
}
# One that prints where programs print does no harm.
GOOD = "good"


def does(folder: Path, deed: str, when: str, kind: str = "classify") -> None:
    """Make a copy of a tiny model whose own code does something while it is loading, or answering."""
    own_code(folder, folder / "unused", kind)
    (folder / "own.py").write_text(CODE.replace("__DEED__", deed).replace("__WHEN__", when), encoding="utf-8")


def task_of(folder: Path, names: list[str], **more: Any) -> Path:
    """Write a task for models in folders next to it."""
    return write_task(
        folder,
        TEXTS,
        labels=["glad", "sad"],
        teaching={"count": 0},
        models=[f"./{name}" for name in names],
        max_candidates=len(names),
        bar={"pass_rate": 0.6},
        **more,
    )


def reasons(ran: Ran, document: dict[str, Any]) -> dict[str, str]:
    """Return why each candidate but the good one could not run, after checking that the good one is recommended.

    The reasons on the screen are those of the document, without tracebacks or control characters.
    """
    assert ran.code == 0, ran.err
    assert "Traceback" not in ran.err
    assert "\x1b" not in ran.err
    assert document["recommended"]["model"] == f"./{GOOD}"
    found = {each["model"].removeprefix("./"): each for each in document["candidates"]}
    good = found.pop(GOOD)
    assert good["passes"] == good["outcomes"] > 0
    for name, candidate in found.items():
        of_verdict = {"fails": "could not be run: ", "not measured": "not measured: "}
        assert candidate["reason"].startswith(of_verdict[candidate["verdict"]]), name
        assert candidate["outcomes"] == 0, name
        assert f"./{name}: {candidate['reason']}\n" in ran.err
    return {name: candidate["reason"].partition(": ")[2] for name, candidate in found.items()}


@pytest.mark.soak
def test_processes_that_go_astray(ready_home: Home, tmp_path: Path) -> None:
    """Out of memory, hanging, crashed, gone, printing garbage: each ends alone, with a stored and reported reason."""
    home = ready_home._replace(hub=tmp_path / "hub")  # where the library puts copies of the models' code
    for name in ENDS:
        when, deed = name.split("-")
        does(tmp_path / "task" / name, DEEDS[deed], when)
    does(tmp_path / "task" / GOOD, DEEDS["print"], "loading", "entail")
    names = [*ENDS, GOOD]
    task = task_of(
        tmp_path / "task",
        names,
        allow={f"./{name}": "remote-code" for name in names},
        limits={"memory": "1.5GB", "seconds_per_example": 4},
    )
    agreed = [part for name in names for part in ("--allow-code", f"./{name}")]
    ran, document = recommend(home, task, "--yes", "--jobs", "2", *agreed)
    result = {name: re.sub(r"[\d.]+ [MG]B of", "SIZE of", reason) for name, reason in reasons(ran, document).items()}
    assert result == {name: reason for name, (reason, _) in ENDS.items()}
    run = home.data / "model-advisor" / "runs" / document["run"]
    events = [json.loads(line) for line in (run / "probes.jsonl").read_text(encoding="utf-8").splitlines()]
    failed = [each for each in events if each["event"] == "failed"]
    kept = {each["candidate"].partition("@")[0].removeprefix("./"): each["circumstance"] for each in failed}
    assert kept == {name: is_around for name, (_, is_around) in ENDS.items()}
    again = [
        each["candidate"].partition("@")[0].removeprefix("./") for each in events if each["event"] == "interrupted"
    ]
    assert sorted(again) == sorted(name for name, (_, is_around) in ENDS.items() if is_around)
    verdicts = {each["model"].removeprefix("./"): each["verdict"] for each in document["candidates"]}
    assert {verdicts[name] for name in again} == {"not measured"}
    (log,) = (run / "logs").glob(f"*{GOOD}_*")
    assert "loading: 10%" in log.read_text(encoding="utf-8")


def lose_a_part(folder: Path) -> None:
    """Have an index name two weight files, of which one is there."""
    parts = {"bert.pooler.dense.bias": "model.safetensors", "bert.pooler.dense.weight": "model-2.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}), encoding="utf-8")


def lose_the_tokenizer(folder: Path) -> None:
    """As a copy that was not finished."""
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated": (lambda f: halve(f / "model.safetensors"), "model.safetensors is damaged or cut short ("),
    "no-tokenizer": (lose_the_tokenizer, "has no tokenizer files"),
    "another-tokenizer": (lambda f: small_tokenizer(f / "tokenizer.json", 900), "they do not belong together"),
    "lacking-weights": (
        lambda f: edit(f / "config.json", num_hidden_layers=3),
        "its weights lack 16 of the tensors that its architecture needs, such as bert.encoder.layer.2.",
    ),
    "unknown-architecture": (
        lambda f: edit(f / "config.json", model_type="tomorrow", architectures=["TomorrowForSequenceClassification"]),
        "its architecture is unknown to transformers ",
    ),
}
ONLY_IF_ALLOWED = "which is done only if the task allows it by the model's name"
UNUSABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "no-weights": (lambda f: (f / "model.safetensors").unlink(), "holds no weights that an engine here can load"),
    "no-configuration": (lambda f: (f / "config.json").unlink(), "holds no weights that an engine here can load"),
    "no-part": (lose_a_part, "lacks 1 of the 2 weight files that its index names, such as model-2.safetensors"),
    "unusable-architecture": (
        lambda f: edit(f / "config.json", architectures=["BertForMultipleChoice"]),
        "no engine here can use its architecture (BertForMultipleChoice)",
    ),
    "own-code": (
        lambda f: edit(f / "config.json", auto_map={"AutoModelForSequenceClassification": "own.Own"}),
        f"needs to run code of its own (auto_map in config.json), {ONLY_IF_ALLOWED}",
    ),
}


def test_files_that_are_broken(ready_home: Home, tmp_path: Path) -> None:
    """What the folder shows is said in the plan, what loading shows as the candidate's end; the good one is found."""
    folder = tmp_path / "task"
    for name, (deed, _) in (BROKEN | UNUSABLE).items():
        shutil.copytree(tiny("classify"), folder / name)
        deed(folder / name)
    shutil.copytree(tiny("entail"), folder / GOOD)
    names = [*BROKEN, *UNUSABLE, GOOD]
    ran, document = recommend(ready_home, task_of(folder, names), "--yes", "--jobs", "2")
    result = reasons(ran, document)
    assert set(result) == set(BROKEN)
    for name, (_, words) in BROKEN.items():
        assert words in result[name]
    left_out = {each["model"].removeprefix("./"): each["reason"] for each in document["left_out"]}
    assert left_out == {name: reason for name, (_, reason) in UNUSABLE.items()}
