"""How the error α is shared among the candidates, and how a certified one hands its share to the next smaller.

Each candidate k has a null hypothesis H_k, "its true pass rate is at most the bar", and a starting share a_k, with
Σ a_k <= α. The shares are used in the *fallback procedure* of Wiens, "A fixed sequence Bonferroni procedure for testing
multiple endpoints", Pharmaceutical Statistics 2 (2003) 211-215, from the largest candidate to the smallest: a
certified candidate hands its level to the next smaller one. So candidate k of this ladder is tested at

    level(k) = a_k + a_{k+1} + ... + a_{k+h},   h = number of consecutive certified candidates just above k.

A candidate guessed to be weaker than a smaller one is outside the ladder, because no ladder is expected to pass through
it; it is tested only with its own share. The members of the ladder are fixed beforehand too.

**The probability that any candidate whose true rate is at most the bar is ever certified is at most α**, for any order
of probing, any number of looks, and any dependence between candidates that see the same examples:

1. At one level l, a candidate with a true H_k crosses `spending_boundary` over all looks with probability at most l.
   The same holds for the betting test's wealth and 1 / l, which is used if any number of examples may be added. A
   candidate's tests at its levels are nested (`Test.above`: a lower level never accepts where a higher one does not;
   a lower one needs more wealth), so each has one p-value, the least level at which it is certified: P(p_k <= l) <= l
   under H_k, and giving up early, for futility or an ended budget, only makes it larger. This is the
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
case in which one candidate holds all of α, Bonferroni's equal shares the one in which nothing is handed on.

**Shares may depend on the training rows.** Cheap candidates are cross-validated on them, and shares, ladder and start
follow from the results (`advisor.evidence.optimal_shares`). Let T be the training rows, in order, and all that is
computed from them: heads, cross-validation, shares. The rows of the file are independent draws; training rows are a
contiguous part of the shuffled file whose end depends only on T (`advisor.task.split`), or a separate file. So given T
the evidence rows are still independent draws from the same population, and their number N is known. Given T each
candidate, its true rate, the set of the true H_k, the shares, the ladder and every boundary are fixed: steps 1 to 3
hold unchanged with a_k = a_k(T), and

    P(any false certification | T) <= Σ a_k(T) <= α  for every T,   hence   P(any false certification) <= α.

This requires that the shares are final before the first outcome that is evidence, and that T contains nothing of the
evidence: the scheduler stores the shares first and never changes them. The positions of labels are no exception,
because the training part is ended only by its own labels; near duplicates of training rows are not evidence
(`advisor.task.near_duplicates`). The accuracy of the cross-validation does not matter.

**The joint statement.** Each candidate's lower bound at its own a_k, reported at any stop, exceeds its true rate with
probability at most a_k (`boundary.lower_bound`; for bets Ville's inequality): at the bar its own test decides, the same
as the certificate's, and below it the rest of a_k. By Boole's inequality all bounds are jointly true with probability
at least 1 - Σ a_k >= 1 - α, whatever was certified, given up or never asked (a bound of 0 is true). Shares handed on
must not be used there: with the share of its larger neighbour in a candidate's bound, and the neighbour's own bound
above the bar still reported, a share would be spent twice. So these are two claims, each at 1 - α: the certificates,
and the joint bounds.

The shares of α affect only how often the smallest passing candidate is found: `python -m benchmarks.evidence`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

# Split of the anchor's part of α: the anchor itself, the next larger candidate, the next smaller one.
AT_ANCHOR, ABOVE_ANCHOR, BELOW_ANCHOR = 0.44, 0.44, 0.12
# Probabilities are guesses: this part of α is always a reserve; one half is shared evenly.
LEAST_RESERVE = 0.10
INFORMED_EVENLY = 0.5
# A guess that is too small costs more than one that is too large, which only hands its share on.
ANCHOR_QUANTILE = 0.6
# For a guess that is right or one off: probabilities of the guess itself and of each neighbour.
RIGHT, ONE_OFF = 0.6, 0.18


@dataclass(frozen=True, slots=True)
class Sharing:
    """The sharing of α, fixed before the first outcome: shares, the ladder of handing on, and the start of probing."""

    name: str  # "optimal", "cross-validated", "anchor", "informed" or "equal".
    shares: tuple[float, ...]  # a_k, smallest candidate first.
    ladder: tuple[int, ...]  # The candidates that hand on their share, smallest first; all others are outside.
    # The start of probing on the ladder: the candidate guessed to be the smallest that passes, or the first.
    start: int

    def above(self, index: int) -> tuple[int, ...]:
        """Return the candidates that may hand their shares to this one, nearest first."""
        return self.ladder[self.ladder.index(index) + 1 :] if index in self.ladder else ()

    def handed_on(self, index: int, certified: Collection[int]) -> int:
        """Return h: the number of consecutive certified candidates just above this one."""
        return sum(1 for _ in takewhile(lambda each: each in certified, self.above(index)))

    def levels(self, index: int) -> tuple[float, ...]:
        """Return the levels at which a candidate may be tested: for h = 0, 1, and so on."""
        return tuple(accumulate(self.shares[each] for each in (index, *self.above(index))))


def equal(alpha: float, candidates: int) -> Sharing:
    """Return equal shares, probed from the smallest up; without handing on they are Bonferroni's."""
    return Sharing("equal", (alpha / candidates,) * candidates, tuple(range(candidates)), 0)


def informed(alpha: float, chances: Sequence[float]) -> Sharing:
    """Return shares by each candidate's probability to be the smallest that passes, probed from the smallest.

    These `chances` are known before the first outcome; they need not sum to one.
    """
    count = len(chances)
    return Sharing("informed", tuple(alpha * part for part in _informed(chances)), tuple(range(count)), 0)


def anchored(
    alpha: float, chances: Sequence[float], *, ladder: Sequence[int] | None = None, dear: Collection[int] = ()
) -> Sharing:
    """Return shares around an anchor, probed from there, in proportion to its certainty.

    The part of α around the anchor is the probability that the guess is right or one off; the reserve follows the
    probabilities. If the guess is right, the one above can hand its share on. If it is one too large, the anchor hands
    its own on. If it is one too small, the one above has enough itself.

    Args:
        alpha: The error to share.
        chances: Each candidate's probability to be the smallest that passes, known before the first outcome.
        ladder: The candidates expected to improve with size, smallest first; default: all.
        dear: Candidates at which probing does not start, because that alone takes minutes: the next smaller one is the
            anchor instead, and the expensive one has the share of the one above it.

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
    """Return the probabilities for a guess that is right or one off; ValueError if there is no such candidate."""
    if not 0 <= guess < candidates:
        raise ValueError(f"the guess must be one of {candidates} candidates, not number {guess}")
    rest = (1.0 - RIGHT - 2.0 * ONE_OFF) / candidates
    near = {guess: RIGHT, guess - 1: ONE_OFF, guess + 1: ONE_OFF}
    return [rest + near.get(each, 0.0) for each in range(candidates)]


def _place(chances: Sequence[float], rungs: Sequence[int]) -> int:
    """Return the first position of the ladder up to which most of the probability lies."""
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
    # Divided first, because half of the smallest positive number is zero, and α would be lost.
    return [(1.0 - INFORMED_EVENLY) * (chance / total) + INFORMED_EVENLY / count for chance in chances]
