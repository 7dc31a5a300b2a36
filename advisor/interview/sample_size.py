"""Sample size: how many examples certify at a bar, with a number of candidates.

All numbers are those of a run's own tests (`advisor.evidence`), at the initial share of α of the candidate guessed
smallest; other candidates need more.
"""

from dataclasses import dataclass
from functools import cache

from advisor.evidence.futility import operating
from advisor.evidence.sequential import Test, examples_needed
from advisor.evidence.sharing import anchored, one_off
from advisor.task import CONFIDENCE
from advisor.units import percent

CANDIDATES = 8
WRONG = (0, 1, 2)
# A model that a plan should find: this far from the bar to 1, in this many of ten runs.
GOOD, OFTEN = 0.7, 0.8
MOST = 5000


@dataclass(frozen=True, slots=True)
class Need:
    """The examples needed to certify at one bar."""

    bar: float  # The pass rate required.
    confidence: float  # 1 - α.
    with_wrong: tuple[int, ...]  # The fewest examples that certify with none, one and two wrong.
    off_guess: int  # The fewest, all right, for a candidate that is not the guessed one.
    rate: float  # The true pass rate of a good model, 0.7 of the way from the bar to 1.
    often: int | None  # The fewest with which such a model is certified in 80% of runs; None if more than 5,000.

    @property
    def all_right(self) -> int:
        """The fewest examples that can certify at all: all of them right."""
        return self.with_wrong[0]


@cache
def need(bar: float, confidence: float = CONFIDENCE, candidates: int = CANDIDATES) -> Need:
    """Return what certifying needs; ValueError if a number is out of range."""
    guessed, least = shares(confidence, candidates)
    rate = bar + GOOD * (1.0 - bar)
    return Need(
        bar,
        confidence,
        tuple(examples_needed(bar, guessed, wrong) for wrong in WRONG),
        examples_needed(bar, least),
        rate,
        _often(bar, guessed, rate),
    )


def shares(confidence: float, candidates: int) -> tuple[float, float]:
    """Return the largest and the smallest share of α, if the guess is taken to be right or one off."""
    alpha = 1.0 - confidence
    shared = anchored(alpha, one_off(candidates, candidates // 2)).shares
    return max(shared), min(shared)


def sentences(of: Need) -> tuple[str, str]:
    """Return the needs in words: to prove the bar, and to find a good model often."""
    others = f" ({of.off_guess} of a model that is not the one expected to pass)" if of.off_guess > of.all_right else ""
    sure = (
        f"{of.all_right} examples{others}, all right, prove more than {percent(of.bar)} at {percent(of.confidence)} "
        f"confidence; {of.with_wrong[1]} with one wrong, {of.with_wrong[2]} with two."
    )
    how_many = f"{of.often} examples" if of.often is not None else f"more than {MOST:,} examples; lower the bar"
    return sure, f"To be proven four times in five, a model that is right {of.rate:.1%} of the time needs {how_many}."


def too_few(bar: float, fewest: int) -> str:
    """Return that there are too few examples; how many it takes depends on the candidates, which are not known yet."""
    return f"too few to certify {percent(bar)}, which takes about {fewest} with none wrong"


def _often(bar: float, alpha: float, rate: float) -> int | None:
    """Return the fewest examples, within 2%, that certify a model of this rate often enough."""

    def is_enough(total: int) -> bool:
        return operating(Test(total, bar, alpha), rate).certified >= OFTEN

    high = examples_needed(bar, alpha)
    while high < MOST and not is_enough(high):
        high = min(MOST, 2 * high)
    if not is_enough(high):
        return None
    low = high // 2
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
