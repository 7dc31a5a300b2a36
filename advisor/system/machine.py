"""Resources of this machine: memory, processors, free disk."""

import math
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from advisor.system import processors

THREADS_MOST = 8
MATRIX, TRIES, FINE_SECONDS = 384, 8, 1e-6
GPU_SECONDS = 3.0
SAMPLE_SECONDS = 0.05
# With fewer others on a processor a thread finds another that is free.
LEAST_LOAD = 0.5


@dataclass(frozen=True, slots=True)
class Machine:
    """Resources for a probe."""

    total_memory_bytes: int
    available_memory_bytes: int
    processors: int

    @property
    def threads(self) -> int:
        """Threads of a probe: the processors that this process may run on, at most eight."""
        return max(1, min(THREADS_MOST, self.processors))


def measure_machine() -> Machine:
    memory = psutil.virtual_memory()
    return Machine(memory.total, memory.available, processors.count())


def gpus() -> list[str]:
    """Return the names of NVIDIA cards with their memory, from the driver's tool; empty if there is none."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    command = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        listing = subprocess.run(command, capture_output=True, text=True, timeout=GPU_SECONDS, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError, ValueError):
        return []
    rows = [line.rpartition(",") for line in listing.stdout.splitlines() if "," in line]
    return [
        f"{name.strip()}, {int(mebibytes) / 1024:.0f} GiB" if mebibytes.strip().isdigit() else name.strip()
        for name, _, mebibytes in rows
    ]


def with_card(device: str) -> str:
    """Return "cuda" with the names of the machine's cards, if the driver reports them; other devices unchanged."""
    names = list(dict.fromkeys(each.rpartition(",")[0] or each for each in gpus())) if device == "cuda" else []
    return f"{device} ({', '.join(names)})" if names else device


def load_per_processor() -> float:
    """Return the number of runnable processes per processor over the last minute; above 1 they wait."""
    return psutil.getloadavg()[0] / measure_machine().processors


def slowdown() -> float:
    """Return the current slowdown of a computation by other processes, at least 1.

    From a short computation, but at most what the last minute's load explains: a moment may be busier than a run will
    find the machine. Beside so many others on its processor a thread waits for each of them. Not that load alone, which
    counts low-priority processes like all others. The time of all threads counts: others of this process, such as one
    that draws a session, are no other processes.
    """
    if (others := load_per_processor()) < LEAST_LOAD:
        return 1.0
    began, worked = time.perf_counter(), time.process_time()
    while (spent := time.process_time() - worked) < SAMPLE_SECONDS:
        pass
    return max(1.0, min((time.perf_counter() - began) / spent, 1.0 + others))


@cache
def operations_per_second() -> float:
    """Return one thread's floating-point operations per second in a matrix product that fits its cache.

    The best of a few tries of a millisecond each, in the thread's own time where the system counts it finely enough:
    other processes hardly matter, and what is asked and left out on a busy machine is what would be on an idle one.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    is_fine = time.get_clock_info("thread_time").resolution <= FINE_SECONDS
    now = time.thread_time if is_fine else time.perf_counter
    matrix = np.ones((MATRIX, MATRIX), np.float32)
    best = math.inf
    with threadpool_limits(1):
        for _ in range(TRIES):
            began = now()
            matrix @ matrix
            best = min(best, now() - began)
    return 2.0 * MATRIX**3 / best


def free_disk_bytes(folder: Path) -> int:
    """Return the free disk space at an existing or future folder."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free
