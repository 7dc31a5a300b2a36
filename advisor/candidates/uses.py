"""The engine that would load a model of the Hub, and for which ability."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.candidates.kinds import answers_otherwise, is_packed, is_part, needs_code
from advisor.engines.table import ENGINES
from advisor.formats.marks import marks
from advisor.formats.safety import REMOTE_CODE
from catalog.prior import only_pretrained

if TYPE_CHECKING:
    from advisor.families.base import Family
    from advisor.task.model import Task
    from catalog import ModelCard

# The engine that writes punctuation marks into texts, and that gives vectors of words.
TRANSFORMERS = "transformers"
# Abilities that give vectors of a classifier's inputs.
VECTORS_OF = {"see": "look", "hear": "listen"}


@dataclass(frozen=True, slots=True)
class Use:
    """The engine that would load a Hub model, and for which ability."""

    runtime: str
    ability: str


def use_for(
    card: ModelCard, family: Family, *, allows: frozenset[str] = frozenset(), task: Task | None = None
) -> Use | None:
    """Return how a Hub model would be used for a task family, or a task of it; None if no engine here loads it."""
    if (needs_code(card) and REMOTE_CODE not in allows) or is_part(card) or answers_otherwise(card):
        return None
    use = next(_uses(card), None)
    methods = family.methods if task is None else family.methods_for(task)
    if use is not None and use.ability == "entail" and "entail" not in methods:
        use = Use(use.runtime, "classify")  # of pairs
    if use is not None and use.ability == "tag" not in methods and marks(card.labels):
        use = Use(TRANSFORMERS, "rewrite")
    if use is not None and "embed" in methods and _is_encoder(card, use):
        use = Use(TRANSFORMERS, "embed")
    return use if use is not None and use.ability in methods else None


def _is_encoder(card: ModelCard, use: Use) -> bool:
    """Return whether a model gives vectors of words, with no head for them or one that was never trained."""
    return only_pretrained(card) if use.ability == "tag" else use.ability == "encode" and ENGINES[use.runtime].is_torch


def other_uses(card: ModelCard, use: Use) -> tuple[Use, ...]:
    """Return other uses to try if the Hub lacks the files expected from the catalog."""
    uses = list(_uses(card))
    later = uses[uses.index(use) + 1 :] if use in uses else []
    return tuple(other for other in later if other.ability == use.ability)


def quantised_use(card: ModelCard, use: Use) -> Use | None:
    """Return the use of another engine with quantised weights of this model; None if there is none.

    Its graphs at full precision are the same weights, not variants.
    """
    others = (each for each in ENGINES.values() if use.runtime in each.quantises and each.is_installed())
    return next((Use(each.name, use.ability) for each in others if each.formats & set(card.formats)), None)


def is_loadable(card: ModelCard) -> bool:
    return next(_uses(card), None) is not None


def _uses(card: ModelCard) -> Iterator[Use]:
    """Yield how the engines would use a model, in order of preference.

    Engines that are not installed come last: the plan says what to install.
    """
    owners = [engine for engine in ENGINES.values() if engine.owns(card)]
    abilities = ((engine, engine.ability_for(card)) for engine in owners or ENGINES.values())
    found = [(engine, ability) for engine, ability in abilities if ability is not None]
    for engine, ability in sorted(found, key=lambda each: not each[0].is_installed()):
        if not (engine.is_torch and is_packed(card)):
            yield Use(engine.name, ability)
