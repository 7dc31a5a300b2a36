"""Figures of probing on a Ray cluster: overhead, scaling, recovery, memory, and the search simulated on many workers.

    python -m benchmarks.cluster [--simulation]

Starts a cluster of four nodes of one processor each on this machine. The engine answers a constant and its scorer
sleeps, so that what is measured is the cluster, not the model. `--simulation` prints the simulated part alone.
"""

import argparse
import heapq
import os
import random
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from advisor.cluster.placement import Need
from advisor.cluster.ray_cluster import RayCluster
from advisor.cluster.remote_worker import RemoteWorker
from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord
from advisor.decide.steps import batch_size
from advisor.execution.scheduler import wanted_steps
from advisor.execution.workplace import ProbeWorker
from advisor.probe.protocol import Outcome, ProbeSpec
from advisor.probe.supervisor import Worker, WorkerLimits
from advisor.task.brought import scorer_at
from advisor.task.examples import Example
from benchmarks.common import load_line
from tests.decide.simulated import candidate, plan

LIMITS = WorkerLimits(2_000_000_000, 60, 120)
NODE = {"num_cpus": 1, "object_store_memory": 80_000_000, "memory": 2_000_000_000}
SCORER = "import time\ndef score(output, expected, input):\n    time.sleep({})\n    return output == expected\n"
SIZES = (1, 2, 4)
CANDIDATES, EXAMPLES, BATCH = 4, 128, 64
LARGE, SLEEP = 100_000, 0.05
# Of the simulation: twenty models of 0.1 to 70 billion parameters on 5,000 examples; a second an example at 70 B.
RUNGS, ROWS, LARGEST, BAR, LOAD_SECONDS_A_BILLION = 20, 5_000, 70e9, 0.9, 2.0
WORKERS = (1, 10, 100, 1_000)


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulation", action="store_true")
    if not parser.parse_args().simulation:
        with tempfile.TemporaryDirectory() as folder:
            on_a_cluster(Path(folder))
    simulation()


def spec(folder: Path, seconds: float) -> ProbeSpec:
    """Return an engine that answers a constant, scored by a function that sleeps so long (0: by its family)."""
    (folder / "empty").mkdir(exist_ok=True)
    of = ProbeSpec("baseline", "constant", str(folder / "empty"), (), "text-classification", "", {"a": "", "b": ""},
                   (("x", "a"), ("y", "a"), ("z", "b")), 1, 0, "constant")  # fmt: skip
    if not seconds:
        return of
    path = folder / f"score_{seconds}.py"
    if not path.exists():
        path.write_text(SCORER.format(seconds), encoding="utf-8")
    found = scorer_at(path, "score", folder)
    return replace(of, scorer=(found.path, found.function), agreed=dict(found.files))


def examples(count: int) -> list[Example]:
    """Return so many examples."""
    return [Example(f"e{number}", f"input {number} " * 20, "a", number) for number in range(count)]


def answer(worker: ProbeWorker, count: int) -> float:
    """Have a worker answer in batches as the search makes them; return the seconds."""
    asked, began, at = examples(count), time.perf_counter(), 0
    while at < count:
        size = batch_size("static", at)
        worker.run(asked[at : at + size])
        at += size
    return time.perf_counter() - began


def on_a_cluster(folder: Path) -> None:
    """Print what is measured on a real cluster."""
    # Actors are niced by 15 otherwise: on a busy machine that would be what is measured.
    os.environ |= {"RAY_AUTH_MODE": "disabled", "RAY_worker_niceness": "0"}
    from ray.cluster_utils import Cluster

    began = time.perf_counter()
    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False, "labels": labels(0)})
    for number in range(1, SIZES[-1]):
        cluster.add_node(**NODE, labels=labels(number))
    print(f"{SIZES[-1]} nodes of one processor started in {time.perf_counter() - began:.1f} s ({load_line()})")
    spec(folder, SLEEP)  # its file is written before several threads read it
    alone = 0.0
    for size in SIZES:
        began = time.perf_counter()
        place = RayCluster(f"ray:{cluster.address}", [f"of-{size}=yes"])
        connected, began = time.perf_counter() - began, time.perf_counter()
        with ThreadPoolExecutor(CANDIDATES) as threads:
            list(threads.map(partial(probed, place, folder), range(CANDIDATES)))
        took = time.perf_counter() - began
        alone = alone or took
        print(
            f"{CANDIDATES} candidates of {EXAMPLES} examples of {SLEEP * 1e3:.0f} ms on {size} nodes: {took:.1f} s, "
            f"{alone / took:.2f} times as fast as one; connected in {connected:.1f} s"
        )
        place.close()
    place = RayCluster(f"ray:{cluster.address}")
    overhead(place, folder)
    memory(place, folder)
    recovery(place, folder, cluster)
    place.close()
    cluster.shutdown()


def labels(number: int) -> dict[str, str]:
    """Return the labels by which the first nodes are used alone."""
    return {f"of-{size}": "yes" for size in SIZES if number < size}


def remote(place: RayCluster, folder: Path, seconds: float) -> RemoteWorker:
    """Return a worker on the cluster."""
    return RemoteWorker(place, candidate(0), Need(1, 100_000_000), spec(folder, seconds), LIMITS, folder / "log")


