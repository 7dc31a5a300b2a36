"""A pool of worker threads, with a few more that keep idle models loaded.

The search returns to candidates that it has left: from the expected winner to a smaller one, and if that fails to the
next. Loading one again would cost seconds, or minutes for a large model.
"""

from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass

from advisor.decide.search import Step
from advisor.execution.probe_setup import Fetcher
from advisor.execution.worker_thread import Batch, WorkerThread
from advisor.execution.workplace import HERE, Workplace

# Idle models kept loaded: as many as a usual plan cross-validates, because each is needed again.
MOST_IDLE = 4
# A model stays loaded only if twice the next one's predicted memory is free, because predictions may be off.
MARGIN = 2.0
IDLE_DEVICE = "cpu"
LEAVE_SECONDS = 5.0


@dataclass
class Slot:
    """A worker thread with its loaded candidate and its current step; idle without a future."""

    thread: WorkerThread
    candidate: int | None = None
    step: Step | None = None
    future: Future[Batch] | None = None
    fetcher: Fetcher | None = None
    device: str = IDLE_DEVICE

    def leave(self) -> None:
        """End its idle worker; return when its memory is free."""
        wait([self.thread.clear()], LEAVE_SECONDS)
        self.candidate = None


class WorkerPool:
    """All slots of a run, the most recently used last."""

    def __init__(self, jobs: int, place: Workplace = HERE) -> None:
        self.jobs = jobs
        self._has_room = place.has_room
        self._all: list[Slot] = []

    def __iter__(self) -> Iterator[Slot]:
        return iter(self._all)

    @property
    def working(self) -> list[Slot]:
        """The slots with a running batch."""
        return [slot for slot in self._all if slot.future is not None]

    def close(self) -> None:
        for slot in self._all:
            slot.thread.close()

    def take(self, candidate: int, peak_bytes: int) -> Slot | None:
        """Return a slot for a candidate: the one that has it loaded, or an empty one.

        Returns:
            None if all jobs are busy, or there is not enough memory.
        """
        working = self.working
        if len(working) >= self.jobs:
            return None
        idle = [slot for slot in self._all if slot.future is None and slot.candidate is not None]
        held = next((slot for slot in idle if slot.candidate == candidate), None)
        if held is not None:
            if held is not self._all[-1]:
                self._all.remove(held)
                self._all.append(held)
                held.thread.end_dead()
            return held
        while idle and not (
            self._has_room(peak_bytes * MARGIN)
            and len(idle) <= MOST_IDLE
            and all(slot.device == IDLE_DEVICE for slot in idle)
        ):
            next((each for each in idle if each.device != IDLE_DEVICE), idle[0]).leave()
            idle = [slot for slot in idle if slot.candidate is not None]
        if working and not self._has_room(peak_bytes):
            return None
        slot = next((each for each in self._all if each.future is None and each.candidate is None), None)
        if slot is None:
            slot = Slot(WorkerThread())
        else:
            self._all.remove(slot)
        self._all.append(slot)
        if slot.thread.is_closed:  # because its last candidate was skipped
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
