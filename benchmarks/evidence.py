"""False-pass rate, power and cost of the search, by simulation of the code as it is.

    python -m benchmarks.evidence [--trials 3000] [--examples 200] [--bar 0.9] [--confidence 0.95] [--seed 1]
        [--grid-trials 20] [--cells] [--only grid|spells|draws|reruns|groups|growing|parts]

Each ladder is a list of true pass rates, smallest candidate first. A trial draws every candidate's outcomes and lets a
rule find its answer: the search around a guess, and in equal parts. What the product's own sharing finds is
`benchmarks.evidence_rows`.

- "false pass": the share of trials in which any candidate is certified whose true rate is at most the bar, on the
  ladder where that happens most, with its standard error. It must not exceed α by more than that error explains.
- "smallest": the share of trials that answer with the smallest candidate that truly passes, over the ladders that hold
  one. "of the oracle's": the same over what an oracle reaches that tests that candidate alone with all of α and without
  stopping for futility (exact), and, in brackets, the mean of each ladder's own quotient, which hard ladders rule.
- A guess is "right" if it names the smallest that passes (the best, where none does), "one off" if it is the next
  smaller or larger. Rules without a guess have one figure.
- "inferences" and "weighted" (by size, doubling at each rung) are shares of running everything.

Then the search itself is driven through a grid of worlds (`benchmarks.evidence_grid`), with `--cells` a row each, rows
that are no independent draws through `benchmarks.evidence_dependence`, several runs on the same rows through
`benchmarks.evidence_reruns`, and added examples through `benchmarks.evidence_growing`. `--only` prints one of these.
"""

import argparse
import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from advisor.evidence import sharing as shared
from advisor.evidence.boundary import false_pass_rate, spending_boundary
from advisor.evidence.escalation import Both, escalate
from advisor.evidence.sharing import Sharing
from advisor.report.layout import table
from benchmarks import evidence_dependence, evidence_grid, evidence_growing, evidence_reruns
from benchmarks.evidence_simulation import Drawn, Found, check, rated, simulate

CHECKED = 15
ANCHOR = "ours, around a guess"
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


class Tally(NamedTuple):
    """What one rule made of one ladder with one guess, as shares."""

    ladder: str
    off: int
    false_pass: float
    error: float
    smallest: float | None
    oracle: float | None
    inferences: float
    weighted: float


class Setting(NamedTuple):
    """What is simulated."""

    trials: int
    examples: int
    bar: float
    alpha: float
    seed: int


def by_anchor(drawn: Drawn, guess: int, at: Setting) -> Found:
    """Our search with the anchor at the guess."""
    return simulate(drawn, anchor_sharing(drawn, guess, at), at.bar)


def anchor_sharing(drawn: Drawn, guess: int, at: Setting) -> Sharing:
    """Return the sharing around a guess."""
    return shared.anchored(at.alpha, shared.one_off(len(drawn.rates), guess))


def by_equal_parts(drawn: Drawn, _guess: int, at: Setting) -> Found:
    """Our search with equal parts."""
    return simulate(drawn, shared.equal(at.alpha, len(drawn.rates)), at.bar)


RULES: dict[str, tuple[Callable[[Drawn, int, Setting], Found], bool]] = {
    ANCHOR: (by_anchor, True),
    "ours, equal": (by_equal_parts, False),
}


def tally(ladder: str, off: int, found: Found, at: Setting) -> Tally:
    """Sum up the trials of one ladder."""
    rates = LADDERS[ladder]
    false = float(found.false.mean())
    smallest = next((k for k, rate in enumerate(rates) if rate > at.bar), None)
    return Tally(
        ladder,
        off,
        false,
        math.sqrt(max(false * (1 - false), 1 / at.trials) / at.trials),
        None if smallest is None else float((found.answer == smallest).mean()),
        None
        if smallest is None
        else false_pass_rate(spending_boundary(at.examples, at.bar, at.alpha), rates[smallest]),
        float(found.inferences.mean()),
        float(found.weighted.mean()),
    )


