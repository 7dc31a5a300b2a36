"""The spending boundary is exact, valid and as generous as its budget allows."""

import itertools
import math
import random
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evidence.boundary import (
    _boundaries,
    examples_needed,
    false_pass_rate,
    false_pass_rates,
    lower_bound,
    single_look,
    spending_boundary,
    spending_power,
)
from advisor.evidence.futility import most_failures
from advisor.evidence.sequential import Before, Claim, Strength, Test, nested
from tests.tables import for_each

totals = st.integers(1, 150)
bars = st.floats(0.5, 0.99)
alphas = st.floats(0.001, 0.3)


def enumerate_accepted(boundary: list[int], pass_rate: float) -> float:
    """Return the probability of acceptance by enumerating every path, independent of the code under test."""
    accepted = 0.0

    def walk(n: int, failures: int, chance: float) -> None:
        nonlocal accepted
        if n and failures <= boundary[n - 1]:
            accepted += chance
        elif n < len(boundary):
            walk(n + 1, failures, chance * pass_rate)
            walk(n + 1, failures + 1, chance * (1 - pass_rate))

    walk(0, 0, 1.0)
    return accepted


@given(totals, bars, alphas)
def test_a_model_at_the_bar_is_accepted_with_chance_at_most_alpha(total: int, bar: float, alpha: float) -> None:
    """At a true rate equal to the bar, and at any lower one, the chance of ever accepting is at most alpha."""
    boundary = spending_boundary(total, bar, alpha)
    assert false_pass_rate(boundary, bar) <= alpha * (1 + 1e-9)
    assert false_pass_rate(boundary, bar * 0.95) <= false_pass_rate(boundary, bar) + 1e-12


def test_bounds_by_few_looks_hold_and_are_near_the_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over all paths of eight examples they exceed the true rate with chance at most alpha."""
    outcomes = [n % 20 > 0 for n in range(1000)]
    exact = lower_bound(outcomes, 1000, 0.05)
    monkeypatch.setattr("advisor.evidence.boundary.MOST_EXACT", 0)
    assert exact - 0.01 < lower_bound(outcomes, 1000, 0.05) <= exact
    assert lower_bound(outcomes[:990], 1000, 0.05) > exact - 0.02, "at any stop"
    bounds = [(sum(path), lower_bound(path, 8, 0.2)) for path in itertools.product((True, False), repeat=8)]
    for rate in (0.5, 0.8, 0.9):
        wrong = sum(rate**passed * (1 - rate) ** (8 - passed) for passed, bound in bounds if bound > rate)
        assert wrong <= 0.2


@given(totals, bars, alphas)
def test_the_error_spent_by_each_look_stays_in_its_budget(total: int, bar: float, alpha: float) -> None:
    """By example n at most alpha (n / N)² is spent, and one failure more allowed at n would overspend."""
    boundary = spending_boundary(total, bar, alpha)
    for n in range(1, total + 1, max(1, total // 7)):
        budget = alpha * (n / total) ** 2
        assert false_pass_rate(boundary[:n], bar) <= budget * (1 + 1e-9)
        if boundary[n - 1] < n:
            bolder = boundary[:n].copy()
            bolder[n - 1] += 1
            assert false_pass_rate(bolder, bar) > budget


@given(st.integers(1, 12), st.floats(0.3, 0.95), st.floats(0.01, 0.5), st.floats(0.1, 0.99))
def test_the_recursion_equals_enumeration(total: int, bar: float, alpha: float, rate: float) -> None:
    """The binomial recursion gives the same chance as walking every path."""
    boundary = spending_boundary(total, bar, alpha)
    assert false_pass_rate(boundary, rate) == pytest.approx(enumerate_accepted(boundary.tolist(), rate), abs=1e-12)


def test_the_fewest_examples_that_certify() -> None:
    """At a bar of 0.9: 29 of 29 at 5%, 49 of 49 at an eighth of it; one example fewer cannot certify."""
    assert examples_needed(0.9, 0.05) == 29
    assert examples_needed(0.9, 0.05 / 8) == 49
    assert spending_boundary(29, 0.9, 0.05)[-1] == 0
    assert spending_boundary(28, 0.9, 0.05)[-1] == -1


def test_the_power_is_as_designed() -> None:
    """With K = 8 a model truly at 0.97 is certified 47-50% of the time at N = 100 and 85-90% at N = 200."""
    assert 0.46 < false_pass_rate(spending_boundary(100, 0.9, 0.05 / 8), 0.97) < 0.52
    assert 0.84 < false_pass_rate(spending_boundary(200, 0.9, 0.05 / 8), 0.97) < 0.91


def accepts(outcomes: list[bool], total: int, bar: float, alpha: float) -> bool:
    """Return whether the boundary at a bar has accepted a path by now."""
    boundary = spending_boundary(total, bar, alpha)[: len(outcomes)]
    return bool(np.any(np.cumsum(~np.array(outcomes)) <= boundary))


@given(st.integers(0, 100_000), st.integers(1, 60), st.floats(0.2, 1.0), st.sampled_from([0.1, 0.05, 0.006]))
def test_the_lower_bound_is_just_below_the_smallest_refused_bar(seed: int, n: int, rate: float, alpha: float) -> None:
    """Of its grid's bars, every one up to it is accepted, and the next is not."""
    draw, grid = random.Random(seed), 200
    outcomes = [draw.random() < rate for _ in range(n)]
    bound = lower_bound(outcomes, 60, alpha, precision=1 / grid)
    refused = next((k for k in range(1, grid) if not accepts(outcomes, 60, k / grid, alpha)), grid)
    assert bound == pytest.approx((refused - 1) / grid, abs=1e-9)


