"""Which candidate to probe next, and which are certified: the order of one run.

From where the sharing starts: if that candidate is certified, down while there is something smaller. If it is not,
first the smaller ones, which all together cost less than one larger; then up, until one is certified; then down again,
with the share that was handed on. If the one below the answer would be certified with what the ones above could hand
down, those are probed for their share. Last come those that stand aside and are smaller than the answer.

Nothing here looks at anything but where the claims stand, so the same outcomes give the same order, however they were
cut into batches or interrupted. The order has no part in the proof: see `advisor.evidence.sharing`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.evidence.sequential import Claim, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from advisor.evidence.sharing import Sharing

# Larger candidates are probed for their share only if that raises the level of the one below by more than half.
WORTH_ASKING = 0.5


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands."""

    certified: frozenset[int]  # The candidates whose claim holds, at the levels handed on so far.
    probing: int | None  # The candidate to go on with, None when all is settled.
    # Each look in turn: a candidate, and how many candidates had handed it their share by then.
    looks: tuple[tuple[int, int], ...]

    @property
    def handed_on(self) -> dict[int, int]:
        """For each candidate looked at, how many had handed it their share when it was last looked at."""
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
        """Look at a candidate; return whether its claim is settled at the level it has now."""
        handed = self.sharing.handed_on(index, self.certified)
        self.looks.append((index, handed))
        claim = self.standing(index, handed).claim
        if claim is Claim.HOLDS:
            self.certified.add(index)
        elif claim is Claim.OPEN:
            self.probing = index
        return claim is not Claim.OPEN

    def down(self, places: Iterable[int]) -> bool:
        """Look at these places of the ladder in turn; return whether all are settled."""
        return all(self.settled(self.sharing.ladder[place]) for place in places)

    def up(self) -> bool:
        """Look at the candidates above the start until one is certified; return whether all looked at are settled."""
        for index in self.sharing.ladder[self.sharing.start + 1 :]:
            if not self.settled(index):
                return False
            if index in self.certified:
                break
        return True

    def lender(self) -> int | None:
        """Return the next candidate above the answer if with its share the one below the answer would be certified.

        The one below is asked first, for it costs less: `probing` is that one while its outcomes do not say.
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
    """Return where a run stands.

    Args:
        sharing: Shares, ladder and start.
        standing: Where the certified claim of a candidate stands when so many above it have handed on their share.
    """
    view = _Survey(sharing, standing)
    _walk(view)
    if view.probing is not None:
        # Where examples were added the walk reaches one certified before only after others that are open again.
        by_now = proven(sharing, standing)
        return Position(by_now.certified, view.probing, (*view.looks, *by_now.looks))
    return Position(frozenset(view.certified), view.probing, tuple(view.looks))


def proven(sharing: Sharing, standing: Callable[[int, int], Standing]) -> Position:
    """Return all that is certified by now, whatever was probed in which order; see `survey` for the arguments."""
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
    """Go down from the smallest certified candidate with all that can be handed down; return whether all is settled."""
    ladder = view.sharing.ladder
    while True:
        if not view.down(range(ladder.index(min(view.certified)) - 1, -1, -1)):
            return False
        lender = view.lender()
        if lender is None:
            return view.probing is None
        if not view.settled(lender):
            return False
