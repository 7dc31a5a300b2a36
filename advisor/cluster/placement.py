"""Placement of candidates on a cluster's nodes: pure functions of nodes, needs and bookings."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.errors import InputError, one_line
from advisor.report.tables import table, wrap
from advisor.system.machine import THREADS_MOST
from advisor.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate

# Parameters from which a candidate is placed on a node with a GPU, if there is one.
GPU_PARAMETERS = 1_000_000_000
# Nodes, and seconds in all, from which two candidates sharing all nodes are faster than one per node: simulated, see
# docs/cluster.md.
SHARING_NODES, SHARING_SECONDS = 4, 60.0
CLIENT = "ray://"


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster to probe on, as for `address_of`, with the workers per candidate and the labels of nodes."""

    on: str
    replicas: int = 1
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Resources that a worker reserves on a node."""

    processors: int
    memory_bytes: int
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A usable node; `kind` names its processors and cards, within which times are comparable."""

    id: str
    address: str
    processors: int
    memory_bytes: int
    gpus: int
    disk_bytes: int
    kind: str

    def holds(self, need: Need) -> bool:
        return self.processors >= need.processors and self.memory_bytes >= need.memory_bytes and self.gpus >= need.gpus

    @property
    def words(self) -> str:
        return f"{self.address} ({self.kind}, {format_bytes(self.memory_bytes)})"


@dataclass
class Bookings:
    """This run's reservations by node. Ray makes the same ones; these are known beforehand."""

    _needs: dict[str, list[Need]] = field(default_factory=dict)

    def book(self, node: Node, need: Need) -> None:
        self._needs.setdefault(node.id, []).append(need)

    def release(self, node: Node, need: Need) -> None:
        self._needs[node.id].remove(need)

    def fits(self, node: Node, need: Need) -> bool:
        booked = [*self._needs.get(node.id, ()), need]
        return node.holds(
            Need(
                sum(each.processors for each in booked),
                sum(each.memory_bytes for each in booked),
                sum(each.gpus for each in booked),
            )
        )

    def count(self, node: Node) -> int:
        return len(self._needs.get(node.id, ()))

    def choose(self, nodes: Iterable[Node], need: Need, avoid: Collection[str] = ()) -> Node | None:
        """Return the node for a worker: the least busy one with room, then the smallest; None if none has room.

        Nodes to avoid come last; small candidates leave nodes with a GPU or much memory to those that need them.
        """
        able = [node for node in nodes if self.fits(node, need)]
        return min(
            able,
            key=lambda node: (node.id in avoid, self.count(node), node.gpus > need.gpus, node.memory_bytes, node.id),
            default=None,
        )


def need_of(candidate: Candidate, threads: int, nodes: Iterable[Node]) -> Need:
    """Return the resources of a candidate's worker; with a GPU if it is large and a node has one."""
    is_large = (candidate.parameters or 0) >= GPU_PARAMETERS and any(node.gpus for node in nodes)
    return Need(threads, candidate.peak_bytes, int(is_large))


