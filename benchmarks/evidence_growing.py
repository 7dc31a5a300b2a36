"""False passes when the user adds examples and asks again until a model passes, by simulation of the code as it is.

Every look has so many more examples, and the user stops at the first that certifies. "growing" is `examples.size:
growing`: one run, whose level goes for four fifths to the exact boundary of its first look and for one fifth to bets
over all looks; "bets alone" would be all of it on bets. "rerun" is another run at each look on all the examples there
are by then, each with a spending boundary and an error of its own. "new ones alone" reruns on each look's examples
alone, with a boundary of its own too.

"false pass": trials in which, at any look, a candidate is certified whose true rate is at most the bar, with its
standard error. "found by the first, fifth, last look": trials in which any is certified by then.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.evidence.sharing import anchored, one_off
from benchmarks.evidence_simulation import Drawn, rated, simulate

LOOKS, EACH = 10, 60
LADDERS: dict[str, tuple[float, ...]] = {
    "one, at the bar": (0.90,),
    "eight, at the bar": (0.90,) * 8,
    "eight, just below": (0.89,) * 8,
    "one at 0.97": (0.97,),
    "realistic": (0.62, 0.74, 0.83, 0.88, 0.94, 0.96, 0.97, 0.98),
}
WAYS = ("growing", "bets alone", "rerun", "new ones alone")
HEADER = ("ladder", "way", "false pass", "first look", "fifth", "last")


class Passes(NamedTuple):
    """By look, shape (looks, trials): whether anything was certified by then, and whether anything false."""

    found: NDArray[np.bool_]
    false: NDArray[np.bool_]


def passes(drawn: Drawn, way: str, guess: int, bar: float, alpha: float) -> Passes:
    """Ask at every look in one of the ways."""
    sharing = anchored(alpha, one_off(len(drawn.rates), guess))
    found, false = [], []
    for look in range(1, LOOKS + 1):
        begin = EACH * (look - 1) if way == "new ones alone" else 0
        seen = Drawn(drawn.rates, drawn.passed[:, :, begin : EACH * look])
        first = EACH if way == "growing" else 0
        result = simulate(seen, sharing, bar, grows=way in {"growing", "bets alone"}, first=first)
        found.append(result.answer >= 0)
        false.append(result.false)
    return Passes(np.logical_or.accumulate(found), np.logical_or.accumulate(false))


def rows(trials: int, bar: float, alpha: float, seed: int) -> list[tuple[str, ...]]:
    lines = []
    for name, rates in LADDERS.items():
        drawn = Drawn.draw(rates, trials, LOOKS * EACH, seed)
        guess = next((k for k, rate in enumerate(rates) if rate > bar), len(rates) // 2)
        for way in WAYS:
            result = passes(drawn, way, guess, bar, alpha)
            at = [f"{result.found[look - 1].mean():.2f}" for look in (1, LOOKS // 2, LOOKS)]
            lines.append((name, way, rated(float(result.false[-1].mean()), trials), *at))
    return lines
