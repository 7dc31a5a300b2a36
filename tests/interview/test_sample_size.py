"""How many examples evidence needs: the numbers are those of the tests that a run applies."""

from advisor.evidence.futility import operating
from advisor.evidence.sequential import Claim, Test
from advisor.interview.sample_size import OFTEN, need, sentences, shares
from tests.tables import for_each

BARS = (0.8, 0.85, 0.9, 0.95, 0.99)


@for_each("bar", BARS)
@for_each("candidates", [1, 8])
def test_one_example_fewer_cannot_certify(bar: float, candidates: int) -> None:
    """With all right, one wrong and two wrong, the number is the smallest that the run's own test accepts."""
    of, alpha = need(bar, candidates=candidates), shares(0.95, candidates)[0]
    for wrong, total in enumerate(of.with_wrong):
        assert Test(total, bar, alpha).boundary[-1] >= wrong
        assert Test(total - 1, bar, alpha).boundary[-1] < wrong


def test_all_right_is_certified_by_a_run_with_so_many() -> None:
    """The test holds at the last example, and one example fewer leaves it given up."""
    of, alpha = need(0.9), shares(0.95, 8)[0]
    assert Test(of.all_right, 0.9, alpha).certified([1.0] * of.all_right).claim is Claim.HOLDS
    assert not Test(of.all_right - 1, 0.9, alpha).can_certify


def test_the_design_pages_numbers() -> None:
    """29 of 29 certify one candidate at 0.9 and 95%."""
    assert need(0.9, candidates=1).with_wrong[0] == 29
    assert need(0.9, candidates=1).off_guess == 29


def test_a_good_model_is_certified_often_with_so_many() -> None:
    """In four runs of five, and with a fifth fewer not; between the two it goes up and down, as errors are whole."""
    of, alpha = need(0.9), shares(0.95, 8)[0]
    assert of.often is not None
    assert operating(Test(of.often, 0.9, alpha), of.rate).certified >= OFTEN
    assert operating(Test(of.often * 4 // 5, 0.9, alpha), of.rate).certified < OFTEN


def test_more_candidates_and_higher_bars_need_more() -> None:
    """In every column."""
    few, many = ([need(bar, candidates=candidates) for bar in BARS] for candidates in (1, 8))
    assert all(a.with_wrong < b.with_wrong for a, b in zip(few, many, strict=True))
    assert [of.all_right for of in many] == sorted(of.all_right for of in many)


def test_a_bar_that_nothing_reaches_is_said() -> None:
    """Where 5,000 examples do not find a good model."""
    assert need(0.999).often is None
    assert "lower the bar" in sentences(need(0.999))[1]
