"""The number of processors to run on."""

import os


def count() -> int:
    """Return the number of processors that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else (os.cpu_count() or 1)


def free() -> float:
    """Return how many of them are free, by the load of the last minute; all if the system does not report it."""
    load = getattr(os, "getloadavg", None)
    return count() - (load()[0] if load else 0.0)
