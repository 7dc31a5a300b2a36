"""Choose models to try: the best ranked of each size and each way of doing the task, from tiny to adequate.

Ways get places by the shares of the task's family (D'Hondt). Within a way a model's cost is the logarithm of its rank,
the penalty of `judge`, and an amount for each chosen model of similar size: so the best of a size is chosen before
the second best of another, and "the next smaller one fails" is informative.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.candidates.context import LISTED
from advisor.engines.engine import RAW_ENCODERS
from catalog.prior import only_pretrained, series, stem, versioned

if TYPE_CHECKING:
    from advisor.candidates.judge import Judged
    from advisor.candidates.uses import Use
    from catalog import ModelCard

# Size ratio from which two models do not crowd each other.
APART = 4.0
# In halvings of rank: cost of another model of the same size within its way, and across ways; less for sizes farther
# apart.
SAME_SIZE, SAME_SIZE_OTHER_WAY = 1.0, 0.25
# Parameters that are adequate for most tasks, by ability: larger models do not help to find the smallest.
ADEQUATE = {
    "chat": 4.5e9, "transcribe": 1e9, "rewrite": 1e9, "compare": 6e8, "encode": 4.5e8, "see": 3e8, "look": 3e8,
    "hear": 3e8, "listen": 3e8, "name": 3e8, "identify": 3e8,
}  # fmt: skip
ADEQUATE_OTHER = 4.5e8
RAW = "raw"
# Ways of encoders whose vectors were trained to stand for texts.
TRAINED = ("encode", "static")
# Number of sizes of one series from which others come first.
MOST_OF_SERIES = 3
# Training rows per label below which masked language models come last.
FEW_ROWS = 6
# Number of candidates from which no model for other languages is added.
FEWEST = 3
# The way of candidates made for languages other than the task's.
FOREIGN = "foreign"
# The way of generators made for the very task, if the family's mix has it; the least share of general language models
# in the places of both: a tiny, a small and an adequate one.
MADE_FOR_IT, LEAST_GENERAL = "made for it", 0.4
# Weight of the models named for similar uses in the ways' shares; the rest is the usual shares.
BY_USES = 0.7
# Most of the shares for masked language models: practitioners name them to be tuned, a head on them learns less.
MOST_RAW = 0.2
# Factor on that weight if the task names a small device.
TINY, TINY_OTHER = {"chat": 0.35, "see": 0.1, "look": 0.1, "hear": 0.1, "listen": 0.1}, 0.25
# Cost of a download that takes as much of the budget as one may.
MUCH_OF_BUDGET = 4.0
# Cost from which an option is poor, so that its way loses turns.
POOR = 3.5
TOO_LARGE, TOO_LARGE_FOR_TINY, UNKNOWN_SIZE = 3.0, 6.0, 2.0


@dataclass(frozen=True, slots=True)
class Option:
    """A model that could be tried."""

    card: ModelCard  # Its card in the catalog.
    use: Use  # The engine that loads it, and the ability.
    rank: int  # Its rank in its way, from 0.
    judged: Judged  # Its judgement.
    serving_bytes: int | None  # Predicted; None if unknown.
    download_bytes: int | None  # Predicted; None if unknown.
    parameters: int | None = None  # Number of parameters, if known.
    rank_weight: float = 1.0  # Weight of the rank: less if the task's words say little about a model.
    is_tiny: bool = False  # Whether it is to run on a small device.
    is_made_for_it: bool = False  # Whether a generator was made for the very task.
    named: float = 0.0  # Weight among the models that practitioners name of an original whose place it takes.

    @property
    def way(self) -> str:
        """Its way of doing the task, see `way_of`; masked language models are a separate way."""
        is_raw = self.card.family in RAW_ENCODERS or (
            self.use.ability in ("encode", "embed") and only_pretrained(self.card)
        )
        if self.is_made_for_it:
            return MADE_FOR_IT
        return RAW if is_raw else way_of(self.use.runtime, self.use.ability)

    @property
    def cost(self) -> float:
        """Cost, see above; lower is better."""
        adequate = ADEQUATE.get(self.use.ability, ADEQUATE_OTHER) * (
            TINY.get(self.use.ability, TINY_OTHER) if self.is_tiny else 1.0
        )
        beyond = max(0.0, math.log2((self.parameters or 1) / adequate))
        too_large = TOO_LARGE_FOR_TINY if self.is_tiny else TOO_LARGE
        unknown = UNKNOWN_SIZE if self.serving_bytes is None else 0.0
        return self.rank_weight * math.log2(1 + self.rank) + self.judged.penalty + too_large * beyond + unknown


def way_of(runtime: str, ability: str) -> str:
    """Return a model's way of doing a task: its ability; static vectors are a separate way."""
    return "static" if runtime == "static" else ability


