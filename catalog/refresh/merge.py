"""Lays the Hub's facts over the catalog that a refresh builds on."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, Final

from catalog.card import ModelCard, WeightFile
from catalog.refresh.record import Record, card_of
from catalog.seed import inherit

_STANDINGS: Final = {None: 0, "estimated": 1, "derived": 2, "exact": 3}
_COUNT: Final = ("parameters", "parameters_standing", "parameters_source")
_JOINED: Final = frozenset({"aliases", "tags", "files", "scores"})
_UNTOLD: Final = frozenset({"id", "sources", "description", "parameters_standing", "parameters_source"})
_NOTHING: Final[tuple[object, ...]] = (None, (), {}, "")
_MOST_TAGS: Final = 24


def merge(
    base: Iterable[ModelCard],
    records: Iterable[tuple[Record, str]],
    *,
    gone: Iterable[str] = (),
    aliases: Iterable[tuple[str, str]] = (),
) -> list[ModelCard]:
    """The cards of a refreshed catalog; equal input gives equal cards, whatever its order.

    Args:
        base: Cards of the shipped or imported snapshot.
        records: Trimmed records of the Hub, each with the day it was fetched.
        gone: Ids of models that are no more.
        aliases: Former ids, each with the present one.
    """
    known = {card.id.lower(): card for card in base}
    by_alias = {alias.lower(): card.id.lower() for card in known.values() for alias in card.aliases}
    former: dict[str, list[str]] = {}
    for old, new in sorted(aliases):
        former.setdefault(new.lower(), []).append(old)
    for key in map(str.lower, gone):
        known.pop(by_alias.get(key, key), None)
    told = {record["id"].lower(): (record, date) for record, date in records}
    merged: list[ModelCard] = []
    for key in sorted(told):
        record, date = told[key]
        names = [key, *map(str.lower, former.get(key, ())), by_alias.get(key, key)]
        # A former name belongs to the renamed model only while no other model bears it.
        homes = [n for n in dict.fromkeys(names) if n in known and (n == key or n not in told)]
        olds = [known.pop(n) for n in homes]
        card = card_of(record, date)
        if card is not None:
            merged.append(_named(_over(olds, card, f"Hub API {date}"), [*former.get(key, ()), *(o.id for o in olds)]))
    return inherit.complete(_distinct_aliases([*known.values(), *merged]))


def _over(olds: list[ModelCard], card: ModelCard, source: str) -> ModelCard:
    """The Hub's card with what the old cards of the same model know beyond it."""
    result = card
    for old in olds:
        # An imported catalog may have heard from the Hub later than this machine has.
        later = bool(old.updated and card.updated and old.updated > card.updated)
        result = _fill(old, result) if later else _fill(result, old)
    told = {f.name for f in fields(ModelCard) if f.name not in _UNTOLD and getattr(card, f.name) not in _NOTHING}
    mine = {name for name in told if getattr(result, name) == getattr(card, name) or name in _JOINED}
    sources = [kept for old in olds for said in old.sources if (kept := _without(said, mine - _JOINED))]
    if mine:
        sources.append(f"{source}: {', '.join(sorted(mine))}")
    return replace(result, sources=tuple(dict.fromkeys(sources)))


def _without(said: str, facts: set[str]) -> str:
    """A source's line without the facts that another source has since told; empty if none is left."""
    name, _, rest = said.partition(": ")
    left = [fact for fact in rest.split(", ") if fact not in facts]
    return f"{name}: {', '.join(left)}" if left else ""


def _fill(card: ModelCard, old: ModelCard) -> ModelCard:
    changes: dict[str, Any] = {}
    for f in fields(ModelCard):
        mine, theirs = getattr(card, f.name), getattr(old, f.name)
        if f.name not in _JOINED | _UNTOLD | {"parameters"} and mine in _NOTHING and theirs not in _NOTHING:
            changes[f.name] = theirs
    if _STANDINGS[old.parameters_standing] > _STANDINGS[card.parameters_standing]:
        changes |= {name: getattr(old, name) for name in _COUNT}
    changes["files"] = _files(card, old)
    changes["scores"] = {**old.scores, **card.scores}
    changes["tags"] = tuple(dict.fromkeys((*old.tags, *card.tags)))[:_MOST_TAGS]
    changes["aliases"] = tuple(dict.fromkeys((*old.aliases, *card.aliases)))
    return replace(card, **changes)


def _files(card: ModelCard, old: ModelCard) -> tuple[WeightFile, ...]:
    """The old card's files, then formats it lacks. Hashes hold for the commit they were taken of and for no other."""
    same = old.revision is None or card.revision in (None, old.revision)
    kept = tuple(file if same else replace(file, sha256=None) for file in old.files)
    formats = {file.format for file in kept}
    return (*kept, *(file for file in card.files if file.format not in formats))


def _named(card: ModelCard, names: list[str]) -> ModelCard:
    """The card with former names as aliases, its own name not among them."""
    others = [name for name in (*card.aliases, *names) if name.lower() != card.id.lower()]
    spelled = {name.lower(): name for name in reversed(others)}
    return replace(card, aliases=tuple(sorted(spelled.values(), key=lambda n: (n.lower(), n))))


def _distinct_aliases(cards: list[ModelCard]) -> list[ModelCard]:
    """Each alias with one card, and none that is the id of another."""
    taken = {card.id.lower() for card in cards}
    distinct = []
    for card in sorted(cards, key=lambda c: c.id.lower()):
        free = tuple(alias for alias in card.aliases if alias.lower() not in taken)
        taken.update(alias.lower() for alias in free)
        distinct.append(card if free == card.aliases else replace(card, aliases=free))
    return distinct
