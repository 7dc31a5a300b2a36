"""Figures of probing on a Ray cluster: overhead, scaling, recovery, memory, and the search simulated on many workers.

    python -m benchmarks.cluster [--simulation] [--rates 8=0.0045,70=0.034]

Starts a cluster of four nodes of one processor each on this machine. The engine answers a constant and its scorer
sleeps, so that what is measured is the cluster, not the model. `--simulation` prints the simulated part alone, and how
long one process takes to encode the cards of the whole Hub; `--rates` is what your own nodes take.
"""

import argparse
import contextlib
import heapq
import os
import random
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from advisor.candidates.build import Shortlist
from advisor.cluster.placement import Need
from advisor.cluster.ray_cluster import RayCluster
from advisor.cluster.remote_worker import RemoteWorker
from advisor.decide import search
from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord, Purpose
from advisor.decide.steps import batch_size
from advisor.engines.table import ENGINES
from advisor.evidence.sequential import Standing
from advisor.execution.scheduler import wanted_steps
from advisor.execution.workplace import ProbeWorker
from advisor.paths import models_dir
from advisor.probe.protocol import Outcome, ProbeSpec
from advisor.probe.supervisor import Worker, WorkerLimits
from advisor.task.brought import scorer_at
from advisor.task.examples import Example
from benchmarks.catalog.scale import words
from benchmarks.common import advisor, load_line
from catalog.store.compiler import read_snapshot, shipped_snapshot
from catalog.store.encoder import StaticEncoder, encoder_folder
from tests.decide.simulated import candidate, plan

LIMITS = WorkerLimits(2_000_000_000, 60, 120)
NODE = {"num_cpus": 1, "object_store_memory": 80_000_000, "memory": 2_000_000_000}
SCORER = "import time\ndef score(output, expected, input):\n    time.sleep({})\n    return output == expected\n"
TASK = """name: mails
instruction: Sort mails into spam and ham.
examples: {path: rows.csv, input: text, expected: label}
models: [wordllama-l2-supercat-256]
"""
# Rows of files, and how often a text says its label.
ROWS_OF_FILES, SAID = (10_000, 100_000), 0.97
SIZES = (1, 2, 4)
CANDIDATES, EXAMPLES, BATCH = 4, 128, 64
ENCODED, LARGE, HUB, SLEEP = 256, 100_000, 2_500_000, 0.05
# Of the simulation: models, examples, parameters, seconds to load; the true pass rate of the smallest model in each
# world, and of the largest.
RUNGS, ROWS, BAR, ENGINE, SMALLEST, LARGEST, SECONDS_A_BILLION = 20, 5_000, 0.9, "transformers", 1e8, 70e9, 2.0
LOWEST, HIGHEST = (0.60, 0.70, 0.85), 0.98
WORKERS, SIDE_BY_SIDE = (1, 10, 100, 1_000), (1, 2, 4, 10)


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulation", action="store_true")
    parser.add_argument("--rates", type=rates_of, default="70=1", help="billions of parameters=seconds an example, ...")
    given = parser.parse_args()
    if not given.simulation:
        with tempfile.TemporaryDirectory() as folder:
            on_a_cluster(Path(folder))
    simulation(given.rates)
    encoding()


def rates_of(text: str) -> list[tuple[float, float]]:
    """Return measured sizes in parameters, each with its seconds an example, the smallest first."""
    pairs = (each.split("=") for each in text.split(","))
    return sorted((float(size) * 1e9, float(seconds)) for size, seconds in pairs)


def pace(rates: list[tuple[float, float]], size: float) -> float:
    """Return the seconds an example at a size: on lines between the logarithms of measured ones, else in proportion."""
    sizes, seconds = np.log(rates).T
    at = np.clip(np.log(size), sizes[0], sizes[-1])
    return float(np.exp(np.interp(at, sizes, seconds) + np.log(size) - at))


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
    scaling(cluster, folder, f"{SLEEP * 1e3:.0f} ms asleep", spec(folder, SLEEP), EXAMPLES)
    if (encoder := models_dir() / "paraphrase-MiniLM-L3-v2-onnx").is_dir():
        of = replace(
            spec(folder, 0), runtime="onnx", method="head", path=str(encoder), files=("model.onnx",), ability="encode"
        )
        scaling(cluster, folder, "a real encoder", of, ENCODED)
    else:
        print("no row with a real encoder: advisor models starter fetches one")
    place = RayCluster(f"ray:{cluster.address}")
    overhead(place, folder)
    memory(place, folder)
    of_a_file(cluster.address, folder)
    recovery(place, folder, cluster)
    place.close()
    cluster.shutdown()


