"""Workers that are small scripts: real processes that do one thing wrong, and how a test hears why they ended."""

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advisor.probe.supervisor import ProbeFailedError, Worker, WorkerLimits
from tests.probe.support import LIMITS, is_gone, spec

StartWorker = Callable[..., Worker]

PREAMBLE = """
import json, os, signal, subprocess, sys, time

def say(**message):
    print(json.dumps(message), flush=True)

def hear():
    line = sys.stdin.readline()
    if not line:
        os._exit(0)
    return json.loads(line)

def loaded():
    hear()
    say(type="loaded", seconds=0.1, teaching_seconds=0, engine="a script", device="cpu", details={})

def outcome(id, **change):
    usual = {"id": id, "output": "ham", "score": 1.0, "passed": True, "seconds": 0.1, "error": None}
    say(type="outcomes", outcomes=[usual | change])

def done(peak=None):
    say(type="done", peak_memory_bytes=peak)

def hang():
    while True:
        time.sleep(60)
"""
QUICK = WorkerLimits(memory_bytes=300_000_000, seconds_per_example=0.2, load_seconds=60)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartWorker]:
    """Start a worker that is a small script; afterwards nothing of it may be left."""
    workers: list[Worker] = []

    def start(script: str, limits: WorkerLimits = LIMITS) -> Worker:
        file = tmp_path / "script.py"
        file.write_text(PREAMBLE + textwrap.dedent(script), encoding="utf-8")
        worker = Worker(spec(tmp_path, "static"), limits, tmp_path / "log", command=[str(file)])
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.close()
        assert is_gone(worker.pid)


def reason_of(action: Callable[[], object]) -> str:
    """Return why a probe failed for good: one line, whatever the worker wrote."""
    with pytest.raises(ProbeFailedError) as caught:
        action()
    assert not caught.value.is_circumstance
    reason = str(caught.value)
    assert "\n" not in reason
    assert "\x1b" not in reason
    return reason


def circumstance_of(action: Callable[[], object]) -> str:
    """Return why a probe failed where it is not the model's own fault."""
    with pytest.raises(ProbeFailedError) as caught:
        action()
    assert caught.value.is_circumstance
    return str(caught.value)
