"""A Ray cluster as workplace: nodes, handshake, actors."""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.cluster import placement
from advisor.cluster.actor import NodeKeeper, WorkerHost, versions
from advisor.cluster.placement import Bookings, ClusterPlan, Need, Node
from advisor.cluster.remote_worker import ALIVE_SECONDS, LostError, RemoteWorker, Replicas
from advisor.cluster.weights import chunks
from advisor.engines.table import ENGINES
from advisor.errors import InputError, OutOfReachError, one_line
from advisor.execution.probe_setup import free_memory
from advisor.probe.failure import ProbeFailedError
from advisor.probe.supervisor import Worker, WorkerLimits
from advisor.system.machine import Machine
from advisor.system.plugins import installed_version

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.cluster.weights import Weights
    from advisor.decide.plan import Plan
    from advisor.execution.workplace import ProbeWorker
    from advisor.probe.protocol import ProbeSpec


OPEN = "unprotected:"
FULL = "object store and disk are full"
# Seconds for the first answers of nodes, and for a candidate to wait for a node if all have left.
JOIN_SECONDS, FREE_SECONDS = 60.0, 600.0
REFRESH_SECONDS, POLL_SECONDS = 1.0, 0.1
# Interval of checks of the head while waiting for an answer, and failed checks allowed.
HEAD_SECONDS, HEAD_TRIES = 5.0, 3
# Set when a head was lost: after that Ray sometimes crashes at Python's exit, so `advisor.__main__` exits immediately.
LOST = threading.Event()


