"""Where examples may be added, the limits never change with their number, and every look keeps the claim."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.evidence.boundary import false_pass_rate, lower_bound, spending_boundary
from advisor.evidence.e_value import log_e_value, most_failures
from advisor.evidence.sequential import FIRST_LOOK, Claim, Test, examples_needed, nested
from tests.tables import for_each

bars = st.floats(0.5, 0.97)
alphas = st.floats(0.002, 0.2)
outcomes = st.lists(st.booleans(), min_size=1, max_size=80)
PRECISE = 1e-9


@given(outcomes, bars, alphas)
def test_the_limits_are_those_of_the_wealth(passed: list[bool], bar: float, alpha: float) -> None:
    """Counting failures certifies exactly where the bets have won 1 / alpha."""
    wealth = log_e_value([float(each) for each in passed], bar)
    limits = most_failures(len(passed), bar, alpha)
    for n, (logs, limit) in enumerate(zip(wealth.tolist(), limits, strict=True), start=1):
        failures = passed[:n].count(False)
        if abs(logs + math.log(alpha)) > PRECISE:
            assert (failures <= limit) == (logs > -math.log(alpha))


@given(st.integers(1, 150), st.integers(0, 150), bars, alphas)
def test_more_examples_leave_the_limits_alone(total: int, more: int, bar: float, alpha: float) -> None:
    """The limits for the examples there are do not depend on how many come."""
    before, after = Test(total, bar, alpha, grows=True), Test(total + more, bar, alpha, grows=True)
    assert after.boundary[:total] == before.boundary


@given(outcomes, st.integers(0, 100), bars, alphas)
def test_a_claim_that_holds_goes_on_holding(passed: list[bool], more: int, bar: float, alpha: float) -> None:
    """At the same example, and what is open or given up may be taken up again but is never given up sooner."""
    before = Test(len(passed), bar, alpha, grows=True).certified(passed)
    after = Test(len(passed) + more, bar, alpha, grows=True).certified(passed)
    if before.claim is Claim.HOLDS:
        assert after == before
    else:
        assert after.after >= before.after
        assert after.claim is not Claim.HOLDS or before.claim is Claim.GIVEN_UP


@given(outcomes, bars, st.lists(alphas, min_size=2, max_size=4))
def test_levels_are_nested(passed: list[bool], bar: float, levels: list[float]) -> None:
    """What a lower level certifies a higher one certifies: the shares of α can be handed on."""
    tests = nested(len(passed), bar, sorted(levels), grows=True)
    held = [test.certified(passed).claim is Claim.HOLDS for test in tests]
    assert held == sorted(held)


@for_each(("bar", "alpha"), [(0.9, 0.05), (0.9, 0.00625), (0.6, 0.2), (0.97, 0.022)])
def test_however_many_come_the_error_is_kept(bar: float, alpha: float) -> None:
    """At a true rate equal to the bar, exactly, over 3,000 looks."""
    limits = most_failures(3000, bar, alpha)
    assert false_pass_rate(limits, bar) <= alpha
    assert false_pass_rate(limits[:300], bar) < false_pass_rate(limits, bar)


def test_it_takes_more_passes_than_a_fixed_number() -> None:
    """The price: 33 in a row instead of 29 at 0.9 and 5%."""
    assert (examples_needed(0.9, 0.05), examples_needed(0.9, 0.05, grows=True)) == (29, 33)
    assert Test(33, 0.9, 0.05, grows=True).certified([True] * 33) == (Claim.HOLDS, 33)
    assert not Test(32, 0.9, 0.05, grows=True).can_certify


def test_the_bounds_hold_at_every_look() -> None:
    """Lower and upper bound at 20%, checked after every example: wrong in at most 20% of runs each."""
    draw, alpha, trials = np.random.default_rng(5), 0.2, 250
    low = high = 0
    for _ in range(trials):
        passed = (draw.random(60) < 0.8).tolist()
        test = Test(60, 0.9, alpha, grows=True)
        # The lower bound never falls as examples come, so the last look has the highest; the upper one likewise.
        low += test.lower_bound(passed) > 0.8
        high += test.upper_bound(passed) < 0.8
    error = 3 * math.sqrt(alpha * (1 - alpha) / trials)
    assert max(low, high) / trials <= alpha + error


@pytest.mark.parametrize(("first", "total", "rate", "chance"), [(100, 100, 0.97, 0.84), (100, 500, 0.95, 0.83)])
def test_what_the_first_look_gains_and_what_it_costs(first: int, total: int, rate: float, chance: float) -> None:
    """The audit's figures: .57 -> .84 at the first look of 100, .92 -> .83 after 500; false passes stay within."""
    test = Test(total, 0.9, 0.05, grows=True, first=first)
    assert false_pass_rate(test.boundary, rate) == pytest.approx(chance, abs=0.01)
    assert false_pass_rate(test.boundary, 0.9) <= 0.05
    assert Test(total, 0.9, 0.05, grows=True).can_certify


@given(st.integers(1, 80), st.integers(0, 80), st.floats(0.6, 0.95), st.lists(st.booleans(), max_size=160))
def test_more_examples_take_nothing_back_from_the_first_look(
    first: int, more: int, bar: float, passed: list[bool]
) -> None:
    """The limits of the first look stay whatever comes, and a bound never falls."""
    before, after = (Test(total, bar, 0.05, grows=True, first=first) for total in (first, first + more))
    assert after.boundary[:first] == before.boundary
    assert after.lower_bound(passed[: first + more]) >= before.lower_bound(passed[:first]) - 1e-9


@given(
    st.integers(1, 90),
    st.integers(0, 40),
    st.floats(0.6, 0.95),
    st.lists(alphas, min_size=1, max_size=3),
    st.lists(st.booleans()),
)
def test_a_bound_reaches_the_bar_where_the_bar_is_certified(
    first: int, more: int, bar: float, levels: list[float], passed: list[bool]
) -> None:
    """As with a fixed number: the bound and the certificate are of one family of tests."""
    test, outcomes = nested(first + more, round(bar, 3), sorted(levels), grows=True, first=first)[0], passed
    outcomes = outcomes[: first + more]
    is_certified = test.certified(outcomes, gives_up=False).claim is Claim.HOLDS
    assert (test.lower_bound(outcomes) >= test.bar - PRECISE) == is_certified


def test_a_bound_and_a_certificate_of_the_first_look_share_one_level() -> None:
    """Exactly, at the bar: bounds by spending early beside a certificate by spending late were wrong at 1.18 alpha."""
    alpha, bar, first = 0.01, 0.85, 250
    test = Test(first, bar, alpha, grows=True, first=first)
    early = spending_boundary(first, bar, FIRST_LOOK * alpha)
    assert false_pass_rate(np.maximum(test.boundary, early), bar) > 1.15 * alpha
    # As many wrong as only the early one accepts, then right until it does, then wrong.
    n = int(np.argmax(early > test.boundary)) + 1
    outcomes = [False] * early[n - 1] + [True] * (n - early[n - 1]) + [False] * 60
    assert test.certified(outcomes, gives_up=False).claim is Claim.OPEN
    assert lower_bound(outcomes, first, FIRST_LOOK * alpha) >= bar > test.lower_bound(outcomes)
