"""False-pass rate, power and cost of the search, by simulation of the code as it is.

    python -m benchmarks.evidence [--trials 3000] [--examples 200] [--bar 0.9] [--confidence 0.95] [--seed 1]
        [--grid-trials 20] [--cells] [--only grid|spells]

Each ladder is a list of true pass rates, smallest candidate first. A trial draws every candidate's outcomes and lets a
rule find its answer. Rules: ours with each way to share α, what people do by hand, and running everything.

- "false pass": the share of trials in which any candidate is certified whose true rate is at most the bar, on the
  ladder where that happens most, with its standard error. It must not exceed α by more than that error explains.
- "smallest": the share of trials that answer with the smallest candidate that truly passes, over the ladders that hold
  one. "of the oracle's": the same over what an oracle reaches that tests that candidate alone with all of α and without
  stopping for futility (exact), and, in brackets, the mean of each ladder's own quotient, which hard ladders rule.
- A guess is "right" if it names the smallest that passes (the best, where none does), "one off" if it is the next
  smaller or larger. Rules without a guess have one figure.
- "inferences" and "weighted" (by size, doubling at each rung) are shares of running everything.

Then the search itself is driven through a grid of worlds (`benchmarks.evidence_grid`), with `--cells` a row each, and
time limits through slow spells (`benchmarks.evidence_spells`), and the ways to choose which rows teach
(`benchmarks.evidence_draws`), several runs on the same rows (`benchmarks.evidence_reruns`) and rows that belong
together (`benchmarks.evidence_groups`). `--only` prints one of these alone.
"""

from __future__ import annotations

import argparse
import math
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from advisor.evidence import sharing as shared
from advisor.evidence.boundary import false_pass_rate, spending_boundary
from advisor.evidence.escalation import Both, escalate
from advisor.report.layout import table
from benchmarks import evidence_draws, evidence_grid, evidence_groups, evidence_reruns, evidence_rules, evidence_spells
from benchmarks.evidence_simulation import Drawn, Found, check, simulate
from benchmarks.evidence_worlds import world_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.evidence.sharing import Sharing

PILOT_EXAMPLES = 20
CHECKED = 15
GUESS_SPREAD = 0.5
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
    """Return the default sharing for a guess."""
    return shared.anchored(at.alpha, shared.one_off(len(drawn.rates), guess))


def by_catalog(drawn: Drawn, guess: int, at: Setting) -> Found:
    """Our search with shares that halve with each step from the guess."""
    chances = [GUESS_SPREAD ** abs(k - guess) for k in range(len(drawn.rates))]
    return simulate(drawn, shared.informed(at.alpha, chances), at.bar)


def by_equal_parts(drawn: Drawn, _guess: int, at: Setting) -> Found:
    """Our search with equal parts."""
    return simulate(drawn, shared.equal(at.alpha, len(drawn.rates)), at.bar)


def by_pilot(drawn: Drawn, _guess: int, at: Setting) -> Found:
    """Our search with the anchor that a pilot finds: the first 20 examples of every candidate, then never evidence."""
    count, trials, total = drawn.passed.shape
    passes = drawn.passed[:, :, :PILOT_EXAMPLES].sum(axis=2)
    anchors = np.array(
        [shared.pilot(at.alpha, passes[:, t].tolist(), PILOT_EXAMPLES, at.bar).start for t in range(trials)]
    )
    rest = drawn.after(PILOT_EXAMPLES)
    answer, false = np.full(trials, -1), np.zeros(trials, dtype=bool)
    inferences, weighted = np.zeros(trials), np.zeros(trials)
    kept = (total - PILOT_EXAMPLES) / total
    for anchor in range(count):
        mine = anchors == anchor
        found = simulate(Drawn(drawn.rates, rest.passed[:, mine]), anchor_sharing(drawn, anchor, at), at.bar)
        answer[mine], false[mine] = found.answer, found.false
        inferences[mine], weighted[mine] = 1 - kept + kept * found.inferences, 1 - kept + kept * found.weighted
    return Found(answer, false, inferences, weighted)


def by_hand(rule: Callable[[Drawn, float, float], Found]) -> Callable[[Drawn, int, Setting], Found]:
    """Return a rule that knows no guess."""
    return lambda drawn, _guess, at: rule(drawn, at.bar, at.alpha)


