"""Which rows may teach: false certification where a draw goes on until each label is there, by simulation.

The labels of a population are drawn with a tail of rare ones; a model is right on the common labels and wrong on the
rare ones as often as makes its true rate equal to the bar. Rows are drawn, some teach, the rest is evidence for the
exact boundary. "fixed" sets the first rows apart, "goes on" is what `advisor.task.split` does, "one of each" picks a
row of each label from anywhere: what it takes out of the evidence is what the model gets wrong.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from advisor.evidence.boundary import spending_boundary
from advisor.task.split import stopped_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

COMMON = 3
WAYS: dict[str, Callable[[NDArray[np.int64], int], NDArray[np.int64]]] = {
    "fixed": lambda labels, count: np.arange(len(labels)) < count,
    "goes on": lambda labels, count: (
        np.arange(len(labels)) < stopped_at([(str(label),) for label in labels.tolist()], count)
    ),
    "one of each": lambda labels, count: np.isin(
        np.arange(len(labels)),
        [*np.unique(labels, return_index=True)[1], *range(count - len(np.unique(labels)))],
    ),
}
HEADER = ("rows", "rare labels", "teach", "bar", "way", "evidence", "false", "α")


class World(NamedTuple):
    """How many rows are drawn, of how many rare labels with which share in all, how many are wanted to teach."""

    rows: int
    rare: int
    share: float
    count: int
    bar: float


WORLDS = (World(60, 2, 0.06, 16, 0.9), World(150, 10, 0.1, 40, 0.85), World(300, 40, 0.15, 60, 0.8))


def rows(trials: int, alpha: float, seed: int) -> list[tuple[str, ...]]:
    """Return a row for each world and way."""
    return [_row(world, way, trials, alpha, seed) for world in WORLDS for way in WAYS]


def _row(world: World, way: str, trials: int, alpha: float, seed: int) -> tuple[str, ...]:
    draw = np.random.default_rng(seed)
    shares = np.array([*[(1 - world.share) / COMMON] * COMMON, *[world.share / world.rare] * world.rare])
    # Wrong on the rare ones, and on as many of the others as brings the rate to the bar.
    right = (world.bar / (1 - world.share)) * (np.arange(len(shares)) < COMMON)
    false = evidence = 0
    for _ in range(trials):
        labels = draw.choice(len(shares), size=world.rows, p=shares)
        teaches = WAYS[way](labels, world.count)
        passed = draw.random(world.rows) < right[labels]
        failures = np.cumsum(~passed[~teaches])
        false += bool((failures <= spending_boundary(len(failures), world.bar, alpha)).any())
        evidence += len(failures)
    rate = false / trials
    error = math.sqrt(max(rate * (1 - rate), 1 / trials) / trials)
    return (
        str(world.rows), str(world.rare), str(world.count), f"{world.bar:.2f}", way, f"{evidence / trials:.0f}",
        f"{rate:.4f} ± {error:.4f}", f"{alpha:.3g}",
    )  # fmt: skip
