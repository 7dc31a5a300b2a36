"""How often numbers of labelled rows find the smallest that passes, by sharing of α, against an oracle; simulated.

    python -m benchmarks.evidence_rows [--trials 300] [--bar 0.9] [--confidence 0.95] [--seeds 1] [--wrong 0]
        [--candidates 8] [--draws 10]

Worlds are drawn from `advisor.evidence.prior_guess`: encoders with heads, and for each the held-out training rows that
are right (slightly less often than new inputs, and with some uncertainty). The rows are split into training and
evidence as in the product, and several outcomes of the evidence are drawn in each world. The search runs on each with
the sharing of each method, and if it certifies none, all run on all evidence, like cheap ones
(`advisor.decide.finish`):

- "guess": shares optimised for the N, by the guess alone.
- "cross-validated": the same with each cross-validation result, none larger than one that surely passes: the product's
  method.
- "oracle": only the smallest passing candidate is tested, with all of α, in a single look.

"smallest" is the share of worlds in which one passes, "some" any certificate of one that passes, "false" any
certificate of one that does not, over all worlds. Several seeds are pooled; errors are over worlds. `--wrong 1` guesses
every second candidate one logit too good, the rest too poor.
"""

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from advisor.decide.cross_validation import surely_passes
from advisor.evidence import prior_guess
from advisor.evidence.boundary import single_look
from advisor.evidence.optimal_shares import optimal
from advisor.evidence.split_forecast import training_rows
from advisor.report.tables import table
from benchmarks.evidence_simulation import Drawn, simulate

ROWS = (50, 100, 200, 500)
SMALLEST, LARGEST = 8e6, 560e6
LABELS, MOST_TRAINING = 4, 500
# Difference of held-out rates from those of new inputs, in logits: mean and spread.
LESS, UNSURE = 0.07, 0.15
WAYS = ("guess", "cross-validated", "oracle")
HEADER = ("rows", "train", "N", "way", "false", "smallest", "of the oracle's", "some", "ms to share")


@dataclass
class Tally:
    """One method's results in each world: shares of its draws; smallest and some in worlds in which one passes."""

    false: list[float] = field(default_factory=list)
    smallest: list[float] = field(default_factory=list)
    some: list[float] = field(default_factory=list)
    seconds: float = 0.0


def measure(  # noqa: PLR0917  what is simulated
    rows: int, worlds: int, draws: int, bar: float, alpha: float, seeds: Sequence[int], wrong: float, count: int
) -> list[tuple[str, ...]]:
    """Return a row for each method, pooled over the seeds, each with `worlds` worlds in which one passes."""
    training = training_rows(rows, LABELS, bar, alpha, MOST_TRAINING)
    total, sizes = rows - training, np.geomspace(SMALLEST, LARGEST, count)
    strengths = np.array([prior_guess.strength(prior_guess.Known(int(size), "head")) for size in sizes])
    prior = tuple((strengths + wrong * (-1.0) ** np.arange(count)).tolist())
    tallies = {way: Tally() for way in WAYS}
    for number, seed in enumerate(seeds, start=1):
        draw = np.random.default_rng((seed, rows))
        while len(tallies["oracle"].smallest) < number * worlds:
            logits = strengths + prior_guess.TASK_SPREAD * draw.normal()
            logits += prior_guess.MODEL_SPREAD * draw.normal(size=count)
            rates = 1.0 / (1.0 + np.exp(-logits))
            right = draw.binomial(training, 1.0 / (1.0 + np.exp(-(logits - LESS + UNSURE * draw.normal(size=count)))))
            drawn = Drawn(tuple(rates.tolist()), draw.random((count, draws, total)) < rates[:, None, None])
            held_out = tuple((int(each), training) for each in right)
            _try_all(tallies, drawn, prior, held_out, bar, alpha)
    return [_row(rows, training, total, way, tallies) for way in WAYS]