@for_each("seed", range(12))
def test_no_bar_below_the_lower_bound_is_refused(seed: int) -> None:
    """At its own precision, over the hundredths below it, where a refused bar may lie under accepted ones."""
    draw = random.Random(seed)
    rate = draw.choice([0.6, 0.8, 0.9])
    outcomes = [draw.random() < rate for _ in range(60)]
    bound = lower_bound(outcomes, 60, 0.05)
    for step in range(1, 200):
        assert accepts(outcomes, 60, bound - step * 1e-4 + 1e-9, 0.05)


def test_the_lower_bound_covers() -> None:
    """Over all looks the bound exceeds the true rate in at most alpha of runs (simulated, three standard errors)."""
    draw = random.Random(3)
    trials, alpha, rate = 80, 0.1, 0.85
    broken = 0
    for _ in range(trials):
        outcomes = [draw.random() < rate for _ in range(60)]
        broken += any(lower_bound(outcomes[:n], 60, alpha, precision=0.005) > rate for n in (20, 40, 60))
    assert broken / trials <= alpha + 3 * math.sqrt(alpha * (1 - alpha) / trials)


@for_each(("total", "bar", "alpha"), [(-1, 0.9, 0.05), (10, 1.0, 0.05), (10, 0.9, 0.0)])
def test_arguments_out_of_range_are_refused(total: int, bar: float, alpha: float) -> None:
    """A bar of one, no error or a negative count is a ValueError."""
    with pytest.raises(ValueError, match="must"):
        spending_boundary(total, bar, alpha)


def test_thousands_of_examples_do_not_underflow() -> None:
    """At N = 5,000 the boundary still spends nearly all of its error and no more."""
    rate = false_pass_rate(spending_boundary(5000, 0.8, 0.01), 0.8)
    assert 0.008 < rate <= 0.01


@given(st.integers(1, 120), st.floats(0.5, 0.97), st.floats(0.001, 0.1))
def test_late_spending_keeps_the_level_and_never_proves_less(total: int, bar: float, alpha: float) -> None:
    """Whatever rho is chosen, at most the level is spent, and the last look accepts no less than with rho = 2."""
    late = spending_boundary(total, bar, alpha, spending_power(total, bar, alpha))
    assert false_pass_rate(late, bar) <= alpha * (1 + 1e-9)
    assert spending_boundary(total, bar, alpha)[-1] <= late[-1] <= single_look(total, bar, alpha)


