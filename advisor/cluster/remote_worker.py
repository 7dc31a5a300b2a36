"""A candidate's worker on a node of a cluster, with the interface of a local one; it survives the loss of its node."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from advisor.cluster.weights import CHUNK_BYTES, alone, manifest
from advisor.families import family
from advisor.probe.failure import ProbeFailedError
from advisor.units import now

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.cluster.placement import Need, Node
    from advisor.cluster.ray_cluster import RayCluster
    from advisor.probe.protocol import Loaded, Outcome, ProbeSpec
    from advisor.probe.supervisor import WorkerLimits
    from advisor.task.examples import Example

T = TypeVar("T")
# Moves of a candidate to another node, limited because it may be what crashes the nodes.
MOST_LOSSES = 3
# Seconds that an actor may wait for its node's resources, and for a heartbeat.
START_SECONDS, ALIVE_SECONDS = 60.0, 20.0
# Pauses between batches are short; a worker idle for longer may be moved out.
RESTS_AFTER_SECONDS = 3.0


class LostError(Exception):
    """An actor, or its node, died or cannot be reached."""


class RemoteWorker:
    """One candidate in its own actor. Use it from one thread, except `kill`.

    If actor or node dies, the model is loaded on another node and the current batch is answered there from its start:
    outcomes return only as whole batches, so none is lost and none counts twice.
    """

    def __init__(  # noqa: PLR0917  what a worker takes, and where
        self,
        cluster: RayCluster,
        candidate: Candidate,
        need: Need,
        spec: ProbeSpec,
        limits: WorkerLimits,
        log: Path,
        *,
        is_spare: bool = False,
    ) -> None:
        """Start nothing yet; `log` records where it ran. A spare worker does not wait for a node."""
        self._cluster, self._candidate, self._need = cluster, candidate, need
        self._spec, self._limits, self._log = spec, limits, log
        self._node: Node | None = None
        self._actor: Any = None
        self._left: set[str] = set()
        self._losses, self._peak = 0, 0
        self._lost: Node | None = None
        self._is_killed = False
        self._is_spare = is_spare
        self._busy, self._leaving, self._answered = threading.Lock(), threading.Lock(), 0.0
        cluster.workers.append(self)

    @property
    def is_alive(self) -> bool:
        try:
            return self._actor is not None and bool(self._cluster.call(self._actor.is_alive, seconds=ALIVE_SECONDS))
        except (LostError, ProbeFailedError):
            return False

    @property
    def peak_memory_bytes(self) -> int:
        """Peak resident memory so far, on any node."""
        return self._peak

    def load(self) -> Loaded:
        """Find a node, send the weights there and load the model; ProbeFailedError with the reason."""
        return self._until_done(self._begin)

    def run(self, examples: Sequence[Example], *, labels: Sequence[str] = ()) -> list[Outcome]:
        """Answer a batch, in the order of the examples; ProbeFailedError with the reason."""

        def answer() -> tuple[list[Outcome], int]:
            if self._node is not None and self._cluster.gives_way(self._candidate.key, self._node):
                self._let_go()
            if self._actor is None:
                self._begin()
            files = self._files(each.parts for each in examples)
            found: tuple[list[Outcome], int] = self._cluster.call(self._actor.run, list(examples), list(labels), files)
            return found

        outcomes, peak = self._until_done(answer)
        self._peak = max(self._peak, peak)
        return outcomes

    def kill(self) -> None:
        """End the actor immediately; a call that waits for it fails."""
        self._is_killed = True
        if (actor := self._actor) is not None:
            self._cluster.end(actor)

    def close(self) -> None:
        with contextlib.suppress(ValueError):
            self._cluster.workers.remove(self)
        self._let_go()

    def say_lost(self, then: str) -> None:
        """Report that its last node was lost, and the next step; nothing if it was not."""
        if self._lost is not None:
            self._cluster.moved(self._candidate, f"its worker on node {self._lost.address} was lost; {then}")
            self._lost = None

    def leave_if_idle(self) -> bool:
        """Release the node if idle for some seconds; the next batch loads the model again."""
        rests = time.monotonic() - self._answered > RESTS_AFTER_SECONDS
        if self._node is None or not rests or not self._busy.acquire(blocking=False):
            return False
        try:
            self._let_go()
        finally:
            self._busy.release()
        return True

    def _let_go(self) -> None:
        with self._leaving:
            node, actor, self._node, self._actor = self._node, self._actor, None, None
        if actor is not None:
            self._cluster.end(actor)
        if node is not None:
            self._cluster.release(node, self._need)

    def _until_done(self, do: Callable[[], T]) -> T:
        while True:
            try:
                with self._busy:
                    try:
                        return do()
                    finally:
                        self._answered = time.monotonic()
                        if self._is_killed:  # closed meanwhile, perhaps before it had a node
                            self._let_go()
            except LostError as lost:
                node = self._node
                self._let_go()
                if self._is_killed:
                    raise ProbeFailedError("the run was stopped", is_circumstance=True) from None
                self._note(f"lost on {node.words if node else 'the way to a node'}: {lost}")
                self._left |= {node.id} if node else set()
                self._lost = node or self._lost
                self._losses += 1
                if self._losses > MOST_LOSSES:
                    reason = f"was lost with its node or actor {self._losses} times, last: {lost}"
                    raise ProbeFailedError(reason, is_circumstance=True) from None

    def _begin(self) -> Loaded:
        cluster, spec = self._cluster, self._spec
        self._node = node = cluster.take(
            self._candidate.key, self._need, self._left, lambda: self._is_killed, waits=not self._is_spare
        )
        folder = cluster.bring(node, *manifest(self._candidate, spec), lambda: self._is_killed)
        kept = None if spec.kept is None else ""
        if spec.kept is not None and (file := Path(spec.kept)).is_file():  # it was tuned before
            kept = str(Path(cluster.bring(node, *alone(file), lambda: self._is_killed), file.name))
        self._actor = actor = cluster.host(node, self._need)
        if self._is_killed:
            cluster.end(actor)
        cluster.call(actor.pid, seconds=START_SECONDS)
        files = self._files(given.items() for given, _ in spec.teaching if isinstance(given, dict))
        files |= {path: Path(path).read_bytes() for path in spec.agreed}
        loaded: Loaded = cluster.call(
            actor.load, replace(spec, path=folder, kept=kept), self._limits, files, has_gpu=self._need.gpus > 0
        )
        self._keep_tuned()
        self._note(f"loaded on {node.words}")
        self.say_lost(f"it continues at {node.address}")
        return replace(loaded, details=loaded.details | {"node": node.words})

    def _keep_tuned(self) -> None:
        """Copy tuned weights to the path where a local worker would have stored them."""
        if self._spec.kept is None or (kept := Path(self._spec.kept)).exists():
            return
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{threading.get_ident()}.part")
        try:
            with partial.open("wb") as stream:
                while part := self._cluster.call(self._actor.tuned, stream.tell(), CHUNK_BYTES):
                    stream.write(part)
            if partial.stat().st_size:  # else it was sent there, and has been deleted here since
                partial.replace(kept)
        finally:
            partial.unlink(missing_ok=True)

    def _files(self, inputs: Iterable[Iterable[tuple[str, Any]]]) -> dict[str, bytes]:
        """Return the contents of the inputs' files (sound, images), by their absolute paths."""
        part = family(self._spec.family).file_part
        paths = {path for parts in inputs for name, path in parts if name == part}
        return {path: Path(path).read_bytes() for path in paths}

    def _note(self, words: str) -> None:
        with contextlib.suppress(OSError), self._log.open("a", encoding="utf-8") as log:
            log.write(f"{now()} {words}\n")


