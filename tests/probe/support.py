"""Shared by the tests of this folder: specs of the starter models, limits, and waiting without fixed sleeps."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from advisor.probe.protocol import ProbeSpec
from advisor.probe.supervisor import WorkerLimits
from advisor.task.examples import Example
from tests.conftest import PATIENCE, Home

LABELS = {"ham": "a wanted mail", "spam": "an unwanted bulk or fraudulent mail"}
LIMITS = WorkerLimits(memory_bytes=4_000_000_000, seconds_per_example=60, load_seconds=120)
TICK_SECONDS = 0.02
ABILITIES = {"prompted": "chat", "as is": "classify", "zero-shot": "entail"}

HAM = (
    "Are we still meeting for lunch at noon?",
    "The minutes of the meeting are attached",
    "Could you review my patch before Friday?",
    "Mum says thanks for the flowers",
    "The train is late, I will be there at six",
    "Here is the draft of chapter three",
)
SPAM = (
    "Win a free prize now, click here!!!",
    "Cheap pills, no prescription, order today",
    "You have been selected to receive $1,000,000",
    "Lose 20 pounds in two weeks, guaranteed",
    "Lowest mortgage rates, act now",
    "Make money fast working from home",
)
TEACHING = tuple((text, "ham") for text in HAM) + tuple((text, "spam") for text in SPAM)


def examples(*texts: str, expected: str = "ham") -> list[Example]:
    return [Example(f"id{number}", text, expected, number) for number, text in enumerate(texts, start=1)]


def spec(
    path: Path,
    runtime: str,
    *files: str,
    method: str = "head",
    ability: str = "",
    labels: dict[str, str] | None = None,
    **more: Any,
) -> ProbeSpec:
    """Return a worker's spec for a model."""
    facts = {
        "runtime": runtime, "method": method, "path": str(path), "files": files, "family": "text-classification",
        "instruction": "Decide whether a mail is spam or ham.", "labels": LABELS if labels is None else labels,
        "teaching": TEACHING, "threads": 1, "seed": 7, "ability": ability or ABILITIES.get(method, "encode"),
    }  # fmt: skip
    return ProbeSpec(**(facts | more))


def static_folder(home: Home) -> Path:
    return home.data / "model-advisor" / "models" / "wordllama-l2-supercat-256"


def onnx_folder(home: Home) -> Path:
    return home.data / "model-advisor" / "models" / "paraphrase-MiniLM-L3-v2-onnx"


def minilm_folder(home: Home) -> Path:
    return _snapshot(home, "models--sentence-transformers--all-MiniLM-L6-v2")


def gguf_folder(home: Home) -> Path:
    return _snapshot(home, "models--QuantFactory--SmolLM2-135M-Instruct-GGUF")


GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def rungs(home: Home) -> dict[str, ProbeSpec]:
    """Return the four starter models, each with its engine and method."""
    return {
        "static": spec(static_folder(home), "static", "model.safetensors"),
        "onnx": spec(onnx_folder(home), "onnx", "model.onnx"),
        "sentence-transformers": spec(minilm_folder(home), "sentence-transformers", "model.safetensors"),
        "llama.cpp": spec(gguf_folder(home), "llama.cpp", GGUF, method="prompted"),
    }


def _snapshot(home: Home, repository: str) -> Path:
    return next((home.hub / "hub" / repository / "snapshots").iterdir())


def copy(folder: Path, target: Path) -> Path:
    """Copy a model's folder, its links resolved, so that a test may break the copy."""
    shutil.copytree(folder, target)
    return target


def edit(file: Path, **values: Any) -> None:
    """Change values of a JSON file, which may be a link; what is None is taken out."""
    document = json.loads(file.read_text(encoding="utf-8")) | values
    file.unlink()
    file.write_text(
        json.dumps({name: value for name, value in document.items() if value is not None}), encoding="utf-8"
    )


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE, tick: float = TICK_SECONDS) -> bool:
    """Poll a condition until it holds; return whether it did in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(tick)
    return True


def is_gone(pid: int) -> bool:
    """Return whether no process with that id runs; a zombie counts as gone."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def kill_if_there(pid: int) -> None:
    """Clean up after a failed test."""
    if not is_gone(pid):
        os.kill(pid, signal.SIGKILL)
