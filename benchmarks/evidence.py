"""False-pass rate, power and cost of the search, by simulation of the code as it is.

    python -m benchmarks.evidence [--trials 3000] [--examples 200] [--bar 0.9] [--confidence 0.95] [--seed 1]
        [--only spells|reruns|groups|split|growing]

Each ladder is a list of true pass rates, smallest candidate first. A trial draws the outcomes of all and runs the
search, with the sharing of α of a plan before anything is known about quality. The gain from cross-validation is in
`benchmarks.evidence_rows`.

- "false pass": the share of trials in which any candidate is certified whose true rate is at most the bar, with its
  standard error. It must not exceed α by more than that error explains.
- "smallest": the share of trials that answer with the smallest candidate that truly passes. "oracle": the exact
  probability to certify that candidate if only it were tested, with all of α and without stopping for futility.
- "inferences": the share of running everything.

Further parts have rows that are not independent draws, several runs on the same rows, and added examples; `--only`
prints one of these. Each gives the rate of false certificates for a model at the bar, for the product's method and for
others.
"""

import argparse
import math
import os
import tempfile
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from advisor.evidence import sharing as shared
from advisor.evidence.boundary import false_pass_rate, spending_boundary
from advisor.evidence.criteria import Latency, LevelTest
from advisor.evidence.escalation import Both, escalate
from advisor.evidence.sequential import Claim, nested
from advisor.evidence.sharing import Sharing, anchored, one_off
from advisor.report.tables import table
from advisor.runs import ledger
from advisor.runs.continued import without_heirs
from advisor.task.example import Example
from advisor.task.groups import units
from advisor.task.split import proportional
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
    """Parameters of a simulation."""

    trials: int
    examples: int
    bar: float
    alpha: float
    seed: int


