"""Worlds that may be: true pass rates of all candidates, drawn from the guess and what cross-validation makes of it.

`prior_guess` says how good candidates are before anything is known of the task. Those that are cheap to cross-validate
on the training rows tell more, of themselves and of how easy the task is:

    logit(rate of k) = s_k + d + e_k,    right of k among n_k held-out rows ~ Binomial(n_k, rate of k, a little less),

a little less because a fold trains with fewer rows, and a little unsure besides (`UNSURE`), for the folds share rows
and the ways to train were chosen on them. The posterior is computed on two grids, of d and of each candidate's logit
given d, and is exact on them; given d the candidates are independent. Nothing here looks at evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from advisor.evidence.prior_guess import MODEL_SPREAD, TASK_SPREAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

EASE = np.linspace(-3.5, 3.5, 57)
LOGITS = np.linspace(-7.0, 9.0, 321)
# By how much in logits a fold's head is worse than one of all rows: with four fifths of them, `split_forecast.RISE`.
LESS = 0.07
UNSURE = 0.2
SEED = 0


def draw(strengths: Sequence[float], held_out: Mapping[int, tuple[int, int]], worlds: int) -> NDArray[np.float64]:
    """Return true pass rates of shape (worlds, candidates).

    Args:
        strengths: s of each candidate, as `prior_guess.strength` gives it.
        held_out: Of candidates that were cross-validated: how many held-out training rows came out right, of how many.
        worlds: How many to draw.
    """
    random = np.random.default_rng(SEED)
    fits = [_fit(strength, held_out.get(k)) for k, strength in enumerate(strengths)]
    # Of each ease how likely what was seen is, then one ease a world, then each candidate's logit given that.
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
    """Return for each chance its place in the distribution of its row."""
    wanted = chances * cumulative[rows, -1]
    return np.asarray((cumulative[rows] < wanted[:, None]).sum(axis=1).clip(max=cumulative.shape[1] - 1))


def _fit(strength: float, held_out: tuple[int, int] | None) -> NDArray[np.float64]:
    """Return how likely each logit and what was seen of it are, for each ease; shape (eases, logits)."""
    prior = np.exp(-(((LOGITS[None, :] - strength - EASE[:, None]) / MODEL_SPREAD) ** 2) / 2.0)
    if held_out is None:
        return prior + 1e-300
    right, of = held_out
    offsets = UNSURE * np.linspace(-2.0, 2.0, 9)
    shifted = LOGITS[None, :] - LESS + offsets[:, None]
    # The logarithms of the rate and of what is left to 1, which do not overflow.
    log_likely = -right * np.logaddexp(0.0, -shifted) - (of - right) * np.logaddexp(0.0, shifted)
    likely = np.exp(log_likely - log_likely.max())
    mixed = np.exp(-((offsets / UNSURE) ** 2) / 2.0) @ likely
    return np.asarray(prior * mixed[None, :] + 1e-300)
