"""A real cluster on this machine, drivers in separate processes, and their processes on its nodes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from advisor.cluster.actor import PREFIX
from tests.conftest import Home, Ran, begin_python
from tests.families.support import write_task
from tests.probe.support import is_gone, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ray.cluster_utils import Cluster

NODE = {"num_cpus": 1, "object_store_memory": 80_000_000, "memory": 3_000_000_000}
# The head's node holds the driver's connection: what is killed is another, which has this label.
FURTHER = {**NODE, "labels": {"role": "further"}}
TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "t" * 48}
# A node that is killed refuses connections, so few misses suffice; one that is slow has time. Without their head, nodes
# end after the driver has found out by itself.
SETTINGS = {
    "health_check_initial_delay_ms": 1_000,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 20_000,
    "health_check_failure_threshold": 4,
    "gcs_rpc_server_reconnect_timeout_s": 15,
    # Disks count as full: objects that do not fit into a store cannot be spilled.
    "local_fs_capacity_threshold": 0.0,
}
# Waits take seconds, longer on a busy machine; a look at all processes takes a hundredth of one.
LONG, SLOW_TICK = 300, 0.2
# Waits in the middle of a batch on a node while the gate is closed, so that a fault comes there and nowhere else.
SCORER = """\
import os, time
seen = 0
def score(output, expected, input):
    global seen
    seen += 1
    if {prefix!r} in __file__ and seen == {at} and os.path.exists({gate!r}):
        open({gate!r} + f".{{os.getpid()}}", "w").close()
        while os.path.exists({gate!r}):
            time.sleep(0.01)
    return output == expected
"""

# Fills the object store of one node, then of all; what is mapped cannot be moved out.
FILLER = """\
import sys
import numpy, ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
class Filler:
    def fill(self):
        self.held = []
        try:
            while True:
                self.held.append(ray.get(ray.put(numpy.zeros(2_000_000, "u1"))))
        except ray.exceptions.RayError:
            return len(self.held)
def fill(node):
    strategy = NodeAffinitySchedulingStrategy(node, soft=False)
    filler = ray.remote(Filler).options(num_cpus=0, scheduling_strategy=strategy).remote()
    assert ray.get(filler.fill.remote())
    return filler
