"""Shares of α that find the smallest passing candidate most often, for a given number of examples.

A boundary knows only counts: with N examples a level lets so many failures pass and not one more. A share between two
steps is partly wasted, one below the first step proves nothing at all: with 40 examples and a bar of .9 at most three
of any number of candidates can be certified. So shares are chosen for the given N. Over worlds that may be
(`prior_guess.draw_worlds`) and outcomes drawn in them, the share of runs in which the fallback procedure of `sharing`
answers with the smallest candidate that truly passes is made as large as moving α about can make it.

Which shares come out has no part in the claim: they follow from the guess, the training rows and N alone, all known
before the first outcome that is evidence (`sharing` has the proof). The draws are the same every time.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from advisor.evidence import binomial
from advisor.evidence.boundary import examples_needed
from advisor.evidence.prior_guess import draw_worlds, rising
from advisor.evidence.sequential import FIRST_LOOK
from advisor.evidence.sharing import Sharing, anchored, informed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Worlds times candidates, by the guess alone (which plans and forecasts ask for often) and once cross-validation has
# told (once a run); the fewest worlds.
DRAWN, DRAWN_ONCE, FEWEST = 16_000, 200_000, 600
SEED = 1
# α is moved about in hundredths. This part is shared evenly whatever the guess, so that each candidate gets a bound:
# with twice as much a bound of 30 right of 30 rises from .74 to .76, and 1 in 60 of the answers is lost.
UNITS, EVENLY = 100, 0.02
STEPS = (27.0, 9.0, 3.0, 1.0)
# Besides what lets so few failures pass is moved at once.
THRESHOLDS = 3
ROUNDING = 1e-9
MOST_ROUNDS, ASCENTS = 40, 2
# Of all moves so many are tried in all worlds, the best by about so many worlds, so many at a time: some megabytes.
TRIED, ROUGHLY, AT_ONCE = 12, 1000, 256
# What it counts to certify a candidate that passes where a smaller one does too.
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
    """Return who holds how much of α, who hands it to whom, and where probing starts.

    Args:
        strengths: Of each candidate, smallest first, as `prior_guess.strength` gives it.
        held_out: What cross-validation on the training rows found: so many right, of so many; None where it was not.
        examples: N, as evidence; of the first look, where more may be added.
        bar: The pass rate required.
        alpha: To be shared.
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
    # What stands aside counts as never being the smallest that passes: it starts no ladder.
    rungs = passing & np.isin(np.arange(count), ladder)
    chances = (rungs & (rungs.cumsum(axis=1) == 1)).mean(axis=0).tolist()
    around = anchored(alpha, chances, ladder=ladder, dear=dear)
    factor = FIRST_LOOK if grows else 1.0
    if examples < fewest(bar, alpha, count, grows=grows):
        # Nothing can be certified: what is left to gain are bounds.
        return Sharing(name, informed(alpha, chances).shares, around.ladder, around.start)
    # The least level that lets at most 0, 1, ... failures pass: the chance of so few at the bar.
    tails = np.cumsum(binomial.distribution(examples, np.array([1.0 - bar]))[0]) * (1.0 + ROUNDING)
    levels = tails / factor * UNITS / alpha
    needed = levels[np.random.default_rng(SEED).binomial(examples, 1.0 - worlds)]
    worth = np.where(passing, LARGER, 0.0)
    first = passing & (passing.cumsum(axis=1) == 1)
    worth[first] = 1.0
    # Where no share can certify one that passes there is nothing to find.
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
    """Return how many candidates at most could be certified each by its own share: the least that any needs, once each.

    All of the N examples are taken as right.
    """
    chance = max(bar**examples, sys.float_info.min)  # of thousands it would be 0
    return int((FIRST_LOOK if grows else 1.0) * alpha * (1.0 - EVENLY) / chance + 1e-9)


def fewest(bar: float, alpha: float, candidates: int, *, grows: bool = False) -> int:
    """Return the fewest examples, all of them right, that certify any: with as much of α as one candidate can hold."""
    most = (FIRST_LOOK if grows else 1.0) * alpha * (1.0 - EVENLY + EVENLY / candidates)
    return examples_needed(bar, most)


def _whole(parts: Sequence[float]) -> NDArray[np.float64]:
    """Return parts as whole units, what is left over with the largest."""
    units = np.floor(UNITS * np.array(parts) / sum(parts))
    units[units.argmax()] += UNITS - units.sum()
    return np.asarray(units)


def _held(units: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each holds with its part of what is shared evenly; the last axis is the candidates."""
    return np.asarray((1.0 - EVENLY) * units + EVENLY * UNITS / units.shape[-1])


def _climbed(
    starts: list[NDArray[np.float64]],
    steps: Sequence[float],
    needed: NDArray[np.float64],
    worth: NDArray[np.float64],
    ladder: frozenset[int],
) -> NDArray[np.float64]:
    """Return the units of each candidate from which no moved ones find more: steepest ascent from the best starts."""
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
    """Return every way to move some or all units of one candidate to another."""
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
    """Return what each of several sharings finds, summed over the worlds: the fallback procedure, all at once.

    Args:
        units: Of shape (sharings, candidates).
        needed: The least units at which each candidate is certified, of shape (candidates, worlds).
        worth: What it counts for where it is the smallest that is certified.
        ladder: Who hands on what it holds.
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
