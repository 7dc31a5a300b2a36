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

1. At one level l, `spending_boundary` is crossed over all looks with chance at most l by a candidate with a true H_k. A
   candidate's boundaries at its levels are nested (`Test.above`: a lower level never accepts where a higher one does
   not), so each has one p-value, the least level at which it is certified: P(p_k <= l) <= l under H_k, and giving up
   early, for futility or an ended budget, only makes it larger. This is the sequential p-value of Liu and Anderson,
   JASA 103 (2008) 1621-1630; its use with such shares is that of Maurer and Bretz, Statistics in Biopharmaceutical
   Research 5 (2013) 311-320.
2. Let T be the set of the true H_k and suppose that some are certified; k is the first of them. Until then only
   candidates outside T were certified, and level(k) never falls when more are certified. So k was certified at no more
   than l_k, its level if all outside T were certified: p_k <= l_k.
3. The levels l_k of the members of T add up disjoint shares: between two members of T the sum of the lower one stops
   short of the upper one. Hence Σ_{k in T} l_k <= Σ a_k <= α, and by Boole's inequality the chance that any k in T has
   p_k <= l_k is at most α.

Steps 2 and 3 are the argument of Bretz, Maurer, Brannath and Posch, "A graphical approach to sequentially rejective
multiple test procedures", Statistics in Medicine 28 (2009) 586-604, for the graph k -> k - 1. A fixed sequence is the
case in which one candidate holds all of α, Bonferroni's equal parts the one in which nothing is handed on.

Where α lies decides only how often the smallest passing candidate is found. The default was chosen by
`python -m benchmarks.evidence`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# Of α, in parts: on the anchor, on the next larger one, on the next smaller one, and evenly on all as a reserve for
# guesses that are further off and for a mid-size candidate that is worse than a small one.
AT_ANCHOR, ABOVE_ANCHOR, BELOW_ANCHOR, EVENLY = 0.40, 0.40, 0.10, 0.10
# A catalog's chances are guesses: so much of α is shared evenly whatever they say.
INFORMED_EVENLY = 0.25


@dataclass(frozen=True, slots=True)
class Sharing:
    """What is fixed before the first outcome: who holds how much of α, who hands it to whom, where probing starts.

    Attributes:
        name: "anchor", "informed", "equal" or "pilot".
        shares: a_k, smallest candidate first.
        ladder: The candidates that hand on their share, smallest first; the others stand aside.
        start: Where on the ladder probing starts: the candidate guessed to be the smallest that passes, or the first.
    """

    name: str
    shares: tuple[float, ...]
    ladder: tuple[int, ...]
    start: int

    def above(self, index: int) -> tuple[int, ...]:
        """Return the candidates from which shares may come to be handed down to this one, nearest first."""
        return self.ladder[self.ladder.index(index) + 1 :] if index in self.ladder else ()

    def heirs(self, index: int, certified: Collection[int]) -> int:
        """Return h: how many candidates just above this one are certified, without a gap."""
        return sum(1 for _ in takewhile(lambda each: each in certified, self.above(index)))

    def levels(self, index: int) -> tuple[float, ...]:
        """Return the levels at which a candidate may come to be tested: for h = 0, 1, and so on."""
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
    total, count = sum(chances), len(chances)
    if total <= 0.0:
        chances, total = (1.0,) * count, float(count)
    parts = ((1.0 - INFORMED_EVENLY) * chance / total + INFORMED_EVENLY / count for chance in chances)
    return Sharing("informed", tuple(alpha * part for part in parts), tuple(range(count)), 0)


def anchored(
    alpha: float, candidates: int, anchor: int, *, ladder: Sequence[int] | None = None, name: str = "anchor"
) -> Sharing:
    """Return shares around an anchor, probed from there.

    If the guess is right, the one above can hand its share down: then more than eight tenths of α are on the anchor. If
    it is one too high, the anchor hands its own on. If it is one too low, the one above holds two fifths itself.

    Args:
        alpha: To be shared.
        candidates: K.
        anchor: The candidate guessed to be the smallest that passes, counted from 0.
        ladder: The candidates expected to be better the larger they are, smallest first; default: all.
        name: Of the sharing: where the guess comes from.

    Raises:
        ValueError: if the anchor is not on the ladder.
    """
    rungs = tuple(range(candidates)) if ladder is None else tuple(ladder)
    if anchor not in rungs:
        raise ValueError(f"the anchor, candidate {anchor}, must be one of the ladder {rungs}")
    place = rungs.index(anchor)
    parts = [EVENLY / candidates] * candidates
    parts[anchor] += AT_ANCHOR
    parts[rungs[min(place + 1, len(rungs) - 1)]] += ABOVE_ANCHOR
    parts[rungs[max(place - 1, 0)]] += BELOW_ANCHOR
    total = sum(parts)
    return Sharing(name, tuple(alpha * part / total for part in parts), rungs, place)


def pilot(alpha: float, passes: Sequence[int], examples: int, bar: float) -> Sharing:
    """Return shares around the smallest candidate that reached the bar on pilot examples.

    The pilot's examples must never be evidence: then the shares are fixed before the first outcome that counts.

    Args:
        alpha: To be shared.
        passes: How many of the pilot's examples each candidate got right, smallest first.
        examples: How many there were.
        bar: The pass rate required.
    """
    reached = [k for k, right in enumerate(passes) if right >= bar * examples - 1e-9]
    anchor = reached[0] if reached else max(range(len(passes)), key=lambda k: (passes[k], -k))
    return anchored(alpha, len(passes), anchor, name="pilot")
