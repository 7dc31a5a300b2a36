"""How many processors there are to run on."""

import os


def count() -> int:
    """Return how many processors this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else (os.cpu_count() or 1)


def free() -> float:
    """Return how many of them nothing wants, by the load of the last minute; all where the system tells none."""
    load = getattr(os, "getloadavg", None)
    return count() - (load()[0] if load else 0.0)
