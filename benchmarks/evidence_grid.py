"""The audit's grid: the search itself in worlds where it could go wrong, over candidates, examples and bars.

Every trial is a run of `advisor.decide.search` over a plan and records, from the guess of the plan itself (a wrong one
in the misleading catalog) to its answer; where none is certified all candidates are run on all evidence, and what that
certifies is counted too. False is a trial in which any candidate is certified whose true rate is at most the bar;
"false none" is one in which every candidate is refuted though one passes.
"""

import math
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np

from advisor.decide.finish import is_refuted
from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord, Purpose
from advisor.decide.search import answer, held, next_step
from advisor.evidence.binomial import at_least
from advisor.evidence.sequential import Strength
from advisor.evidence.sharing import anchored, one_off
from advisor.probe.protocol import Outcome
from advisor.report.layout import table
from benchmarks.evidence_simulation import make_plan

CANDIDATES, EXAMPLES, BARS = (1, 3, 8, 20), (40, 100, 200, 500), (0.8, 0.9, 0.95)
MISLEADING = "misleading catalog"


def _between(bar: float, part: float) -> float:
    """Return a rate so far between the bar and 1."""
    return bar + part * (1.0 - bar)


def _rising(count: int, bar: float) -> list[float]:
    return list(np.linspace(bar - 0.3, _between(bar, 0.8), count + 1)[1:])


def _non_monotone(count: int, bar: float) -> list[float]:
    rates = (bar - 0.1, _between(bar, 0.7), bar, bar - 0.02, _between(bar, 0.8), bar)
    return [rates[k % len(rates)] for k in range(count)]


def _one_passer(count: int, bar: float) -> list[float]:
    return [_between(bar, 0.7) if k == count // 2 else bar - 0.02 for k in range(count)]


def _misleading(count: int, bar: float) -> list[float]:
    """Return rates of which the smallest alone passes; the guess names the largest."""
    return [_between(bar, 0.7) if k == 0 and count > 1 else bar for k in range(count)]


WORLDS: dict[str, Callable[[int, float], list[float]]] = {
    "all at the bar": lambda count, bar: [bar] * count,
    "just below": lambda count, bar: [bar - 0.01] * count,
    "rising": _rising,
    "non-monotone": _non_monotone,
    "one passer among poor ones": _one_passer,
    MISLEADING: _misleading,
}


class Cell(NamedTuple):
    """One cell of the grid: how many of its trials certified anything false, and how many the smallest that passes."""

    world: str
    candidates: int
    examples: int
    bar: float
    trials: int
    false: int
    smallest: int
    can: bool
    false_none: int


def grid(trials: int, alpha: float, seed: int) -> list[Cell]:
    """Run every cell."""
    cells = []
    for count, total, bar in product(CANDIDATES, EXAMPLES, BARS):
        guessed = make_plan(count, total, bar, None, alpha=alpha)
        misled = make_plan(count, total, bar, anchored(alpha, one_off(count, count - 1)), alpha=alpha)
        for number, (world, rates_of) in enumerate(WORLDS.items()):
            draw = np.random.default_rng((seed, number, count, total, round(1000 * bar)))
            plan, rates = misled if world == MISLEADING else guessed, np.array(rates_of(count, bar))
            passing = [k for k in range(count) if rates[k] > bar + 1e-12]
            false = smallest = none = 0
            for _ in range(trials):
                found, certified, is_none = run(plan, draw.random((count, total)) < rates[:, None])
                none += is_none and bool(passing)
                false += bool(certified - set(passing))
                smallest += bool(passing) and found == passing[0]
            cells.append(Cell(world, count, total, bar, trials, false, smallest, bool(passing), none))
    return cells


def run(plan: Plan, passed: np.ndarray) -> tuple[int | None, set[int], bool]:
    """Run the search on drawn outcomes; return the certified answer, all certified, and whether all are refuted.

    Whole steps are run: what a batch runs beyond the point where a claim is settled changes nothing (the tests of
    `advisor.decide.search`).
    """
    records = {candidate.key: CandidateRecord() for candidate in plan.candidates}
    while (step := next_step(plan, records)) is not None and step.purpose is Purpose.EVIDENCE:
        record, row = records[plan.candidates[step.candidate].key], passed[step.candidate]
        for example in step.examples:
            right = bool(row[int(example.id)])
            record.add(Purpose.EVIDENCE, Outcome(example.id, None, float(right), right, 0.0))
    found = answer(plan, records)
    certified = set(held(plan, records).certified)
    if found is None or found.strength is not Strength.CERTIFIED:
        paths = ([each.passed for each in record.in_order(plan.evidence)] for record in records.values())
        return None, certified, found is None and all(is_refuted(plan, path) for path in paths)
    return found.candidate, certified | {found.candidate}, False


def rate_of(cells: list[Cell]) -> tuple[float, float]:
    """Return the rate of false certification of these cells together, and its standard error."""
    trials = sum(cell.trials for cell in cells)
    rate = sum(cell.false for cell in cells) / trials
    return rate, math.sqrt(max(rate * (1 - rate), 1 / trials) / trials)


def _row(cells: list[Cell], alpha: float, *names: str) -> tuple[str, ...]:
    rate, error = rate_of(cells)
    able = [cell for cell in cells if cell.can]
    smallest = sum(cell.smallest for cell in able) / sum(cell.trials for cell in able) if able else None
    return (
        *names,
        str(sum(cell.trials for cell in cells)),
        f"{rate:.4f} ± {error:.4f}",
        f"{alpha:.3g}",
        "" if smallest is None else f"{smallest:.2f}",
        "" if smallest is None else f"{sum(cell.false_none for cell in able) / sum(cell.trials for cell in able):.4f}",
    )


def lines(cells: list[Cell], alpha: float, *, each: bool) -> list[str]:
    """Return the tables, and whether false certification keeps within α and its error.

    Args:
        cells: From `grid`.
        alpha: The error allowed.
        each: Whether every cell has a row of its own.
    """
    header = ("world", "candidates", "trials", "false", "α", "smallest found", "false none")
    rows = []
    for world in WORLDS:
        mine = [cell for cell in cells if cell.world == world]
        rows += [_row([c for c in mine if c.candidates == k], alpha, world, str(k)) for k in CANDIDATES]
        rows.append(_row(mine, alpha, world, "all"))
    printed = table(header, rows, frozenset(range(1, 7)))
    if each:
        header = ("world", "candidates", "examples", "bar", "trials", "false", "α", "smallest found", "false none")
        rows = [_row([c], alpha, c.world, str(c.candidates), str(c.examples), f"{c.bar:.2f}") for c in cells]
        printed += ["", *table(header, rows, frozenset(range(1, 9)))]
    worst = max(cells, key=lambda cell: cell.false)
    # Of so many cells one is high by chance: how rare is the worst, if its true rate were α?
    rare = min(1.0, len(cells) * at_least(worst.false, worst.trials, alpha))
    over = [world for world in WORLDS if _is_above([cell for cell in cells if cell.world == world], alpha)]
    verdict = f"ABOVE α in {', '.join(over)}" if over else "within α + 2 errors in every world"
    return [
        *printed,
        "",
        (
            f"false certifications {verdict}; the worst of {len(cells)} cells has {worst.false} of {worst.trials} "
            f"({worst.world}, K {worst.candidates}, N {worst.examples}, bar {worst.bar}), p = {rare:.2f} at α"
        ),
    ]


def _is_above(cells: list[Cell], alpha: float) -> bool:
    rate, error = rate_of(cells)
    return rate > alpha + 2 * error
