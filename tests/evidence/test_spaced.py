"""Time limits: slow spells keep false claims within α, and what depends is seen."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from advisor.evidence.criteria import SPACING, Latency, fewest_runs, spaced
from advisor.evidence.sequential import Claim
from tests.tables import for_each

ALPHA = 0.05


def spells(draw: random.Random, total: int, rate: float, length: int) -> list[float]:
    """Return 1 for quick and 0 for slow answers, of which this share is slow, in spells that begin by chance."""
    begins = 1.0 - (1.0 - rate) ** (1.0 / length)
    started = [draw.random() < begins for _ in range(total + length)]
    return [float(not any(started[at : at + length])) for at in range(total)]


@for_each("total", [300, 400, 800])
def test_slow_spells_of_five_keep_false_claims_within_alpha(total: int) -> None:
    """At the limit itself, with three standard errors: as if they were independent, it is wrong a third of the time."""
    draw, trials = random.Random(total), 600
    (test,) = Latency(1.0).tests(total, (ALPHA,))
    false = sum(test.certified(spells(draw, total, 0.05, 5)).claim is Claim.HOLDS for _ in range(trials))
    assert false / trials <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / trials)


def test_what_is_well_within_the_limit_is_certified() -> None:
    """One slow answer of a hundred, in spells of five: of 800 answers that is mostly shown."""
    draw = random.Random(1)
    (test,) = Latency(1.0).tests(800, (ALPHA,))
    found = sum(test.certified(spells(draw, 800, 0.01, 5)).claim is Claim.HOLDS for _ in range(100))
    assert found > 80


def test_long_spells_are_seen_and_nothing_is_claimed() -> None:
    """Two counted answers slow in a row, of a few hundred: the boundary alone would certify, the doubt does not."""
    values = [1.0] * 900
    values[200:212] = [0.0] * 12
    (test,) = spaced(900, 0.95, (ALPHA,))
    assert test.counted.certified(values[SPACING - 1 :: SPACING]).claim is Claim.HOLDS
    assert test.is_dependent(values)
    assert test.certified(values).claim is not Claim.HOLDS
    assert test.lower_bound(values) == 0.0
    apart = [1.0] * 900
    apart[24] = apart[124] = 0.0
    assert not test.is_dependent(apart)
    assert test.certified(apart).claim is Claim.HOLDS


def test_levels_are_nested() -> None:
    """What a lower level certifies a higher one certifies, doubts or not."""
    draw = random.Random(5)
    low, high = spaced(600, 0.95, (0.01, 0.05))
    for _ in range(200):
        values = spells(draw, 600, 0.02, draw.choice([1, 5, 12]))
        if low.certified(values, gives_up=False).claim is Claim.HOLDS:
            assert high.certified(values, gives_up=False).claim is Claim.HOLDS


@for_each(("total", "slow"), [(7, 3), (9, 4), (8, 2), (6, 6), (5, 1)])
def test_the_runs_test_counts_every_order(total: int, slow: int) -> None:
    """The chance of so few runs equals the share of all orders that have no more."""
    orders = list(itertools.combinations(range(total), slow))
    runs = [sum(at - 1 not in order for at in order) for order in orders]
    for most in range(1, slow + 1):
        share = sum(each <= most for each in runs) / len(orders)
        assert fewest_runs(total, slow, most) == pytest.approx(share)


def test_how_many_examples_it_takes() -> None:
    """Five times as many as independent answers: 295 at the whole of α; with one fewer nothing can be certified."""
    enough, few = spaced(295, 0.95, (ALPHA,))[0], spaced(294, 0.95, (ALPHA,))[0]
    assert enough.needed == 295
    assert enough.can_certify
    assert not few.can_certify
    assert enough.certified([1.0] * 295) == (Claim.HOLDS, 295)
