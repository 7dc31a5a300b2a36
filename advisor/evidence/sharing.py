"""How the error α is shared among the candidates, and what a certified one hands to the next smaller.

Each candidate k has a null hypothesis H_k, "its true pass rate is at most the bar", and a starting share a_k, with
Σ a_k <= α. The shares are used in the *fallback procedure* of Wiens, "A fixed sequence Bonferroni procedure for testing
multiple endpoints", Pharmaceutical Statistics 2 (2003) 211-215, from the largest candidate to the smallest: what a
certified candidate was tested with is handed to the next smaller one. So candidate k of this ladder is tested at

    level(k) = a_k + a_{k+1} + ... + a_{k+h},   h = how many candidates just above k are certified, without a gap.

A candidate guessed to be weaker than a smaller one stands aside: no ladder is expected to pass through it, so it is
tested with its own share alone. Which candidates form the ladder is fixed beforehand too.

**The chance that any candidate whose true rate is at most the bar is ever certified is at most α**, whatever the order
of probing, the number of looks, and the dependence between candidates that see the same examples:

1. At one level l, `spending_boundary` is crossed over all looks with chance at most l by a candidate with a true H_k.
   So is 1 / l by the betting test's wealth, which takes its place where examples may be added, however many come. A
   candidate's tests at its levels are nested (`Test.above`: a lower level never accepts where a higher one does not;
   more wealth is asked for at a lower one), so each has one p-value, the least level at which it is certified:
   P(p_k <= l) <= l under H_k, and giving up early, for futility or an ended budget, only makes it larger. This is the
   sequential p-value of Liu and Anderson, JASA 103 (2008) 1621-1630; its use with such shares is that of Maurer and
   Bretz, Statistics in Biopharmaceutical Research 5 (2013) 311-320.
2. Let T be the set of the true H_k and suppose that some are certified; k is the first of them. Until then only
   candidates outside T were certified, and level(k) never falls when more are certified. So k was certified at no more
   than its level l_k if all outside T were certified: p_k <= l_k.
3. The levels l_k of the members of T add up disjoint shares: between two members of T the sum of the lower one stops
   short of the upper one. Hence Σ_{k in T} l_k <= Σ a_k <= α, and by Boole's inequality the chance that any k in T has
   p_k <= l_k is at most α.

Steps 2 and 3 are the argument of Bretz, Maurer, Brannath and Posch, "A graphical approach to sequentially rejective
multiple test procedures", Statistics in Medicine 28 (2009) 586-604, for the graph k -> k - 1. A fixed sequence is the
case in which one candidate holds all of α, Bonferroni's equal parts the one in which nothing is handed on.

**Shares may depend on the training rows.** Cheap candidates are cross-validated on them, and shares, ladder and start
follow from what that finds (`advisor.evidence.optimal_shares`). Let T be the training rows, in their order, and all
that is computed from them: heads, cross-validation, shares. The rows of the file are independent draws; those that
train are a stretch of the shuffled file that ends where T itself says (`advisor.task.split`), or a file of their own.
So given T the evidence rows are independent draws of the same population still, and the number N of them is known.
Given T each candidate, its true rate, the set of the true H_k, the shares, the ladder and every boundary are fixed:
steps 1 to 3 hold word for word with a_k = a_k(T), and

    P(any false certification | T) <= Σ a_k(T) <= α  for every T,   hence   P(any false certification) <= α.

It takes that the shares are final before the first outcome that is evidence is made, and that nothing of the evidence
is in T: the scheduler writes them down first and never writes them again. Where a label occurs is no exception, for the
stretch is stopped by its own labels alone; rows that are near duplicates of training rows are no evidence
(`advisor.task.near_duplicates`). Whether the cross-validation tells the truth has no part in it.

**The sentence about all of them.** Each candidate's lower bound at its own a_k, told at any stop, exceeds its true rate
with chance at most a_k (`boundary.lower_bound`; of bets Ville's inequality): at the bar its own test decides, which is
the certificate's, and below it what that leaves of a_k. By Boole's inequality all bounds together
are true with chance at least 1 - Σ a_k >= 1 - α, whatever was certified, given up or never asked (a bound of 0 is
true). Nothing that was handed on may enter there: with the share of its larger neighbour in a candidate's bound, and
the neighbour's own bound above the bar still told, a share would be spent twice. So these are two claims, each at
1 - α: what is certified, and the bounds together.

Where α lies decides only how often the smallest passing candidate is found: `python -m benchmarks.evidence`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

# How the anchor's part of α is split: on the anchor itself, on the next larger candidate, on the next smaller one.
AT_ANCHOR, ABOVE_ANCHOR, BELOW_ANCHOR = 0.44, 0.44, 0.12
# Chances are guesses: however sure, so much of α is a reserve, of which half is shared evenly whatever they say.
LEAST_RESERVE = 0.10
INFORMED_EVENLY = 0.5
# A guess that is too small costs more than one that is too large, which only hands its share down.
ANCHOR_QUANTILE = 0.6
# Of a guess that is right or one off: the chances of the guess itself and of each neighbour.
RIGHT, ONE_OFF = 0.6, 0.18


@dataclass(frozen=True, slots=True)
class Sharing:
    """What is fixed before the first outcome: who holds how much of α, who hands it to whom, where probing starts."""

    name: str  # "optimal", "cross-validated", "anchor", "informed" or "equal".
    shares: tuple[float, ...]  # a_k, smallest candidate first.
    ladder: tuple[int, ...]  # The candidates that hand on their share, smallest first; the others stand aside.
    # Where on the ladder probing starts: the candidate guessed to be the smallest that passes, or the first.
    start: int

    def above(self, index: int) -> tuple[int, ...]:
        """Return the candidates from which shares may be handed down to this one, nearest first."""
        return self.ladder[self.ladder.index(index) + 1 :] if index in self.ladder else ()

    def handed_on(self, index: int, certified: Collection[int]) -> int:
        """Return h: how many candidates just above this one are certified, without a gap."""
        return sum(1 for _ in takewhile(lambda each: each in certified, self.above(index)))

    def levels(self, index: int) -> tuple[float, ...]:
        """Return the levels at which a candidate may be tested: for h = 0, 1, and so on."""
        return tuple(accumulate(self.shares[each] for each in (index, *self.above(index))))


def equal(alpha: float, candidates: int) -> Sharing:
    """Return equal parts, probed from the smallest up; the parts alone are Bonferroni's."""
    return Sharing("equal", (alpha / candidates,) * candidates, tuple(range(candidates)), 0)


