"""What is guessed about candidates before their first outcome: which is the smallest that passes.

Only where α lies and where probing starts depend on the guess, never what is claimed: a bad guess finds less, it does
not lie. So a rough model is enough, a logistic in the logarithm of the parameters:

    logit(pass rate of k on a task) = s_k + d + e_k,    d ~ N(0, 1) how easy the task is,  e_k ~ N(0, 0.5²).

Strengths s_k are read off this project's own measurements on three text classifications (a logistic head on frozen
vectors: 8 M parameters .57 .92 .68, 17 M .63 .89 .72, 23 M .73 .91 .78, 118 M .86 on the last; a prompted model of
135 M at chance). That larger models err less by a power of their size is Kaplan et al., "Scaling laws for neural
language models" (2020), section 3. A score that the catalog publishes for the model takes half the weight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TASK_SPREAD = 1.0
MODEL_SPREAD = 0.5
GRID = np.linspace(-4.0, 4.0, 161)
# (logit at the size, its rise for ten times the parameters, log10 of the size): heads and prompts lie on measured
# points, the others by what teaches them: a fine-tuning for the task most, the labels' names least.
STRENGTHS = {
    "head": (1.55, 0.75, 7.36),
    "prompted": (0.0, 1.3, 8.13),
    "as is": (2.2, 0.5, 8.0),
    "zero-shot": (0.9, 1.0, 8.26),
    "nearest label": (0.5, 0.75, 7.36),
}
DEFAULT_METHOD = "prompted"
UNKNOWN_PARAMETERS = 100_000_000
PUBLISHED_WEIGHT = 0.5
HIGHEST_PUBLISHED = 0.995


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a candidate beforehand.

    Attributes:
        parameters: How many, None if unknown.
        method: A key of `STRENGTHS`; another is taken as prompted.
        published: A score within 0 and 1 that the catalog has for the model on tasks of this kind, None if it has none.
    """

    parameters: int | None
    method: str
    published: float | None = None


def strength(known: Known) -> float:
    """Return s: the logit of the pass rate to expect on a task of middling difficulty."""
    level, rise, size = STRENGTHS.get(known.method, STRENGTHS[DEFAULT_METHOD])
    parameters = max(1, known.parameters or UNKNOWN_PARAMETERS)
    guess = level + rise * (math.log10(parameters) - size)
    if known.published is None:
        return guess
    published = min(max(known.published, 1.0 - HIGHEST_PUBLISHED), HIGHEST_PUBLISHED)
    return (1.0 - PUBLISHED_WEIGHT) * guess + PUBLISHED_WEIGHT * logit(published)


def rising(strengths: Sequence[float]) -> list[int]:
    """Return the candidates that no smaller one is guessed to equal: the ladder that a guess can go by."""
    ladder: list[int] = []
    for index, each in enumerate(strengths):
        if not ladder or each > strengths[ladder[-1]]:
            ladder.append(index)
    return ladder


def chances_to_be_smallest(strengths: Sequence[float], bar: float) -> list[float]:
    """Return each candidate's chance to be the smallest whose true pass rate exceeds the bar.

    Given how easy the task is the candidates are independent; the task is integrated over a grid.

    Args:
        strengths: s of each candidate, smallest candidate first.
        bar: The pass rate required, in (0, 1).

    Returns:
        Chances that sum to at most one; what is missing is the chance that none passes.
    """
    weights = np.exp(-(GRID**2) / 2.0)
    weights /= weights.sum()
    none_yet: NDArray[np.float64] = np.ones_like(GRID)
    chances = []
    for each in strengths:
        passes = _normal((each + TASK_SPREAD * GRID - logit(bar)) / MODEL_SPREAD)
        chances.append(float((weights * none_yet * passes).sum()))
        none_yet = none_yet * (1.0 - passes)
    return chances


def logit(rate: float) -> float:
    """Return the logarithm of the odds."""
    return math.log(rate / (1.0 - rate))


def share(logit_of_it: float) -> float:
    """Return the share with this logit."""
    return 1.0 / (1.0 + math.exp(-logit_of_it))


def _normal(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([0.5 * (1.0 + math.erf(value / math.sqrt(2.0))) for value in values])
