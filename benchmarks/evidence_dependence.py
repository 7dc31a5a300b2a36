"""Where rows are no independent draws: rows that belong together, slow answers in spells.

Each table says how often a model at the bar is certified wrongly, by the way the product counts rows and by others.

- Groups: a group's rows share how easy they are: its pass rate is drawn from a Beta distribution whose mean is the
  model's true rate, and the correlation between two rows of a group is given (1: they all come out alike). Groups have
  five rows, or sizes drawn from 1 to 9. "one of a group" takes the rows by `advisor.task.groups` as it is. "found" is
  the share of trials in which a model that is right 97% of the time is certified: what it costs that fewer rows count.
- Spells: slow answers begin by chance, last a fixed number of answers, and make 5% of all answers slow (the limit
  itself, where every claim is false), or 1%. "as if independent" counts every answer as one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.evidence.boundary import spending_boundary
from advisor.evidence.criteria import Latency, LevelTest
from advisor.evidence.sequential import Claim, nested
from advisor.task.example import Example
from advisor.task.groups import units
from benchmarks.evidence_simulation import rated


class World(NamedTuple):
    """The groups' sizes, the bar, and the correlation between two rows of a group."""

    sizes: str
    bar: float
    alike: float


ROWS = 200
GOOD = 0.97
WORLDS = (
    World("of five", 0.9, 0.0), World("of five", 0.9, 0.3), World("of five", 0.9, 0.6), World("of five", 0.9, 1.0),
    World("of one to nine", 0.8, 0.6),
)  # fmt: skip
GROUPED = ("groups", "bar", "correlation", "rows count", "evidence", "false", "α", "found")


def grouped_rows(trials: int, alpha: float, seed: int) -> list[tuple[str, ...]]:
    """Return two rows for each world: all rows as evidence, and one of each group."""
    return [_grouped_row(world, way, trials, alpha, seed) for world in WORLDS for way in ("each", "one of a group")]


def _grouped_row(world: World, way: str, trials: int, alpha: float, seed: int) -> tuple[str, ...]:
    sizes, bar, alike = world
    draw = np.random.default_rng(seed)
    evidence = 0
    false = found = 0
    for trial in range(trials):
        groups = np.repeat(np.arange(ROWS // 5), 5) if sizes == "of five" else _uneven(draw)
        counts = _counted(groups, trial) if way != "each" else draw.permutation(len(groups))
        evidence += len(counts)
        boundary = spending_boundary(len(counts), bar, alpha)
        for rate in (bar, GOOD):
            passed = _passed(groups, rate, alike, draw)[counts]
            is_certified = bool((np.cumsum(~passed) <= boundary).any())
            false, found = (false + is_certified, found) if rate == bar else (false, found + is_certified)
    return (
        sizes, f"{bar:.2f}", f"{alike:.1f}", way, f"{evidence / trials:.0f}", rated(false / trials, trials),
        f"{alpha:.3g}", f"{found / trials:.2f}",
    )  # fmt: skip


def _uneven(draw: np.random.Generator) -> NDArray[np.int64]:
    sizes = draw.integers(1, 10, size=ROWS)
    return np.repeat(np.arange(ROWS), sizes)[:ROWS]


def _counted(groups: NDArray[np.int64], seed: int) -> list[int]:
    """Return the places of the rows that count, in their order."""
    examples = [Example(f"{place:04}", "", "", place, group=str(group)) for place, group in enumerate(groups.tolist())]
    return [unit[0].line for unit in units(examples, seed)]


def _passed(groups: NDArray[np.int64], rate: float, alike: float, draw: np.random.Generator) -> NDArray[np.bool_]:
    count = int(groups.max()) + 1
    if alike in {0.0, 1.0}:
        of_group = np.full(count, rate) if alike == 0.0 else (draw.random(count) < rate).astype(float)
    else:
        weight = (1 - alike) / alike
        of_group = draw.beta(rate * weight, (1 - rate) * weight, size=count)
    return np.asarray(draw.random(len(groups)) < of_group[groups])


LENGTHS, EXAMPLES = (1, 5, 10, 20), (300, 600, 1200)
SPELLS = ("spells of", "examples", "false claims", "α", "as if independent", "claimed at 1% slow")


def quick(draw: np.random.Generator, total: int, slow: float, length: int) -> list[float]:
    """Return 1 for quick and 0 for slow answers."""
    begins = draw.random(total + length - 1) < 1.0 - (1.0 - slow) ** (1.0 / length)
    covered = np.convolve(begins, np.ones(length), mode="valid")
    return [float(not each) for each in covered]


def claimed(test: LevelTest, drawn: list[list[float]]) -> float:
    """Return the share of trials in which the limit is said to be kept."""
    return sum(test.certified(values).claim is Claim.HOLDS for values in drawn) / len(drawn)


def spell_rows(trials: int, alpha: float, seed: int) -> list[tuple[str, ...]]:
    """Return a row for each length of spells and number of examples."""
    rows = []
    for length in LENGTHS:
        for total in EXAMPLES:
            criterion = Latency(1.0)
            (test,) = criterion.tests(total, (alpha,))
            (simple,) = nested(total, criterion.bar, (alpha,))
            draw = np.random.default_rng((seed, length, total))
            at_limit = [quick(draw, total, 1.0 - criterion.bar, length) for _ in range(trials)]
            within = [quick(draw, total, 0.01, length) for _ in range(trials)]
            false = claimed(test, at_limit)
            shares = f"{claimed(simple, at_limit):.2f}", f"{claimed(test, within):.2f}"
            rows.append((str(length), str(total), rated(false, trials), f"{alpha:.3g}", *shares))
    return rows
