"""False-pass rate, power and cost of the search, by simulation of the code as it is.

    python -m benchmarks.evidence [--trials 3000] [--examples 200] [--bar 0.9] [--confidence 0.95] [--seed 1]
        [--only spells|reruns|groups|growing]

Each ladder is a list of true pass rates, smallest candidate first. A trial draws the outcomes of all and lets the
search find its answer, α shared as a plan of such candidates shares it before anything is known of their quality. What
cross-validation adds is in `benchmarks.evidence_rows`.

- "false pass": the share of trials in which any candidate is certified whose true rate is at most the bar, with its
  standard error. It must not exceed α by more than that error explains.
- "smallest": the share of trials that answer with the smallest candidate that truly passes. "oracle": the exact chance
  to certify that candidate if it alone were tested, with all of α and without stopping for futility.
- "inferences": the share of running everything.

Then it is driven through rows that are no independent draws (`benchmarks.evidence_dependence`), several runs on the
same rows (`benchmarks.evidence_reruns`), and added examples (`benchmarks.evidence_growing`). `--only` prints one of
these.
"""

import argparse
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from advisor.evidence.boundary import false_pass_rate, spending_boundary
from advisor.evidence.escalation import Both, escalate
from advisor.report.tables import table
from benchmarks import evidence_dependence, evidence_growing, evidence_reruns
from benchmarks.evidence_simulation import Drawn, check, make_plan, rated, simulate

CHECKED = 15
LADDERS: dict[str, tuple[float, ...]] = {
    "all at the bar": (0.90,) * 8,
    "all just below": (0.89,) * 8,
    "steep": (0.50, 0.65, 0.80, 0.97, 0.99, 0.99, 0.99, 0.99),
    "flat, passing": (0.96, 0.96, 0.97, 0.97, 0.98, 0.98, 0.98, 0.99),
    "realistic": (0.62, 0.74, 0.83, 0.88, 0.94, 0.96, 0.97, 0.98),
    "realistic, harder": (0.55, 0.70, 0.80, 0.86, 0.89, 0.93, 0.96, 0.97),
    "non-monotone": (0.70, 0.95, 0.85, 0.97, 0.80, 0.98, 0.98, 0.99),
    "near the bar": (0.80, 0.85, 0.88, 0.89, 0.91, 0.94, 0.96, 0.97),
    "hopeless": (0.40, 0.45, 0.50, 0.55, 0.60, 0.60, 0.65, 0.70),
    "reversed": (0.98, 0.96, 0.93, 0.88, 0.83, 0.74, 0.62, 0.50),
}


class Setting(NamedTuple):
    """What is simulated."""

    trials: int
    examples: int
    bar: float
    alpha: float
    seed: int


def ladder_rows(at: Setting) -> list[tuple[str, ...]]:
    """Return a row for each ladder; the first trials are also run through the search itself."""
    rows = []
    for ladder, rates in LADDERS.items():
        drawn = Drawn.draw(rates, at.trials, at.examples, at.seed)
        sharing = make_plan(len(rates), at.examples, at.bar, None, alpha=at.alpha).sharing
        found = simulate(drawn, sharing, at.bar)
        check(drawn, sharing, at.bar, CHECKED)
        smallest = next((k for k, rate in enumerate(rates) if rate > at.bar), None)
        chances = ("", "")
        if smallest is not None:
            oracle = false_pass_rate(spending_boundary(at.examples, at.bar, at.alpha), rates[smallest])
            chances = (f"{(found.answer == smallest).mean():.2f}", f"{oracle:.2f}")
        false = rated(float(found.false.mean()), at.trials)
        rows.append((ladder, false, *chances, f"{found.inferences.mean():.3f}"))
    return rows


PAIR_THRESHOLDS = (math.inf, *(n / 20 for n in range(19, 0, -1)), -math.inf)


def escalation_rows(at: Setting) -> list[tuple[str, ...]]:
    """Return what escalation makes of a small model at 0.75 whose confidence tells, by the large model's true rate.

    The small model is right with chance 0.5 + c / 2 at confidence c, which is uniform; the pair's true rate is exact.
    """
    rows = []
    for large in (at.bar - 0.05, at.bar, at.bar + 0.03, at.bar + 0.07):
        draw = np.random.default_rng(at.seed)
        wrong = found = share = 0.0
        for _ in range(at.trials):
            sure = draw.random(at.examples)
            small, big = draw.random(at.examples) < 0.5 + sure / 2, draw.random(at.examples) < large
            pairs = [Both(*each) for each in zip(sure.tolist(), small.tolist(), big.tolist(), strict=True)]
            result = escalate(pairs, PAIR_THRESHOLDS, at.bar, at.alpha)
            if result.chosen is None or result.share is None:
                continue
            cut = min(1.0, max(0.0, result.chosen.threshold))
            found += 1
            share += result.share
            wrong += cut * large + (1 - cut) / 2 + (1 - cut**2) / 4 <= at.bar
        mean = f"{share / found:.2f}" if found else ""
        rows.append((f"{large:.2f}", rated(wrong / at.trials, at.trials), f"{found / at.trials:.2f}", mean))
    return rows


def side_tables(at: Setting) -> dict[str, tuple[str, tuple[str, ...], Callable[[], list[tuple[str, ...]]]]]:
    """Return what `--only` can name: a title, a header and what makes the rows."""
    each = f"; {at.trials} trials a row:"
    return {
        "spells": (
            "Time limits where slow answers come in spells, every fifth answer counted" + each,
            evidence_dependence.SPELLS,
            lambda: evidence_dependence.spell_rows(at.trials, at.alpha, at.seed),
        ),
        "reruns": (
            "Several runs on the same rows, every candidate at the bar" + each,
            evidence_reruns.HEADER,
            lambda: evidence_reruns.rows(at.trials, at.examples, at.bar, at.alpha, at.seed),
        ),
        "groups": (
            f"Rows that belong together, {evidence_dependence.ROWS} of them" + each,
            evidence_dependence.GROUPED,
            lambda: evidence_dependence.grouped_rows(at.trials, at.alpha, at.seed),
        ),
        "growing": (
            f"Examples added until a model passes, {evidence_growing.LOOKS} looks of {evidence_growing.EACH}" + each,
            evidence_growing.HEADER,
            lambda: evidence_growing.rows(at.trials, at.bar, at.alpha, at.seed),
        ),
    }


def print_table(title: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    print(f"\n{title}\n")
    print("\n".join(table(header, rows, frozenset(range(1, len(header))))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=3000)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--bar", type=float, default=0.9)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("spells", "reruns", "groups", "growing"))
    given = parser.parse_args()
    at = Setting(given.trials, given.examples, given.bar, 1 - given.confidence, given.seed)
    if given.only is None:
        print_ladders(at)
    for name, (title, header, rows) in side_tables(at).items():
        if given.only in {None, name}:
            print_table(title, header, rows())


def print_ladders(at: Setting) -> None:
    title = f"K = 8, N = {at.examples}, bar {at.bar}, α = {at.alpha:.3g}, {at.trials} trials a row, seed {at.seed}:"
    print_table(title, ("ladder", "false pass", "smallest", "oracle", "inferences"), ladder_rows(at))
    title = f"Escalation from a small model to a large one, on {at.examples} fresh examples:"
    print_table(title, ("large model", "false pair", "pair found", "share handed over"), escalation_rows(at))


if __name__ == "__main__":
    main()
