"""Merge the Hub's facts into the catalog that a refresh builds on."""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any, Final

from catalog.card import ModelCard, WeightFile
from catalog.inherit import FIRMNESS
from catalog.refresh.record import Record, card_of
from catalog.refresh.staging import Staging

_COUNT: Final = ("parameters", "parameters_standing", "parameters_source")
_JOINED: Final = frozenset({"aliases", "tags", "files", "scores"})
_NOT_FACTS: Final = frozenset({"id", "sources", "description", "parameters_standing", "parameters_source"})
_NOTHING: Final[tuple[object, ...]] = (None, (), {}, "")
_MOST_TAGS: Final = 24


def merge(
    staging: Staging,
    records: Iterable[tuple[Record, str]],
    *,
    has_record: Callable[[str], bool],
    gone: Iterable[str] = (),
    aliases: Iterable[tuple[str, str]] = (),
) -> None:
    """Add the cards of a refreshed catalog to the working store, whose base holds the cards to build on.

    The store's output does not depend on the order of the input. `records` come with the day they were fetched;
    `has_record` says whether an id in lower case has one; `aliases` are pairs of a former and the current id.
    """
    former: dict[str, list[str]] = {}
    for old, new in sorted(aliases):
        former.setdefault(new.lower(), []).append(old)
    for key in map(str.lower, gone):
        staging.take(staging.known_as(key))
    for record, date in records:
        key = record["id"].lower()
        names = [key, *map(str.lower, former.get(key, ())), staging.known_as(key)]
        # A former name is an alias of the renamed model only while no other model has it.
        homes = [n for n in dict.fromkeys(names) if n == key or not has_record(n)]
        olds = [card for n in homes if (card := staging.take(n)) is not None]
        card = card_of(record, date)
        if card is not None:
            names = [*former.get(key, ()), *(old.id for old in olds)]
            staging.add(_named(_over(olds, card, f"Hub API {date}"), names))
    for card in staging.left():
        staging.add(card)


def _over(olds: list[ModelCard], card: ModelCard, source: str) -> ModelCard:
    """The Hub's card with further facts from old cards of the same model."""
    result = card
    for old in olds:
        # An imported catalog may have newer facts from the Hub than this machine.
        later = bool(old.updated and card.updated and old.updated > card.updated)
        result = _fill(old, result) if later else _fill(result, old)
    stated = {f.name for f in fields(ModelCard) if f.name not in _NOT_FACTS and getattr(card, f.name) not in _NOTHING}
    mine = {name for name in stated if getattr(result, name) == getattr(card, name) or name in _JOINED}
    sources = [kept for old in olds for said in old.sources if (kept := _without(said, mine - _JOINED))]
    if mine:
        sources.append(f"{source}: {', '.join(sorted(mine))}")
    return replace(result, sources=tuple(dict.fromkeys(sources)))


def _without(said: str, facts: set[str]) -> str:
    """A source's line without the facts that a newer source states; empty if none remain."""
    name, _, rest = said.partition(": ")
    left = [fact for fact in rest.split(", ") if fact not in facts]
    return f"{name}: {', '.join(left)}" if left else ""


def _fill(card: ModelCard, old: ModelCard) -> ModelCard:
    changes: dict[str, Any] = {}
    for f in fields(ModelCard):
        mine, theirs = getattr(card, f.name), getattr(old, f.name)
        if f.name not in _JOINED | _NOT_FACTS | {"parameters"} and mine in _NOTHING and theirs not in _NOTHING:
            changes[f.name] = theirs
    if FIRMNESS[old.parameters_standing] > FIRMNESS[card.parameters_standing]:
        changes |= {name: getattr(old, name) for name in _COUNT}
    changes["files"] = _files(card, old)
    changes["scores"] = {**old.scores, **card.scores}
    changes["tags"] = tuple(dict.fromkeys((*old.tags, *card.tags)))[:_MOST_TAGS]
    changes["aliases"] = tuple(dict.fromkeys((*old.aliases, *card.aliases)))
    return replace(card, **changes)


def _files(card: ModelCard, old: ModelCard) -> tuple[WeightFile, ...]:
    """The old card's files, then formats it lacks. Hashes are valid only for the commit they were taken from."""
    same = old.revision is None or card.revision in (None, old.revision)
    kept = tuple(file if same else replace(file, sha256=None) for file in old.files)
    formats = {file.format for file in kept}
    return (*kept, *(file for file in card.files if file.format not in formats))


def _named(card: ModelCard, names: list[str]) -> ModelCard:
    """The card with former names, without its own, as aliases."""
    others = [name for name in (*card.aliases, *names) if name.lower() != card.id.lower()]
    spelled = {name.lower(): name for name in reversed(others)}
    return replace(card, aliases=tuple(sorted(spelled.values(), key=lambda n: (n.lower(), n))))
