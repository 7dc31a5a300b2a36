"""The betting test is valid at every look, keeps its claims when examples are added, and is worth its price."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evidence.criteria import BettingTest
from advisor.evidence.e_value import examples_needed, log_e_value, lower_bound
from advisor.evidence.sequential import Claim
from tests.tables import for_each

scores = st.lists(st.floats(0, 1), min_size=1, max_size=60)
bars = st.floats(0.3, 0.97)


@given(st.integers(1, 8), bars)
@settings(max_examples=40)
def test_the_expected_wealth_at_the_bar_is_one(count: int, bar: float) -> None:
    """Over every path of 0/1 scores with a mean equal to the bar the wealth averages 1; below the bar, less."""
    for mean, most in ((bar, 1.0), (0.9 * bar, 1.0 - 1e-6)):
        expected = 0.0
        for path in itertools.product((0.0, 1.0), repeat=count):
            chance = math.prod(mean if score else 1.0 - mean for score in path)
            expected += chance * math.exp(log_e_value(path, bar)[-1])
        assert expected <= most + 1e-9
        if mean == bar:
            assert expected == pytest.approx(1.0)


@for_each("kind", ["0/1", "beta", "three values"])
def test_a_mean_at_the_bar_is_accepted_with_chance_at_most_alpha(kind: str) -> None:
    """Whatever the scores' distribution, over all 300 looks (simulated, three standard errors)."""
    draw = np.random.default_rng(8)
    bar, alpha, trials = 0.8, 0.1, 1500
    match kind:
        case "0/1":
            drawn = (draw.random((trials, 300)) < bar).astype(float)
        case "beta":
            drawn = draw.beta(4.0, 1.0, (trials, 300))
        case _:
            drawn = draw.choice([0.0, 0.7, 1.0], p=[0.11, 0.3, 0.59], size=(trials, 300))
    false = np.mean([log_e_value(row, bar).max() >= -math.log(alpha) for row in drawn])
    assert false <= alpha + 3 * math.sqrt(alpha * (1 - alpha) / trials)


@given(scores, bars)
def test_the_lower_bound_agrees_with_the_test(values: list[float], bar: float) -> None:
    """A bar is below the bound exactly when it has been accepted by now (up to the bound's precision)."""
    accepted = bool(log_e_value(values, bar).max() >= math.log(20))
    bound = lower_bound(values, 0.05)
    assert bound >= bar - 1e-4 - 1e-9 if accepted else bound <= bar + 1e-9


@given(scores, st.lists(st.floats(0, 1), max_size=30), bars)
def test_more_examples_keep_the_claim(values: list[float], added: list[float], bar: float) -> None:
    """A claim that holds goes on holding, at the same example, and the bound never falls."""
    before = BettingTest(len(values), bar, 0.1)
    after = BettingTest(len(values) + len(added), bar, 0.1)
    standing = before.certified(values)
    if standing.claim is Claim.HOLDS:
        assert after.certified(values + added) == standing
    assert after.lower_bound(values + added) >= before.lower_bound(values)


@given(scores, bars)
def test_a_settled_claim_stays_settled(values: list[float], bar: float) -> None:
    test = BettingTest(len(values), bar, 0.1)
    whole = test.certified(values)
    for n in range(len(values) + 1):
        part = test.certified(values[:n])
        if n >= whole.after and whole.claim is not Claim.OPEN:
            assert part == whole
        elif n < whole.after:
            assert part.claim is Claim.OPEN


def test_the_fewest_examples_that_certify() -> None:
    """At a bar of 0.9 and 5%: 33 of 33, four more than the boundary of a fixed N asks for."""
    assert examples_needed(0.9, 0.05) == 33
    assert BettingTest(33, 0.9, 0.05).certified([1.0] * 33) == (Claim.HOLDS, 33)
    assert not BettingTest(32, 0.9, 0.05).can_certify


def test_graded_scores_are_certified_sooner_than_all_or_nothing() -> None:
    """Scores that vary little certify the same mean with fewer examples than passes and failures."""
    draw = np.random.default_rng(2)
    graded = [BettingTest(200, 0.75, 0.05).certified(draw.beta(17, 3, 200)) for _ in range(100)]
    counted = [BettingTest(200, 0.75, 0.05).certified((draw.random(200) < 0.85).astype(float)) for _ in range(100)]
    assert np.mean([each.after for each in graded]) < 0.6 * np.mean([each.after for each in counted])
    assert all(each.claim is Claim.HOLDS for each in graded)


def test_a_coin_flip_is_given_up_soon() -> None:
    draw = np.random.default_rng(3)
    after = [BettingTest(200, 0.9, 0.05).certified((draw.random(200) < 0.5).astype(float)).after for _ in range(200)]
    assert np.mean(after) < 20


def test_little_power_is_lost_by_giving_up() -> None:
    """Of the models truly at 0.97, giving up loses less than a tenth."""
    draw = np.random.default_rng(4)
    runs = (draw.random((300, 200)) < 0.97).astype(float)
    kept = sum(BettingTest(200, 0.9, 0.05).certified(run).claim is Claim.HOLDS for run in runs)
    possible = sum(log_e_value(run, 0.9).max() >= math.log(20) for run in runs)
    assert kept >= 0.9 * possible


@for_each(("values", "bar"), [([1.2], 0.9), ([-0.1], 0.9), ([float("nan")], 0.9), ([0.5], 1.0)])
def test_values_out_of_range_are_refused(values: list[float], bar: float) -> None:
    """Scores beyond 0 and 1, what is no number, and a bar of one are ValueErrors."""
    with pytest.raises(ValueError, match="must lie"):
        log_e_value(values, bar)
