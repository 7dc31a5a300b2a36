"""A thread that owns one worker, fetches its weights, and answers batches."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.probe.failure import ProbeFailedError
from advisor.probe.supervisor import Worker, WorkerLimits

if TYPE_CHECKING:
    from advisor.execution.workplace import ProbeWorker
    from advisor.probe.protocol import Loaded, Outcome, ProbeSpec
    from advisor.task.examples import Example

END_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Start:
    """How to start a worker: `spec` may fetch weights first, and is called on the worker's thread.

    `first` is answered before anything else, and not returned: a model's first answer takes longer than all others.
    """

    spec: Callable[[], ProbeSpec]
    limits: Callable[[], WorkerLimits]
    log: Path
    worker: Callable[[ProbeSpec, WorkerLimits, Path], ProbeWorker] = Worker
    first: Example | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Result of a batch: its outcomes, the peak memory, and how the worker loaded if it began with this batch.

    `spec` is that worker's spec.
    """

    loaded: Loaded | None
    outcomes: list[Outcome]
    peak_memory_bytes: int
    spec: ProbeSpec | None = None


class WorkerThread:
    """Runs batches of one candidate after the other; all results are futures."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._worker: ProbeWorker | None = None
        self._lock = threading.Lock()
        self._is_closed = False
        # A daemon, so that a stalled download does not block the end of the process.
        self._thread = threading.Thread(target=self._serve, name="probe", daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def _serve(self) -> None:
        while (asked := self._asked.get()) is not None:
            future, do = asked
            try:
                future.set_result(do())
            except BaseException as error:  # noqa: BLE001  the one who asked gets it
                future.set_exception(error)

    def _ask(self, do: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        self._asked.put((future, do))
        return future

    def run(self, start: Start, examples: Sequence[Example], *, labels: Sequence[str] = ()) -> Future[Batch]:
        """Answer a batch, starting a worker first if there is none; an empty one only loads it.

        The future's error is a `ProbeFailedError` if the candidate's probe ended; the next batch needs a new worker.
        """
        return self._ask(partial(self._run, start, examples, labels))

    def _run(self, start: Start, examples: Sequence[Example], labels: Sequence[str]) -> Batch:
        loaded, spec = None, None
        try:
            if self._worker is None:
                spec = start.spec()
                worker = self._keep(start.worker(spec, start.limits(), start.log))
                loaded = worker.load()
                if start.first is not None:
                    worker.run([start.first])
            else:
                worker = self._worker
            outcomes = worker.run(examples, labels=labels) if examples else []
        except BaseException:
            self._leave()
            raise
        return Batch(loaded, outcomes, worker.peak_memory_bytes, spec)

    def _keep(self, worker: ProbeWorker) -> ProbeWorker:
        with self._lock:
            self._worker = worker
            if self._is_closed:  # closed during the start
                worker.kill()
                raise ProbeFailedError("the run was stopped", is_circumstance=True)
        return worker

    def _leave(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def clear(self) -> Future[None]:
        """End the worker, if any, after its current work."""
        return self._ask(self._leave)

    def end_dead(self) -> Future[None]:
        """Clear the slot if its worker died while idle, so that the next batch starts another."""
        return self._ask(self._end_dead)

    def _end_dead(self) -> None:
        if self._worker is not None and not self._worker.is_alive:
            self._leave()

    def close(self) -> None:
        """End the worker immediately, and the thread as soon as possible."""
        with self._lock:
            self._is_closed = True
            if self._worker is not None:
                self._worker.kill()
        self._asked.put(None)
        self._thread.join(END_SECONDS)
        self._leave()