def test_spending_late_is_worth_it() -> None:
    """The audit's case: 100 examples at a level of .01, where rho = 2 allows one failure less."""
    assert spending_power(100, 0.9, 0.05) == 2.0
    assert false_pass_rate(spending_boundary(100, 0.9, 0.01), 0.97) < 0.53
    power = spending_power(100, 0.9, 0.01)
    assert false_pass_rate(spending_boundary(100, 0.9, 0.01, power), 0.97) > 0.64


def test_all_right_is_certified_as_soon_as_it_can_be() -> None:
    """With all outcomes passed the claim holds at the first example where the boundary admits no failure."""
    test = Test(100, 0.9, 0.05)
    standing = test.certified([True] * 100)
    assert standing.claim is Claim.HOLDS
    assert test.boundary[standing.after - 1] == 0
    assert test.boundary[standing.after - 2] == -1


def test_a_coin_flip_is_given_up_after_about_six_examples() -> None:
    """A candidate at p = 0.5 costs few inferences: that is what makes starting with the smallest cheap."""
    draw = random.Random(5)
    test = Test(200, 0.9, 0.05 / 8)
    after = [test.certified([draw.random() < 0.5 for _ in range(200)]).after for _ in range(300)]
    assert 4 <= statistics.mean(after) <= 9


def test_futility_costs_little_power() -> None:
    """Of the models truly at 0.97, stopping for futility loses less than a tenth."""
    draw = random.Random(6)
    test = Test(200, 0.9, 0.05 / 8)
    runs = [[draw.random() < 0.97 for _ in range(200)] for _ in range(400)]
    kept = sum(test.certified(run).claim is Claim.HOLDS for run in runs)
    possible = sum(
        any(sum(not passed for passed in run[:n]) <= test.boundary[n - 1] for n in range(1, 201)) for run in runs
    )
    assert kept >= 0.9 * possible


def test_nothing_is_given_up_before_the_first_failure() -> None:
    """As long as every outcome passed and certifying is possible, the claim stays open or holds."""
    for total in (29, 30, 60, 200):
        test = Test(total, 0.9, 0.05)
        assert all(test.certified([True] * n).claim is not Claim.GIVEN_UP for n in range(total + 1))


@given(st.lists(st.booleans(), min_size=40, max_size=40), st.floats(0.5, 0.95))
def test_a_settled_claim_stays_settled(outcomes: list[bool], bar: float) -> None:
    """Later outcomes change neither the result of a claim nor its position: the frequency of looks does not matter."""
    test = Test(40, bar, 0.05)
    for check in (test.certified, test.examples):
        whole = check(outcomes)
        for n in range(len(outcomes) + 1):
            part = check(outcomes[:n])
            if n >= whole.after and whole.claim is not Claim.OPEN:
                assert part == whole
            elif n < whole.after:
                assert part.claim is Claim.OPEN


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.floats(0.5, 0.95))
def test_the_examples_claim_is_a_count(outcomes: list[bool], bar: float) -> None:
    """It holds only if at least the bar's share of the whole set passed: it cannot be wrong about the set."""
    test = Test(len(outcomes), bar, 0.05)
    if test.examples(outcomes).claim is Claim.HOLDS:
        assert sum(outcomes) >= bar * len(outcomes) - 1e-6


def test_too_few_examples_cannot_certify() -> None:
    """With fewer examples than the least that certify, the claim is given up before the first inference."""
    test = Test(28, 0.9, 0.05)
    assert not test.can_certify
    assert test.certified([]) == (Claim.GIVEN_UP, 0)


def test_out_of_reach_is_futile() -> None:
    """More failures than the boundary ever admits means no chance at all."""
    boundary = Test(100, 0.9, 0.05).boundary
    assert boundary[-1] + 1 > most_failures(boundary, 0.9)[50]


def test_strengths_are_ordered() -> None:
    assert Strength.CERTIFIED.reaches(Strength.EXAMPLES)
    assert not Strength.PROVISIONAL.reaches(Strength.EXAMPLES)


