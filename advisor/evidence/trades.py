"""What a plan can prove before anything runs, and which changes would let it prove more.

Everything is exact for the boundary and its stops for futility (`operating`), at a candidate's initial share of α;
shares handed on by larger ones are additional.
"""

from dataclasses import dataclass, replace

from advisor.evidence.futility import operating
from advisor.evidence.optimal_shares import fewest, optimal
from advisor.evidence.prior_guess import chances_to_be_smallest
from advisor.evidence.sequential import Strength, Test

# Positions of the grid's true pass rates between the bar and 1; trades are compared at the third.
QUALITIES = (0.3, 0.5, 0.7, 0.9)
USUAL = 2
MORE_EXAMPLES = (1.5, 2.0, 4.0)
LOWER_BAR = (0.02, 0.05)
LOWEST_BAR = 0.5
MOST_EXAMPLES = 5000


@dataclass(frozen=True, slots=True)
class Situation:
    """The parameters that determine how much can be proven."""

    # Guessed strength of each of K candidates, smallest first, which determine the shares of α.
    strengths: tuple[float, ...]
    examples: int  # N, the evidence examples.
    bar: float  # The pass rate required.
    alpha: float  # The error allowed over all candidates.
    grows: bool = False  # Whether more examples may be added later.

    @property
    def test(self) -> Test:
        """The test of the candidate with the largest share, the one guessed to pass."""
        return self._test(max(self._shares))

    @property
    def off_guess(self) -> Test:
        """The test of the candidate with the least share, one that is not the guess."""
        return self._test(min(self._shares))

    @property
    def _shares(self) -> tuple[float, ...]:
        held_out = (None,) * len(self.strengths)
        return optimal(self.strengths, held_out, self.examples, self.bar, self.alpha, self.grows).shares

    def _test(self, share: float) -> Test:
        return Test(self.examples, self.bar, share, grows=self.grows, first=self.examples if self.grows else 0)


@dataclass(frozen=True, slots=True)
class Chance:
    """A model's probability to be certified at one true pass rate, as the guessed candidate and as any other."""

    true_pass_rate: float
    certified_if_guessed: float
    certified_if_not_guessed: float
    mean_examples: float


@dataclass(frozen=True, slots=True)
class Trade:
    """One change of the plan ("fewer candidates", "more examples", "a lower bar") to a number, with its chances."""

    change: str
    to: float
    certified_if_guessed: float
    certified_if_not_guessed: float
    strength: Strength


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan can prove."""

    strength: Strength  # The strongest answer within reach.
    needed: int  # The fewest examples, all right, that certify the guessed candidate.
    needed_off_guess: int  # The same for the candidate with the least share.
    chances: tuple[Chance, ...]  # For true pass rates between the bar and 1.
    trades: tuple[Trade, ...]  # Changes that raise the usual probability, `chances[2]`; the best of each kind last.

    @property
    def usual(self) -> Chance:
        return self.chances[USUAL]


def outlook(of: Situation) -> Outlook:
    """Return what a situation can prove and which changes would let it prove more."""
    test, off_guess = of.test, of.off_guess
    rates = [of.bar + quality * (1.0 - of.bar) for quality in QUALITIES]
    chances = tuple(
        Chance(rate, *_certified(test, off_guess, rate), mean_examples=operating(test, rate).examples) for rate in rates
    )
    changes = [
        *(("fewer candidates", fewer, _with_fewer(of, fewer)) for fewer in _halves(len(of.strengths))),
        *(
            ("more examples", more, replace(of, examples=more))
            for factor in MORE_EXAMPLES
            if of.examples < (more := round(of.examples * factor)) <= MOST_EXAMPLES
        ),
        *(
            ("a lower bar", lower, replace(of, bar=lower))
            for step in LOWER_BAR
            if (lower := round(of.bar - step, 6)) >= LOWEST_BAR
        ),
    ]
    trades = tuple(
        Trade(change, to, *_certified(then.test, then.off_guess, rates[USUAL]), strength=_strength(then))
        for change, to, then in changes
    )
    return Outlook(
        _strength(of),
        test.needed if test.can_certify else fewest(of.bar, of.alpha, len(of.strengths), grows=of.grows),
        off_guess.needed,
        chances,
        trades,
    )


def _certified(test: Test, off_guess: Test, rate: float) -> tuple[float, float]:
    return operating(test, rate).certified, operating(off_guess, rate).certified


def _strength(of: Situation) -> Strength:
    return Strength.CERTIFIED if of.test.can_certify else Strength.EXAMPLES


def _with_fewer(of: Situation, candidates: int) -> Situation:
    """Return the situation with only the likeliest candidates."""
    chances = chances_to_be_smallest(of.strengths, of.bar)
    likeliest = sorted(range(len(chances)), key=lambda each: (-chances[each], each))[:candidates]
    return replace(of, strengths=tuple(of.strengths[each] for each in sorted(likeliest)))


def _halves(candidates: int) -> list[int]:
    """Return half the candidates and a single one, if that is fewer."""
    return sorted({max(1, candidates // 2), 1} - {candidates}, reverse=True)
