"""Prior guess about candidates before their first outcome: which is the smallest that passes.

Only the shares of α and the start of probing depend on the guess, never the claims: a bad guess finds less, but is not
wrong. So a rough model is enough, a logistic in the logarithm of the parameters:

    logit(pass rate of k on a task) = s_k + d + e_k,    d ~ N(0, 1) ease of the task,  e_k ~ N(0, 0.64²).

For encoders the rise with size and the spread e_k are fitted to the catalog: over the 210 models with a published mean
of MTEB's English classifications (Muennighoff et al., EACL 2023) and a parameter count, logit(score) = 0.78 + 0.38
(log10 parameters - 7.36), with a residual of 0.50 between models and of 0.40 within a model between tasks. The level
is between that of those tasks and of three that this project measured (20 Newsgroups, Reuters R8, movie snippets: 1.55
at 23 M parameters). A model's own published score takes most of the weight of the line. For prompted models the line
goes through a measured 135 M parameters at chance level and 90% at 7 B. Errors fall with a power of size in Kaplan et
al., "Scaling laws for neural language models" (2020), section 3.

Candidates that are cheap to cross-validate on the training rows are informative about themselves and the task's ease:

    right of k among n_k held-out rows ~ Binomial(n_k, pass rate of k, slightly lower),

slightly lower because a fold trains on fewer rows, and with extra uncertainty (`UNSURE`), because folds share rows and
training options were chosen on them. `draw_worlds` draws true rates of all candidates from the posterior, which is
computed exactly on two grids, of d and of each candidate's logit given d; given d the candidates are independent.
Nothing here uses evidence.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TASK_SPREAD = 1.0
MODEL_SPREAD = 0.64
GRID = np.linspace(-4.0, 4.0, 161)
# (logit at a size, its rise for ten times the parameters, log10 of that size).
STRENGTHS = {
    "head": (1.2, 0.38, 7.36),
    "tuned": (1.5, 0.38, 7.36),
    "prompted": (0.0, 1.3, 8.13),
    "as is": (2.2, 0.38, 8.0),
    "zero-shot": (0.9, 0.8, 8.26),
    "nearest label": (0.4, 0.38, 7.36),
    # Baselines do not depend on size; the linear one's level is from the sets of `benchmarks.heads`.
    "linear": (0.7, 0.0, 0.0),
    "bm25": (0.4, 0.0, 0.0),
    "pattern": (0.4, 0.0, 0.0),
    "constant": (-2.0, 0.0, 0.0),
    "copied": (-2.0, 0.0, 0.0),
}
DEFAULT_METHOD = "prompted"
UNKNOWN_PARAMETERS = 100_000_000
PUBLISHED = "MTEB English classification (8 tasks)"
PUBLISHED_LEVEL = 0.78
PUBLISHED_WEIGHT = 0.8
HIGHEST_PUBLISHED = 0.995
EASE = np.linspace(-3.5, 3.5, 57)
LOGITS = np.linspace(-7.0, 9.0, 321)
# Loss in logits of a fold's head against one of all rows: with four fifths of them, about
# ln(5/4) times `split_forecast.RISE`.
LESS = 0.07
UNSURE = 0.2
SEED = 0


@dataclass(frozen=True, slots=True)
class Known:
    """Prior facts about a candidate."""

    parameters: int | None  # Number of parameters, None if unknown.
    method: str  # A key of `STRENGTHS`; others count as prompted.
    # The model's score in the catalog, chosen by `published_score`, or the share right of held-out training rows, of a
    # fixed answer or of patterns; None if it has none.
    published: float | None = None


def strength(known: Known) -> float:
    """Return s: the logit of the expected pass rate on a task of medium difficulty."""
    level, rise, size = STRENGTHS.get(known.method, STRENGTHS[DEFAULT_METHOD])
    parameters = max(1, known.parameters or UNKNOWN_PARAMETERS)
    guess = level + rise * (math.log10(parameters) - size)
    if known.published is None:
        return guess
    published = logit(min(max(known.published, 1.0 - HIGHEST_PUBLISHED), HIGHEST_PUBLISHED))
    if known.method in {"constant", "copied", "pattern"}:  # learned and tried on training rows: no guess is needed
        return published
    return (1.0 - PUBLISHED_WEIGHT) * guess + PUBLISHED_WEIGHT * (level + published - PUBLISHED_LEVEL)


def published_score(scores: Mapping[str, float], method: str) -> float | None:
    """Return the published score most informative for a trained head, None for other methods or without one."""
    score = scores.get(PUBLISHED) if method in ("head", "tuned") else None
    return score if score is not None and 0.0 <= score <= 1.0 else None


def rising(strengths: Sequence[float]) -> list[int]:
    """Return the candidates guessed to be better than all smaller ones: the ladder of a guess."""
    ladder: list[int] = []
    for index, each in enumerate(strengths):
        if not ladder or each > strengths[ladder[-1]]:
            ladder.append(index)
    return ladder


def chances_to_be_smallest(strengths: Sequence[float], bar: float) -> tuple[float, ...]:
    """Return each candidate's probability to be the smallest whose true pass rate exceeds the bar.

    Given the task's ease the candidates are independent; the ease is integrated over a grid. Candidates outside the
    ladder have probability 0.

    Args:
        strengths: s of each candidate, smallest candidate first.
        bar: The pass rate required, in (0, 1).

    Returns:
        Probabilities that sum to at most one; the rest is the probability that none passes.
    """
    weights = np.exp(-(GRID**2) / 2.0)
    weights /= weights.sum()
    none_yet: NDArray[np.float64] = np.ones_like(GRID)
    chances = [0.0] * len(strengths)
    for index in rising(strengths):
        passes = _normal((strengths[index] + TASK_SPREAD * GRID - logit(bar)) / MODEL_SPREAD)
        chances[index] = float((weights * none_yet * passes).sum())
        none_yet = none_yet * (1.0 - passes)
    return tuple(chances)


def logit(rate: float) -> float:
    return math.log(rate / (1.0 - rate))


def share(logit_of_it: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit_of_it))


def _normal(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([0.5 * (1.0 + math.erf(value / math.sqrt(2.0))) for value in values])


def draw_worlds(
    strengths: Sequence[float], held_out: Mapping[int, tuple[int, int]], worlds: int
) -> NDArray[np.float64]:
    """Return true pass rates of shape (worlds, candidates), by the candidates' `strength`.

    `held_out` are the held-out training rows right, and of how many, of cross-validated candidates.
    """
    random = np.random.default_rng(SEED)
    fits = [_fit(strength, held_out.get(k)) for k, strength in enumerate(strengths)]
    # Likelihood of each ease, then one ease per world, then each candidate's logit given that.
    log_weights = -((EASE / TASK_SPREAD) ** 2) / 2.0 + np.sum([np.log(fit.sum(axis=1)) for fit in fits], axis=0)
    weights = np.exp(log_weights - log_weights.max())
    ease = _at(np.cumsum(weights)[None, :], random.random(worlds), np.zeros(worlds, dtype=np.int64))
    rates = np.empty((worlds, len(fits)))
    for k, fit in enumerate(fits):
        places = _at(np.cumsum(fit, axis=1), random.random(worlds), ease)
        step = (random.random(worlds) - 0.5) * (LOGITS[1] - LOGITS[0])
        rates[:, k] = 1.0 / (1.0 + np.exp(-(LOGITS[places] + step)))
    return rates


def _at(cumulative: NDArray[np.float64], chances: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each probability its index in the distribution of its row."""
    count, places = cumulative.shape
    # All rows concatenated, each from its index to the next, so that one search finds them all.
    ascending = (cumulative / cumulative[:, -1:] + np.arange(count)[:, None]).ravel()
    return np.asarray((np.searchsorted(ascending, rows + chances) - rows * places).clip(0, places - 1))


def _fit(strength: float, held_out: tuple[int, int] | None) -> NDArray[np.float64]:
    """Return the joint likelihood of each logit and its observations, for each ease; shape (eases, logits)."""
    prior = np.exp(-(((LOGITS[None, :] - strength - EASE[:, None]) / MODEL_SPREAD) ** 2) / 2.0)
    if held_out is None:
        return prior + 1e-300
    right, of = held_out
    offsets = UNSURE * np.linspace(-2.0, 2.0, 9)
    shifted = LOGITS[None, :] - LESS + offsets[:, None]
    # The logarithms of the rate and of its complement, which do not overflow.
    log_likely = -right * np.logaddexp(0.0, -shifted) - (of - right) * np.logaddexp(0.0, shifted)
    likely = np.exp(log_likely - log_likely.max())
    mixed = np.exp(-((offsets / UNSURE) ** 2) / 2.0) @ likely
    return np.asarray(prior * mixed[None, :] + 1e-300)
