"""Shares of α that find the smallest passing candidate most often, for a given number of examples.

A boundary is discrete: with N examples a level tolerates some number of failures and not one more. A share between two
steps is partly wasted, and one below the first step proves nothing: with 40 examples and a bar of .9 at most three of
any number of candidates can be certified. So shares are optimised for the given N: over worlds drawn from the prior
(`prior_guess.draw_worlds`) and outcomes drawn in them, they maximise by local search the share of runs in which the
fallback procedure of `sharing` answers with the smallest candidate that truly passes.

The claim does not depend on the shares found: they follow only from the guess, the training rows and N, all known
before the first outcome that is evidence (`sharing` has the proof). The draws are deterministic.
"""

import sys
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from advisor.evidence import binomial
from advisor.evidence.boundary import examples_needed
from advisor.evidence.prior_guess import draw_worlds, rising
from advisor.evidence.sequential import FIRST_LOOK
from advisor.evidence.sharing import Sharing, anchored, informed

# Worlds times candidates, from the guess alone (computed often, for plans and forecasts) and after cross-validation
# (once per run); the fewest worlds.
DRAWN, DRAWN_ONCE, FEWEST = 16_000, 200_000, 600
SEED = 1
# α is moved in hundredths. This part is shared evenly regardless of the guess, so that each candidate gets a bound:
# with twice as much a bound of 30 right of 30 rises from .74 to .76, and 1 in 60 of the answers is lost.
UNITS, EVENLY = 100, 0.02
STEPS = (27.0, 9.0, 3.0, 1.0)
# Shares that tolerate up to this many failures are also moved at once.
THRESHOLDS = 3
ROUNDING = 1e-9
MOST_ROUNDS, ASCENTS = 40, 2
# Moves tried in all worlds, preselected by about this many worlds, and moves per batch (some megabytes).
TRIED, ROUGHLY, AT_ONCE = 12, 1000, 256
# Worth of certifying a candidate that passes if a smaller one does too.
LARGER = 0.03
NAME, CROSS_VALIDATED = "optimal", "cross-validated"