def threads_of(nodes: Sequence[Node], jobs: int) -> int:
    """Return each worker's threads: the same on all nodes, so that times are comparable."""
    most = min((node.processors for node in nodes), default=1)
    return max(1, min(THREADS_MOST, most // -(-jobs // max(1, len(nodes)))))


def of_one_kind(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes of the most frequent kind: a bar on latency is measured only on these."""
    counts = Counter(node.kind for node in nodes)
    kind = max(counts, key=lambda each: (counts[each], each), default="")
    return [node for node in nodes if node.kind == kind]


def can_hold(node: Node, candidate: Candidate, nodes: Sequence[Node]) -> bool:
    """Return whether a candidate can run on a node when it is idle."""
    return node.holds(need_of(candidate, 1, nodes))


def infeasible(candidate: Candidate, nodes: Sequence[Node]) -> str | None:
    """Return why a candidate fits no idle node; None if one can hold it."""
    if any(can_hold(node, candidate, nodes) for node in nodes):
        return None
    return too_large(need_of(candidate, 1, nodes), nodes)


def too_large(need: Need, nodes: Sequence[Node]) -> str:
    most = max((node.memory_bytes for node in nodes), default=0)
    card = " and a GPU" if need.gpus else ""
    return f"needs {format_bytes(need.memory_bytes)}{card}; the largest node has {format_bytes(most)}"


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """The cluster that a plan is executed on."""

    address: str  # Address of the head.
    nodes: tuple[Node, ...]  # Nodes used.
    # By node id the indexes of the plan's candidates that it can hold.
    holds: dict[str, list[int]]
    infeasible: dict[str, str]  # Why candidates fit no node, by name.
    left_out: tuple[str, ...]  # Why other nodes are not used.
    jobs: int  # Candidates in parallel.
    threads: int  # Threads of each worker.
    replicas: int  # Workers per candidate.
    seconds: float | None  # Expected time of the search with one candidate at a time; None if unknown.
    is_one_kind: bool  # Whether nodes of other kinds are left out, because latency is measured.
    consent: str  # Data sent there, in sentences.

    def text(self, width: int | None) -> str:
        header = ("node", "processors, cards", "memory", "GPUs", "free disk", "holds")
        lines = table(header, self.rows, frozenset({2, 3, 4}), width, optional=(4, 1))
        return "\n".join([*lines, "", *wrap(self.said, width)])

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The table of nodes: address, processors and cards, memory, GPUs, free disk, what it can hold."""
        return [
            (
                one_line(node.address, 40),
                one_line(node.kind, 60),
                format_bytes(node.memory_bytes),
                str(node.gpus),
                format_bytes(node.disk_bytes),
                ", ".join(map(str, self.holds[node.id])) or "none",
            )
            for node in self.nodes
        ]

    @property
    def said(self) -> list[str]:
        """Notes on it, in sentences."""
        parallel = "one candidate at a time" if self.jobs == 1 else f"{self.jobs} candidates side by side"
        workers = f"{self.replicas} worker{'s' if self.replicas > 1 else ''} each"
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        where = f"On the Ray cluster at {self.address}: {parallel}, {workers} with {threads}"
        said = [f"{where}; baselines and servers are asked from here."]
        if self.seconds is not None and self.jobs > 1:
            least, most = format_seconds(self.seconds / self.jobs), format_seconds(self.seconds)
            said.append(f"Expected: between {least} (all jobs busy) and {most} (one candidate after the other).")
        if self.replicas == 1 and self.jobs >= SHARING_NODES and (self.seconds or 0.0) > SHARING_SECONDS:
            each = self.jobs // 2
            said.append(f"Usually faster: --replicas {each}, two candidates side by side with {each} workers each.")
        if self.is_one_kind:
            kind = one_line(self.nodes[0].kind, 60) if self.nodes else ""
            said.append(f"The bar limits latency: only nodes of one kind are used ({kind}), so that times compare.")
        said += [f"No node can hold {one_line(name, 60)}: {why}." for name, why in self.infeasible.items()]
        said += [f"Left out: {one_line(why, 300)}." for why in self.left_out]
        return said


def address_of(on: str) -> str:
    """Return the address for `--on`; for "ray" that in RAY_ADDRESS, else of the cluster on this machine.

    InputError if it names something else.
    """
    kind, _, address = on.partition(":")
    address = address or os.environ.get("RAY_ADDRESS") or "auto"
    if kind != "ray":
        raise InputError(f"--on: {one_line(on, 80)} is not a cluster; give ray or ray:HOST:PORT")
    if client := [each for each in (on, address) if each.startswith(CLIENT)]:
        raise InputError(
            f"--on: {one_line(client[0], 80)} is the Ray client, which is not used: "
            "run this on a machine of the cluster with --on ray:HOST:PORT, or submit it as a job with --on ray"
        )
    return address


def labels_of(pairs: Iterable[str]) -> dict[str, str]:
    """Return labels given as KEY=VALUE; InputError names an invalid one."""
    found = {}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not (key and mark):
            raise InputError(f"--label: {one_line(pair, 60)} is not KEY=VALUE")
        found[key] = value
    return found


def has_labels(node: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(node.get(key) == value for key, value in wanted.items())
