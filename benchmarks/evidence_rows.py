"""What people's labelled rows find: the smallest that passes, by how α is shared, against an oracle; by simulation.

    python -m benchmarks.evidence_rows [--trials 300] [--bar 0.9] [--confidence 0.95] [--seed 1] [--wrong 0]
        [--candidates 8]

Each trial is a world drawn from `advisor.evidence.prior_guess`: so many encoders with heads, and of each how many
training rows come out right when held out (a little less often than new inputs do, and a little unsure besides). The
rows are split into training and evidence as the product splits them. The search then runs from the sharing of each way,
and where it certifies none, all are run on all evidence, as those that are cheap are (`advisor.decide.finish`):

- "before": around the smallest that the guess expects to pass, whatever N is; and all spending by rho = 2.
- "guess": shares optimised for the N at hand, by the guess alone.
- "cross-validated": the same by what cross-validation found of each, none larger than one that surely passes: the
  product's way.
- "oracle": the candidate that is the smallest to pass is tested alone, with all of α, at one look.

"smallest" is of the worlds in which one passes, "some" a certificate of any that passes. "false" is any certificate of
one that does not, over all worlds. `--wrong 1` guesses every other candidate one logit too good, the rest too poor.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from advisor.decide.cross_validation import surely_passes
from advisor.evidence import boundary, prior_guess
from advisor.evidence.boundary import single_look
from advisor.evidence.optimal_shares import optimal
from advisor.evidence.sharing import anchored
from advisor.evidence.split_forecast import training_rows
from advisor.report.layout import table
from benchmarks.evidence_simulation import Drawn, Found, simulate

if TYPE_CHECKING:
    from advisor.evidence.sharing import Sharing

ROWS = (50, 100, 200, 500)
SMALLEST, LARGEST = 8e6, 560e6
LABELS, MOST_TRAINING = 4, 500
# How far held-out rates are from those of new inputs, in logits: less, and unsure.
LESS, UNSURE = 0.07, 0.15
WAYS = ("before", "guess", "cross-validated", "oracle")
HEADER = ("rows", "train", "N", "way", "false", "smallest", "of the oracle's", "some", "ms to share")


@dataclass
class Tally:
    """What one way made of its trials."""

    false: int = 0
    smallest: int = 0
    some: int = 0
    seconds: float = 0.0
    trials: int = field(default=0)


def measure(  # noqa: PLR0917  what is simulated
    rows: int, trials: int, bar: float, alpha: float, seed: int, wrong: float, count: int
) -> list[tuple[str, ...]]:
    """Return a row for each way."""
    training = training_rows(rows, LABELS, bar, alpha, MOST_TRAINING)
    total, sizes = rows - training, np.geomspace(SMALLEST, LARGEST, count)
    draw = np.random.default_rng((seed, rows))
    strengths = np.array([prior_guess.strength(prior_guess.Known(int(size), "head")) for size in sizes])
    told = tuple((strengths + wrong * (-1.0) ** np.arange(count)).tolist())
    tallies = {way: Tally() for way in WAYS}
    worlds = passing_worlds = 0
    while passing_worlds < trials:
        logits = (
            strengths + prior_guess.TASK_SPREAD * draw.normal() + prior_guess.MODEL_SPREAD * draw.normal(size=count)
        )
        rates = 1.0 / (1.0 + np.exp(-logits))
        right = draw.binomial(training, 1.0 / (1.0 + np.exp(-(logits - LESS + UNSURE * draw.normal(size=count)))))
        drawn = Drawn(tuple(rates.tolist()), (draw.random((count, 1, total)) < rates[:, None, None]))
        smallest = int((rates > bar).argmax()) if (rates > bar).any() else -1
        worlds, passing_worlds = worlds + 1, passing_worlds + (smallest >= 0)
        held_out = tuple((int(each), training) for each in right)
        for way, tally in tallies.items():
            if way == "oracle":
                wrongs = int((~drawn.passed[smallest, 0]).sum())
                tally.smallest += smallest >= 0 and wrongs <= single_look(total, bar, alpha)
                continue
            begun = time.perf_counter()
            sharing = _shared(way, told, held_out, total, bar, alpha)
            tally.seconds += time.perf_counter() - begun
            found = _found(drawn, sharing, bar, way)
            tally.false += bool(found.false[0])
            tally.smallest += smallest >= 0 and found.answer[0] == smallest
            tally.some += found.answer[0] >= 0 and rates[found.answer[0]] > bar
    oracle = tallies["oracle"].smallest
    return [
        (
            str(rows) if way == WAYS[0] else "",
            str(training) if way == WAYS[0] else "",
            str(total) if way == WAYS[0] else "",
            way,
            "" if way == "oracle" else _rate(tally.false, worlds),
            _rate(tally.smallest, passing_worlds),
            f"{tally.smallest / oracle:.2f}" if oracle else "",
            "" if way == "oracle" else f"{tally.some / passing_worlds:.3f}",
            "" if way == "oracle" else f"{1000 * tally.seconds / worlds:.0f}",
        )
        for way, tally in tallies.items()
    ]


def _shared(  # noqa: PLR0917  all that is known beforehand
    way: str, told: tuple[float, ...], held_out: tuple[tuple[int, int], ...], total: int, bar: float, alpha: float
) -> Sharing:
    if way == "before":
        return anchored(alpha, prior_guess.ladder_chances(told, bar), ladder=prior_guess.rising(told))
    return optimal(told, _asked(held_out, bar) if way == "cross-validated" else (None,) * len(told), total, bar, alpha)


def _asked(held_out: tuple[tuple[int, int], ...], bar: float) -> tuple[tuple[int, int] | None, ...]:
    """Return what is known where none larger than one that surely passes is asked."""
    sure = next((index for index, each in enumerate(held_out) if surely_passes(*each, bar)), len(held_out))
    return tuple(each if index <= sure else None for index, each in enumerate(held_out))


def _found(drawn: Drawn, sharing: Sharing, bar: float, way: str) -> Found:
    """Run the search; the way of before spends by rho = 2 alone."""
    if way != "before":
        return simulate(drawn, sharing, bar, finishes=True)
    latest, boundary.MOST_SPENT_LATE = boundary.MOST_SPENT_LATE, 0
    boundary.spending_power.cache_clear()
    try:
        return simulate(drawn, sharing, bar)
    finally:
        boundary.MOST_SPENT_LATE = latest
        boundary.spending_power.cache_clear()


def _rate(hits: int, of: int) -> str:
    rate = hits / of
    return f"{rate:.3f} ± {math.sqrt(max(rate * (1 - rate), 1 / of) / of):.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=300, help="worlds in which one passes, a number of rows")
    parser.add_argument("--rows", type=int, nargs="*", default=ROWS)
    parser.add_argument("--bar", type=float, default=0.9)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrong", type=float, default=0.0)
    parser.add_argument("--candidates", type=int, default=8)
    given = parser.parse_args()
    begun, alpha = time.perf_counter(), 1 - given.confidence
    found = [
        row
        for rows in given.rows
        for row in measure(rows, given.trials, given.bar, alpha, given.seed, given.wrong, given.candidates)
    ]
    print(
        f"K = {given.candidates}, bar {given.bar}, α = {alpha:.3g}, {given.trials} worlds with a passing one, "
        f"seed {given.seed}\n"
    )
    print("\n".join(table(HEADER, found, frozenset({0, 1, 2, 4, 5, 6, 7, 8}))))
    print(f"\n{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