def ladder_rows(at: Setting) -> list[tuple[str, ...]]:
    """Return a row for each ladder; the first trials are also run through the search itself, and compared."""
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
    """Return results of escalation for a small model at 0.75 with informative confidence, by the large one's true rate.

    The small model is right with probability 0.5 + c / 2 at a uniform confidence c; the pair's true rate is exact.
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


LOOKS, EACH = 10, 60
GROWN: dict[str, tuple[float, ...]] = {
    "one, at the bar": (0.90,),
    "eight, at the bar": (0.90,) * 8,
    "eight, just below": (0.89,) * 8,
    "one at 0.97": (0.97,),
    "realistic": (0.62, 0.74, 0.83, 0.88, 0.94, 0.96, 0.97, 0.98),
}
WAYS = ("growing", "bets alone", "rerun", "new ones alone")
GROWING = ("ladder", "way", "false pass", "first look", "fifth", "last")


class Passes(NamedTuple):
    """By look, shape (looks, trials): whether anything was certified by then, and whether anything false."""

    found: NDArray[np.bool_]
    false: NDArray[np.bool_]


def passes(drawn: Drawn, way: str, guess: int, bar: float, alpha: float) -> Passes:
    """Test at every look with one of the methods."""
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


def growing_rows(at: Setting) -> list[tuple[str, ...]]:
    """Return a row for each ladder and method of testing at every look.

    Every look adds examples, and the user stops at the first that certifies. "growing" is `examples.size: growing`: one
    run, with four fifths of its level for the exact boundary of its first look and one fifth for bets over all looks;
    "bets alone" has all of it on bets. "rerun" is another run at each look on all examples so far, each with its own
    spending boundary and error; "new ones alone" reruns only on each look's new examples.
    """
    lines = []
    for name, rates in GROWN.items():
        drawn = Drawn.draw(rates, at.trials, LOOKS * EACH, at.seed)
        guess = next((k for k, rate in enumerate(rates) if rate > at.bar), len(rates) // 2)
        for way in WAYS:
            result = passes(drawn, way, guess, at.bar, at.alpha)
            looks = [f"{result.found[look - 1].mean():.2f}" for look in (1, LOOKS // 2, LOOKS)]
            lines.append((name, way, rated(float(result.false[-1].mean()), at.trials), *looks))
    return lines


CANDIDATES, POOL_SHARE = 8, 0.6
LOWER = (0.95, 0.94, 0.93, 0.92, 0.91, 0.90)
RERUN = ("what is done", "candidates", "any wrong", "alone", "ledger, together")


class Made(NamedTuple):
    """One run for the ledger: its candidates, and whether it is the previous one at a lower bar."""

    candidates: frozenset[str]
    goes_on: bool = False


ALL = frozenset(str(k) for k in range(CANDIDATES))
ONE = frozenset("0")


def rerun_rows(at: Setting) -> list[tuple[str, ...]]:
    """Return a row for each way to run again.

    Every candidate's true rate is at the bar, so each certificate is false; candidates see the same rows, and are
    independent (the worst case) or correlated (half of the variance of a latent difficulty is shared). "alone" is each
    run's own statement; "together" is that of `advisor.runs.ledger`, from a ledger with these runs.
    """
    trials, examples, bar, alpha, seed = at
    found = []
    for words, alike in (("independent", 0.0), ("alike", 0.5)):
        pool = _rerun_pool(trials, round(examples / POOL_SHARE), bar, alike, seed)
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
        found += [(name, words, *_rerun_row(false, made, alpha)) for name, false, made in ways]
    return [*found, *_between(trials, examples, alpha, seed)]


def _between(trials: int, examples: int, alpha: float, seed: int) -> list[tuple[str, ...]]:
    """Return the effect of handing on at each bar if the larger of two candidates is between the bars."""
    upper, lower = LOWER[0], LOWER[-1]
    drawn, sharing = Drawn.draw((lower, upper), trials, examples, seed), shared.equal(alpha, 2)
    above = simulate(drawn, sharing, upper).false
    made = [Made(frozenset("ab")), Made(frozenset("ab"), goes_on=True)]
    below = simulate(drawn, without_heirs(sharing), lower, before=(upper, sharing)).false
    ways = (
        ("handed on at the first", below),
        ("handed on at both (not done)", simulate(drawn, sharing, lower).false),
    )
    return [(f"two bars, {name}", "one between them", *_rerun_row(above | false, made, alpha)) for name, false in ways]


def _rerun_pool(trials: int, count: int, bar: float, alike: float, seed: int) -> NDArray[np.bool_]:
    draw = np.random.default_rng(seed)
    easy = draw.normal(size=(1, trials, count)).astype(np.float32)
    own = draw.normal(size=(CANDIDATES, trials, count)).astype(np.float32)
    return np.asarray(math.sqrt(alike) * easy + math.sqrt(1 - alike) * own < norm.ppf(bar))


def _lowered(drawn: Drawn, sharing: Sharing) -> NDArray[np.bool_]:
    """Return whether anything is certified at any of the bars down to the true rate; only the first run hands on."""
    false = simulate(drawn, sharing, LOWER[0]).false
    for bar in LOWER[1:]:
        false |= simulate(drawn, without_heirs(sharing), bar, finishes=True, before=(LOWER[0], sharing)).false
    return false


def _rerun_row(false: NDArray[np.bool_], made: Sequence[Made], alpha: float) -> tuple[str, str, str]:
    return rated(float(false.mean()), len(false)), f"{alpha:.3g}", f"{_stated(made, alpha):.3g}"


def _stated(made: Sequence[Made], alpha: float) -> float:
    """Return the ledger's statement on the last of some runs on the same rows."""
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


class World(NamedTuple):
    """The groups' sizes, the bar, and the correlation between two rows of a group."""

    sizes: str
    bar: float
    alike: float


ROWS = 200
GOOD = 0.97
WORLDS = (
    World("of five", 0.9, 0.0), World("of five", 0.9, 0.3), World("of five", 0.9, 0.6), World("of five", 0.9, 1.0),
    World("of one to nine", 0.8, 0.6),
)  # fmt: skip
GROUPED = ("groups", "bar", "correlation", "rows count", "evidence", "false", "α", "found")


def grouped_rows(at: Setting) -> list[tuple[str, ...]]:
    """Return two rows for each world: all rows as evidence, and one of each group."""
    return [
        _grouped_row(world, way, at.trials, at.alpha, at.seed) for world in WORLDS for way in ("each", "one of a group")
    ]