ray.init(address=sys.argv[1], log_to_driver=False)
nodes = [each["NodeID"] for each in ray.nodes() if each["Alive"]]
further = [each["NodeID"] for each in ray.nodes() if each["Alive"] and "role" in each["Labels"]]
held = [fill(min(further))]
print("full", flush=True)
sys.stdin.readline()
held += map(fill, set(nodes) - {min(further)})
print("full", flush=True)
sys.stdin.readline()
"""


@dataclass
class Opened:
    """A cluster of this test's own, and the folder in which its actors keep what they receive."""

    cluster: Cluster
    folder: Path
    variables: dict[str, str]

    @property
    def on(self) -> tuple[str, ...]:
        """Arguments that send a run there, with the user's consent."""
        address = self.cluster.address
        return "--on", f"ray:{address}", "--send-to", address if self.variables else f"unprotected:{address}"

    def start(self, home: Home, *arguments: str | Path) -> subprocess.Popen[str]:
        return self.python(home, "-m", "advisor", *arguments)

    def python(self, home: Home, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start a driver, or another program that joins the cluster."""
        return begin_python(*arguments, home=home, variables=self.variables)

    def run(self, home: Home, *arguments: str | Path) -> Ran:
        return ended(self.start(home, *arguments))

    def call(self, home: Home, function: Callable[..., object], *arguments: str | Path) -> str:
        """Call a function of a test module as a driver, with texts; return what it returns, as text."""
        code = f"import sys; from {function.__module__} import {function.__name__} as do; print(do(*sys.argv[1:]))"
        ran = ended(self.python(home, "-c", code, *arguments))
        assert ran.code == 0, ran.err
        return ran.out.strip()

    def replace_a_node(self, of: int | None = None) -> None:
        """Kill the node of a process, or of a worker that is not at the head, without grace; then add another."""
        found: list[tuple[Any, int]] = []

        def look() -> bool:
            raylets = {each.all_processes["raylet"][0].process.pid: each for each in self.cluster.worker_nodes}
            for each in self.workers() if of is None else [psutil.Process(of)]:
                with contextlib.suppress(psutil.Error):
                    found.extend((raylets[up.pid], each.pid) for up in each.parents() if up.pid in raylets)
            return bool(found)

        assert wait_until(look, LONG, SLOW_TICK)
        self.cluster.remove_node(found[0][0], allow_graceful=False)
        assert wait_until(lambda: is_gone(found[0][1]), LONG)
        self.cluster.add_node(**FURTHER)

    def workers(self) -> list[psutil.Process]:
        own = started_with("TMPDIR", self.folder)
        return [each for each in own if "advisor.probe.worker" in (each.info["cmdline"] or ())]

    def is_clear(self) -> bool:
        """Return whether no worker process runs and no received file remains."""

        def look() -> bool:
            for node in self.cluster.worker_nodes:
                node.any_processes_alive()  # buries a raylet that ended by itself: its actors would think it alive
            return not list(self.folder.glob(f"{PREFIX}*")) and not self.workers()  # files are looked for in less time

        return wait_until(look, LONG, SLOW_TICK)


@contextlib.contextmanager
def cluster_of(folder: Path, nodes: int, *, has_token: bool) -> Iterator[Opened]:
    """Start a head and further nodes, each with one processor."""
    before = dict(os.environ)
    folder.mkdir(exist_ok=True)
    # Ray's own files are where paths are short enough for sockets; actors are not niced, as others' tests are not.
    os.environ |= {**TOKEN, "TMPDIR": str(folder), "RAY_TMPDIR": tempfile.gettempdir(), "RAY_worker_niceness": "0"}
    try:
        # This process keeps the mode in which Ray was first imported; with a token it reaches clusters of both kinds.
        from ray.cluster_utils import Cluster

        if not has_token:
            os.environ["RAY_AUTH_MODE"] = "disabled"
        cluster = Cluster()
        try:
            cluster.add_node(**NODE, include_dashboard=False, _system_config=SETTINGS)
            for _ in range(nodes - 1):
                cluster.add_node(**FURTHER)
            yield Opened(cluster, folder, TOKEN if has_token else {})
        finally:
            agents = [each for node in cluster.list_all_nodes() for each in _agents_of(node)]
            cluster.shutdown()
            end_all(agents)  # they may outlive their node
    finally:
        end_all(started_with("TMPDIR", folder))  # agents of nodes that lost their head, drivers of a failed test
        os.environ.clear()
        os.environ |= before


def _agents_of(node: Any) -> list[psutil.Process]:
    """Return Ray's agents on a node that runs; their titles overwrite their variables."""
    found: list[psutil.Process] = []
    for each in node.all_processes.get("raylet", ()):
        with contextlib.suppress(psutil.Error):
            found += [child for child in psutil.Process(each.process.pid).children() if "Agent" in child.name()]
    return found


@contextlib.contextmanager
def filled(opened: Opened, home: Home) -> Iterator[Callable[[], None]]:
    """Fill the object store of the node that comes first of those with a label; yield what fills those of all."""
    filler = opened.python(home, "-c", FILLER, opened.cluster.address)
    assert filler.stdin is not None

    def fill_all() -> None:
        filler.stdin.write("\n")
        filler.stdin.flush()
        assert filler.stdout.readline(), filler.communicate()

    try:
        assert filler.stdout.readline(), filler.communicate()
        yield fill_all
    finally:
        filler.kill()
        filler.communicate()


def started_with(variable: str, folder: Path) -> list[psutil.Process]:
    """Return the processes that run with a folder in a variable, those that they started among them."""
    every = psutil.process_iter(["environ", "cmdline", "status"])
    running = [each for each in every if each.info["status"] != psutil.STATUS_ZOMBIE]
    return [each for each in running if (each.info["environ"] or {}).get(variable) == str(folder)]


def end_all(processes: list[psutil.Process]) -> None:
    """Kill them and their descendants immediately: an agent's new title overwrites its variables."""
    trees = list(processes)
    for each in processes:
        with contextlib.suppress(psutil.Error):
            trees += each.children(recursive=True)
    for each in trees:
        with contextlib.suppress(psutil.Error):
            each.kill()


def ended(driver: subprocess.Popen[str]) -> Ran:
    out, err = driver.communicate(timeout=2 * LONG)
    return Ran(driver.returncode, out, err)


def gated_task(folder: Path, rows: Path, *, at: int = 100, **more: Any) -> tuple[Path, Path]:
    """Write a task whose scorer waits at an example while a file is there; return the task and that file."""
    texts = [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()]
    whole = {
        "instruction": "Decide whether a mail is spam or ham.",
        "labels": ["ham", "spam"],
        "teaching": {"count": 80},
        "models": ["wordllama-l2-supercat-256"],
        "bar": {"pass_rate": 0.7},
        "scoring": {"function": "score.py:score"},
        "examples": {"path": "examples.json", "input": "text", "expected": "label"},
    }
    task = write_task(folder, texts, **(whole | more))
    gate = folder / "gate"
    gate.touch()
    code = SCORER.format(prefix=PREFIX, at=at, gate=str(gate))
    (folder / "score.py").write_text(code, encoding="utf-8")
    return task, gate


def wait_at(gate: Path, driver: subprocess.Popen[str]) -> int:
    """Wait until a scorer waits at the gate, and return its process; the driver must not have ended before."""

    def waiting() -> list[Path]:
        return sorted(gate.parent.glob(f"{gate.name}.*"))

    assert wait_until(lambda: waiting() or driver.poll() is not None, LONG)
    assert driver.poll() is None, driver.communicate()
    (first, *_) = waiting()
    first.unlink()
    return int(first.suffix[1:])


def counted(run: Path) -> dict[str, list[str]]:
    """Return the ids of a run's outcomes, by candidate and purpose, in the order in which they were stored."""
    found: dict[str, list[str]] = {}
    lines = (run / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()
    for result in map(json.loads, lines):
        found.setdefault(f"{result['candidate']} {result.get('purpose')}", []).append(result["id"])
    return found


def compared(document: dict[str, Any]) -> dict[str, Any]:
    """Return what must be equal wherever a task ran: the recommendation, and each candidate's number of answers."""
    chosen = document["recommended"] or {}
    asked = [(each["name"], each["verdict"], each["inferences"]) for each in document["candidates"]]
    return {
        "verdict": document["verdict"],
        "model": chosen.get("model"),
        "bound": chosen.get("lower_bound"),
        "of": asked,
    }