def informed(alpha: float, chances: Sequence[float]) -> Sharing:
    """Return shares that follow the chance of each candidate to be the smallest that passes, probed from the smallest.

    Args:
        alpha: To be shared.
        chances: As known before the first outcome; they need not sum to one.
    """
    count = len(chances)
    return Sharing("informed", tuple(alpha * part for part in _informed(chances)), tuple(range(count)), 0)


def anchored(
    alpha: float, chances: Sequence[float], *, ladder: Sequence[int] | None = None, dear: Collection[int] = ()
) -> Sharing:
    """Return shares around an anchor, probed from there, as far as the chances are sure of it.

    The part of α around the anchor is the chance that the guess is right or one off; the reserve follows the chances.
    If the guess is right, the one above can hand its share down. If it is one too large, the anchor hands its own on.
    If it is one too small, the one above holds as much itself.

    Args:
        alpha: To be shared.
        chances: Of each candidate to be the smallest that passes, as known before the first outcome.
        ladder: The candidates expected to be better the larger they are, smallest first; default: all.
        dear: Candidates at which probing does not start, for that alone takes minutes: the next smaller one is the
            anchor instead, and the dear one holds the share of the one above it.

    Raises:
        ValueError: if the ladder is empty.
    """
    rungs = tuple(range(len(chances))) if ladder is None else tuple(ladder)
    if not rungs:
        raise ValueError("a ladder needs at least one candidate")
    place = _place(chances, rungs)
    while place and rungs[place] in dear:
        place -= 1
    anchor, above = rungs[place], rungs[min(place + 1, len(rungs) - 1)]
    below = rungs[max(place - 1, 0)]
    total = sum(chances)
    near = sum(chances[each] for each in {anchor, above, below}) / total if total > 0.0 else 0.0
    around = min(near, 1.0 - LEAST_RESERVE)
    parts = [(1.0 - around) * part for part in _informed(chances)]
    for each, part in ((anchor, AT_ANCHOR), (above, ABOVE_ANCHOR), (below, BELOW_ANCHOR)):
        parts[each] += around * part
    return Sharing("anchor", tuple(alpha * part for part in parts), rungs, place)


def one_off(candidates: int, guess: int) -> list[float]:
    """Return the chances of a guess thought to be right or one off; ValueError if there is no such candidate."""
    if not 0 <= guess < candidates:
        raise ValueError(f"the guess must be one of {candidates} candidates, not number {guess}")
    rest = (1.0 - RIGHT - 2.0 * ONE_OFF) / candidates
    near = {guess: RIGHT, guess - 1: ONE_OFF, guess + 1: ONE_OFF}
    return [rest + near.get(each, 0.0) for each in range(candidates)]


def _place(chances: Sequence[float], rungs: Sequence[int]) -> int:
    """Return the first place of the ladder up to which most of the chance lies."""
    total, so_far = sum(chances[each] for each in rungs), 0.0
    for place, each in enumerate(rungs):
        so_far += chances[each]
        if so_far >= ANCHOR_QUANTILE * total - 1e-12:
            return place
    return len(rungs) - 1


def _informed(chances: Sequence[float]) -> list[float]:
    total, count = sum(chances), len(chances)
    if total <= 0.0:
        return [1.0 / count] * count
    # Divided first: half of the least number above zero is zero, and α would be lost.
    return [(1.0 - INFORMED_EVENLY) * (chance / total) + INFORMED_EVENLY / count for chance in chances]
