"""Merge the facts of several sources about one repository, and record their sources."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from catalog.card import ModelCard
from catalog.inherit import FIRMNESS
from catalog.languages import codes
from catalog.repository import is_real, license_id


@dataclass(slots=True)
class Merger:
    """Collects cards source by source; the first source of a fact wins, so add the best first."""

    _cards: dict[str, ModelCard] = field(default_factory=dict)
    _said: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    _alias: dict[str, str] = field(default_factory=dict)

    def add(self, source: str, cards: Iterable[ModelCard], *, known_only: bool = False) -> int:
        """Merge a source's cards, with ``known_only`` only into existing ones; how many were new or changed."""
        count = 0
        for said in cards:
            if not is_real(said.id):
                continue
            card = replace(said, license=license_id(said.license), languages=codes(said.languages))
            if not card.parameters:  # some sources have 0 for unknown
                card = replace(card, parameters=None, parameters_standing=None, parameters_source=None)
            key = self._alias.get(card.id.lower(), card.id.lower())
            for alias in card.aliases:
                self._alias.setdefault(alias.lower(), key)
            if key in self._cards:
                count += self._fill(key, source, card)
            elif not known_only:
                self._cards[key] = card
                self._said[key] = {source: sorted(_facts(card))}
                count += 1
        return count

    def confirm(self, source: str, name: str) -> None:
        """Record that a source has a repository, by its id or a former one in lower case."""
        key = self._alias.get(name, name)
        if key in self._said:
            self._said[key].setdefault(source, []).append("id")

    def unconfirmed(self, written_down: Iterable[str]) -> dict[str, str]:
        """The card's key for each name in lower case of cards from only these sources."""
        names = self._alias | {key: key for key in self._cards}
        own = {key for key, said in self._said.items() if said.keys() <= set(written_down)}
        return {name: key for name, key in names.items() if key in own}

    def result(self) -> list[ModelCard]:
        """The merged cards with their sources as "name: facts"."""
        return [
            replace(card, sources=tuple(f"{name}: {', '.join(facts)}" for name, facts in self._said[key].items()))
            for key, card in self._cards.items()
        ]

    def _fill(self, key: str, source: str, card: ModelCard) -> bool:
        old = self._cards[key]
        changes: dict[str, Any] = {}
        is_firmer = FIRMNESS[card.parameters_standing] > FIRMNESS[old.parameters_standing]
        for name in _facts(card):
            mine, theirs = getattr(old, name), getattr(card, name)
            if name in ("tags", "aliases"):
                joined = tuple(dict.fromkeys((*mine, *theirs)))
                if joined != mine:
                    changes[name] = joined
            elif name == "scores":
                changes[name] = {**theirs, **mine}
            elif name == "files":
                names = {f.name for f in mine if f.name}
                added = [f for f in theirs if (f.name not in names if f.name else f.format not in old.formats)]
                if added:
                    changes[name] = (*mine, *added)
            elif mine is None or mine == () or (name == "parameters" and is_firmer):
                changes[name] = theirs
        changes.pop("parameters_standing", None)
        changes.pop("parameters_source", None)
        if "parameters" in changes:
            changes["parameters_standing"] = card.parameters_standing
            changes["parameters_source"] = card.parameters_source
        if changes:
            self._cards[key] = replace(old, **changes)
            self._said[key].setdefault(source, []).extend(
                sorted(changes.keys() - {"parameters_standing", "parameters_source"})
            )
        return bool(changes)


def _facts(card: ModelCard) -> set[str]:
    said = {f.name for f in fields(card) if f.name not in ("id", "sources", "description")}
    return {name for name in said if getattr(card, name) not in (None, ()) and (name != "scores" or card.scores)}
