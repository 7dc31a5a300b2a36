"""Several runs on the same rows: how often any of them is wrong, and what the ledger says of them together.

Every candidate's true rate is at the bar, so each certificate is false; candidates see the same rows, and are
independent (the worst case) or alike (half of the variance of a latent difficulty is shared). "alone" is what each run
says of itself; "together" is what `advisor.runs.ledger` states, from a ledger that these runs are written into.
"""

import math
import os
import tempfile
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from advisor.evidence import sharing as shared
from advisor.evidence.sharing import Sharing
from advisor.runs import ledger
from advisor.runs.continued import without_heirs
from benchmarks.evidence_simulation import Drawn, rated, simulate

CANDIDATES, POOL_SHARE = 8, 0.6
LOWER = (0.95, 0.94, 0.93, 0.92, 0.91, 0.90)
HEADER = ("what is done", "candidates", "any wrong", "alone", "ledger, together")


class Made(NamedTuple):
    """One run for the ledger: which candidates, and whether it is the one before at a lower bar."""

    candidates: frozenset[str]
    goes_on: bool = False


ALL = frozenset(str(k) for k in range(CANDIDATES))
ONE = frozenset("0")


def rows(trials: int, examples: int, bar: float, alpha: float, seed: int) -> list[tuple[str, ...]]:
    found = []
    for words, alike in (("independent", 0.0), ("alike", 0.5)):
        pool = _pool(trials, round(examples / POOL_SHARE), bar, alike, seed)
        first = Drawn((bar,) * CANDIDATES, pool[:, :, :examples])
        sharing = shared.anchored(alpha, shared.one_off(CANDIDATES, CANDIDATES // 2))
        once = simulate(first, sharing, bar).false
        best = first.passed.sum(axis=2).argmax(axis=0)
        chosen = first.passed[best, np.arange(trials)][None]
        again = simulate(Drawn((bar,), chosen), shared.equal(alpha, 1), bar).false
        seeds = once.copy()
        for number in range(1, 5):
            order = np.random.default_rng((seed, number)).permutation(pool.shape[2])[:examples]
            seeds |= simulate(Drawn(first.rates, pool[:, :, order]), sharing, bar).false
        ways: list[tuple[str, NDArray[np.bool_], Sequence[Made]]] = [
            ("one run", once, [Made(ALL)]),
            ("then the best-looking alone", once | again, [Made(ALL), Made(ONE)]),
            ("five seeds", seeds, [Made(ALL)] * 5),
            ("the bar lowered in steps of a point", _lowered(first, sharing), [Made(ALL), Made(ALL, goes_on=True)]),
        ]
        found += [(name, words, *_row(false, made, alpha)) for name, false, made in ways]
    return [*found, *_between(trials, examples, alpha, seed)]


def _between(trials: int, examples: int, alpha: float, seed: int) -> list[tuple[str, ...]]:
    """Return what handing on at each bar would do where the larger of two candidates lies between the bars."""
    upper, lower = LOWER[0], LOWER[-1]
    drawn, sharing = Drawn.draw((lower, upper), trials, examples, seed), shared.equal(alpha, 2)
    above = simulate(drawn, sharing, upper).false
    made = [Made(frozenset("ab")), Made(frozenset("ab"), goes_on=True)]
    ways = (("handed on at the first", without_heirs(sharing)), ("handed on at both (not done)", sharing))
    return [
        (f"two bars, {name}", "one between them", *_row(above | simulate(drawn, each, lower).false, made, alpha))
        for name, each in ways
    ]


def _pool(trials: int, count: int, bar: float, alike: float, seed: int) -> NDArray[np.bool_]:
    draw = np.random.default_rng(seed)
    easy = draw.normal(size=(1, trials, count)).astype(np.float32)
    own = draw.normal(size=(CANDIDATES, trials, count)).astype(np.float32)
    return np.asarray(math.sqrt(alike) * easy + math.sqrt(1 - alike) * own < norm.ppf(bar))


def _lowered(drawn: Drawn, sharing: Sharing) -> NDArray[np.bool_]:
    """Return whether anything is certified at any of the bars down to the true rate; only the first run hands on."""
    false = simulate(drawn, sharing, LOWER[0]).false
    for bar in LOWER[1:]:
        false |= simulate(drawn, without_heirs(sharing), bar).false
    return false


def _row(false: NDArray[np.bool_], made: Sequence[Made], alpha: float) -> tuple[str, str, str]:
    return rated(float(false.mean()), len(false)), f"{alpha:.3g}", f"{_stated(made, alpha):.3g}"


def _stated(made: Sequence[Made], alpha: float) -> float:
    """Return what the ledger says of the last of some runs on the same rows."""
    kept = os.environ.get("XDG_DATA_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = folder
        try:
            for number, each in enumerate(made):
                name = "0" if each.goes_on else str(number)
                chance = ledger.Chance(name, name, "", alpha, each.candidates, frozenset({"row"}))
                ledger.note(chance)
            return ledger.shared(chance).together
        finally:
            os.environ.pop("XDG_DATA_HOME")
            os.environ |= {} if kept is None else {"XDG_DATA_HOME": kept}
