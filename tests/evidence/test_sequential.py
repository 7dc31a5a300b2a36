"""Claims: when they hold, when they are given up, and what does not change them."""

from __future__ import annotations

import random
import statistics

from hypothesis import given
from hypothesis import strategies as st

from advisor.evidence.futility import most_failures
from advisor.evidence.sequential import Claim, Strength, Test


def test_all_right_is_certified_as_soon_as_it_can_be() -> None:
    """With all outcomes passed the claim holds at the first example where the boundary admits no failure."""
    test = Test(100, 0.9, 0.05)
    standing = test.certified([True] * 100)
    assert standing.claim is Claim.HOLDS
    assert test.boundary[standing.after - 1] == 0
    assert test.boundary[standing.after - 2] == -1


def test_a_coin_flip_is_given_up_after_about_six_examples() -> None:
    """A candidate at p = 0.5 costs few inferences: that is what makes starting with the smallest cheap."""
    draw = random.Random(5)
    test = Test(200, 0.9, 0.05 / 8)
    after = [test.certified([draw.random() < 0.5 for _ in range(200)]).after for _ in range(300)]
    assert 4 <= statistics.mean(after) <= 9


def test_futility_costs_little_power() -> None:
    """Of the models truly at 0.97, stopping for futility loses less than a tenth."""
    draw = random.Random(6)
    test = Test(200, 0.9, 0.05 / 8)
    runs = [[draw.random() < 0.97 for _ in range(200)] for _ in range(400)]
    kept = sum(test.certified(run).claim is Claim.HOLDS for run in runs)
    possible = sum(
        any(sum(not passed for passed in run[:n]) <= test.boundary[n - 1] for n in range(1, 201)) for run in runs
    )
    assert kept >= 0.9 * possible


def test_nothing_is_given_up_before_the_first_failure() -> None:
    """As long as every outcome passed and certifying is possible, the claim stays open or holds."""
    for total in (29, 30, 60, 200):
        test = Test(total, 0.9, 0.05)
        assert all(test.certified([True] * n).claim is not Claim.GIVEN_UP for n in range(total + 1))


@given(st.lists(st.booleans(), min_size=40, max_size=40), st.floats(0.5, 0.95))
def test_a_settled_claim_stays_settled(outcomes: list[bool], bar: float) -> None:
    """Later outcomes change neither what a claim came to nor where: looking often or seldom is the same."""
    test = Test(40, bar, 0.05)
    for check in (test.certified, test.examples):
        whole = check(outcomes)
        for n in range(len(outcomes) + 1):
            part = check(outcomes[:n])
            if n >= whole.after and whole.claim is not Claim.OPEN:
                assert part == whole
            elif n < whole.after:
                assert part.claim is Claim.OPEN


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.floats(0.5, 0.95))
def test_the_examples_claim_is_a_count(outcomes: list[bool], bar: float) -> None:
    """It holds only if at least the bar's share of the whole set passed: it cannot be wrong about the set."""
    test = Test(len(outcomes), bar, 0.05)
    if test.examples(outcomes).claim is Claim.HOLDS:
        assert sum(outcomes) >= bar * len(outcomes) - 1e-6


def test_too_few_examples_cannot_certify() -> None:
    """With fewer examples than the least that certify, the claim is given up before the first inference."""
    test = Test(28, 0.9, 0.05)
    assert not test.can_certify
    assert test.certified([]) == (Claim.GIVEN_UP, 0)


def test_out_of_reach_is_futile() -> None:
    """More failures than the boundary ever admits means no chance at all."""
    boundary = Test(100, 0.9, 0.05).boundary
    assert boundary[-1] + 1 > most_failures(boundary, 0.9)[50]


def test_strengths_are_ordered() -> None:
    """Certified reaches every requirement, provisional only itself."""
    assert Strength.CERTIFIED.reaches(Strength.EXAMPLES)
    assert not Strength.PROVISIONAL.reaches(Strength.EXAMPLES)
