"""Where the workers of a run live: processes of this machine, or whatever else answers batches as they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from advisor.execution.probe_setup import free_memory
from advisor.probe.supervisor import Worker, WorkerLimits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from advisor.candidates.candidate import Candidate
    from advisor.probe.protocol import Loaded, Outcome, ProbeSpec
    from advisor.task.examples import Example


class ProbeWorker(Protocol):
    """One candidate that answers batches; its calls are for one thread, `kill` for any. Errors: `ProbeFailedError`."""

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""

    @property
    def peak_memory_bytes(self) -> int:
        """The most resident memory seen so far."""

    def load(self) -> Loaded:
        """Load the model and train its head if it has one."""

    def run(self, examples: Sequence[Example], *, labels: Sequence[str] = ()) -> list[Outcome]:
        """Answer a batch, in the order of the examples; `labels` are the task's in another order."""

    def kill(self) -> None:
        """End it at once; a call that waits for it fails then."""

    def close(self) -> None:
        """End it and free what it held."""


class Workplace(Protocol):
    """Starts workers, and says what there is room for."""

    def threads(self, jobs: int, most: int) -> int:
        """Return how many threads each of so many workers has, of `most` in all on this machine."""

    def free_memory(self) -> int:
        """Return how many bytes a worker may take now."""

    def has_room(self, size: float) -> bool:
        """Return whether a worker of this many bytes has room beside those that are there."""

    def prefer(self, candidate: Candidate) -> None:
        """Note whom the search needs now; those that are probed beside it may turn out not to be needed."""

    def start(self, candidate: Candidate, spec: ProbeSpec, limits: WorkerLimits, log: Path) -> ProbeWorker:
        """Return a candidate's worker."""


class ThisMachine:
    """Each worker is a process here."""

    def threads(self, jobs: int, most: int) -> int:
        return max(1, most // jobs)

    def free_memory(self) -> int:
        """Return what is free now, with some to spare."""
        return free_memory()

    def has_room(self, size: float) -> bool:
        return size <= free_memory()

    def prefer(self, candidate: Candidate) -> None:
        """Do nothing: each has its processors."""

    def start(self, candidate: Candidate, spec: ProbeSpec, limits: WorkerLimits, log: Path) -> ProbeWorker:
        return Worker(spec, limits, log)


HERE = ThisMachine()