def probed(place: RayCluster, folder: Path, _number: int) -> None:
    """Probe a candidate from loading to its last example."""
    worker = remote(place, folder, SLEEP)
    worker.load()
    answer(worker, EXAMPLES)
    worker.close()


def overhead(place: RayCluster, folder: Path) -> None:
    """Print how much longer an outcome takes than with a local worker."""
    for seconds, count in ((0.0, 10_000), (0.005, 1_000)):
        worker, began = remote(place, folder, seconds), time.perf_counter()
        worker.load()
        ready = time.perf_counter() - began
        with Worker(spec(folder, seconds), LIMITS, folder / "log") as local:
            local.load()
            here, there = answer(local, count), answer(worker, count)
        worker.close()
        print(
            f"overhead with {seconds * 1e3:.0f} ms an example: {there / here:.3f} times a local worker "
            f"({here / count * 1e6:.0f} and {there / count * 1e6:.0f} µs an outcome); ready in {ready:.1f} s"
        )


def memory(place: RayCluster, folder: Path) -> None:
    """Print by how much the driving process grows."""
    worker = remote(place, folder, 0.0)
    worker.load()
    answer(worker, 10 * BATCH)
    before = psutil.Process().memory_info().rss
    for at in range(0, LARGE, BATCH):
        worker.run([Example(f"e{n}", f"input {n}", "a", n) for n in range(at, at + BATCH)])
    grown = psutil.Process().memory_info().rss - before
    worker.close()
    print(f"the driver's memory grew by {grown / 1e6:.1f} MB over {LARGE:,} examples")


def recovery(place: RayCluster, folder: Path, cluster: Any) -> None:  # noqa: ANN401  Ray's
    """Print how long a batch is held up by the death of its node."""
    worker, nodes = remote(place, folder, SLEEP), {each.node_id: each for each in cluster.worker_nodes}
    worker._left |= {each.id for each in place.nodes if each.id not in nodes}  # noqa: SLF001  never the driver's node
    worker.load()
    of, asked = nodes[worker._node.id], examples(int(2 / SLEEP))  # noqa: SLF001
    killer = threading.Timer(1.0, lambda: cluster.remove_node(of, allow_graceful=False))
    killer.start()
    began = time.perf_counter()
    worker.run(asked)
    took = time.perf_counter() - began
    print(
        f"a batch of 2.0 s whose node died after 1.0 s took {took:.1f} s: {took - 3.0:.1f} s until it began elsewhere"
    )


def simulation() -> None:
    """Print how long the search takes on so many workers, in simulated time, and what it pays for that."""
    of = plan(RUNGS, ROWS, BAR)
    parameters = [LARGEST ** (rung / (RUNGS - 1)) * 1e8 ** (1 - rung / (RUNGS - 1)) for rung in range(RUNGS)]
    pace = [each / LARGEST for each in parameters]
    rates = [0.70 + 0.28 * rung / (RUNGS - 1) for rung in range(RUNGS)]
    alone = 0.0
    print(
        f"\nsimulated: {RUNGS} models of 0.1 to {LARGEST / 1e9:.0f} B parameters, {ROWS:,} examples of a second at most"
    )
    print("workers  side by side  replicas  hours  worker-hours  × faster")
    for workers in WORKERS:
        for jobs in sorted({1, min(workers, RUNGS)}):
            copies = max(1, workers // jobs)
            took, paid = makespan(of, rates, pace, parameters, jobs, copies)
            alone = alone or took
            figures = f"{took / 3600:>5.2f}  {paid / 3600:>12.1f}  {alone / took:>8.1f}"
            print(f"{workers:>7,}  {jobs:>12}  {copies:>8}  {figures}", flush=True)


def makespan(  # noqa: PLR0917  what a world is made of
    of: Plan, rates: list[float], pace: list[float], parameters: list[float], jobs: int, copies: int
) -> tuple[float, float]:
    """Return the seconds until the search ends, and the worker-seconds, with so many candidates side by side."""
    draw = random.Random(0)  # noqa: S311
    right = [[draw.random() < rate for _ in of.evidence] for rate in rates]
    place = {example.id: number for number, example in enumerate(of.evidence)}
    records = {each.key: CandidateRecord() for each in of.candidates}
    running, now, paid, loaded = [], 0.0, 0.0, set()
    while True:
        busy = {index for _, index, _ in running}
        for step in wanted_steps(of, records, jobs):
            if step.candidate in busy or len(busy) == jobs:
                continue
            record = records[of.candidates[step.candidate].key]
            size = batch_size("static", len(record.outcomes[step.purpose]))
            step = replace(step, examples=step.examples[:size])  # noqa: PLW2901
            seconds = pace[step.candidate] * -(-len(step.examples) // copies)
            if step.candidate not in loaded:
                seconds += LOAD_SECONDS_A_BILLION * parameters[step.candidate] / 1e9
                loaded.add(step.candidate)
            paid += seconds * copies
            heapq.heappush(running, (now + seconds, step.candidate, step))
            busy.add(step.candidate)
        if not running:
            return now, paid
        now, index, step = heapq.heappop(running)
        for example in step.examples:
            passed = right[index][place[example.id]]
            outcome = Outcome(example.id, "a", float(passed), passed=passed, seconds=pace[index])
            records[of.candidates[index].key].add(step.purpose, outcome)


if __name__ == "__main__":
    main()
