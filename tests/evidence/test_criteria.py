"""Criteria of a bar: what counts as a value, and that several at once need no further share of α."""

import itertools
import math
import random
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.evidence.criteria import (
    SPACING,
    AnswersTest,
    Criterion,
    Latency,
    MeanScore,
    NonInferiority,
    PartRate,
    Precision,
    all_hold,
    fewest_runs,
    spaced,
)
from advisor.evidence.sequential import Claim, Standing
from advisor.probe.protocol import Outcome
from tests.tables import for_each


def outcome(number: int, *, score: float = 1.0, seconds: float = 0.1, error: str | None = None) -> Outcome:
    return Outcome(f"e{number}", "a", score, passed=score >= 1.0, seconds=seconds, error=error)


def standing(criterion: Criterion, outcomes: list[Outcome], level: float = 0.05) -> Standing:
    """Return where a criterion stands at one level."""
    values = [value for each in outcomes if (value := criterion.value(each)) is not None]
    return criterion.tests(len(outcomes), [level])[0].certified(values)


def test_a_field_is_right_by_its_own_score_or_by_those_below_it() -> None:
    """On examples that expect it; an answer without it, or that is no object, is wrong, and so is an error."""
    criterion = PartRate("field 'to'", 0.9, frozenset({"e1"}), score="field to")
    for scores, value in (
        ({"field to": 1.0, "field total": 0.0}, 1.0),
        ({"field to.name": 1.0, "field to.town": 0.0}, 0.0),
        ({"field total": 1.0}, 0.0),
        ({}, 0.0),
    ):
        assert criterion.value(replace(outcome(1), scores=scores)) == value
        assert criterion.value(replace(outcome(2), scores=scores)) is None
    assert criterion.value(replace(outcome(1, error="no number"), scores={"field to": 1.0})) == 0.0
    assert criterion.tests(50, [0.05])[0].total == 1


def test_a_precision_is_certified_with_chance_at_most_alpha_however_often_the_answer_is_given() -> None:
    """Settled at the end, by the number of answers; one of a model at the bar is certified in at most α of runs."""
    criterion = Precision("answers 'a'", 0.9, "a", frozenset(f"e{n}" for n in range(60)))
    for said, value in (("a", 0.0), (["b", "a"], 0.0), ("b", None), (None, None)):
        assert criterion.value(replace(outcome(60), output=said)) == value
    test = criterion.tests(200, [0.05])[0]
    assert isinstance(test, AnswersTest)
    assert (test.can_certify, test.needed, test.certified([1.0] * 60).claim) == (True, 29, Claim.OPEN)
    few = Precision("answers 'a'", 0.9, "a", frozenset({"e1"})).tests(200, [0.05])[0]
    assert few.certified([1.0]).claim is Claim.GIVEN_UP

    def certified(rate: float, draw: np.random.Generator) -> float:
        runs = 2000
        counts = draw.binomial(200, 0.25, runs)
        right = [(draw.random(count) < rate).astype(float).tolist() for count in counts]
        return sum(test.at_end(len(each)).certified(each).claim is Claim.HOLDS for each in right) / runs

    draw = np.random.default_rng(5)
    assert certified(0.9, draw) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)
    assert certified(0.99, draw) > 0.8


def test_295_calls_within_the_limit_certify_the_95th_percentile() -> None:
    """All within the limit: every fifth of 295 calls at the least; of 294 it cannot."""
    fast = [outcome(n, score=0.0) for n in range(295)]
    assert standing(Latency(0.2), fast) == (Claim.HOLDS, 295)
    assert standing(Latency(0.2), fast[:294]).claim is Claim.GIVEN_UP
    assert standing(Latency(0.05), fast).claim is Claim.GIVEN_UP


def test_an_answer_that_erred_is_not_within_the_limit() -> None:
    assert Latency(0.2).value(outcome(1, error="crashed")) == 0.0


