"""Where a run's workers run: processes of this machine, or anything else that answers batches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from advisor.execution.probe_setup import free_memory
from advisor.probe.supervisor import Worker, WorkerLimits

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.probe.protocol import Loaded, Outcome, ProbeSpec
    from advisor.task.examples import Example


class ProbeWorker(Protocol):
    """A candidate that answers batches. Use it from one thread, except `kill`. Errors: `ProbeFailedError`."""

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""

    @property
    def peak_memory_bytes(self) -> int:
        """Peak resident memory so far."""

    def load(self) -> Loaded:
        """Load the model and train its head if it has one."""

    def run(self, examples: Sequence[Example], *, labels: Sequence[str] = ()) -> list[Outcome]:
        """Answer a batch, in the order of the examples; `labels` gives the task's labels in another order."""

    def kill(self) -> None:
        """End it immediately; a call that waits for it fails."""

    def close(self) -> None:
        """End it and free its resources."""


class Workplace(Protocol):
    """Starts workers within the available resources."""

    def threads(self, jobs: int, most: int) -> int:
        """Return the threads of each of `jobs` workers, of `most` in all on this machine."""

    def free_memory(self) -> int:
        """Return the bytes that a worker may take now."""

    def has_room(self, size: float) -> bool:
        """Return whether there is memory for another worker of this many bytes."""

    def prefer(self, candidate: Candidate) -> None:
        """Give a candidate priority: the search needs it now, parallel ones only perhaps."""

    def start(self, candidate: Candidate, spec: ProbeSpec, limits: WorkerLimits, log: Path) -> ProbeWorker:
        """Start a candidate's worker."""


class ThisMachine:
    """Each worker is a process on this machine."""

    def threads(self, jobs: int, most: int) -> int:
        return max(1, most // jobs)

    def free_memory(self) -> int:
        """Return the free memory, minus a reserve."""
        return free_memory()

    def has_room(self, size: float) -> bool:
        return size <= free_memory()

    def prefer(self, candidate: Candidate) -> None:
        """Do nothing: each worker has its own processors."""

    def start(self, candidate: Candidate, spec: ProbeSpec, limits: WorkerLimits, log: Path) -> ProbeWorker:
        return Worker(spec, limits, log)


HERE = ThisMachine()
