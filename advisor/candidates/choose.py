"""Chooses what to try: of each size and each way of doing the task the best ranked, tiny to adequate.

Ways get places by the shares that the task's family gives them (D'Hondt). Within a way a model costs the logarithm of
its rank, what `judge` ranks it lower by, and more for each one that was chosen of about its size: so that the best of
a size goes before the second best of another, and "the next smaller one fails" says something.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.engines.engine import RAW_ENCODERS
from catalog.prior import stem, versioned

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from advisor.candidates.judge import Judged
    from advisor.candidates.uses import Use
    from catalog import ModelCard

# Sizes so many times as large crowd each other no more.
APART = 4.0
# In halvings of rank: what another model of the same size costs within its way, and across ways; of a size farther off
# it costs less.
SAME_SIZE, SAME_SIZE_OTHER_WAY = 1.0, 0.25
# Parameters that are adequate for most tasks, by ability: what is larger answers no question of "the smallest that".
ADEQUATE = {
    "chat": 4.5e9,
    "transcribe": 1e9,
    "rewrite": 1e9,
    "compare": 6e8,
    "encode": 4.5e8,
    "see": 3e8,
    "look": 3e8,
    "hear": 3e8,
    "listen": 3e8,
}
ADEQUATE_OTHER = 4.5e8
RAW = "raw"
# The way of what is among the candidates although it was made for other languages than the task's.
FOREIGN = "foreign"
# The weight, in the shares of the ways, of the models named for similar uses; the rest is the usual shares.
BY_USES = 0.7
# The share of that where the words speak of a small device.
TINY, TINY_OTHER = {"chat": 0.35, "see": 0.1, "look": 0.1, "hear": 0.1, "listen": 0.1}, 0.25
TOO_LARGE, TOO_LARGE_FOR_TINY, UNKNOWN_SIZE = 3.0, 6.0, 2.0


@dataclass(frozen=True, slots=True)
class Option:
    """A model that could be tried.

    Attributes:
        card: What the catalog knows of it.
        use: Which engine loads it, and for what.
        rank: Its place, from 0, among those of its way.
        judged: Why it is worth a try.
        serving_bytes: Predicted; None where nothing tells.
        download_bytes: Predicted; None where nothing tells.
        parameters: As far as they are known.
        rank_weight: How much the rank says: less where the task's words say little of a model.
        is_tiny: Whether it is to run on something small.
    """

    card: ModelCard
    use: Use
    rank: int
    judged: Judged
    serving_bytes: int | None
    download_bytes: int | None
    parameters: int | None = None
    rank_weight: float = 1.0
    is_tiny: bool = False

    @property
    def way(self) -> str:
        """How it does the task, see `way_of`; encoders that fill in words are a way of their own."""
        return RAW if self.card.family in RAW_ENCODERS else way_of(self.use.runtime, self.use.ability)

    @property
    def cost(self) -> float:
        """The less, the better: see above."""
        adequate = ADEQUATE.get(self.use.ability, ADEQUATE_OTHER) * (
            TINY.get(self.use.ability, TINY_OTHER) if self.is_tiny else 1.0
        )
        beyond = max(0.0, math.log2((self.parameters or 1) / adequate))
        too_large = TOO_LARGE_FOR_TINY if self.is_tiny else TOO_LARGE
        unknown = UNKNOWN_SIZE if self.serving_bytes is None else 0.0
        return self.rank_weight * math.log2(1 + self.rank) + self.judged.penalty + too_large * beyond + unknown


def way_of(runtime: str, ability: str) -> str:
    """Return the way in which a model does a task: its ability; static vectors are a way of their own."""
    return "static" if runtime == "static" else ability


def shares_of_ways(
    usual: Mapping[str, float], options: Sequence[Option], named: Mapping[str, float]
) -> dict[str, float]:
    """Return the shares of the ways: the usual ones, moved towards the ways of the models named for uses like the task.

    Args:
        usual: Shares as a family gives them; a way that it does not name has one.
        options: All there are.
        named: The models that practitioners name for uses like the task, each with a figure.
    """
    ways = sorted({each.way for each in options})
    by_uses = dict.fromkeys(ways, 0.0)
    for each in options:
        by_uses[each.way] += named.get(each.card.id, 0.0)
    total, whole = sum(by_uses.values()), sum(usual.get(way, 1.0) for way in ways)
    if not total:
        return {way: usual.get(way, 1.0) for way in ways}
    own = {way: usual.get(way, 1.0) / whole for way in ways}
    return {way: (1 - BY_USES) * own[way] + BY_USES * by_uses[way] / total for way in ways}


@dataclass
class Chooser:
    """Hands out what to try next until the places are taken.

    Attributes:
        options: All there are.
        shares: How many of the places each way gets, relative to the others; one that is not named gets one.
        budget: Bytes that may be downloaded in all.
        most: Bytes that one of them may take, so that there is something left for others.
        foreign: Models made for other languages than the task's: tried where no others are left.
    """

    options: Sequence[Option]
    shares: Mapping[str, float]
    budget: int
    most: int
    foreign: Collection[str] = ()
    _taken: Counter[str] = field(default_factory=Counter)
    _sizes: list[tuple[str, int]] = field(default_factory=list)
    _gone: set[str] = field(default_factory=set)

    def note(self, way: str, serving_bytes: int | None) -> None:
        """Count what is among the candidates already, such as a model that is installed."""
        self._taken[way] += 1
        self._sizes += [(way, serving_bytes)] if serving_bytes else []

    def next(self) -> Option | None:
        """Return what to try next, None where nothing is left; the caller says by `note` that it was taken."""
        left = [each for each in self.options if self._is_new(each) and self._is_affordable(each)]
        left = [each for each in left if each.card.id not in self.foreign] or left
        ways = {each.way for each in left}
        if not ways:
            return None
        turn = max(sorted(ways), key=lambda name: self.shares.get(name, 1.0) / (self._taken[name] + 1))
        chosen = min((each for each in left if each.way == turn), key=self._cost)
        self._gone |= _names(chosen)
        return chosen

    def _is_new(self, option: Option) -> bool:
        """Return whether neither the model nor a copy or another version of it was handed out."""
        return self._gone.isdisjoint(_names(option))

    def _is_affordable(self, option: Option) -> bool:
        size = option.download_bytes or 0
        return size <= min(self.budget, self.most)

    def _cost(self, option: Option) -> tuple[float, str]:
        size = option.serving_bytes or math.inf
        crowd = 0.0
        for way, other in self._sizes:
            nearness = max(0.0, 1.0 - abs(math.log(size / other, APART)))
            crowd += nearness * (SAME_SIZE if way == option.way else SAME_SIZE_OTHER_WAY)
        return option.cost + crowd, option.card.id


def _names(option: Option) -> set[str]:
    """Return what a model shares with its copies and its other versions."""
    name = option.card.id
    return {name, stem(name), versioned(name)[0]}