def _grouped_row(world: World, way: str, trials: int, alpha: float, seed: int) -> tuple[str, ...]:
    sizes, bar, alike = world
    draw = np.random.default_rng(seed)
    evidence = 0
    false = found = 0
    for trial in range(trials):
        groups = np.repeat(np.arange(ROWS // 5), 5) if sizes == "of five" else _uneven(draw)
        counts = _counted(groups, trial) if way != "each" else draw.permutation(len(groups))
        evidence += len(counts)
        boundary = spending_boundary(len(counts), bar, alpha)
        for rate in (bar, GOOD):
            passed = _passed(groups, rate, alike, draw)[counts]
            is_certified = bool((np.cumsum(~passed) <= boundary).any())
            false, found = (false + is_certified, found) if rate == bar else (false, found + is_certified)
    return (
        sizes, f"{bar:.2f}", f"{alike:.1f}", way, f"{evidence / trials:.0f}", rated(false / trials, trials),
        f"{alpha:.3g}", f"{found / trials:.2f}",
    )  # fmt: skip


def _uneven(draw: np.random.Generator) -> NDArray[np.int64]:
    sizes = draw.integers(1, 10, size=ROWS)
    return np.repeat(np.arange(ROWS), sizes)[:ROWS]


def _counted(groups: NDArray[np.int64], seed: int) -> list[int]:
    examples = [Example(f"{place:04}", "", "", place, group=str(group)) for place, group in enumerate(groups.tolist())]
    return [unit[0].line for unit in units(examples, seed)]


def _passed(groups: NDArray[np.int64], rate: float, alike: float, draw: np.random.Generator) -> NDArray[np.bool_]:
    count = int(groups.max()) + 1
    if alike in {0.0, 1.0}:
        of_group = np.full(count, rate) if alike == 0.0 else (draw.random(count) < rate).astype(float)
    else:
        weight = (1 - alike) / alike
        of_group = draw.beta(rate * weight, (1 - rate) * weight, size=count)
    return np.asarray(draw.random(len(groups)) < of_group[groups])


class Labelled(NamedTuple):
    """The shares of the labels among the rows, and how often a model at the bar is right on each."""

    shares: tuple[float, ...]
    rates: tuple[float, ...]


TAUGHT, OF_ROWS = 0.3, (30, 60, 200)
LABELLED = (
    Labelled((0.9, 0.1), (1.0, 0.0)), Labelled((0.8, 0.2), (1.0, 0.5)), Labelled((0.25,) * 4, (1.0, 1.0, 1.0, 0.6)),
    Labelled((0.1,) * 10, (*[1.0] * 9, 0.0)), Labelled((0.5, 0.5), (0.9, 0.9)),
)  # fmt: skip
SPLIT = ("labels", "right on each", "rows", "training", "false", "α", "without a label")


def split_rows(at: Setting) -> list[tuple[str, ...]]:
    """Return two rows for each world and number of rows: training drawn at random, and in proportion to the labels."""
    return [
        _split_row(world, rows, way, at)
        for world in LABELLED
        for rows in OF_ROWS
        for way in ("at random", "in proportion")
    ]


def _split_row(world: Labelled, rows: int, way: str, at: Setting) -> tuple[str, ...]:
    """Return how often a model at the bar is certified, and how often the training rows lack a label that rows have."""
    shares, rates = np.array(world.shares), np.array(world.rates)
    bar, taught = round(float(shares @ rates), 9), int(TAUGHT * rows)
    draw, boundary = np.random.default_rng(at.seed), spending_boundary(rows - taught, bar, at.alpha)
    false = lacking = 0
    for trial in range(at.trials):
        labels = draw.choice(len(shares), size=rows, p=shares)
        order = proportional([(str(label),) for label in labels], taught, trial) if way != "at random" else range(rows)
        evidence = labels[list(order)[taught:]]
        failed = draw.random(len(evidence)) >= rates[evidence]
        false += bool((np.cumsum(failed) <= boundary).any())
        lacking += len(set(labels[list(order)[:taught]].tolist())) < len(set(labels.tolist()))
    return (
        "/".join(f"{share:.2g}" for share in world.shares[:4]) + ("…" if len(shares) > 4 else ""),
        "/".join(f"{rate:.2g}" for rate in world.rates[:4]) + ("…" if len(shares) > 4 else ""),
        str(rows), way, rated(false / at.trials, at.trials), f"{at.alpha:.3g}", f"{lacking / at.trials:.3f}",
    )  # fmt: skip


LENGTHS, EXAMPLES = (1, 5, 10, 20), (300, 600, 1200)
SPELLS = ("spells of", "examples", "false claims", "α", "as if independent", "claimed at 1% slow")


def quick(draw: np.random.Generator, total: int, slow: float, length: int) -> list[float]:
    """Return 1 for quick and 0 for slow answers."""
    begins = draw.random(total + length - 1) < 1.0 - (1.0 - slow) ** (1.0 / length)
    covered = np.convolve(begins, np.ones(length), mode="valid")
    return [float(not each) for each in covered]


def claimed(test: LevelTest, drawn: list[list[float]]) -> float:
    """Return the share of trials that claim the limit is kept."""
    return sum(test.certified(values).claim is Claim.HOLDS for values in drawn) / len(drawn)


def spell_rows(at: Setting) -> list[tuple[str, ...]]:
    """Return a row for each length of spells and number of examples.

    Slow spells start at random, last a fixed number of answers, and make 5% of all answers slow (the limit itself,
    where every claim is false), or 1%. "as if independent" counts every answer.
    """
    rows = []
    for length in LENGTHS:
        for total in EXAMPLES:
            criterion = Latency(1.0)
            (test,) = criterion.tests(total, (at.alpha,))
            (simple,) = nested(total, criterion.bar, (at.alpha,))
            draw = np.random.default_rng((at.seed, length, total))
            at_limit = [quick(draw, total, 1.0 - criterion.bar, length) for _ in range(at.trials)]
            within = [quick(draw, total, 0.01, length) for _ in range(at.trials)]
            false = claimed(test, at_limit)
            shares = f"{claimed(simple, at_limit):.2f}", f"{claimed(test, within):.2f}"
            rows.append((str(length), str(total), rated(false, at.trials), f"{at.alpha:.3g}", *shares))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=3000)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--bar", type=float, default=0.9)
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=tuple(SIDE_TABLES))
    given = parser.parse_args()
    at = Setting(given.trials, given.examples, given.bar, 1 - given.confidence, given.seed)
    if given.only is None:
        title = f"K = 8, N = {at.examples}, bar {at.bar}, α = {at.alpha:.3g}, {at.trials} trials a row, seed {at.seed}:"
        print_table(title, ("ladder", "false pass", "smallest", "oracle", "inferences"), ladder_rows(at))
        title = f"Escalation from a small model to a large one, on {at.examples} fresh examples:"
        print_table(title, ("large model", "false pair", "pair found", "share handed over"), escalation_rows(at))
    for name, (title, header, rows) in SIDE_TABLES.items():
        if given.only in {None, name}:
            print_table(f"{title}; {at.trials} trials a row:", header, rows(at))


def print_table(title: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    print(f"\n{title}\n")
    print("\n".join(table(header, rows, frozenset(range(1, len(header))))))


# Parts for `--only`: a title, a header and the function for the rows.
SIDE_TABLES: dict[str, tuple[str, tuple[str, ...], Callable[[Setting], list[tuple[str, ...]]]]] = {
    "spells": ("Time limits where slow answers come in spells, every fifth answer counted", SPELLS, spell_rows),
    "reruns": ("Several runs on the same rows, every candidate at the bar", RERUN, rerun_rows),
    "groups": (f"Rows that belong together, {ROWS} of them", GROUPED, grouped_rows),
    "split": ("Training rows drawn at random or in proportion to the labels, a model at the bar", SPLIT, split_rows),
    "growing": (f"Examples added until a model passes, {LOOKS} looks of {EACH}", GROWING, growing_rows),
}


if __name__ == "__main__":
    main()
