"""The order of a run: which candidate to probe next, and which are certified.

Probing begins at the start of the sharing: if that candidate is certified, it continues down to smaller ones. If not,
first the smaller ones, which together cost less than one larger; then up, until one is certified; then down again, with
the shares handed on. If the one below the answer would be certified with shares from above, those above are probed for
their shares. Last are candidates outside the ladder that are smaller than the answer.

The order depends only on the standing of the claims, so the same outcomes give the same order for any batches and
interruptions. The order does not matter for the proof: see `advisor.evidence.sharing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.evidence.sequential import Claim, Standing

if TYPE_CHECKING:
    from advisor.evidence.sharing import Sharing

# Larger candidates are probed for their share only if that raises the level of the one below by more than half.
WORTH_ASKING = 0.5


@dataclass(frozen=True, slots=True)
class Position:
    """The state of a run."""

    certified: frozenset[int]  # The candidates whose claim holds, with the shares handed on so far.
    probing: int | None  # The candidate to continue with, None when all is settled.
    # Looks in order: a candidate, and how many candidates had handed it their share by then.
    looks: tuple[tuple[int, int], ...]

    @property
    def handed_on(self) -> dict[int, int]:
        """For each tested candidate, how many had handed it their share at its last look."""
        return dict(self.looks)

    @property
    def smallest(self) -> int | None:
        return min(self.certified, default=None)


@dataclass(slots=True)
class _Survey:
    sharing: Sharing
    standing: Callable[[int, int], Standing]
    certified: set[int] = field(default_factory=set)
    probing: int | None = None
    looks: list[tuple[int, int]] = field(default_factory=list)

    def settled(self, index: int) -> bool:
        """Test a candidate; return whether its claim is settled at its current level."""
        handed = self.sharing.handed_on(index, self.certified)
        self.looks.append((index, handed))
        claim = self.standing(index, handed).claim
        if claim is Claim.HOLDS:
            self.certified.add(index)
        elif claim is Claim.OPEN:
            self.probing = index
        return claim is not Claim.OPEN

    def down(self, places: Iterable[int]) -> bool:
        """Test these positions of the ladder in order; return whether all are settled."""
        return all(self.settled(self.sharing.ladder[place]) for place in places)

    def up(self) -> bool:
        """Test the candidates above the start until one is certified; return whether all tested ones are settled."""
        for index in self.sharing.ladder[self.sharing.start + 1 :]:
            if not self.settled(index):
                return False
            if index in self.certified:
                break
        return True

    def lender(self) -> int | None:
        """Return the next candidate above the answer if its share would certify the one below the answer.

        The one below is asked first, because it costs less: `probing` is that one while its outcomes are insufficient.
        """
        sharing, place = self.sharing, self.sharing.ladder.index(min(self.certified))
        if place == 0:
            return None
        below = sharing.ladder[place - 1]
        seen, levels, above = dict(self.looks), sharing.levels(below), sharing.above(below)
        handed = seen[below]
        for handed_on in range(handed + 1, len(levels)):
            if above[handed_on - 1] in seen:
                return None
            if levels[handed_on] <= (1.0 + WORTH_ASKING) * levels[handed]:
                continue
            claim = self.standing(below, handed_on).claim
            if claim is Claim.OPEN:
                self.probing = below
            if claim is not Claim.GIVEN_UP:
                return above[handed] if claim is Claim.HOLDS else None
        return None


def survey(sharing: Sharing, standing: Callable[[int, int], Standing]) -> Position:
    """Return the state of a run.

    `standing` gives that of a candidate's certified claim if this many above it have handed on their shares.
    """
    view = _Survey(sharing, standing)
    _walk(view)
    if view.probing is not None:
        # If examples were added, the walk reaches one certified before only after others that are open again.
        by_now = proven(sharing, standing)
        return Position(by_now.certified, view.probing, (*view.looks, *by_now.looks))
    return Position(frozenset(view.certified), view.probing, tuple(view.looks))


def proven(sharing: Sharing, standing: Callable[[int, int], Standing]) -> Position:
    """Return all candidates certified so far, for any order of probing; see `survey` for the arguments."""
    certified, looks = set[int](), list[tuple[int, int]]()
    aside = [index for index in range(len(sharing.shares)) if index not in sharing.ladder]
    for index in (*reversed(sharing.ladder), *aside):
        handed = sharing.handed_on(index, certified)
        if standing(index, handed).claim is Claim.HOLDS:
            certified.add(index)
            looks.append((index, handed))
    return Position(frozenset(certified), None, tuple(looks))


def _walk(view: _Survey) -> None:
    ladder, start = view.sharing.ladder, view.sharing.start
    if not view.down(range(start, -1, -1)):
        return
    if not view.certified and not view.up():
        return
    if view.certified and not _hand_down(view):
        return
    smallest = min(view.certified, default=len(view.sharing.shares))
    for index in range(smallest - 1, -1, -1):
        if index not in ladder and not view.settled(index):
            return


def _hand_down(view: _Survey) -> bool:
    """Go down from the smallest certified candidate with all available shares; return whether all is settled."""
    ladder = view.sharing.ladder
    while True:
        if not view.down(range(ladder.index(min(view.certified)) - 1, -1, -1)):
            return False
        lender = view.lender()
        if lender is None:
            return view.probing is None
        if not view.settled(lender):
            return False