def measure(at: Setting) -> tuple[dict[str, list[Tally]], int]:
    """Return each rule's tallies, and how many trials the search itself was checked on."""
    tallies: dict[str, list[Tally]] = {name: [] for name in RULES}
    checked = 0
    for ladder, rates in LADDERS.items():
        drawn = Drawn.draw(rates, at.trials, at.examples, at.seed)
        best = [k for k, rate in enumerate(rates) if rate == max(rates)]
        right = next((k for k, rate in enumerate(rates) if rate > at.bar), best[len(best) // 2])
        for name, (rule, guesses) in RULES.items():
            for off in (0, -1, 1) if guesses else (0,):
                if 0 <= right + off < len(rates):
                    tallies[name].append(tally(ladder, off, rule(drawn, right + off, at), at))
        checked += check(drawn, anchor_sharing(drawn, right, at), at.bar, CHECKED)
        checked += check(drawn, shared.equal(at.alpha, len(rates)), at.bar, CHECKED // 3)
    return tallies, checked


def share_of_oracle(tallies: list[Tally], offs: tuple[int, ...]) -> tuple[float, float]:
    """Return the quotient of the means and the mean of the quotients."""
    pairs = [(t.smallest, t.oracle) for t in tallies if t.off in offs and t.smallest is not None and t.oracle]
    whole = sum(found for found, _ in pairs) / sum(oracle for _, oracle in pairs)
    return whole, sum(found / oracle for found, oracle in pairs) / len(pairs)


def summary_row(name: str, tallies: list[Tally]) -> tuple[str, ...]:
    """Return one rule's row."""
    worst = max(tallies, key=lambda t: t.false_pass)
    guesses = any(t.off for t in tallies)
    right = share_of_oracle(tallies, (0,))
    off = share_of_oracle(tallies, (-1, 1)) if guesses else None
    shares = [t.smallest for t in tallies if t.smallest is not None and t.off == 0]
    return (
        name,
        f"{worst.false_pass:.4f} ± {worst.error:.4f}",
        worst.ladder,
        f"{sum(shares) / len(shares):.2f}",
        f"{right[0]:.2f} ({right[1]:.2f})",
        "" if off is None else f"{off[0]:.2f} ({off[1]:.2f})",
        f"{sum(t.inferences for t in tallies) / len(tallies):.3f}",
        f"{sum(t.weighted for t in tallies) / len(tallies):.3f}",
    )


def ladder_rows(tallies: list[Tally]) -> list[tuple[str, ...]]:
    """Return one rule's row for each ladder and guess."""
    words = {0: "right", -1: "one too small", 1: "one too large"}
    return [
        (
            t.ladder,
            words[t.off],
            f"{t.false_pass:.4f} ± {t.error:.4f}",
            "" if t.smallest is None else f"{t.smallest:.2f}",
            "" if t.oracle is None else f"{t.oracle:.2f}",
            f"{t.inferences:.3f}",
            f"{t.weighted:.3f}",
        )
        for t in tallies
    ]


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
        "draws": (
            "Which rows teach, of a model at the bar that is wrong on rare labels" + each,
            evidence_dependence.DRAWN,
            lambda: evidence_dependence.drawn_rows(at.trials, at.alpha, at.seed),
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
        "parts": (
            "Chance to certify, exact, by the part of the level on the boundary of the first look:",
            evidence_growing.PARTS_HEADER,
            lambda: evidence_growing.part_rows(at.bar, at.alpha),
        ),
    }


def print_table(title: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print a table, its first column to the left."""
    print(f"\n{title}\n")
    print("\n".join(table(header, rows, frozenset(range(1, len(header))))))


def print_grid(at: Setting, trials: int, *, cells: bool) -> None:
    """Print what comes of the grid."""
    begun = time.perf_counter()
    found = evidence_grid.grid(trials, at.alpha, at.seed)
    names = ("K", evidence_grid.CANDIDATES), ("N", evidence_grid.EXAMPLES), ("bars", evidence_grid.BARS)
    ranges = ", ".join(f"{name} {' '.join(map(str, values))}" for name, values in names)
    print(f"\nThe search itself, from its own guess, over {ranges}; {trials} trials a cell:\n")
    print("\n".join(evidence_grid.lines(found, at.alpha, each=cells)) + f"; {time.perf_counter() - begun:.0f} s")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=3000)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--bar", type=float, default=0.9)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--grid-trials", type=int, default=20)
    parser.add_argument("--cells", action="store_true", help="a row for every cell of the grid")
    parser.add_argument("--only", choices=("grid", "spells", "draws", "reruns", "groups", "growing", "parts"))
    given = parser.parse_args()
    at = Setting(given.trials, given.examples, given.bar, 1 - given.confidence, given.seed)
    if given.only is None:
        print_rules(at)
    for name, (title, header, rows) in side_tables(at).items():
        if given.only in {None, name}:
            print_table(title, header, rows())
    if given.only in {None, "grid"}:
        print_grid(at, given.grid_trials, cells=given.cells)


def print_rules(at: Setting) -> None:
    """Print what each rule makes of the ladders, and whether false passes keep within α and its error."""
    begun = time.perf_counter()
    tallies, checked = measure(at)
    print(f"K = 8, N = {at.examples}, bar {at.bar}, α = {at.alpha:.3g}, {at.trials} trials a row, seed {at.seed}")
    header = ("rule", "false pass", "worst on", "smallest", "of the oracle's", "one off", "inferences", "weighted")
    print_table("Rules over all ladders:", header, [summary_row(*item) for item in tallies.items()])
    ours = tallies[ANCHOR]
    header = ("ladder", "guess", "false pass", "smallest", "oracle", "inferences", "weighted")
    print_table("Around a guess, on each ladder:", header, ladder_rows(ours))
    header = ("large model", "false pair", "pair found", "share handed over")
    print_table(
        f"Escalation from a small model to a large one, on {at.examples} fresh examples:", header, escalation_rows(at)
    )
    print()
    for name in RULES:
        over = [t for t in tallies[name] if t.false_pass > at.alpha + 2 * t.error]
        print(f"{name}: false passes {'ABOVE α on ' + over[0].ladder if over else 'within α + 2 errors everywhere'}")
    right, off = share_of_oracle(ours, (0,))[0], share_of_oracle(ours, (-1, 1))[0]
    low, high = share_of_oracle(ours, (-1,))[0], share_of_oracle(ours, (1,))[0]
    weighted = sum(t.weighted for t in ours) / len(ours)
    print(f"guess right: {right:.2f} of the oracle's chance (aim 0.90); one off: {off:.2f} (aim 0.75), ", end="")
    print(f"of which too small {low:.2f}, too large {high:.2f}; weighted inferences {weighted:.3f} (aim 0.25 or less)")
    print(f"{checked} trials were run through the search itself, with the same answers and inferences; ", end="")
    print(f"{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