def shares_of_ways(
    usual: Mapping[str, float], options: Sequence[Option], named: Mapping[str, float]
) -> dict[str, float]:
    """Return the shares of the ways: the family's usual ones (else 1), moved towards those of the models `named`.

    These are the models that practitioners name for similar uses, with weights. They hardly raise the share of masked
    language models, see `MOST_RAW`, which keep their usual one where no other encoders learn the task's labels and the
    first of them is named, and leave places to general ones beside those made for the task, see `LEAST_GENERAL`.
    """
    ways = sorted({each.way for each in options})
    by_uses = dict.fromkeys(ways, 0.0)
    for each in options:
        by_uses[each.way] += max(each.named, named.get(each.card.id, 0.0))
    total, whole = sum(by_uses.values()), sum(usual.get(way, 1.0) for way in ways)
    if not total:
        return {way: usual.get(way, 1.0) for way in ways}
    own = {way: usual.get(way, 1.0) / whole for way in ways}
    found = {way: (1 - BY_USES) * own[way] + BY_USES * by_uses[way] / total for way in ways}
    if {MADE_FOR_IT, "chat"} <= found.keys():
        both = found[MADE_FOR_IT] + found["chat"]
        general = max(found["chat"], both * LEAST_GENERAL)
        found |= {"chat": general, MADE_FOR_IT: both - general}
    if RAW in found and len(found) > 1:
        others = sum(share for way, share in found.items() if way != RAW)
        first = min((each for each in options if each.way == RAW), key=lambda each: each.cost)
        is_usual = found.keys().isdisjoint(TRAINED) and named.get(first.card.id, 0.0) >= LISTED
        share = own[RAW] if is_usual else min(MOST_RAW, found[RAW] / (found[RAW] + others))
        found[RAW] = others * share / (1 - share)
    return found


@dataclass
class Chooser:
    """Selects the next model to try until the places are taken."""

    options: Sequence[Option]  # All options.
    shares: Mapping[str, float]  # Relative shares of the places by way; other ways have 1.
    budget: int  # Bytes that may be downloaded in all.
    most: int  # Bytes that one download may take, so that others fit too.
    foreign: Collection[str] = ()  # Models made for languages other than the task's, tried when no others remain.
    few_rows: bool = False  # Whether a head has so few rows that it learns nothing on a masked language model.
    _taken: Counter[str] = field(default_factory=Counter)
    _sizes: list[tuple[str, int]] = field(default_factory=list)
    _gone: set[str] = field(default_factory=set)
    _series: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Drop base models for which a better fine-tuned version is tried."""
        self.options = _without_dominated([each for each in self.options if (each.download_bytes or 0) <= self.most])

    def note(self, way: str, serving_bytes: int | None, name: str = "") -> None:
        """Count a candidate, such as an installed model; the `name` of one rules out its copies."""
        self._taken[way] += 1
        self._gone |= {stem(name)} if name else set()
        self._sizes += [(way, serving_bytes)] if serving_bytes else []

    def next(self) -> Option | None:
        """Return the next option, None if there are no more; the caller confirms it with `note`."""
        most = min(self.budget, self.most)
        left = [each for each in self.options if (each.download_bytes or 0) <= most]
        left = [each for each in left if self._gone.isdisjoint(_names(each))]
        if self.few_rows and any(each.way in TRAINED for each in left):
            left = [each for each in left if each.way != RAW]
        left = [each for each in left if self._series[series(each.card.id)] < MOST_OF_SERIES] or left
        own = [each for each in left if each.card.id not in self.foreign]
        left = own or (left if self._taken.total() < FEWEST else [])
        ways = {each.way for each in left}
        if not ways:
            return None
        best = {way: min((each for each in left if each.way == way), key=self._cost) for way in sorted(ways)}
        turn = max(best, key=lambda way: self.shares.get(way, 1.0) / (self._taken[way] + 1) * _worth(best[way]))
        chosen = best[turn]
        self._gone |= _names(chosen)
        self._series[series(chosen.card.id)] += 1
        return chosen

    def _cost(self, option: Option) -> tuple[float, str]:
        size = option.serving_bytes or math.inf
        crowd = 0.0
        for way, other in self._sizes:
            nearness = max(0.0, 1.0 - abs(math.log(size / other, APART)))
            is_alike = way == option.way != MADE_FOR_IT
            crowd += nearness * (SAME_SIZE if is_alike else SAME_SIZE_OTHER_WAY)
        share = (option.download_bytes or 0) / max(1, self.most)  # of what one may take: others should fit, too
        return option.cost + crowd + MUCH_OF_BUDGET * share, option.card.id


def _without_dominated(options: Sequence[Option]) -> list[Option]:
    """Drop each base model if a fine-tuned version of it, used in the same way, is judged at least as good."""
    named = {(each.way, each.card.id.rpartition("/")[2].lower()): each for each in options}
    known = {(each.way, each.card.id): each for each in options}
    gone = set[str]()
    for each in options:
        name = each.card.id.rpartition("/")[2].lower()
        # "kb-whisper-tiny" is taken as a fine-tuned "whisper-tiny" if its card names no base model.
        base = known.get((each.way, each.card.base_model or "")) or named.get((each.way, name.partition("-")[2]))
        if base is not None and base.card.id != each.card.id and each.judged.penalty <= base.judged.penalty:
            gone.add(base.card.id)
    return [each for each in options if each.card.id not in gone]


def _worth(option: Option) -> float:
    """Return the factor on its way's share: a way does not get its turn for what is left of it."""
    return math.exp2(-max(0.0, option.cost - POOR))


def _names(option: Option) -> set[str]:
    """Return the names that a model shares with its copies and its other versions."""
    name = option.card.id
    return {name, stem(name), versioned(name)[0]}
