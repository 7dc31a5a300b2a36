"""Each criterion of a bar is tested again, and what is shown not to be met is so with a small chance of error."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decide.bar import FAILS, HOLDS, UNDECIDED
from advisor.probe.protocol import Outcome
from advisor.runs.checks import Setting, checks, overall_verdict, refuted, untested
from advisor.runs.reader import Run
from advisor.task.example import Example
from tests.tables import for_each

ALPHA = 0.05


def run_with(**bar: Any) -> Run:
    """Return a run of which only the bar counts."""
    task = {"name": "t", "family": "text-classification", "bar": {"pass_rate": 0.8, **bar}}
    return Run(Path("nowhere"), "r", task, ("a", "b"), (), (), (), {}, {})


def asked(count: int, reference: float | None = None) -> list[Example]:
    return [Example(f"e{n}", f"text {n}", "a", n, reference=reference) for n in range(count)]


def outcomes(scores: list[float], seconds: float = 0.1) -> list[Outcome]:
    """Return outcomes that pass from a score of a half."""
    return [Outcome(f"e{n}", "a", score, score >= 0.5, seconds) for n, score in enumerate(scores)]


@for_each(
    ("bar", "scores", "seconds", "agreeing", "verdicts"),
    [
        ({}, [1.0] * 60, 0.1, [], {"pass rate": HOLDS}),
        ({"mean_score": 0.9}, [0.6] * 60, 0.1, [], {"pass rate": HOLDS, "mean score": FAILS}),
        ({"mean_score": 0.9}, [0.91] * 60, 0.1, [], {"pass rate": HOLDS, "mean score": UNDECIDED}),
        ({"p95_seconds": 1.0}, [1.0] * 60, 0.1, [], {"pass rate": HOLDS, "latency": UNDECIDED}),
        ({"p95_seconds": 1.0}, [1.0] * 400, 0.1, [], {"pass rate": HOLDS, "latency": HOLDS}),
        ({"p95_seconds": 1.0}, [1.0] * 60, 2.0, [], {"pass rate": HOLDS, "latency": FAILS}),
        ({"agreement": 0.8}, [1.0] * 60, 0.1, [True] * 60, {"pass rate": HOLDS, "agreement": HOLDS}),
        ({"per_label": {"b": 0.5}}, [1.0] * 60, 0.1, [], {"pass rate": HOLDS, "label 'b'": UNDECIDED}),
        ({"agreement": 0.8}, [0.0] * 60, 0.1, [True] * 2, {"pass rate": FAILS, "agreement": UNDECIDED}),
    ],
)
def test_each_criterion_has_its_verdict(
    bar: dict[str, Any], scores: list[float], seconds: float, agreeing: list[bool], verdicts: dict[str, str]
) -> None:
    """By its own values; together the worst of them counts."""
    at = Setting((ALPHA,), len(scores), grows=False)
    found = checks(run_with(**bar), asked(len(scores)), outcomes(scores, seconds), agreeing, at)
    assert {each.name: each.verdict for each in found} == verdicts
    worst = max(verdicts.values(), key=[HOLDS, UNDECIDED, FAILS].index)
    assert overall_verdict(found) == worst
    assert untested(run_with(**bar), found) == [name for name in verdicts if name == "label 'b'"]


def test_a_reference_is_compared_where_its_scores_are_there() -> None:
    """Worse by more than the margin; without scores there is nothing to test."""
    run, at = run_with(reference={"column": "r", "margin": 0.02}), Setting((ALPHA,), 200, grows=False)
    (_, result) = checks(run, asked(200, 0.9), outcomes([0.6] * 200), (), at)
    assert (result.name, result.verdict) == ("non-inferiority", FAILS)
    (_, result) = checks(run, asked(200), outcomes([0.6] * 200), (), at)
    assert result.values == ()


def test_what_counted_on_these_examples_is_counted_again() -> None:
    """A claim about the examples alone is lost with one too few."""
    at = Setting((ALPHA,), 10, grows=False, strength="examples")
    for right, verdict in ((8, HOLDS), (7, FAILS)):
        found = checks(run_with(), asked(10), outcomes([1.0] * right + [0.0] * (10 - right)), (), at)
        assert overall_verdict(found) == verdict


@given(st.floats(0.3, 0.95), st.sampled_from(["0/1", "graded"]))
@settings(max_examples=8)
def test_what_is_met_is_rarely_refuted(mean: float, kind: str) -> None:
    """Of means exactly at the bar at most α (simulated, four standard errors)."""
    draw, trials = np.random.default_rng(9), 400
    if kind == "0/1":
        drawn = (draw.random((trials, 60)) < mean).astype(float)
    else:
        drawn = draw.beta(8 * mean, 8 * (1 - mean), (trials, 60))
    false = np.mean([refuted(row.tolist(), mean, ALPHA) for row in drawn])
    assert false <= ALPHA + 4 * math.sqrt(ALPHA * (1 - ALPHA) / trials)
