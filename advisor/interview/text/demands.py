"""What each rate in a text demands: of all answers, of a label or the answers that name it, of a group; or nothing.

Rates are found by their form (`rates.shares`); what they mean is learned. Each may be read in several ways, which have
the words around it as features: their meanings and what they are next to, in and about its clause. The weighted sum of
a way's features is its logit. `tools/fit_demands.py` learns the weights from texts with known meanings: conditional
logistic regression (McFadden, "Conditional logit analysis of qualitative choice behavior", 1974).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from advisor.interview.text import vocabulary as say
from advisor.interview.text.rate_features import ONE, UNKNOWN, Of, Scene, Subject, Way, with_last
from advisor.interview.text.spans import Span, is_covered

__all__ = ["Demand", "Of", "Rate", "Subject", "demands", "rate_of", "rates"]

WEIGHTS = "demand_weights.json"
# Thresholds of the predicted probability: a reading is used from the first on, and reported to the user below the
# second; a rate that demands nothing is not asked about from the third on.
SURE, SURELY, SURELY_NONE = 0.4, 0.6, 0.8
_MOST_ALIKE = 2
# Forms of numbers that are a rate only if they demand something.
_LOOSE = frozenset({"bare", "decimal", "apart"})


class Demand(NamedTuple):
    """A rate of a text, within 0 and 1, and what it demands."""

    of: Of
    names: tuple[str, ...]  # Labels, fields or the column; empty for an unknown label.
    share: float  # The share that must be right; for `Of.NOTHING` and `Of.DISTANCE` as it is written.
    start: int  # Of the rate itself.
    end: int
    low: int  # Of its part of the clause.
    high: int
    chance: float  # That this is what is meant, within 0 and 1.
    form: str  # That of `rates.Share`.
    likely: float  # The share that must be right by the likeliest way in which it demands anything.
    asks: float  # The chance that it demands anything.

    @property
    def is_sure(self) -> bool:
        """Whether it is taken so: as its likeliest reading, of all answers also where it is only sure to ask."""
        return self.chance >= SURE or (self.of is Of.ALL and self.asks >= SURELY)


class Rate(NamedTuple):
    """A rate in a text, within 0 and 1, with the words that go with it; if it `is_bar`, that share must be right.

    One that `is_fact` demands nothing: it describes the data, or the share that is right today.
    """

    share: float
    start: int
    end: int
    is_bar: bool
    is_fact: bool = False
    chance: float = 1.0  # That this is what is meant.
    is_number: bool = True  # Whether a number says it, not "never".


def demands(text: str, subject: Subject | None = None) -> tuple[Demand, ...]:
    """Return what each rate in a text demands, in order; a tolerance or a fact demands nothing."""
    return _demands(text, subject or Subject())


@lru_cache(maxsize=64)
def _demands(text: str, subject: Subject) -> tuple[Demand, ...]:
    found, last = list[Demand](), None
    scene, weights = Scene(text, subject), _weights()
    for at in range(len(scene.shares)):
        ways = with_last(scene.ways(at), last)
        logits = [sum(weights.get(name, 0.0) * value for name, value in each.items()) for each in ways.values()]
        most = max(logits)
        masses = dict(zip(ways, (math.exp(each - most) for each in logits), strict=True))
        demand = _chosen(scene, at, masses)
        last = last if demand.of is Of.NOTHING else next(way for way in masses if masses[way] == max(masses.values()))
        found.append(demand)
    return tuple(found)


def _chosen(scene: Scene, at: int, masses: Mapping[Way, float]) -> Demand:
    """Return the likeliest way to read a rate, with the labels that are as likely meant; its chance is that of all."""
    share, total = scene.shares[at], sum(masses.values())
    best = max(masses, key=lambda way: masses[way])
    alike = [way for way in masses if way[:2] == best[:2] and masses[way] >= scene.least(at, best, way) * masses[best]]
    names = tuple(way.name for way in alike if way.name not in {"", UNKNOWN}) if best.of in ONE else (best.name,)
    names = () if best.name in {"", UNKNOWN} and best.of is not Of.GROUP else names
    if best.of in ONE and _MOST_ALIKE < len(scene.labels) == len(names):  # as likely one as another
        names = ()
    is_open = best.of in {Of.NOTHING, Of.DISTANCE}
    right = share.value if is_open or not best.is_wrong else 1 - share.value
    low = scene.parts[at].get("before", (share.start, 0))[0]
    high = scene.parts[at].get("behind", (0, share.end))[1]
    chance = sum(masses[way] for way in (alike if best.of in ONE else [best])) / total
    asks = max((way for way in masses if way.of not in {Of.NOTHING, Of.DISTANCE}), key=lambda way: masses[way])
    likely = 1 - share.value if asks.is_wrong else share.value
    open_ = sum(mass for way, mass in masses.items() if way.of in {Of.NOTHING, Of.DISTANCE}) / total
    return Demand(best.of, names, right, share.start, share.end, low, high, chance, share.form, likely, 1 - open_)


def rates(text: str, claimed: Sequence[Span] = ()) -> list[Rate]:
    """Return a text's unclaimed rates in order, as far as they are understood before labels are known."""
    return [
        rate_of(text, each)
        for each in demands(text)
        if not (is_covered(claimed, each.start, each.end) or (each.of is Of.NOTHING and each.form in _LOOSE))
    ]


def rate_of(text: str, demand: Demand) -> Rate:
    """Return a demand as a rate of all answers, with the words around it that say so."""
    low, high = demand.low, demand.high
    bound = say.AT_MOST.search(text[low : demand.start]) or say.AT_LEAST.search(text[low : demand.start])
    start = low + bound.start() if bound else demand.start
    near = [at.span() for pattern in (say.RIGHT, say.WRONG) for at in pattern.finditer(text, low, high)]
    first, last = min(near, key=lambda at: max(demand.start - at[1], at[0] - demand.end), default=(start, demand.end))
    is_bar = demand.is_sure and demand.of in {Of.ALL, Of.GROUP} and 0 < demand.share < 1
    is_fact = demand.chance >= SURELY_NONE and demand.of in {Of.NOTHING, Of.DISTANCE}
    share = demand.share if is_fact or (demand.is_sure and demand.of is not Of.NOTHING) else demand.likely
    if not is_bar:
        return Rate(share, demand.start, demand.end, is_bar, is_fact)
    return Rate(share, min(start, first), max(demand.end, last), is_bar, chance=demand.chance)


@cache
def _weights() -> dict[str, float]:
    """Return the learned weights by feature."""
    found: dict[str, float] = json.loads(files(__package__).joinpath(WEIGHTS).read_text(encoding="utf-8"))
    return found