def test_non_inferiority_is_about_the_difference() -> None:
    """A candidate a little worse than the reference passes a wide margin and not a narrow one."""
    draw = random.Random(6)
    count = 400
    reference = {f"e{n}": float(draw.random() < 0.9) for n in range(count)}
    outcomes = [
        outcome(n, score=reference[f"e{n}"] if draw.random() < 0.98 else 0.0) for n in range(count)
    ]  # about 0.018 below
    assert standing(NonInferiority(reference, 0.10), outcomes).claim is Claim.HOLDS
    assert standing(NonInferiority(reference, 0.01), outcomes).claim is not Claim.HOLDS


def test_a_candidate_at_the_margin_passes_with_chance_at_most_alpha() -> None:
    """Exactly the margin worse: certified in at most α of runs (simulated, three standard errors)."""
    draw = np.random.default_rng(7)
    trials, alpha, count = 600, 0.1, 150
    criterion = NonInferiority({f"e{n}": 1.0 for n in range(count)}, 0.1)
    false = 0
    for _ in range(trials):
        reference = (draw.random(count) < 0.9).astype(float)
        worse = np.where(draw.random(count) < 1 / 9, 0.0, reference)  # 0.9 * 1 / 9 = 0.1 below
        values = ((worse - reference + 1.0) / 2.0).tolist()
        false += criterion.tests(count, [alpha])[0].certified(values).claim is Claim.HOLDS
    assert false / trials <= alpha + 3 * math.sqrt(alpha * (1 - alpha) / trials)


def test_only_pairs_count_and_their_mean_is_around_one_half() -> None:
    """Equal scores give one half, the bar lies half the margin below; no score of the reference makes no pair."""
    criterion = NonInferiority({"e0": 1.0, "e1": 0.0}, 0.1)
    assert criterion.bar == pytest.approx(0.45)
    assert [criterion.value(outcome(n)) for n in range(3)] == [0.5, 1.0, None]


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1), st.floats(0, 0.4)), min_size=30, max_size=80))
def test_several_criteria_settle_once(rows: list[tuple[bool, float, float]]) -> None:
    """All must hold; what is settled stays settled, whenever one looks."""
    criteria: list[Criterion] = [Latency(0.3, 0.6), MeanScore(0.4), Latency(0.35, 0.7)]
    outcomes = [
        Outcome(str(n), "a", score, passed=passed, seconds=seconds) for n, (passed, score, seconds) in enumerate(rows)
    ]

    def at(n: int) -> Standing:
        each = [criterion.tests(len(rows), [0.2])[0] for criterion in criteria]
        values = [[criterion.value(one) or 0.0 for one in outcomes[:n]] for criterion in criteria]
        return all_hold([test.certified(these) for test, these in zip(each, values, strict=True)])

    whole = at(len(rows))
    for n in range(0, len(rows) + 1, 7):
        part = at(n)
        if n >= whole.after and whole.claim is not Claim.OPEN:
            assert part == whole
        else:
            assert part.claim is Claim.OPEN or n >= whole.after


def test_several_criteria_need_no_further_share() -> None:
    """With one criterion truly at its bar and the other easily met, passing is as rare as that one's false pass."""
    draw = np.random.default_rng(9)
    trials, alpha, count = 1500, 0.1, 60
    rate, fast = Latency(1.0, 0.8).tests(count, [alpha])[0], Latency(1.0, 0.9).tests(count, [alpha])[0]
    false = 0
    for _ in range(trials):
        values = (draw.random(count) < 0.8).tolist()
        false += all_hold([rate.certified(values), fast.certified([1.0] * count)]).claim is Claim.HOLDS
    assert false / trials <= alpha + 3 * math.sqrt(alpha * (1 - alpha) / trials)


def test_a_bar_without_criteria_is_refused() -> None:
    with pytest.raises(ValueError, match="must ask"):
        all_hold([])


ALPHA = 0.05


def spells(draw: random.Random, total: int, rate: float, length: int) -> list[float]:
    """Return 1 for quick and 0 for slow answers, of which this share is slow, in spells that begin by chance."""
    begins = 1.0 - (1.0 - rate) ** (1.0 / length)
    started = [draw.random() < begins for _ in range(total + length)]
    return [float(not any(started[at : at + length])) for at in range(total)]