def _try_all(  # noqa: PLR0917  what is simulated
    tallies: dict[str, Tally],
    drawn: Drawn,
    prior: tuple[float, ...],
    held_out: tuple[tuple[int, int], ...],
    bar: float,
    alpha: float,
) -> None:
    rates, total = np.array(drawn.rates), drawn.passed.shape[2]
    passes = rates > bar
    smallest = int(passes.argmax())
    for way, tally in tallies.items():
        if way == "oracle":
            hits = (~drawn.passed[smallest]).sum(axis=1) <= single_look(total, bar, alpha)
        else:
            begun = time.perf_counter()
            sharing = optimal(
                prior, _asked(held_out, bar) if way == "cross-validated" else (None,) * len(prior), total, bar, alpha
            )
            tally.seconds += time.perf_counter() - begun
            found = simulate(drawn, sharing, bar, finishes=True)
            tally.false.append(float(found.false.mean()))
            hits = found.answer == smallest
            if passes.any():
                tally.some.append(float(((found.answer >= 0) & passes[found.answer]).mean()))
        if passes.any():
            tally.smallest.append(float(hits.mean()))


def _row(rows: int, training: int, total: int, way: str, tallies: dict[str, Tally]) -> tuple[str, ...]:
    """Return one method's figures with standard errors; the quotient's is by the delta method, over worlds."""
    tally, ours, oracle = tallies[way], np.array(tallies[way].smallest), np.array(tallies["oracle"].smallest)
    where = [str(each) if way == WAYS[0] else "" for each in (rows, training, total)]
    if way == "oracle":
        return (*where, way, "", _mean(ours), "1.00", "", "")
    quotient = ours.sum() / max(oracle.sum(), 1e-9)
    error = (ours - quotient * oracle).std() * math.sqrt(len(ours)) / max(oracle.sum(), 1e-9)
    return (
        *where, way, _mean(np.array(tally.false)), _mean(ours), f"{quotient:.3f} ± {error:.3f}",
        f"{np.mean(tally.some):.3f}", f"{1000 * tally.seconds / len(tally.false):.0f}",
    )  # fmt: skip


def _mean(shares: NDArray[np.float64]) -> str:
    """Return the mean over worlds with its standard error, at least that of a single hit."""
    return f"{shares.mean():.3f} ± {max(shares.std() / math.sqrt(len(shares)), 1 / len(shares)):.3f}"


def _asked(held_out: tuple[tuple[int, int], ...], bar: float) -> tuple[tuple[int, int] | None, ...]:
    """Return the results known if none larger than one that surely passes is cross-validated."""
    sure = next((index for index, each in enumerate(held_out) if surely_passes(*each, bar)), len(held_out))
    return tuple(each if index <= sure else None for index, each in enumerate(held_out))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=300, help="worlds in which one passes, a seed")
    parser.add_argument("--draws", type=int, default=10, help="outcomes drawn in each world")
    parser.add_argument("--rows", type=int, nargs="*", default=ROWS)
    parser.add_argument("--bar", type=float, default=0.9)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--seeds", type=int, nargs="+", default=(1,))
    parser.add_argument("--wrong", type=float, default=0.0)
    parser.add_argument("--candidates", type=int, default=8)
    given = parser.parse_args()
    begun, alpha = time.perf_counter(), 1 - given.confidence
    found: list[tuple[str, ...]] = []
    for rows in given.rows:
        found += measure(rows, given.trials, given.draws, given.bar, alpha, given.seeds, given.wrong, given.candidates)
    print(
        f"K = {given.candidates}, bar {given.bar}, α = {alpha:.3g}, {given.trials} worlds with a passing one a seed, "
        f"{given.draws} draws of each, seeds {' '.join(map(str, given.seeds))}\n"
    )
    print("\n".join(table(HEADER, found, frozenset({0, 1, 2, 4, 5, 6, 7, 8}))))
    print(f"\n{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
