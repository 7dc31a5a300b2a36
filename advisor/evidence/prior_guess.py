"""What is guessed about candidates before their first outcome: which is the smallest that passes.

Only where α lies and where probing starts depend on the guess, never what is claimed: a bad guess finds less, it does
not lie. So a rough model is enough, a logistic in the logarithm of the parameters:

    logit(pass rate of k on a task) = s_k + d + e_k,    d ~ N(0, 1) how easy the task is,  e_k ~ N(0, 0.64²).

For encoders the rise with size and the spread e_k are fitted to the catalog: over the 210 models with a published mean
of MTEB's English classifications (Muennighoff et al., EACL 2023) and a parameter count, logit(score) = 0.78 + 0.38
(log10 parameters - 7.36), with a residual of 0.50 between models and of 0.40 within one from task to task. The level
lies between that of those tasks and of three that this project measured (20 Newsgroups, Reuters R8, movie snippets:
1.55 at 23 M parameters). A model's own published score takes most of the weight of the line. For prompted models the
line is drawn through a measured 135 M parameters at chance and 90% at 7 B. That larger models err less by a power of
their size is Kaplan et al., "Scaling laws for neural language models" (2020), section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TASK_SPREAD = 1.0
MODEL_SPREAD = 0.64
GRID = np.linspace(-4.0, 4.0, 161)
# (logit at the size, its rise for ten times the parameters, log10 of the size).
STRENGTHS = {
    "head": (1.2, 0.38, 7.36),
    "tuned": (1.5, 0.38, 7.36),
    "prompted": (0.0, 1.3, 8.13),
    "as is": (2.2, 0.38, 8.0),
    "zero-shot": (0.9, 0.8, 8.26),
    "nearest label": (0.4, 0.38, 7.36),
    # Baselines have no size to rise with; the level of the linear one is that of the sets in `benchmarks.heads`.
    "linear": (0.7, 0.0, 0.0),
    "bm25": (0.4, 0.0, 0.0),
    "pattern": (0.4, 0.0, 0.0),
    "constant": (-2.0, 0.0, 0.0),
}
DEFAULT_METHOD = "prompted"
UNKNOWN_PARAMETERS = 100_000_000
PUBLISHED = "MTEB English classification (8 tasks)"
PUBLISHED_LEVEL = 0.78
PUBLISHED_WEIGHT = 0.8
HIGHEST_PUBLISHED = 0.995


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a candidate beforehand.

    Attributes:
        parameters: How many, None if unknown.
        method: A key of `STRENGTHS`; another is taken as prompted.
        published: The catalog's score of the model, as `published_score` picks it, or a constant answer's share right
            of the training rows; None if it has none.
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
    if known.method == "constant":  # the same answer on other rows: nothing is guessed
        return logit(min(max(known.published, 1.0 - HIGHEST_PUBLISHED), HIGHEST_PUBLISHED))
    published = logit(min(max(known.published, 1.0 - HIGHEST_PUBLISHED), HIGHEST_PUBLISHED))
    return (1.0 - PUBLISHED_WEIGHT) * guess + PUBLISHED_WEIGHT * (level + published - PUBLISHED_LEVEL)


def published_score(scores: Mapping[str, float], method: str) -> float | None:
    """Return the published score that tells most about a trained head, None for other methods or without one."""
    score = scores.get(PUBLISHED) if method in ("head", "tuned") else None
    return score if score is not None and 0.0 <= score <= 1.0 else None


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


def ladder_chances(strengths: Sequence[float], bar: float) -> tuple[float, ...]:
    """Return the same for all candidates: those that stand aside of the ladder have none."""
    ladder = rising(strengths)
    rungs = chances_to_be_smallest([strengths[index] for index in ladder], bar)
    known = dict(zip(ladder, rungs, strict=True))
    return tuple(known.get(index, 0.0) for index in range(len(strengths)))


def logit(rate: float) -> float:
    """Return the logarithm of the odds."""
    return math.log(rate / (1.0 - rate))


def share(logit_of_it: float) -> float:
    """Return the share with this logit."""
    return 1.0 / (1.0 + math.exp(-logit_of_it))


def _normal(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([0.5 * (1.0 + math.erf(value / math.sqrt(2.0))) for value in values])
