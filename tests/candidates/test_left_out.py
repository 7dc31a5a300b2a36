"""What is said where no model can be tried."""

from __future__ import annotations

from advisor.candidates.build import LeftOut
from advisor.workflow.pipeline import nothing


def test_of_many_reasons_the_rest_is_counted() -> None:
    """Three are told, and how many there are besides."""
    left = tuple(LeftOut(f"m{n}", f"r{n}") for n in range(6))
    assert nothing(left) == ("no model fits this task (m0: r0; m1: r1; m2: r2; and 3 more)")
    assert nothing(left[:3]).endswith("(m0: r0; m1: r1; m2: r2)")
    assert nothing(()) == "no model is installed"
