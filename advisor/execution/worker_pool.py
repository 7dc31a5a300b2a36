"""A pool of worker threads: those that work, and a few more whose models rest until they are asked again.

The search goes back to a candidate that it has left: from the expected winner to what is smaller, and where that fails
to the next. Loading it again would cost seconds, minutes where it is large.
"""

from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass

from advisor.decide.search import Step
from advisor.execution.probe_setup import Fetcher
from advisor.execution.worker_thread import Batch, WorkerThread
from advisor.execution.workplace import HERE, Workplace

# How many loaded models wait beside those that work: as many as a usual plan cross-validates, for each comes again.
RESTING_MOST = 4
# A model rests only where the next one has twice its predicted memory: predictions may be off.
MARGIN = 2.0
RESTS_ON = "cpu"
LEAVE_SECONDS = 5.0


@dataclass
class Slot:
    """A worker thread, the candidate whose model is loaded there, and the step it works on; idle without a future."""

    thread: WorkerThread
    candidate: int | None = None
    step: Step | None = None
    future: Future[Batch] | None = None
    fetcher: Fetcher | None = None
    device: str = RESTS_ON

    def leave(self) -> None:
        """End its worker, which is idle; return once its memory is free."""
        wait([self.thread.clear()], LEAVE_SECONDS)
        self.candidate = None


class WorkerPool:
    """All slots of a run; those used last come last."""

    def __init__(self, jobs: int, place: Workplace = HERE) -> None:
        self.jobs = jobs
        self._has_room = place.has_room
        self._all: list[Slot] = []

    def __iter__(self) -> Iterator[Slot]:
        return iter(self._all)

    @property
    def working(self) -> list[Slot]:
        """Those with a batch under way."""
        return [slot for slot in self._all if slot.future is not None]

    def close(self) -> None:
        for slot in self._all:
            slot.thread.close()

    def take(self, candidate: int, peak_bytes: int) -> Slot | None:
        """Return the slot to probe a candidate at: the one that holds it, or an empty one.

        Returns:
            None if as many work as may, or there is no memory for it beside them.
        """
        working = self.working
        if len(working) >= self.jobs:
            return None
        resting = [slot for slot in self._all if slot.future is None and slot.candidate is not None]
        held = next((slot for slot in resting if slot.candidate == candidate), None)
        if held is not None:
            if held is not self._all[-1]:
                self._all.remove(held)
                self._all.append(held)
                held.thread.end_dead()
            return held
        while resting and not (
            self._has_room(peak_bytes * MARGIN)
            and len(resting) <= RESTING_MOST
            and all(slot.device == RESTS_ON for slot in resting)
        ):
            next((each for each in resting if each.device != RESTS_ON), resting[0]).leave()
            resting = [slot for slot in resting if slot.candidate is not None]
        if working and not self._has_room(peak_bytes):
            return None
        slot = next((each for each in self._all if each.future is None and each.candidate is None), None)
        if slot is None:
            slot = Slot(WorkerThread())
        else:
            self._all.remove(slot)
        self._all.append(slot)
        if slot.thread.is_closed:  # its last candidate was skipped
            slot.thread = WorkerThread()
        slot.candidate = candidate
        return slot


@contextmanager
def worker_pool(jobs: int, place: Workplace = HERE) -> Iterator[WorkerPool]:
    """Yield the pool of a run; its workers end with it."""
    opened = WorkerPool(jobs, place)
    try:
        yield opened
    finally:
        opened.close()