def labels(number: int) -> dict[str, str]:
    """Return the labels by which the first nodes are used alone."""
    return {f"of-{size}": "yes" for size in SIZES if number < size}


def remote(place: RayCluster, folder: Path, of: ProbeSpec) -> RemoteWorker:
    """Return a worker on the cluster."""
    return RemoteWorker(place, candidate(0), Need(1, 100_000_000), of, LIMITS, folder / "log")


def scaling(cluster: Any, folder: Path, words: str, of: ProbeSpec, count: int) -> None:  # noqa: ANN401  Ray's
    """Print how long several candidates take on more and more nodes, what answers apart from what starts."""
    alone = 0.0
    for size in SIZES:
        place, answering = RayCluster(f"ray:{cluster.address}", [f"of-{size}=yes"]), Counter[str]()

        def probed(_number: int, place: RayCluster = place, answering: Counter[str] = answering) -> None:
            worker = remote(place, folder, of)
            worker.load()
            node = worker._node.id  # noqa: SLF001
            answering[node] += answer(worker, count)
            worker.close()

        began = time.perf_counter()
        with ThreadPoolExecutor(CANDIDATES) as threads:
            list(threads.map(probed, range(CANDIDATES)))
        took, busiest = time.perf_counter() - began, max(answering.values())
        alone, start = alone or busiest, (took - busiest) * size / CANDIDATES
        print(
            f"{CANDIDATES} candidates of {count:,} examples ({words}) on {size} nodes: {took:.1f} s; answering "
            f"{busiest:.1f} s, {alone / busiest:.2f} times as fast as one node; {start:.1f} s to start each"
        )
        place.close()


def overhead(place: RayCluster, folder: Path) -> None:
    """Print how much longer an outcome takes than with a local worker."""
    for seconds, count in ((0.0, 10_000), (0.005, 1_000)):
        worker, began = remote(place, folder, spec(folder, seconds)), time.perf_counter()
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
    worker = remote(place, folder, spec(folder, 0))
    worker.load()
    answer(worker, 10 * BATCH)
    before = psutil.Process().memory_info().rss
    for at in range(0, LARGE, BATCH):
        worker.run([Example(f"e{n}", f"input {n}", "a", n) for n in range(at, at + BATCH)])
    grown = psutil.Process().memory_info().rss - before
    worker.close()
    print(f"the driver's memory grew by {grown / 1e6:.1f} MB over {LARGE:,} examples")


def of_a_file(address: str, folder: Path) -> None:
    """Print the peak memory of the driver of a whole run on the cluster, by how many rows its file has."""
    sent = ("--on", f"ray:{address}", "--send-to", f"unprotected:{address}", "--offline", "--fresh", "--quiet")
    (folder / "task.yaml").write_text(TASK, encoding="utf-8")
    for rows in ROWS_OF_FILES:
        draw = random.Random(1)  # noqa: S311
        vocabulary = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=2 + n % 8)) for n in range(5_000)]
        with (folder / "rows.csv").open("w", encoding="utf-8") as file:
            file.write("text,label\n")
            for number in range(rows):
                label, text = ("spam", "ham")[number % 2], " ".join(draw.choices(vocabulary, k=34))
                file.write(f"{label if draw.random() < SAID else ''} {text},{label}\n")
        driver, peak = subprocess.Popen(advisor("recommend", folder / "task.yaml", *sent), stdout=subprocess.DEVNULL), 0
        while driver.poll() is None:
            with contextlib.suppress(psutil.Error):
                peak = max(peak, psutil.Process(driver.pid).memory_info().rss)
            time.sleep(0.05)
        print(f"a run of a file of {rows:,} rows (exit {driver.returncode}): the driver had up to {peak / 1e6:.0f} MB")


def recovery(place: RayCluster, folder: Path, cluster: Any) -> None:  # noqa: ANN401  Ray's
    """Print how long a batch is held up by the death of its node."""
    worker, nodes = remote(place, folder, spec(folder, SLEEP)), {each.node_id: each for each in cluster.worker_nodes}
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