@lru_cache(maxsize=128)
def optimal(  # noqa: PLR0917  all that is known beforehand
    strengths: tuple[float, ...],
    held_out: tuple[tuple[int, int] | None, ...],
    examples: int,
    bar: float,
    alpha: float,
    grows: bool = False,  # noqa: FBT001, FBT002
    dear: frozenset[int] = frozenset(),
) -> Sharing:
    """Return the shares of α, the ladder of handing on, and the start of probing.

    Args:
        strengths: Strength of each candidate by `prior_guess.strength`, smallest first.
        held_out: Cross-validation on the training rows: right, and of how many; None if there was none.
        examples: N, the number of evidence examples; of the first look, if more may be added.
        bar: The pass rate required.
        alpha: The error to share.
        grows: Whether more examples may be added later.
        dear: Candidates at which probing does not start.
    """
    count = len(strengths)
    known = {k: each for k, each in enumerate(held_out) if each is not None}
    drawn = max(FEWEST, (DRAWN_ONCE if known else DRAWN) // count)
    worlds = draw_worlds(strengths, known, drawn)
    means = np.log(worlds / (1.0 - worlds)).mean(axis=0).tolist() if known else list(strengths)
    ladder, name = rising(means), CROSS_VALIDATED if known else NAME
    passing = worlds > bar
    # A candidate outside the ladder counts as never the smallest that passes, so it is not a start.
    rungs = passing & np.isin(np.arange(count), ladder)
    chances = (rungs & (rungs.cumsum(axis=1) == 1)).mean(axis=0).tolist()
    around = anchored(alpha, chances, ladder=ladder, dear=dear)
    factor = FIRST_LOOK if grows else 1.0
    if examples < fewest(bar, alpha, count, grows=grows):
        # Nothing can be certified; only bounds can be gained.
        return Sharing(name, informed(alpha, chances).shares, around.ladder, around.start)
    # The least levels that tolerate 0, 1, ... failures: the probability of at most as many at the bar.
    tails = np.cumsum(binomial.distribution(examples, np.array([1.0 - bar]))[0]) * (1.0 + ROUNDING)
    levels = tails / factor * UNITS / alpha
    needed = levels[np.random.default_rng(SEED).binomial(examples, 1.0 - worlds)]
    worth = np.where(passing, LARGER, 0.0)
    first = passing & (passing.cumsum(axis=1) == 1)
    worth[first] = 1.0
    # If no share can certify a passing candidate, there is nothing to find.
    matters = (passing & (needed <= UNITS)).any(axis=1)
    needed, worth = needed[matters].T.astype(np.float32), worth[matters].T.astype(np.float32)
    alone = [UNITS * np.eye(count)[k] for k in range(count)]
    starts = [_whole(around.shares), _whole(informed(alpha, chances).shares), _whole([1.0] * count), *alone]
    thresholds = np.ceil((levels[:THRESHOLDS] - EVENLY * UNITS / count) / (1.0 - EVENLY))
    steps = (*STEPS, *(each for each in thresholds.tolist() if 1.0 < each < UNITS))
    units = _climbed(starts, steps, needed, worth, frozenset(ladder))
    shares = tuple(float(alpha * each / UNITS) for each in _held(units))
    return Sharing(name, shares, around.ladder, around.start)


def most_certifiable(examples: int, bar: float, alpha: float, *, grows: bool = False) -> int:
    """Return the most candidates that could be certified by their own shares, each at the least sufficient level.

    All N examples are assumed to be right.
    """
    chance = max(bar**examples, sys.float_info.min)  # with thousands it would be 0
    return int((FIRST_LOOK if grows else 1.0) * alpha * (1.0 - EVENLY) / chance + 1e-9)


def fewest(bar: float, alpha: float, candidates: int, *, grows: bool = False) -> int:
    """Return the fewest examples, all right, that certify any candidate, with the most of α that one can hold."""
    most = (FIRST_LOOK if grows else 1.0) * alpha * (1.0 - EVENLY + EVENLY / candidates)
    return examples_needed(bar, most)


def _whole(parts: Sequence[float]) -> NDArray[np.float64]:
    """Round parts to whole units, with the remainder added to the largest."""
    units = np.floor(UNITS * np.array(parts) / sum(parts))
    units[units.argmax()] += UNITS - units.sum()
    return np.asarray(units)


def _held(units: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each candidate's share including the evenly shared part; the last axis is the candidates."""
    return np.asarray((1.0 - EVENLY) * units + EVENLY * UNITS / units.shape[-1])


def _climbed(
    starts: list[NDArray[np.float64]],
    steps: Sequence[float],
    needed: NDArray[np.float64],
    worth: NDArray[np.float64],
    ladder: frozenset[int],
) -> NDArray[np.float64]:
    """Return locally optimal units of each candidate: steepest ascent from the best starts."""
    found, step = [], max(1, needed.shape[1] // ROUGHLY)
    for start in sorted(starts, key=lambda each: -_found(each[None], needed, worth, ladder)[0])[:ASCENTS]:
        now, best = start, float(_found(start[None], needed, worth, ladder)[0])
        for _ in range(MOST_ROUNDS):
            tried = _moved(now, steps)
            parts = np.array_split(tried, len(tried) // AT_ONCE + 1)
            rough = np.concatenate([_found(each, needed[:, ::step], worth[:, ::step], ladder) for each in parts])
            tried = tried[np.argsort(-rough, kind="stable")[:TRIED]]
            values = _found(tried, needed, worth, ladder)
            if values.max(initial=0.0) <= best + 1e-6:
                break
            now, best = tried[values.argmax()], float(values.max())
        found.append((best, now))
    return max(found, key=lambda each: each[0])[1]


def _moved(units: NDArray[np.float64], steps: Sequence[float]) -> NDArray[np.float64]:
    """Return all ways to move some or all units of one candidate to another."""
    count = len(units)
    of, to = np.nonzero(~np.eye(count, dtype=bool))
    moves = np.concatenate([np.repeat(np.array(steps, dtype=np.float64), len(of)), units[of]])
    of, to = np.tile(of, len(steps) + 1), np.tile(to, len(steps) + 1)
    kept = (moves > 0.0) & (moves <= units[of])
    rows = np.arange(int(kept.sum()))
    moved = np.tile(units, (len(rows), 1))
    moved[rows, of[kept]] -= moves[kept]
    moved[rows, to[kept]] += moves[kept]
    return moved


def _found(
    units: NDArray[np.float64], needed: NDArray[np.float64], worth: NDArray[np.float64], ladder: frozenset[int]
) -> NDArray[np.float64]:
    """Return the worth of several sharings, summed over the worlds: the fallback procedure, vectorised.

    Args:
        units: Units of shape (sharings, candidates).
        needed: The least units at which each candidate is certified, of shape (candidates, worlds).
        worth: Worth of each candidate as the smallest certified one.
        ladder: The candidates that hand on their shares.
    """
    holds = _held(units).astype(np.float32)
    handed = np.zeros((len(units), needed.shape[1]), dtype=np.float32)
    found = np.zeros_like(handed)
    for k in range(len(needed) - 1, -1, -1):
        level = holds[:, k, None] + handed if k in ladder else np.broadcast_to(holds[:, k, None], handed.shape)
        certified = needed[k] <= level
        np.copyto(found, worth[k], where=certified)
        if k in ladder:
            handed = level * certified
    return np.asarray(found.sum(axis=1, dtype=np.float64))
