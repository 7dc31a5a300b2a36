"""Shares of α: they add up, they are handed on without a gap, and nothing false is certified too often."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor.evidence import prior_guess, sharing
from advisor.evidence.futility import operating
from advisor.evidence.ladder import survey
from advisor.evidence.optimal_shares import fewest, most_certifiable, optimal
from advisor.evidence.sequential import Claim, Standing, Test, nested
from advisor.evidence.sharing import Sharing
from catalog import open_catalog

ALPHA = 0.05


@st.composite
def sharings(draw: st.DrawFn) -> Sharing:
    """Draw a sharing of any kind over 1 to 9 candidates."""
    count = draw(st.integers(1, 9))
    kind = draw(st.sampled_from(["equal", "informed", "anchored", "aside", "optimal"]))
    anchor = draw(st.integers(0, count - 1))
    match kind:
        case "equal":
            return sharing.equal(ALPHA, count)
        case "informed":
            return sharing.informed(ALPHA, draw(st.lists(st.floats(0, 1), min_size=count, max_size=count)))
        case "anchored":
            return sharing.anchored(ALPHA, draw(st.lists(st.floats(0, 1), min_size=count, max_size=count)))
        case "aside":
            ladder = sorted({anchor} | draw(st.sets(st.integers(0, count - 1))))
            return sharing.anchored(ALPHA, sharing.one_off(count, anchor), ladder=ladder)
        case _:
            rows = st.none() | st.integers(0, 30).map(lambda right: (right, 30))
            held_out = tuple(draw(st.lists(rows, min_size=count, max_size=count)))
            strengths = tuple(0.2 * rung for rung in range(count))
            return optimal(strengths, held_out, draw(st.sampled_from([10, 38, 60])), 0.9, ALPHA, draw(st.booleans()))


@given(sharings())
@example(sharing.informed(ALPHA, [5e-324]))
def test_shares_add_up_to_alpha(of: Sharing) -> None:
    """All of α is shared, and every candidate holds some of it."""
    assert sum(of.shares) == pytest.approx(ALPHA)
    assert min(of.shares) > 0
    assert of.ladder == tuple(sorted(set(of.ladder)))
    assert 0 <= of.start < len(of.ladder)


@given(sharings(), st.data())
def test_levels_of_the_false_stay_within_alpha(of: Sharing, data: st.DataObject) -> None:
    """For any set of failing candidates: if all others are certified, their levels still sum to at most α (step 3)."""
    count = len(of.shares)
    true = data.draw(st.sets(st.integers(0, count - 1)))
    others = set(range(count)) - true
    assert sum(of.levels(k)[of.handed_on(k, others)] for k in true) <= ALPHA * (1 + 1e-9)
    fewer = data.draw(st.sets(st.sampled_from(sorted(others)))) if others else set()
    assert all(of.handed_on(k, fewer) <= of.handed_on(k, others) for k in range(count))


@given(st.integers(1, 120), st.floats(0.5, 0.97), st.lists(st.floats(0.0005, 0.05), min_size=1, max_size=6))
def test_levels_are_nested(total: int, bar: float, steps: list[float]) -> None:
    """What a lower level accepts every higher one accepts, and none spends more than its level."""
    levels = sorted({sum(steps[: n + 1]) for n in range(len(steps))})
    tests = nested(total, bar, levels)
    for lower, higher in pairwise(tests):
        assert all(a <= b for a, b in zip(lower.boundary, higher.boundary, strict=True))
    for level, test in zip(levels, tests, strict=True):
        assert operating(test, bar).certified <= level * (1 + 1e-9)


def fallback(of: Sharing, p_values: list[float]) -> set[int]:
    """Return the rejections of Wiens's procedure, implemented independently, from the largest candidate down."""
    rejected = set()
    handed = 0.0
    for index in reversed(of.ladder):
        level = of.shares[index] + handed
        handed = level if p_values[index] <= level + 1e-15 else 0.0
        if handed:
            rejected.add(index)
    return rejected | {k for k in range(len(of.shares)) if k not in of.ladder and p_values[k] <= of.shares[k]}