RULES: dict[str, tuple[Callable[[Drawn, int, Setting], Found], bool]] = {
    "ours, anchor (default)": (by_anchor, True),
    "ours, catalog-informed": (by_catalog, True),
    "ours, equal": (by_equal_parts, False),
    "ours, pilot of 20": (by_pilot, False),
    "raw rate on 50": (by_hand(evidence_rules.raw_accuracy), False),
    "Wilson on all": (by_hand(evidence_rules.wilson), False),
    "Wilson, peeking": (by_hand(evidence_rules.wilson_peeking), False),
    "everything, exact, α/K": (by_hand(evidence_rules.everything), False),
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
        rate = wrong / at.trials
        error = math.sqrt(max(rate * (1 - rate), 1 / at.trials) / at.trials)
        mean = f"{share / found:.2f}" if found else ""
        rows.append((f"{large:.2f}", f"{rate:.4f} ± {error:.4f}", f"{found / at.trials:.2f}", mean))
    return rows


def print_grid(at: Setting, trials: int, *, cells: bool) -> None:
    """Print what comes of the grid."""
    begun = time.perf_counter()
    found = evidence_grid.grid(trials, at.alpha, at.seed)
    print("\nThe search itself, from its own guess, over " + _ranges() + f"; {trials} trials a cell:\n")
    print("\n".join(evidence_grid.lines(found, at.alpha, each=cells)) + f"; {time.perf_counter() - begun:.0f} s")


def _ranges() -> str:
    names = ("K", evidence_grid.CANDIDATES), ("N", evidence_grid.EXAMPLES), ("bars", evidence_grid.BARS)
    return ", ".join(f"{name} {' '.join(map(str, values))}" for name, values in names)


def print_spells(at: Setting) -> None:
    """Print what comes of time limits where slow answers come in spells."""
    rows = evidence_spells.spell_rows(at.trials, at.alpha, at.seed)
    print(f"\nTime limits where slow answers come in spells, every fifth answer counted; {at.trials} trials a row:\n")
    print("\n".join(table(evidence_spells.HEADER, rows, frozenset(range(6)))))


def print_draws(at: Setting) -> None:
    """Print what comes of the ways to choose which rows teach."""
    rows = evidence_draws.rows(at.trials, at.alpha, at.seed)
    print(f"\nWhich rows teach, of a model at the bar that is wrong on rare labels; {at.trials} trials a row:\n")
    print("\n".join(table(evidence_draws.HEADER, rows, frozenset({0, 1, 2, 3, 5, 6, 7}))))


def print_reruns(at: Setting) -> None:
    """Print what comes of several runs on the same rows."""
    rows = evidence_reruns.rows(at.trials, at.examples, at.bar, at.alpha, at.seed)
    print(f"\nSeveral runs on the same rows, every candidate at the bar; {at.trials} trials a row:\n")
    print("\n".join(table(evidence_reruns.HEADER, rows, frozenset({2, 3, 4}))))


def print_groups(at: Setting) -> None:
    """Print what comes of rows that belong together."""
    rows = evidence_groups.rows(at.trials, at.alpha, at.seed)
    print(f"\nRows that belong together, {evidence_groups.ROWS} of them; {at.trials} trials a row:\n")
    print("\n".join(table(evidence_groups.HEADER, rows, frozenset({1, 2, 4, 5, 6, 7}))))


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
    parser.add_argument("--only", choices=("grid", "spells", "draws", "reruns", "groups"))
    given = parser.parse_args()
    at = Setting(given.trials, given.examples, given.bar, 1 - given.confidence, given.seed)
    if given.only == "spells":
        return print_spells(at)
    if given.only == "draws":
        return print_draws(at)
    if given.only == "reruns":
        return print_reruns(at)
    if given.only == "groups":
        return print_groups(at)
    if given.only == "grid":
        return print_grid(at, given.grid_trials, cells=given.cells)
    begun = time.perf_counter()
    tallies, checked = measure(at)
    print(f"K = 8, N = {at.examples}, bar {at.bar}, α = {at.alpha:.3g}, {at.trials} trials a row, seed {at.seed}\n")
    header = ("rule", "false pass", "worst on", "smallest", "of the oracle's", "one off", "inferences", "weighted")
    print("\n".join(table(header, [summary_row(*item) for item in tallies.items()], frozenset({1, 3, 4, 5, 6, 7}))))
    ours = tallies["ours, anchor (default)"]
    print("\nThe default on each ladder:\n")
    header = ("ladder", "guess", "false pass", "smallest", "oracle", "inferences", "weighted")
    print("\n".join(table(header, ladder_rows(ours), frozenset({2, 3, 4, 5, 6}))))
    print("\nWorlds drawn from what the default guesses by, in which its guess is often further off:\n")
    header = ("candidates", "sharing", "false pass", "of the oracle's", "inferences", "weighted")
    print(
        "\n".join(table(header, world_rows(at.trials, at.examples, at.bar, at.alpha, at.seed), frozenset({2, 3, 4, 5})))
    )
    print(f"\nEscalation from a small model to a large one, on {at.examples} fresh examples:\n")
    header = ("large model", "false pair", "pair found", "share handed over")
    print("\n".join(table(header, escalation_rows(at), frozenset({0, 1, 2, 3}))))
    print()
    for name in [name for name in RULES if name.startswith("ours")]:
        over = [t for t in tallies[name] if t.false_pass > at.alpha + 2 * t.error]
        print(f"{name}: false passes {'ABOVE α on ' + over[0].ladder if over else 'within α + 2 errors everywhere'}")
    right, off = share_of_oracle(ours, (0,))[0], share_of_oracle(ours, (-1, 1))[0]
    low, high = share_of_oracle(ours, (-1,))[0], share_of_oracle(ours, (1,))[0]
    weighted = sum(t.weighted for t in ours) / len(ours)
    print(f"guess right: {right:.2f} of the oracle's chance (aim 0.90); one off: {off:.2f} (aim 0.75), ", end="")
    print(f"of which too small {low:.2f}, too large {high:.2f}; weighted inferences {weighted:.3f} (aim 0.25 or less)")
    print(f"{checked} trials were run through the search itself, with the same answers and inferences; ", end="")
    print(f"{time.perf_counter() - begun:.0f} s")
    print_spells(at)
    print_draws(at)
    print_reruns(at)
    print_groups(at)
    print_grid(at, given.grid_trials, cells=given.cells)
    return None


if __name__ == "__main__":
    main()
