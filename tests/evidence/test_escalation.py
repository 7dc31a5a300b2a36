"""Escalation: the chosen pair's error, which threshold is chosen, and what is said when examples are few."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.evidence.binomial import at_least, lower_bound, upper_bound
from advisor.evidence.escalation import Both, Pairing, escalate, thresholds
from tests.tables import for_each

GRID = (math.inf, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, -math.inf)


def drawn(draw: random.Random, count: int, large: float) -> list[Both]:
    """Return examples on which the small model is right as often as it is confident."""
    examples = []
    for _ in range(count):
        confidence = draw.random()
        examples.append(Both(confidence, draw.random() < 0.5 + confidence / 2, draw.random() < large))
    return examples


def true_rate(threshold: float, large: float) -> float:
    """Return the pair's true pass rate in the world of `drawn`."""
    cut = min(1.0, max(0.0, threshold))
    return cut * large + (1.0 - cut) * 0.5 + (1.0 - cut**2) / 4.0


@for_each("large", [0.85, 0.9, 0.97])
def test_the_chosen_pair_is_wrong_with_chance_at_most_alpha(large: float) -> None:
    """Whether the large model is below the bar, at it, or passes (simulated, three standard errors)."""
    draw = random.Random(int(large * 100))
    bar, alpha, trials = 0.85, 0.1, 1500
    wrong = 0
    for _ in range(trials):
        found = escalate(drawn(draw, 120, large), GRID, bar, alpha)
        wrong += found.chosen is not None and true_rate(found.chosen.threshold, large) <= bar
    assert wrong / trials <= alpha + 3 * math.sqrt(alpha * (1 - alpha) / trials)


def test_a_good_pair_hands_over_little() -> None:
    """A small model with informative confidence saves most of the large one's answers."""
    draw = random.Random(5)
    found = escalate(drawn(draw, 600, 0.97), GRID, 0.85, 0.05)
    assert found.verdict is Pairing.HOLDS
    assert found.share < 0.75
    assert found.share_interval[0] < found.share < found.share_interval[1]
    cost = found.cost(0.1, 1.0)
    assert cost == pytest.approx(0.1 + found.share)


def test_testing_stops_at_the_first_failure() -> None:
    """Thresholds after the first that is not proven are never looked at."""
    draw = random.Random(6)
    found = escalate(drawn(draw, 300, 0.95), GRID, 0.85, 0.05)
    assert all(step.p_value <= 0.05 for step in found.tried[:-1])
    assert found.tried[-1].p_value > 0.05 or len(found.tried) == len(GRID)
    assert [step.threshold for step in found.tried] == list(GRID[: len(found.tried)])


def test_too_few_examples_are_said_to_be() -> None:
    found = escalate([Both(1.0, small=True, large=True)] * 28, GRID, 0.9, 0.05)
    assert (found.verdict, found.tried, found.needed) == (Pairing.TOO_FEW, (), 29)
    assert escalate([Both(1.0, small=True, large=True)] * 29, GRID, 0.9, 0.05).verdict is Pairing.HOLDS


def test_a_large_model_below_the_bar_gives_nothing() -> None:
    """If handing over everything is not proven, no threshold is."""
    found = escalate([Both(1.0, small=True, large=False)] * 100, GRID, 0.9, 0.05)
    assert found.verdict is Pairing.NONE
    assert found.share is None
    assert len(found.tried) == 1


def test_without_confidence_everything_is_handed_over() -> None:
    """A small model without confidence can never keep an answer."""
    found = escalate([Both(None, small=False, large=True)] * 100, GRID, 0.9, 0.05)
    assert found.share == 1.0


def test_thresholds_run_from_everything_to_nothing() -> None:
    """They are quantiles of earlier confidences, descending, with both ends."""
    fixed = thresholds([0.1 * n for n in range(10)] + [None, float("nan")])
    assert fixed[0] == math.inf
    assert fixed[-1] == -math.inf
    assert list(fixed) == sorted(fixed, reverse=True)
    assert thresholds([]) == (math.inf, -math.inf)
    with pytest.raises(ValueError, match="must descend"):
        escalate([], (0.1, 0.2), 0.9, 0.05)


@given(st.integers(1, 60), st.floats(0.01, 0.99))
def test_the_tail_is_the_sum_of_chances(total: int, rate: float) -> None:
    """The exact tail equals the sum of binomial chances, written apart."""
    for passes in range(0, total + 1, max(1, total // 5)):
        chances = [math.comb(total, k) * rate**k * (1 - rate) ** (total - k) for k in range(passes, total + 1)]
        assert at_least(passes, total, rate) == pytest.approx(sum(chances), abs=1e-9)


@given(st.integers(1, 300), st.data())
def test_bounds_enclose_the_observed_rate(total: int, data: st.DataObject) -> None:
    """The test at the lower bound just rejects; both bounds lie around the observed rate."""
    passes = data.draw(st.integers(0, total))
    low, high = lower_bound(passes, total, 0.05), upper_bound(passes, total, 0.05)
    assert low <= passes / total <= high
    if passes:
        assert at_least(passes, total, low) <= 0.05 < at_least(passes, total, min(1.0, low + 1e-4))


def test_thousands_do_not_underflow() -> None:
    """At 5,000 examples the tail is a number between 0 and 1."""
    assert 0.4 < at_least(4500, 5000, 0.9) < 0.6
    assert at_least(0, 10, 0.0) == 1.0
    assert at_least(1, 10, 0.0) == 0.0
    with pytest.raises(ValueError, match="cannot be"):
        at_least(11, 10, 0.5)
    with pytest.raises(ValueError, match="must lie"):
        at_least(1, 10, 1.5)