@given(sharings(), st.data())
def test_only_what_the_fallback_procedure_rejects_is_certified(of: Sharing, data: st.DataObject) -> None:
    """The order of probing may certify fewer candidates than the procedure on all outcomes, never another one."""
    p_values = [data.draw(st.sampled_from([0.0, 0.001, 0.004, 0.01, 0.03, 0.2])) for _ in of.shares]

    def standing(index: int, handed_on: int) -> Standing:
        holds = p_values[index] <= of.levels(index)[handed_on] + 1e-15
        return Standing(Claim.HOLDS if holds else Claim.GIVEN_UP, 1 + handed_on)

    position = survey(of, standing)
    assert position.probing is None
    assert position.certified <= fallback(of, p_values)
    assert bool(position.certified) == bool(fallback(of, p_values))


def test_dependent_candidates_stay_within_alpha() -> None:
    """All at the bar and nearly the same model, every anchor: the chance to certify any is at most α (simulated)."""
    draw = random.Random(11)
    total, bar, trials = 60, 0.8, 1200
    of = sharing.anchored(0.1, sharing.one_off(4, 1))
    tests = [nested(total, bar, of.levels(k)) for k in range(4)]
    false = 0
    for _ in range(trials):
        shared = [draw.random() for _ in range(total)]
        rows = [[(s if draw.random() < 0.8 else draw.random()) < bar for s in shared] for _ in range(4)]
        position = survey(of, lambda k, h, rows=rows: tests[k][h].certified(rows[k]))  # type: ignore[misc]
        false += bool(position.certified)
    assert false / trials <= 0.1 + 3 * math.sqrt(0.1 * 0.9 / trials)


def test_a_single_candidate_holds_all_of_alpha() -> None:
    assert sharing.anchored(ALPHA, [0.3]).shares == (pytest.approx(ALPHA),)


def test_a_right_guess_gets_nine_tenths_of_alpha() -> None:
    """When the one above the anchor is certified, the anchor is tested with most of α."""
    of = sharing.anchored(ALPHA, sharing.one_off(8, 3))
    assert of.ladder[of.start] == 3
    assert of.levels(3)[of.handed_on(3, {4})] > 0.8 * ALPHA
    assert of.levels(2)[of.handed_on(2, {3, 4})] > 0.9 * ALPHA


def test_the_exact_power_is_that_of_simulation() -> None:
    """`operating` and drawn runs agree on how often and how soon a claim is settled."""
    draw = random.Random(4)
    test, trials = Test(100, 0.9, 0.02), 3000
    result = operating(test, 0.96)
    ends = [test.certified([draw.random() < 0.96 for _ in range(100)]) for _ in range(trials)]
    share = sum(end.claim is Claim.HOLDS for end in ends) / trials
    assert abs(share - result.certified) < 4 * math.sqrt(0.25 / trials)
    assert sum(end.after for end in ends) / trials == pytest.approx(result.examples, rel=0.05)


def test_larger_models_are_guessed_to_be_better() -> None:
    """Among candidates of one method the guess rises with size, and an easy bar is guessed to be met sooner."""
    sizes = [8_000_000, 23_000_000, 110_000_000, 560_000_000, 7_000_000_000]
    strengths = [prior_guess.strength(prior_guess.Known(size, "head")) for size in sizes]
    assert strengths == sorted(strengths)
    easy, hard = (
        sharing.anchored(ALPHA, prior_guess.chances_to_be_smallest(strengths, bar)).start for bar in (0.7, 0.97)
    )
    assert easy < hard
    chances = prior_guess.chances_to_be_smallest(strengths, 0.9)
    assert 0.5 < sum(chances) <= 1.0 + 1e-9
    assert min(chances) >= 0.0


def test_a_small_prompted_model_is_outside_the_ladder() -> None:
    """A generator guessed to be weaker than a smaller encoder is no rung of the ladder."""
    known = [prior_guess.Known(23_000_000, "head"), prior_guess.Known(135_000_000, "prompted")]
    known.append(prior_guess.Known(110_000_000, "head"))
    assert prior_guess.rising([prior_guess.strength(each) for each in known]) == [0, 2]