@for_each("total", [300, 400, 800])
def test_slow_spells_of_five_keep_false_claims_within_alpha(total: int) -> None:
    """At the limit itself, with three standard errors: as if they were independent, it is wrong a third of the time."""
    draw, trials = random.Random(total), 600
    (test,) = Latency(1.0).tests(total, (ALPHA,))
    false = sum(test.certified(spells(draw, total, 0.05, 5)).claim is Claim.HOLDS for _ in range(trials))
    assert false / trials <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / trials)


def test_what_is_well_within_the_limit_is_certified() -> None:
    """One slow answer of a hundred, in spells of five: of 800 answers that is mostly shown."""
    draw = random.Random(1)
    (test,) = Latency(1.0).tests(800, (ALPHA,))
    found = sum(test.certified(spells(draw, 800, 0.01, 5)).claim is Claim.HOLDS for _ in range(100))
    assert found > 80


def test_long_spells_are_seen_and_nothing_is_claimed() -> None:
    """Two counted answers slow in a row, of a few hundred: the boundary alone would certify, the doubt does not."""
    values = [1.0] * 900
    values[200:212] = [0.0] * 12
    (test,) = spaced(900, 0.95, (ALPHA,))
    assert test.counted.certified(values[SPACING - 1 :: SPACING]).claim is Claim.HOLDS
    assert test.is_dependent(values)
    assert test.certified(values).claim is not Claim.HOLDS
    assert test.lower_bound(values) == 0.0
    apart = [1.0] * 900
    apart[24] = apart[124] = 0.0
    assert not test.is_dependent(apart)
    assert test.certified(apart).claim is Claim.HOLDS


def test_levels_are_nested() -> None:
    """What a lower level certifies a higher one certifies, doubts or not."""
    draw = random.Random(5)
    low, high = spaced(600, 0.95, (0.01, 0.05))
    for _ in range(200):
        values = spells(draw, 600, 0.02, draw.choice([1, 5, 12]))
        if low.certified(values, gives_up=False).claim is Claim.HOLDS:
            assert high.certified(values, gives_up=False).claim is Claim.HOLDS


@for_each(("total", "slow"), [(7, 3), (9, 4), (8, 2), (6, 6), (5, 1)])
def test_the_runs_test_counts_every_order(total: int, slow: int) -> None:
    """The chance of so few runs equals the share of all orders that have no more."""
    orders = list(itertools.combinations(range(total), slow))
    runs = [sum(at - 1 not in order for at in order) for order in orders]
    for most in range(1, slow + 1):
        share = sum(each <= most for each in runs) / len(orders)
        assert fewest_runs(total, slow, most) == pytest.approx(share)


def test_a_limit_on_latency_of_many_examples_is_tested_in_no_time() -> None:
    """Whether slow answers are dependent is asked where they are few enough to certify, and without large numbers."""
    draw, began = random.Random(1), time.process_time()
    values = [float(draw.random() > 0.04) for _ in range(50_000)]
    (test,) = spaced(len(values), 0.95, (ALPHA / 4,))
    assert test.certified(values, gives_up=False).claim is Claim.HOLDS
    assert not test.is_dependent(values)
    assert time.process_time() - began < 10
    # Two slow ones of 40 side by side: 39 of 780 orders, the limit itself.
    assert spaced(200, 0.95, (ALPHA,))[0].is_dependent([1.0] * 50 + [0.0] * 10 + [1.0] * 140)


def test_how_many_examples_it_takes() -> None:
    """Five times as many as independent answers: 295 at the whole of α; with one fewer nothing can be certified."""
    enough, few = spaced(295, 0.95, (ALPHA,))[0], spaced(294, 0.95, (ALPHA,))[0]
    assert enough.needed == 295
    assert enough.can_certify
    assert not few.can_certify
    assert enough.certified([1.0] * 295) == (Claim.HOLDS, 295)
