"""False-pass rate and cost of the search, by simulation of the code as it is.

    python -m benchmarks.evidence [--trials 4000] [--examples 200] [--bar 0.9] [--confidence 0.95]

Each ladder is a list of true pass rates, smallest candidate first. A trial draws every candidate's outcomes and lets
`advisor.decide.search` find the answer. "false pass" is the share of trials that certify a candidate whose true rate is
at most the bar; it must not exceed alpha by more than its own error. "raw rule" is what people do by hand: the smallest
candidate with an observed rate of at least the bar on the first 50 examples; the column says how often it is false.
"inferences" and "weighted" (by size, doubling at each rung) are shares of running every candidate on every example.
"""

from __future__ import annotations

import argparse
import math
import random
from typing import NamedTuple

from advisor.climb import batch_size
from advisor.decide.search import answer, standing
from advisor.evidence.sequential import Strength
from advisor.plan import Plan
from advisor.probe.protocol import Outcome
from advisor.report.layout import table
from advisor.runs.records import CandidateRecord, Purpose
from advisor.shortlist.build import Shortlist
from advisor.shortlist.candidate import Candidate
from advisor.task.examples import Example, ExampleSet
from advisor.task.model import Task

RAW_EXAMPLES = 50
LADDERS: dict[str, tuple[float, ...]] = {
    "all at the bar": (0.90,) * 8,
    "all just below": (0.89,) * 8,
    "all two below": (0.88,) * 8,
    "steep": (0.50, 0.65, 0.80, 0.97, 0.99, 0.99, 0.99, 0.99),
    "flat, passing": (0.96, 0.96, 0.97, 0.97, 0.98, 0.98, 0.98, 0.99),
    "realistic": (0.62, 0.74, 0.83, 0.88, 0.93, 0.96, 0.97, 0.98),
    "non-monotone": (0.70, 0.95, 0.85, 0.97, 0.80, 0.98, 0.98, 0.99),
    "hopeless": (0.40, 0.45, 0.50, 0.55, 0.60, 0.60, 0.65, 0.70),
    "reversed": (0.98, 0.96, 0.93, 0.88, 0.83, 0.74, 0.62, 0.50),
}


class Tally(NamedTuple):
    """What one ladder's trials came to, as shares."""

    false_pass: float
    error: float
    smallest: float | None
    inferences: float
    weighted: float
    raw_false: float


def make_plan(candidates: int, examples: int, bar: float, confidence: float) -> Plan:
    """Return a plan with nothing but what the search looks at."""
    task = Task.model_validate(
        {
            "name": "simulation",
            "instruction": "simulated",
            "examples": {"path": "none.csv"},
            "bar": {"pass_rate": bar, "confidence": confidence},
        }
    )
    evidence = tuple(Example(str(number), "", "", number) for number in range(examples))
    ladder = tuple(_rung(k) for k in range(candidates))
    return Plan(task, ExampleSet(("a", "b"), (), evidence, ()), Shortlist(ladder, (), (), {}), 1, 1)


def _rung(k: int) -> Candidate:
    """Return a candidate twice the size of the one below it."""
    return Candidate(
        model=f"rung-{k}",
        revision=str(k),
        place="folder",
        folder=None,
        files=(),
        fingerprint=str(k),
        runtime="onnx",
        method="head",
        precision=None,
        parameters=2**k,
        parameters_standing=None,
        license=None,
        languages=(),
        weights_bytes=2**k,
        download_bytes=0,
        serving_bytes=2**k,
        seconds_per_example=None,
    )


def simulate(plan: Plan, rates: tuple[float, ...], trials: int, seed: int) -> Tally:
    """Run the trials of one ladder."""
    draw = random.Random(seed)  # noqa: S311  a reproducible simulation
    bar, total = plan.task.bar.pass_rate, len(plan.evidence)
    passing = [k for k, rate in enumerate(rates) if rate > bar]
    false = found = raw_false = 0
    used = weighted = 0.0
    for _ in range(trials):
        drawn = [[draw.random() < rate for _ in range(total)] for rate in rates]
        records = _records(plan, drawn)
        result = answer(plan, records)
        certified = result is not None and result.strength is Strength.CERTIFIED
        if certified and result is not None:
            false += rates[result.candidate] <= bar
            found += bool(passing) and result.candidate == passing[0]
        # The certified search alone is counted: what a second, weaker claim costs is another question.
        last = result.candidate if certified and result is not None else len(rates) - 1
        for k in range(last + 1):
            spent = _with_overshoot(standing(plan, records, k, Strength.CERTIFIED).after, total)
            used += spent
            weighted += spent * 2**k
        raw = next((k for k, row in enumerate(drawn) if sum(row[:RAW_EXAMPLES]) >= bar * RAW_EXAMPLES), None)
        raw_false += raw is not None and rates[raw] <= bar
    rate = false / trials
    return Tally(
        false_pass=rate,
        error=math.sqrt(max(rate * (1 - rate), 1 / trials) / trials),
        smallest=found / trials if passing else None,
        inferences=used / (trials * len(rates) * total),
        weighted=weighted / (trials * total * (2 ** len(rates) - 1)),
        raw_false=raw_false / trials,
    )


def _records(plan: Plan, drawn: list[list[bool]]) -> dict[str, CandidateRecord]:
    records = {}
    for candidate, row in zip(plan.candidates, drawn, strict=True):
        record = CandidateRecord()
        record.outcomes[Purpose.EVIDENCE] = {
            str(n): Outcome(str(n), None, float(passed), passed, 0.0) for n, passed in enumerate(row)
        }
        records[candidate.key] = record
    return records


def _with_overshoot(settled: int, total: int) -> int:
    """Return how many inferences the batches that reach `settled` make."""
    done = 0
    while done < settled:
        done += min(batch_size("onnx", done), total - done)
    return done


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--bar", type=float, default=0.9)
    parser.add_argument("--confidence", type=float, default=0.95)
    arguments = parser.parse_args()
    alpha = 1 - arguments.confidence
    rows = []
    tallies = {}
    for name, rates in LADDERS.items():
        plan = make_plan(len(rates), arguments.examples, arguments.bar, arguments.confidence)
        tally = tallies[name] = simulate(plan, rates, arguments.trials, seed=1)
        rows.append(
            (
                name,
                f"{tally.false_pass:.4f} ± {tally.error:.4f}",
                "yes" if tally.false_pass <= alpha + 2 * tally.error else "NO",
                f"{tally.raw_false:.3f}",
                "" if tally.smallest is None else f"{tally.smallest:.2f}",
                f"{tally.inferences:.3f}",
                f"{tally.weighted:.3f}",
            )
        )
    header = ("ladder", "false pass", f"≤ α = {alpha:.2g}", "raw rule", "smallest found", "inferences", "weighted")
    print("\n".join(table(header, rows, frozenset({1, 3, 4, 5, 6}))))
    mean = sum(t.inferences for t in tallies.values()) / len(tallies)
    weighted = sum(t.weighted for t in tallies.values()) / len(tallies)
    print(f"mean share of inferences {mean:.3f}, weighted by size {weighted:.3f} (aim: 0.25 or less)")


if __name__ == "__main__":
    main()