@given(st.integers(1, 90), st.floats(0.6, 0.95), st.lists(alphas, min_size=1, max_size=3), st.lists(st.booleans()))
def test_a_bound_reaches_the_bar_where_the_bar_is_certified(
    total: int, bar: float, levels: list[float], passed: list[bool]
) -> None:
    """By one family of tests: proven bounds and certificates never contradict each other."""
    test, outcomes = nested(total, round(bar, 3), sorted(levels))[0], passed[:total]
    is_certified = test.certified(outcomes, gives_up=False).claim is Claim.HOLDS
    assert (test.lower_bound(outcomes) >= test.bar) == is_certified


@given(
    st.integers(20, 120),
    st.sampled_from([0.95, 0.9, 0.85]),
    st.sampled_from([(0.045,), (0.002, 0.03), (0.01, 0.011, 0.05)]),
)
@settings(max_examples=15)
def test_a_bar_lowered_on_the_same_outcomes_adds_no_error(total: int, bar: float, levels: tuple[float, ...]) -> None:
    """Exactly: at the first run's bar or any it is lowered to, a true rate is certified wrongly at no more than l."""
    lower = [nested(total, bar - step, levels[:1], before=Before(bar, levels))[0] for step in (0.01, 0.05, 0.1, 0.2)]
    for test in nested(total, bar, levels):
        for rate in (bar, bar - 0.003, bar - 0.01, bar - 0.02, bar - 0.05, bar - 0.1, bar - 0.2):
            tests = [test, *(each for each in lower if each.bar >= rate - 1e-9)]
            any_of_them = np.max([each.boundary for each in tests], axis=0)
            assert false_pass_rate(any_of_them, rate) <= test.alpha * (1 + 1e-9)


def test_boundaries_of_several_bars_at_once_are_those_of_each() -> None:
    bars, levels = np.array([0.6, 0.7, 0.8, 0.85]), np.array([0.03, 0.02, 0.01, 0.005])
    found = _boundaries(60, bars, levels)
    assert found.tolist() == [spending_boundary(60, *each).tolist() for each in zip(bars, levels, strict=True)]


def test_a_bar_lowered_below_what_is_proven_is_certified() -> None:
    """The case of a register of letters: 82 of 94 at 85%, an estimate; 83% was said to be proven, 80% not certified."""
    wrong = {8, 9, 35, 44, 63, 64, 77, 78, 80, 88, 91, 93}
    outcomes, level = [n not in wrong for n in range(94)], 0.0457366666666667
    first = nested(94, 0.85, (level,))[0]
    assert first.certified(outcomes, gives_up=False).claim is Claim.OPEN
    proven = first.lower_bound(outcomes)
    assert 0.82 < proven < 0.85
    for bar in (0.82, 0.8, 0.7):
        lowered = nested(94, bar, (level,), before=Before(0.85, (level,)))[0]
        assert lowered.certified(outcomes).claim is Claim.HOLDS
        assert lowered.lower_bound(outcomes) == proven
    higher = nested(94, 0.86, (level,), before=Before(0.85, (level,)))  # what a run asks of a bar a little higher
    assert higher == nested(94, 0.86, (level,))
    close = nested(94, 0.84, (level,), before=Before(0.85, (level,)))[0]
    assert close.certified(outcomes, gives_up=False).claim is Claim.OPEN
    assert close.lower_bound(outcomes) == proven


@for_each(("total", "bar", "alpha"), [(40, 0.9, 0.05), (120, 0.75, 0.01), (200, 0.97, 0.03)])
def test_rates_at_once_are_those_of_each(total: int, bar: float, alpha: float) -> None:
    """All from the paths at the highest one."""
    limits, rates = spending_boundary(total, bar, alpha), np.linspace(0.0, bar, 12)
    found = false_pass_rates(limits, rates)
    assert found == pytest.approx([false_pass_rate(limits, rate) for rate in rates.tolist()], rel=1e-9, abs=1e-8)