def simulation(rates: list[tuple[float, float]]) -> None:
    """Print how long the search takes on so many workers, in simulated time, and what it pays for that."""
    search.proven = remembered(search.proven)
    worlds = [World(number, lowest, rates) for number, lowest in enumerate(LOWEST)]
    chain, _ = together(worlds, 1, ENGINES[ENGINE].largest_batch)
    print(
        f"\nsimulated: {RUNGS} models up to {LARGEST / 1e9:.0f} B parameters, {ROWS:,} examples, {len(worlds)} worlds; "
        f"bound, one candidate after the other and each example of a batch on its own worker: {chain / 60:.1f} minutes"
    )
    print("workers  side by side  replicas  minutes  of the bound  × faster  worker-hours")
    alone = 0.0
    for workers in WORKERS:
        for jobs in (each for each in SIDE_BY_SIDE if each <= workers):
            took, paid = together(worlds, jobs, workers // jobs)
            alone = alone or took
            print(
                f"{workers:>7,}  {jobs:>12}  {workers // jobs:>8}  {took / 60:>7.1f}  {took / chain:>12.2f}  "
                f"{alone / took:>8.1f}  {paid / 3600:>12.1f}",
                flush=True,
            )


class World:
    """Candidates whose true pass rates rise with their size, from `lowest` on, and what each would answer."""

    def __init__(self, number: int, lowest: float, rates: list[tuple[float, float]]) -> None:
        draw, rungs = random.Random(number), [rung / (RUNGS - 1) for rung in range(RUNGS)]  # noqa: S311
        parameters = [SMALLEST * (LARGEST / SMALLEST) ** rung for rung in rungs]
        self.pace = [pace(rates, each) for each in parameters]
        self.load = [SECONDS_A_BILLION * each / 1e9 for each in parameters]
        ladder = tuple(
            candidate(rung, runtime=ENGINE, parameters=int(size), seconds_per_example=pace)
            for rung, (size, pace) in enumerate(zip(parameters, self.pace, strict=True))
        )
        self.plan = replace(plan(RUNGS, ROWS, BAR), shortlist=Shortlist(ladder, (), (), {}))
        self.passed = [
            {each.id: draw.random() < lowest + (HIGHEST - lowest) * rung for each in self.plan.evidence}
            for rung in rungs
        ]


def together(worlds: list[World], jobs: int, copies: int) -> tuple[float, float]:
    """Return the mean seconds until the search ends, and the mean worker-seconds."""
    found = [makespan(each, jobs, copies) for each in worlds]
    return statistics.fmean(took for took, _ in found), statistics.fmean(paid for _, paid in found)


def remembered(proven: Callable[..., Standing]) -> Callable[..., Standing]:
    """Return the search's own function; in a world it depends on how many outcomes a candidate has, and on no other."""
    known: dict[Any, Standing] = {}

    def look(of: Plan, records: Any, index: int, *claim: Any, **more: Any) -> Standing:  # noqa: ANN401
        key = id(of), index, len(records[of.candidates[index].key].outcomes[Purpose.EVIDENCE]), claim, *more.values()
        if key not in known:
            known[key] = proven(of, records, index, *claim, **more)
        return known[key]

    return look


def encoding() -> None:
    """Print how long one process takes to encode the cards of the whole Hub."""
    cards = read_snapshot(shipped_snapshot())
    with StaticEncoder(encoder_folder()) as encoder:
        encoder.encode([words(card) for card in cards[:BATCH]])
        began = time.process_time()
        encoder.encode([words(card) for card in cards])
        seconds = time.process_time() - began
    print(
        f"\nthe catalog: {len(cards) / seconds:,.0f} cards encoded in a second of one processor, "
        f"{HUB:,} in {HUB * seconds / len(cards) / 3600:.2f} hours"
    )


def makespan(world: World, jobs: int, copies: int) -> tuple[float, float]:
    """Return the seconds until the search ends, and the worker-seconds, with so many candidates side by side."""
    of = world.plan
    records = {each.key: CandidateRecord() for each in of.candidates}
    running, now, paid, loaded = [], 0.0, 0.0, set()
    while True:
        busy = {index for _, index, _ in running}
        steps = wanted_steps(of, records, jobs)
        if not steps:
            return now, paid - sum(end - now for end, *_ in running) * copies
        for step in steps:
            if step.candidate in busy or len(busy) == jobs:
                continue
            record = records[of.candidates[step.candidate].key]
            size = batch_size(ENGINE, len(record.outcomes[step.purpose]))
            step = replace(step, examples=step.examples[:size])  # noqa: PLW2901
            seconds = world.pace[step.candidate] * -(-len(step.examples) // copies)
            if step.candidate not in loaded:
                seconds += world.load[step.candidate]
                loaded.add(step.candidate)
            paid += seconds * copies
            heapq.heappush(running, (now + seconds, step.candidate, step))
            busy.add(step.candidate)
        now, index, step = heapq.heappop(running)
        for example in step.examples:
            passed = world.passed[index][example.id]
            outcome = Outcome(example.id, "a", float(passed), passed=passed, seconds=world.pace[index])
            records[of.candidates[index].key].add(step.purpose, outcome)


if __name__ == "__main__":
    main()