class RayCluster:
    """A cluster and the workers of one run on it; safe to use from the threads of a worker pool.

    Attributes:
        address: Address of the head, HOST:PORT.
        is_protected: Whether every node requires a token.
        left_out: Why nodes are not used, by their id.
        workers: Workers of the run, the oldest first.
        moved: Called, on any thread, if a candidate's worker was lost, with the next step in words.
    """

    def __init__(self, on: str, labels: Sequence[str] = (), replicas: int = 1) -> None:
        """Connect and inspect the nodes; no example is sent.

        InputError if `on` names no cluster, or Ray is not installed. OutOfReachError if it cannot be reached, or has no
        node that can be used.
        """
        self._ray, self._is_ours = join(placement.address_of(on))
        self.address = str(self._ray.get_runtime_context().gcs_address)
        self.is_protected = True
        self.replicas = replicas
        self._labels = placement.labels_of(labels)
        # Engines that are not installed here are not used in this run.
        engines = (each.distribution or each.library.replace("_", "-") for each in ENGINES.values())
        self._libraries = sorted(name for name in {*engines, "scikit-learn"} if installed_version(name))
        self._own = versions(self._libraries)
        self._lock = threading.RLock()
        self._booked = Bookings()
        self.workers: list[RemoteWorker] = []
        self.moved: Callable[[Candidate, str], None] = lambda *_: None
        self._known: dict[str, tuple[Node, Any]] = {}
        self._joining: dict[str, tuple[dict[str, Any], Any, Any]] = {}
        self._bringing: dict[str, threading.Lock] = {}
        self.left_out: dict[str, str] = {}
        self._refresh_due = 0.0
        self._is_one_kind, self._is_lost, self._threads = False, False, 1
        self._needed: str | None = None
        self._waiting: dict[str, Need] = {}
        self._refresh(JOIN_SECONDS)
        if not self._known:
            self.close()
            why = "; ".join(dict.fromkeys(self.left_out.values())) or "no node that is alive has these labels"
            raise OutOfReachError(f"the Ray cluster at {self.address} cannot be used: {why}")

    @property
    def nodes(self) -> list[Node]:
        """The usable nodes, in order of joining."""
        with self._lock:
            nodes = [node for node, _ in self._known.values()]
        return placement.of_one_kind(nodes) if self._is_one_kind else nodes

    @property
    def jobs(self) -> int:
        """Number of candidates probed in parallel: one per node, each with all its replicas."""
        return max(1, len(self.nodes) // self.replicas)

    @property
    def machine(self) -> Machine:
        """Resources of the largest node, for the plan."""
        memory = max((node.memory_bytes for node in self.nodes), default=0)
        return Machine(memory, memory, placement.threads_of(self.nodes, self.jobs * self.replicas))

    @property
    def consent(self) -> dict[str, str]:
        """Consent needed before an example is sent: name and sentence."""
        of = f"{len(self.nodes)} node{'s' if len(self.nodes) != 1 else ''}"
        plain = "" if os.environ.get("RAY_USE_TLS", "0") in {"1", "true"} else ", without encryption on the way"
        sent = f"Your examples are sent to the Ray cluster at {self.address} ({of}){plain}"
        if self.is_protected:
            return {self.address: f"{sent}."}
        return {f"{OPEN}{self.address}": f"{sent}; it asks for no token, so anyone who reaches it can read them."}

    def prepare(self, plan: Plan) -> ClusterPlan:
        """Fix the nodes of a plan: with a bar on latency only those of the most frequent kind."""
        self._is_one_kind = plan.task.bar.p95_seconds is not None
        nodes, seconds = self.nodes, plan.expected_cost.seconds
        numbers = {number: each for number, each in enumerate(plan.candidates, start=1) if not each.is_weightless}
        return ClusterPlan(
            self.address,
            tuple(nodes),
            {node.id: [no for no, each in numbers.items() if placement.can_hold(node, each, nodes)] for node in nodes},
            {each.name: why for each in numbers.values() if (why := placement.infeasible(each, nodes)) is not None},
            tuple(dict.fromkeys(self.left_out.values())),
            self.jobs,
            placement.threads_of(nodes, self.jobs * self.replicas),
            self.replicas,
            seconds,
            self._is_one_kind,
            " ".join(self.consent.values()),
        )

    # The workplace's interface for the scheduler.

    def threads(self, jobs: int, most: int) -> int:
        del most  # this machine's
        self._threads = placement.threads_of(self.nodes, jobs * self.replicas)
        return self._threads

    def free_memory(self) -> int:
        """Return no limit: it is enforced on the node."""
        return sys.maxsize

    def has_room(self, size: float) -> bool:
        """Return whether a node has this much free memory and free processors."""
        self._refresh()
        with self._lock:
            return any(self._booked.fits(node, Need(self._threads, int(size))) for node in self.nodes)

    def prefer(self, candidate: Candidate) -> None:
        """Give a candidate priority: if it waits for a node, others leave theirs after the current batch."""
        self._needed = candidate.key

    def start(self, candidate: Candidate, spec: ProbeSpec, limits: WorkerLimits, log: Path) -> ProbeWorker:
        """Return a candidate's worker; candidates without weights and remote ones run here."""
        if candidate.is_weightless:
            return Worker(spec, replace(limits, memory_bytes=min(limits.memory_bytes, free_memory())), log)
        need = placement.need_of(candidate, spec.threads, self.nodes)
        workers = [
            RemoteWorker(self, candidate, need, spec, limits, log, is_spare=number > 0)
            for number in range(self.replicas)
        ]
        return workers[0] if len(workers) == 1 else Replicas(workers)

    def close(self) -> None:
        """End all actors on the nodes, which removes their files."""
        with self._lock:
            keepers = [each[1] for each in (*self._known.values(), *self._joining.values())]
            self._known.clear()
            self._joining.clear()
        for keeper in keepers:
            self.end(keeper)
        if self._is_lost:  # Ray would wait for it at this process's exit
            atexit.unregister(sys.modules["ray._private.worker"].shutdown)
        elif self._is_ours:
            self._ray.shutdown()

    # The cluster's interface for remote workers.

    def gives_way(self, key: str, node: Node) -> bool:
        """Return whether a candidate has to leave its node to the one with priority, which waits."""
        needed = self._waiting.get(self._needed or "")
        return needed is not None and key != self._needed and node.holds(needed)

    def take(
        self, key: str, need: Need, avoid: Collection[str], is_stopped: Callable[[], bool], *, waits: bool = True
    ) -> Node:
        """Book a live node with room; a candidate that waits replaces an idle model, or waits for a node.

        ProbeFailedError if none is large enough, or none remains.
        """
        try:
            return self._take(key, need, avoid, is_stopped, waits=waits)
        finally:
            self._waiting.pop(key, None)

    def _take(
        self, key: str, need: Need, avoid: Collection[str], is_stopped: Callable[[], bool], *, waits: bool
    ) -> Node:
        deadline = time.monotonic() + FREE_SECONDS
        while not is_stopped():
            self._refresh()
            with self._lock:
                nodes = self.nodes
                node = self._booked.choose([each for each in nodes if not self.gives_way(key, each)], need, avoid)
                if node is not None:
                    self._booked.book(node, need)
            if node is not None:
                try:
                    self.call(self._keeper(node).alive, seconds=ALIVE_SECONDS)
                except LostError:
                    self.release(node, need)
                    self._forget(node)
                    continue
                return node
            if nodes and not any(each.holds(need) for each in nodes):
                raise ProbeFailedError(placement.too_large(need, nodes), is_circumstance=True)
            if not waits:
                raise ProbeFailedError("no node of the cluster is free", is_circumstance=True)
            if not nodes and time.monotonic() > deadline:
                raise ProbeFailedError("no node of the cluster came back", is_circumstance=True)
            self._waiting[key] = need
            if not any(each.leave_if_idle() for each in self.workers.copy()):
                time.sleep(POLL_SECONDS)
        raise ProbeFailedError("the run was stopped", is_circumstance=True)

    def release(self, node: Node, need: Need) -> None:
        with self._lock:
            self._booked.release(node, need)

    def host(self, node: Node, need: Need) -> Any:  # noqa: ANN401  Ray's handles have no types
        """Return the handle of a new actor on a node, where it waits for its resources."""
        return self._actor(WorkerHost, node.id, num_cpus=need.processors, memory=need.memory_bytes, num_gpus=need.gpus)

    def bring(self, node: Node, weights: Weights, paths: Mapping[str, Path], is_stopped: Callable[[], bool]) -> str:
        """Return the folder on a node with these files, sent there in chunks if missing.

        LostError if the node died. ProbeFailedError if its disk has no room, or the run was stopped.
        """
        with self._lock:  # models share files, so one at a time
            bringing = self._bringing.setdefault(node.id, threading.Lock())
        with bringing:
            keeper = self._keeper(node)
            folder, missing = self.call(keeper.find, weights)
            for digest in missing:
                for chunk, is_last in chunks(paths[digest]):
                    if is_stopped():
                        raise ProbeFailedError("the run was stopped", is_circumstance=True)
                    # One at a time, so that the driver's memory and the node's object store hold a chunk, not a model.
                    self.call(keeper.write, digest, chunk, is_last=is_last)
            return str(folder or self.call(keeper.find, weights)[0])

    def call(self, method: Any, *given: Any, seconds: float | None = None, **named: Any) -> Any:  # noqa: ANN401  an actor's
        """Return the result of an actor's method.

        LostError if actor or node died, did not answer in time, or has no room for the data sent. ProbeFailedError as
        raised by the method; any other error of actor or method as a circumstance. OutOfReachError if the head was lost
        meanwhile.
        """
        from ray.exceptions import ObjectStoreFullError, OutOfDiskError

        try:
            reference = method.remote(*given, **named)
        except (ObjectStoreFullError, OutOfDiskError):
            raise ProbeFailedError(f"{FULL} on this process's own node", is_circumstance=True) from None
        return self._answer(reference, seconds)

    def _answer(self, reference: Any, seconds: float | None = None) -> Any:  # noqa: ANN401  what the actor returned
        from ray import exceptions

        deadline = math.inf if seconds is None else time.monotonic() + seconds
        try:
            while True:
                try:
                    return self._ray.get(reference, timeout=min(HEAD_SECONDS, max(0.0, deadline - time.monotonic())))
                except exceptions.GetTimeoutError:
                    self._check_head()  # without it the death of an actor is not noticed
                    if time.monotonic() > deadline:
                        raise
        except exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, ProbeFailedError):
                raise ProbeFailedError(str(cause), is_circumstance=cause.is_circumstance) from None
            if isinstance(cause, exceptions.ObjectStoreFullError | exceptions.OutOfDiskError):
                raise LostError(FULL) from None
            raise ProbeFailedError(one_line(f"{type(cause).__name__}: {cause}", 200), is_circumstance=True) from None
        except exceptions.RayError as error:
            if isinstance(error, exceptions.RayActorError) and error.actor_init_failed:  # it would fail again
                raise ProbeFailedError(one_line(str(error).splitlines()[-1], 200), is_circumstance=True) from None
            raise LostError(one_line(f"{type(error).__name__}: {error}", 200)) from None

    def end(self, actor: Any) -> None:  # noqa: ANN401  Ray's handles have no types
        """Kill an actor; its watchdog cleans up."""
        if not self._is_lost:
            with contextlib.suppress(Exception):  # it has ended
                self._ray.kill(actor)

    # Nodes.

    def _keeper(self, node: Node) -> Any:  # noqa: ANN401  Ray's handles have no types
        with self._lock:
            if node.id not in self._known:
                raise LostError("the node has left the cluster")
            return self._known[node.id][1]

    def _forget(self, node: Node) -> None:
        """Remove a node that does not answer; if it is alive after all, it joins again."""
        with self._lock:
            known = self._known.pop(node.id, None)
            self._refresh_due = 0.0
        if known is not None:
            self.end(known[1])

    def _check_head(self) -> None:
        """Check the head, which may be restarting; OutOfReachError if it is out of reach for some time."""
        host, _, port = self.address.rpartition(":")
        for tried in range(0 if self._is_lost else HEAD_TRIES):
            time.sleep(HEAD_SECONDS if tried else 0.0)
            with contextlib.suppress(OSError), socket.create_connection((host.strip("[]"), int(port)), HEAD_SECONDS):
                return
        self._is_lost = True
        LOST.set()
        raise OutOfReachError(
            f"the head of the Ray cluster at {self.address} was lost; what was measured is kept, and the same command "
            "goes on, there or without --on here"
        )

    def _refresh(self, wait_seconds: float = 0.0) -> None:
        """Add nodes that joined, and remove those that left."""
        with self._lock:
            if time.monotonic() < self._refresh_due and not wait_seconds:
                return
            self._check_head()
            self._refresh_due = time.monotonic() + REFRESH_SECONDS
            alive = {
                each["NodeID"]: each
                for each in self._ray.nodes()
                if each["Alive"] and placement.has_labels(each.get("Labels") or {}, self._labels)
            }
            for gone in [*(self._known.keys() - alive), *(self._joining.keys() - alive)]:
                self._known.pop(gone, None)
                self._joining.pop(gone, None)
            for name in alive.keys() - self._known.keys() - self._joining.keys() - self.left_out.keys():
                # In threads, so that it answers that it is alive while it reads weights.
                keeper = self._actor(NodeKeeper, name, num_cpus=0, max_concurrency=4)
                self._joining[name] = (alive[name], keeper, keeper.facts.remote(self._libraries))
            references = [facts for _, _, facts in self._joining.values()]
            if references:
                self._ray.wait(references, num_returns=len(references), timeout=wait_seconds)
            for name, (node, keeper, facts) in list(self._joining.items()):
                if not self._ray.wait([facts], timeout=0)[0]:
                    continue
                del self._joining[name]
                self._join(name, node, keeper, facts)

    def _join(self, name: str, described: dict[str, Any], keeper: Any, facts: Any) -> None:  # noqa: ANN401  Ray's handles
        address = str(described["NodeManagerAddress"])
        try:
            found = self._answer(facts)
        except LostError:  # if the node is alive after all, it joins at the next refresh
            return
        except ProbeFailedError as error:  # it lacks model-advisor or its dependencies
            self.left_out[name] = f"node {address}: {error}"
            return
        self.is_protected = self.is_protected and bool(found["asks_for_token"])
        if other := [
            f"{each} {found['versions'].get(each)}, here {mine}"
            for each, mine in self._own.items()
            if found["versions"].get(each) != mine
        ]:
            self.left_out[name] = f"node {address} has {'; '.join(other)}: install the same"
            self.end(keeper)
            return
        resources = described["Resources"]
        cards = ", ".join(dict.fromkeys(found["cards"])) if resources.get("GPU") else ""
        processors = int(resources.get("CPU", 0))
        kind = f"{processors} × {one_line(found['processor'], 40)}" + (f", {one_line(cards, 40)}" if cards else "")
        if processors:
            node = Node(name, address, processors, int(resources.get("memory", 0)), int(resources.get("GPU", 0)),
                        int(found["disk_bytes"]), kind)  # fmt: skip
            self._known[name] = (node, keeper)
        else:  # a head that runs nothing
            self.left_out[name] = f"node {address} offers no processors"
            self.end(keeper)

    def _actor(self, kind: type, node: str, **options: float) -> Any:  # noqa: ANN401  Ray's handles have no types
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        strategy = NodeAffinitySchedulingStrategy(node, soft=False)
        return self._ray.remote(kind).options(scheduling_strategy=strategy, max_restarts=0, **options).remote()