class Replicas:
    """One candidate in several actors that share each batch; the order of its outcomes is that of the examples.

    The first works like a single worker; the others help if there is room, and the first redoes what they fail at.
    """

    def __init__(self, workers: Sequence[RemoteWorker]) -> None:
        """Start nothing yet; all but the first are spare."""
        self._workers = list(workers)
        self._threads = ThreadPoolExecutor(len(workers), thread_name_prefix="replica")

    @property
    def is_alive(self) -> bool:
        return self._workers[0].is_alive

    @property
    def peak_memory_bytes(self) -> int:
        return max(each.peak_memory_bytes for each in self._workers)

    def load(self) -> Loaded:
        """Load all; return the first one's result; ProbeFailedError with its reason."""
        loading = [(each, self._threads.submit(each.load)) for each in self._workers]
        for worker, loaded in loading[1:]:
            if loaded.exception() is not None:
                self._drop(worker)
        return loading[0][1].result()

    def run(self, examples: Sequence[Example], *, labels: Sequence[str] = ()) -> list[Outcome]:
        """Answer a batch, split between them; ProbeFailedError with the first one's reason."""
        size = -(-len(examples) // len(self._workers)) or 1
        parts = [examples[at : at + size] for at in range(0, len(examples), size)]
        first, *spare = [
            (worker, part, self._threads.submit(worker.run, part, labels=labels))
            for worker, part in zip(self._workers, parts, strict=False)
        ]
        outcomes = first[2].result()
        for worker, part, asked in spare:
            try:
                outcomes += asked.result()
            except ProbeFailedError:
                self._drop(worker)
                outcomes += first[0].run(part, labels=labels)
        return outcomes

    def _drop(self, worker: RemoteWorker) -> None:
        self._workers.remove(worker)
        worker.say_lost("its other workers continue")
        worker.close()

    def kill(self) -> None:
        for each in (*self._workers,):
            each.kill()

    def close(self) -> None:
        self.kill()
        self._threads.shutdown()
        for each in self._workers:
            each.close()
