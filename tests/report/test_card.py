"""The card of an answer: few rows get one too, with what more of them would bring."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.report.card import card


def document(passes: int, outcomes: int, bounds: tuple[float, float]) -> dict[str, Any]:
    """Return a result without a recommendation, of one candidate."""
    low, high = bounds
    candidate = {
        "model": "own", "name": "own", "place": "folder", "method": "head", "parameters": 1_000_000, "alpha": 0.05,
        "passes": passes, "outcomes": outcomes, "lower_bound": low, "upper_bound": high, "serving_bytes": 1_000_000,
        "seconds": {"p50": None},
    }  # fmt: skip
    return {
        "bar": {"pass_rate": 0.9, "confidence": 0.95}, "recommended": None, "strength": None, "verdict": "undecided",
        "examples": {"evidence": outcomes}, "candidates": [candidate],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("passes", "bounds", "said"),
    [
        (
            7,
            (0.47, 0.997),
            "On new inputs it is right 47.0% to 99.7% of the time; 40 more like these, all right, would prove 90%.",
        ),
        (2, (0.03, 0.66), "On new inputs it is right 3.0% to 66.0% of the time."),
    ],
)
def test_of_few_rows_what_is_proven_and_what_more_would_bring(
    passes: int, bounds: tuple[float, float], said: str
) -> None:
    """The fewest that could prove the bar; nothing where it is out of reach."""
    assert card(document(passes, 8, bounds)).proven.startswith(said)
