"""The arithmetic of costs, by hand and by its laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.report.notes import Measured, per_million, tokens_per_request, words
from advisor.runs.result import Cost
from tests.tables import for_each

HERE: dict[str, object] = {}
ELSEWHERE = {"sent_to": "api.example"}


@for_each(
    ("costs", "measured", "options", "amount", "basis"),
    [
        # 0.36 s a request are 100 hours a million.
        ({"price_per_hour": 2.0}, Measured(0.36), HERE, 200.0, "100 hours of this machine"),
        # 3.6 s at 100 W are 360 J, which is 0.0001 kWh.
        ({"watts": 100.0, "price_per_kwh": 0.3}, Measured(3.6), HERE, 30.0, "100 kWh"),
        ({"price_per_million_tokens": 5.0}, Measured(1.0, tokens=40.0), ELSEWHERE, 200.0, "40 tokens a request"),
        ({}, Measured(1.0, tokens=40.0), ELSEWHERE | {"price_per_million_tokens": 1.0}, 40.0, "40 tokens a request"),
        # Nobody counted the tokens: 90 characters are about 20.
        (
            {"price_per_million_tokens": 1.0},
            Measured(1.0, characters=90.0),
            ELSEWHERE,
            20.0,
            "about 20 tokens a request, estimated from its characters",
        ),
    ],
)
def test_by_hand(
    costs: dict[str, float], measured: Measured, options: dict[str, object], amount: float, basis: str
) -> None:
    """Figures worked out on paper."""
    cost = per_million(costs, measured, options=options)
    assert cost is not None
    assert cost.amount == pytest.approx(amount)
    assert cost.basis == basis


@for_each(
    ("costs", "measured", "options"),
    [
        (None, Measured(1.0, tokens=1.0), HERE),
        ({"price_per_million_tokens": 1.0}, Measured(1.0, tokens=1.0), HERE),  # no price of this machine
        ({"price_per_hour": 1.0}, Measured(1.0, tokens=1.0), ELSEWHERE),  # our hours are not theirs
        ({"price_per_hour": 1.0}, Measured(None), HERE),
        ({"watts": 5.0}, Measured(1.0), HERE),
        ({"price_per_million_tokens": 1.0}, Measured(1.0), ELSEWHERE),
    ],
)
def test_what_is_not_known_is_not_counted(
    costs: dict[str, float] | None, measured: Measured, options: dict[str, object]
) -> None:
    """No price or no measurement for a candidate: no figure."""
    assert per_million(costs, measured, options=options) is None


amounts = st.floats(0, 1e6, allow_nan=False)


@given(amounts, amounts, st.floats(0, 1e3))
def test_costs_grow_in_step(price: float, seconds: float, factor: float) -> None:
    """Twice the price or twice the seconds is twice the cost; nothing is below nothing."""
    one = per_million({"price_per_hour": price}, Measured(seconds), options=HERE)
    more = per_million({"price_per_hour": price * factor}, Measured(seconds), options=HERE)
    longer = per_million({"price_per_hour": price}, Measured(seconds * factor), options=HERE)
    assert one is not None
    assert more is not None
    assert longer is not None
    assert more.amount == pytest.approx(one.amount * factor)
    assert longer.amount == pytest.approx(one.amount * factor)
    assert one.amount >= 0


def test_tokens_are_those_that_were_counted() -> None:
    """A request of which one side is unknown counts for nothing."""
    assert tokens_per_request([(10, 2), (20, 4), (None, 3), (5, None)]) == 18.0
    assert tokens_per_request([(None, 3)]) is None


def test_in_words() -> None:
    """Large amounts by cents, small ones by their digits."""
    assert words(Cost(1234.567, "3 kWh"), "EUR") == "1,234.57 EUR a million requests (3 kWh)"
    assert words(Cost(0.01234, "b"), "") == "0.012 a million requests (b)"