# Time-out of a head's first answer, checked by a process that reports why there is none.
REACH_SECONDS = 30.0
_LOOK = """
import socket, sys
from ray._private.services import canonicalize_bootstrap_address_or_die as found
from ray._raylet import GcsClient
address = found(sys.argv[1])
host, _, port = address.rpartition(":")
socket.create_connection((host.strip("[]"), int(port)), 5).close()
GcsClient(address=address)
"""


def join(address: str) -> tuple[Any, bool]:
    """Join the cluster as a driver, unless this process already has; return Ray's module and whether it joined now.

    InputError if Ray is not installed. OutOfReachError if the cluster cannot be reached.
    """
    # Workers without a card see none; Ray would warn that a later version changes that.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray._private.worker as inside
    except ImportError:
        raise InputError("--on ray needs Ray: pip install 'model-advisor[ray]'") from None
    # It prints the last output of dead nodes to standard output, which is for data here.
    inside.print_to_stdstream = lambda *_, **__: None
    if ray.is_initialized():
        return ray, False
    if not faulthandler.is_enabled() and sys.__stderr__ is not None:
        faulthandler.enable(sys.__stderr__)  # Ray would do so on the session's standard error, which is not a file
    try:
        # In its own process: Ray tries for minutes, and prints each try.
        command = [sys.executable, "-c", _LOOK, address]
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=REACH_SECONDS)  # noqa: S603
        ray.init(address=address, log_to_driver=False, configure_logging=False)
    except subprocess.CalledProcessError as error:
        reason = one_line(error.stderr.strip().rpartition("\n")[2], 160)
        if "token" in error.stderr:
            reason = "its token is missing or wrong: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN, or ~/.ray/auth_token"
    except subprocess.TimeoutExpired:
        reason = f"it does not answer within {REACH_SECONDS:.0f} s"
    except Exception as error:  # noqa: BLE001  ConnectionError, RuntimeError: all mean the same
        reason = one_line(error, 160)
    else:
        return ray, True
    where = "on this machine (start one, or set RAY_ADDRESS)" if address == "auto" else f"at {one_line(address, 80)}"
    ways = ("--on here: probes on this machine", "`ray start --head`: a cluster of this machine; then the same command")
    raise OutOfReachError(f"no Ray cluster {where} can be reached: {reason}", ways=ways)
