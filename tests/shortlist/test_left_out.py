"""What is said where no model can be tried."""

from __future__ import annotations

from advisor.engine import _nothing
from advisor.shortlist.build import LeftOut


def test_of_many_reasons_the_rest_is_counted() -> None:
    """Three are told, and how many there are besides."""
    left = tuple(LeftOut(f"m{n}", f"r{n}") for n in range(6))
    assert _nothing(left, has_models=True) == (
        "none of the models at hand fits this task (m0: r0; m1: r1; m2: r2; and 3 more)"
    )
    assert _nothing(left[:3], has_models=True).endswith("(m0: r0; m1: r1; m2: r2)")
    assert _nothing((), has_models=False) == "no model is at hand"
