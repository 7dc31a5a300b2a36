"""Before a run: what the examples can prove, and the gain of each change."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evidence.boundary import examples_needed
from advisor.evidence.futility import operating
from advisor.evidence.prior_guess import Known, strength
from advisor.evidence.sequential import Strength
from advisor.evidence.trades import Situation, outlook
from tests.decide.simulated import candidate, plan

SURE = tuple(strength(Known(8_000_000 * 2**rung, "head")) for rung in range(8))


def test_every_trade_raises_the_chance() -> None:
    """Fewer candidates, more examples and a lower bar each make the same model likelier to be certified."""
    found = outlook(Situation(SURE, 100, 0.9, 0.05))
    assert found.strength is Strength.CERTIFIED
    assert {trade.change for trade in found.trades} == {"fewer candidates", "more examples", "a lower bar"}
    for trade in found.trades:
        is_likelier = trade.certified_if_guessed > found.usual.certified_if_guessed
        assert is_likelier or trade.certified_if_not_guessed > found.usual.certified_if_not_guessed
        assert trade.strength is Strength.CERTIFIED


def test_chances_rise_with_the_true_pass_rate() -> None:
    """A better model is likelier to be certified; one that was not guessed is less likely than the guessed one."""
    found = outlook(Situation(SURE, 200, 0.9, 0.05))
    rates = [chance.certified_if_guessed for chance in found.chances]
    assert rates == sorted(rates)
    assert all(chance.certified_if_not_guessed <= chance.certified_if_guessed for chance in found.chances)
    assert found.needed <= found.needed_off_guess


def test_too_few_examples_name_how_many_it_takes() -> None:
    """With 25 examples nothing is certified; the trades show what would be."""
    found = outlook(Situation((1.2,), 25, 0.9, 0.05))
    assert found.strength is Strength.EXAMPLES
    assert found.needed == examples_needed(0.9, 0.05) == 29
    assert found.usual.certified_if_guessed == 0.0
    assert any(trade.strength is Strength.CERTIFIED for trade in found.trades if trade.change == "more examples")


@given(
    st.lists(st.floats(-3, 4), min_size=1, max_size=8).map(tuple),
    st.integers(1, 150),
    st.floats(0.5, 0.97),
    st.floats(0.01, 0.2),
)
@settings(max_examples=10)
def test_any_situation_has_an_outlook(strengths: tuple[float, ...], examples: int, bar: float, alpha: float) -> None:
    found = outlook(Situation(strengths, examples, bar, alpha))
    for each in (*found.chances, *found.trades):
        assert 0.0 <= each.certified_if_guessed <= 1.0 + 1e-9
        assert 0.0 <= each.certified_if_not_guessed <= 1.0 + 1e-9
    assert all(0.0 <= chance.mean_examples <= examples for chance in found.chances)


def test_the_plan_has_an_outlook_and_a_cost() -> None:
    """The expected cost lies between one candidate's and running everything."""
    of = plan(6, 200)
    result = of.outlook.usual
    exact = operating(of.tests[of.expected], result.true_pass_rate).certified
    assert result.certified_if_guessed == pytest.approx(exact, abs=0.2)
    cost = of.expected_cost
    assert 29 <= cost.likely_inferences[0] <= cost.inferences <= cost.likely_inferences[1] <= cost.most_inferences
    answering = cost.inferences * 0.001
    assert answering < cost.seconds <= answering + sum(each.loading_seconds for each in of.candidates) + 1e-9
    assert cost.download_bytes == 0


def test_an_unknown_pace_leaves_the_time_unknown() -> None:
    of = plan(1, 100)
    slow = candidate(0, seconds_per_example=None)
    object.__setattr__(of.shortlist, "candidates", (slow,))
    assert of.expected_cost.seconds is None