def test_a_published_score_moves_the_guess() -> None:
    """A published score in the catalog counts most; only for heads, and an unknown one not at all."""
    plain = prior_guess.strength(prior_guess.Known(23_000_000, "head"))
    good = prior_guess.strength(prior_guess.Known(23_000_000, "head", published=0.85))
    poor = prior_guess.strength(prior_guess.Known(23_000_000, "head", published=0.55))
    assert poor < plain < good
    assert prior_guess.strength(prior_guess.Known(None, "head")) > 0
    scores = {prior_guess.PUBLISHED: 0.7}
    assert prior_guess.published_score(scores, "head") == 0.7
    assert prior_guess.published_score(scores, "prompted") is None
    assert prior_guess.published_score({prior_guess.PUBLISHED: 70.0}, "head") is None


def test_the_line_of_the_guess_is_the_catalogs() -> None:
    """Level, rise and spread of encoders are those of the published scores in the shipped catalog."""
    with open_catalog() as catalog:
        cards = [card for card in catalog.cards() if prior_guess.PUBLISHED in card.scores and card.parameters]
    sizes = np.log10([card.parameters or 1 for card in cards]) - prior_guess.STRENGTHS["head"][2]
    logits = np.array([prior_guess.logit(card.scores[prior_guess.PUBLISHED]) for card in cards])
    rise, level = np.polyfit(sizes, logits, 1)
    assert rise == pytest.approx(prior_guess.STRENGTHS["head"][1], abs=0.05)
    assert level == pytest.approx(prior_guess.PUBLISHED_LEVEL, abs=0.05)
    assert np.std(logits - level - rise * sizes) == pytest.approx(0.5, abs=0.05)


def test_a_vague_guess_leaves_a_larger_reserve() -> None:
    """The less sure the guess, the less of α lies around it; a guess that knows nothing shares nearly evenly."""
    sure = sharing.anchored(ALPHA, sharing.one_off(8, 3))
    vague = sharing.anchored(ALPHA, [1.0] * 8)
    assert min(sure.shares) < min(vague.shares)
    assert max(vague.shares) < 3 * ALPHA / 8


def test_a_guess_beyond_the_candidates_is_refused() -> None:
    """There must be such a candidate, and a ladder needs one."""
    with pytest.raises(ValueError, match="must be one of"):
        sharing.one_off(3, 3)
    with pytest.raises(ValueError, match="at least one"):
        sharing.anchored(ALPHA, [0.5], ladder=[])


def test_with_few_examples_alpha_is_not_scattered() -> None:
    """With 40 examples three of eight can be certified at most; by shares that ignore how many there are, none."""
    strengths = tuple(prior_guess.strength(prior_guess.Known(8_000_000 * 2**rung, "head")) for rung in range(8))
    held_out = tuple((right, 30) for right in (20, 22, 24, 29, 29, 30, 30, 30))
    for known in ((None,) * 8, held_out):
        of = optimal(strengths, known, 40, 0.9, ALPHA)
        able = [share for share in of.shares if Test(40, 0.9, share).can_certify]
        assert 1 <= len(able) <= most_certifiable(40, 0.9, ALPHA) == 3
    assert of.name == "cross-validated"
    # What cross-validation shows to be poor holds next to nothing.
    assert max(of.shares[:3]) < min(able)
    assert of.ladder[of.start] >= 3
    assert not any(Test(fewest(0.9, ALPHA, 8) - 1, 0.9, share).can_certify for share in of.shares)
    assert most_certifiable(5000, 0.8, ALPHA) > 1000, "what thousands pass by chance is too small for a float"


@pytest.mark.soak
def test_shares_of_the_training_rows_stay_within_alpha() -> None:
    """All at the bar and nearly the same model, shares by cross-validation, new ones every tenth trial: within alpha.

    The training rows say that some are good; none is.
    """
    draw = np.random.default_rng(3)
    total, bar, trials, count = 45, 0.9, 300, 4
    false = 0
    for trial in range(trials):
        if trial % 10 == 0:
            held_out = tuple((int(right), 40) for right in draw.binomial(40, 0.9 + 0.08 * draw.random(count)))
            of = optimal((1.0,) * count, held_out, total, bar, ALPHA)
        common = draw.random(total)
        rows = [np.where(draw.random(total) < 0.8, common, draw.random(total)) < bar for _ in range(count)]
        tests = [nested(total, bar, of.levels(k)) for k in range(count)]
        false += bool(survey(of, lambda k, h, rows=rows, tests=tests: tests[k][h].certified(rows[k])).certified)  # type: ignore[misc]
    assert false / trials <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / trials)
