"""What this machine has: memory, processors, free disk."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

THREADS_MOST = 8


@dataclass(frozen=True, slots=True)
class Machine:
    """What a probe can use here."""

    total_memory_bytes: int
    available_memory_bytes: int
    processors: int

    @property
    def threads(self) -> int:
        """How many threads a probe uses: the processors this process may run on, at most eight."""
        return max(1, min(THREADS_MOST, self.processors))


def look() -> Machine:
    """Measure the machine now."""
    memory = psutil.virtual_memory()
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else (os.cpu_count() or 1)
    return Machine(memory.total, memory.available, processors)


def load() -> float:
    """Return how many processes want a processor, per processor, over the last minute; above 1 they wait."""
    return psutil.getloadavg()[0] / look().processors


def free_disk_bytes(folder: Path) -> int:
    """Return the free space where a folder is or will be."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free
