"""What a run is told to take beforehand, against what it takes."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decide.search import next_step
from advisor.decide.steps import batch_size
from advisor.evidence import prior_guess
from advisor.task.examples import Example
from tests.decide.simulated import candidate, empty_records, outcome, plan
from tests.tables import for_each

if TYPE_CHECKING:
    from advisor.decide.forecast import ExpectedCost
    from advisor.decide.plan import Plan


def inferences(of: Plan, rates: list[float], draw: random.Random) -> int:
    """Run the search to its end in the batches of a real run; return how many answers it took."""
    records = empty_records(of)
    while (step := next_step(of, records)) is not None:
        candidate = of.candidates[step.candidate]
        done = len(records[candidate.key].in_order(of.evidence))
        for example in step.examples[: batch_size(candidate.runtime, done)]:
            records[candidate.key].add(step.purpose, outcome(example, passed=draw.random() < rates[step.candidate]))
    return sum(record.inferences for record in records.values())


@for_each(("candidates", "examples", "bar"), [(4, 78, 0.75), (4, 40, 0.75), (8, 120, 0.9), (1, 60, 0.8)])
def test_runs_whose_bar_is_barely_met_lie_within_what_is_told(candidates: int, examples: int, bar: float) -> None:
    """Where models are about as good as the bar, eight of ten runs take what was called likely, and none takes more."""
    of, draw = plan(candidates, examples, bar), random.Random(7)
    cost = of.expected_cost
    near = prior_guess.logit(bar) - of.strengths[of.expected]
    taken = []
    for _ in range(30):
        rates = [prior_guess.share(each + near + draw.gauss(0.0, 0.4)) for each in of.strengths]
        taken.append(inferences(of, rates, draw))
    assert max(taken) <= cost.most_inferences
    assert cost.likely_seconds is not None
    assert cost.most_seconds is not None
    assert cost.likely_seconds[1] <= cost.most_seconds
    assert sum(cost.likely_inferences[0] <= each <= cost.likely_inferences[1] for each in taken) >= 24


@given(st.integers(0, 10_000), st.integers(1, 5), st.sampled_from([10, 40, 90]))
@settings(max_examples=25)
def test_no_run_takes_more_than_the_most(seed: int, candidates: int, examples: int) -> None:
    """However good the models are."""
    of, draw = plan(candidates, examples, 0.8), random.Random(seed)
    rates = [draw.uniform(0.5, 1.0) for _ in range(candidates)]
    assert inferences(of, rates, draw) <= of.expected_cost.most_inferences


def test_training_rows_say_how_easy_the_task_is() -> None:
    """Where words tell the labels a run is expected to end sooner than where they say nothing of them."""

    def cost(*words: str) -> ExpectedCost:
        rows = (Example(f"t{n}", f"{words[n % len(words)]} {n}", "ab"[n % 2], n) for n in range(100))
        of = plan(4, 200, 0.8)
        linear = candidate(0, method="linear", place="baseline", runtime="baseline")
        shortlist = replace(of.shortlist, candidates=(linear, *of.candidates[1:]))
        return replace(of, examples=replace(of.examples, teaching=tuple(rows)), shortlist=shortlist).expected_cost

    easy, hard = cost("win", "meet"), cost("mail")
    assert easy.inferences < hard.inferences
    assert (easy.seconds or 0.0) < (hard.seconds or 0.0)


def test_a_budget_caps_what_is_told() -> None:
    """No more is expected than may be spent."""
    cost = plan(4, 78, 0.75, inferences=50).expected_cost
    assert cost.most_inferences == 50
    assert cost.likely_inferences[1] <= 50
