"""How many rows train: enough to prove something, and never fewer for a lower bar."""

from hypothesis import given
from hypothesis import strategies as st

from advisor.evidence.split_forecast import training_rows


@given(
    rows=st.integers(20, 300),
    labels=st.integers(2, 8),
    bars=st.tuples(st.floats(0.5, 0.99), st.floats(0.5, 0.99)).map(sorted),
)
def test_a_lower_bar_is_tested_with_models_that_learned_from_no_fewer_rows(
    rows: int, labels: int, bars: list[float]
) -> None:
    """Steps of the discrete boundary had given 84 rows of 202 for .8, 108 for .85 and 84 for .9."""
    low, high = (training_rows(rows, labels, bar, 0.05, 400) for bar in bars)
    assert low >= high


def test_a_high_bar_leaves_enough_to_prove_it() -> None:
    """Of 500 rows at least 299 all right would prove 99%; a usual bar trains more."""
    assert 500 - training_rows(500, 5, 0.99, 0.05, 400) >= 299
    assert training_rows(500, 5, 0.8, 0.05, 400) > training_rows(500, 5, 0.99, 0.05, 400)
