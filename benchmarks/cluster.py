"""Simulated time of a search on a cluster, and the time to encode the cards of the whole Hub.

    python -m benchmarks.cluster [--rates 8=0.0045,70=0.034]

`--rates` are your own nodes' speeds: billions of parameters = seconds per example.
"""

import argparse
import heapq
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from advisor.candidates.build import Shortlist
from advisor.decide import search
from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord, Purpose
from advisor.decide.steps import batch_size
from advisor.engines.table import ENGINES
from advisor.evidence.sequential import Standing
from advisor.execution.scheduler import wanted_steps
from advisor.probe.protocol import Outcome
from benchmarks.catalog.scale import words
from catalog.store.compiler import read_snapshot, shipped_snapshot
from catalog.store.encoder import StaticEncoder, encoder_folder
from tests.decide.simulated import candidate, plan

HUB = 2_500_000
# Of the simulation: models, examples, parameters, seconds to load; the true pass rate of the smallest model in each
# world, and of the largest.
RUNGS, ROWS, BAR, ENGINE, SMALLEST, LARGEST, SECONDS_A_BILLION = 20, 5_000, 0.9, "transformers", 1e8, 70e9, 2.0
LOWEST, HIGHEST = (0.60, 0.70, 0.85), 0.98
WORKERS, SIDE_BY_SIDE = (1, 10, 100, 1_000), (1, 2, 4, 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=rates_of, default="70=1", help="billions of parameters=seconds an example, ...")
    simulation(parser.parse_args().rates)
    encoding()


def rates_of(text: str) -> list[tuple[float, float]]:
    """Return measured sizes in parameters with their seconds per example, the smallest first."""
    pairs = (each.split("=") for each in text.split(","))
    return sorted((float(size) * 1e9, float(seconds)) for size, seconds in pairs)


def pace(rates: list[tuple[float, float]], size: float) -> float:
    """Return the seconds per example at a size: log-linear between measured ones, else proportional."""
    sizes, seconds = np.log(rates).T
    at = np.clip(np.log(size), sizes[0], sizes[-1])
    return float(np.exp(np.interp(at, sizes, seconds) + np.log(size) - at))


def simulation(rates: list[tuple[float, float]]) -> None:
    """Print the simulated time of the search on numbers of workers, and its cost."""
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
    """Candidates whose true pass rates rise with their size, from `lowest` on, and their answers."""

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
    """Cache the search's own function, which in a world depends only on a candidate's number of outcomes."""
    known: dict[Any, Standing] = {}

    def look(of: Plan, records: Any, index: int, *claim: Any, **more: Any) -> Standing:  # noqa: ANN401
        key = id(of), index, len(records[of.candidates[index].key].outcomes[Purpose.EVIDENCE]), claim, *more.values()
        if key not in known:
            known[key] = proven(of, records, index, *claim, **more)
        return known[key]

    return look


def encoding() -> None:
    cards = read_snapshot(shipped_snapshot())
    with StaticEncoder(encoder_folder()) as encoder:
        encoder.encode([words(card) for card in cards[:64]])
        began = time.process_time()
        encoder.encode([words(card) for card in cards])
        seconds = time.process_time() - began
    print(
        f"\nthe catalog: {len(cards) / seconds:,.0f} cards encoded in a second of one processor, "
        f"{HUB:,} in {HUB * seconds / len(cards) / 3600:.2f} hours"
    )


def makespan(world: World, jobs: int, copies: int) -> tuple[float, float]:
    """Return the seconds until the search ends, and the worker-seconds, with `jobs` candidates in parallel."""
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
