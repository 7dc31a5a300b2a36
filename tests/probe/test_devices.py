"""Names of graphics cards from drivers and engines. The machines that run this test have no card."""

import inspect
import itertools
import os
import threading
import time
from pathlib import Path
from statistics import median

import pytest

from advisor.engines.llama_cpp import device
from advisor.system import machine
from tests.tables import for_each

CPU = {"name": "CPU", "description": "AMD EPYC", "type": "ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_CPU"}
BLAS = {"name": "BLAS", "description": "OpenBLAS", "type": "ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_ACCEL"}
CARD = {"name": "CUDA0", "description": "NVIDIA T4", "type": "ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_GPU"}
APPLE = {"name": "Metal", "description": "Apple M2", "type": "ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_IGPU"}


@for_each(
    ("found", "expected"),
    [
        ([CPU], "cpu"),
        ([CPU, BLAS], "cpu"),
        ([CARD, CPU], "CUDA0 (NVIDIA T4)"),
        ([APPLE, CPU], "Metal (Apple M2)"),
        ([], "cpu"),
    ],
)
def test_llama_cpp_names_the_cards_of_its_build(found: list[dict[str, str]], expected: str) -> None:
    """A processor's library of linear algebra is no card."""
    assert device(found) == expected


@pytest.mark.parametrize(
    ("script", "cards", "expected"),
    [
        ("echo 'NVIDIA T4, 15360'", ["NVIDIA T4, 15 GiB"], "cuda (NVIDIA T4)"),
        (
            "echo 'NVIDIA H100 80GB HBM3, 81559'; echo 'NVIDIA H100 80GB HBM3, 81559'",
            ["NVIDIA H100 80GB HBM3, 80 GiB"] * 2,
            "cuda (NVIDIA H100 80GB HBM3)",
        ),
        ("echo 'NVIDIA GB10, [N/A]'", ["NVIDIA GB10"], "cuda (NVIDIA GB10)"),
        ("echo 'No devices were found'; exit 6", [], "cuda"),
        ("exit 9", [], "cuda"),
        ("printf '\\377'", [], "cuda"),
    ],
)
def test_what_the_drivers_tool_prints(
    script: str, cards: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the tool fails, or prints something else, there is no card."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert machine.gpus() == cards
    assert machine.with_card("cuda") == expected
    assert machine.with_card("cpu") == "cpu"


@for_each("load", [0.2, 1.5])
def test_a_busy_moment_slows_the_machine_no_more_than_its_load(load: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "load_per_processor", lambda: load)
    monkeypatch.setattr(machine, "SAMPLE_SECONDS", 0.02)
    assert max(machine.slowdown() for _ in range(20)) <= (1.0 + load if load > 0.5 else 1.0)


def test_other_threads_of_the_process_do_not_slow_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session draws while a plan is made."""
    monkeypatch.setattr(machine, "load_per_processor", lambda: 100.0)  # no limit to what may be measured
    monkeypatch.setattr(machine, "SAMPLE_SECONDS", 0.05)
    ends = threading.Event()

    def draw() -> None:
        while not ends.is_set():
            sum(range(1000))

    def shared() -> float:
        """Return how much slower this thread alone is than the machine is said to be: other processes slow both."""
        began, worked = time.perf_counter(), time.thread_time()
        slowed = machine.slowdown()
        return (time.perf_counter() - began) / (time.thread_time() - worked) / slowed

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        assert median(shared() for _ in range(7)) > 1.3
    finally:
        ends.set()
        thread.join()


def test_a_thread_that_waits_for_a_processor_computes_no_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the user is asked how long an answer may take depends on it: not on what else runs."""
    waits = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: 10.0 * next(waits))
    assert inspect.unwrap(machine.operations_per_second)() > 1e8
