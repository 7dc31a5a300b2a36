"""Completeness of a catalog, and its agreement with a record of the Hub."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catalog.errors import CatalogInputError
from catalog.repository import packed

if TYPE_CHECKING:
    from catalog.card import ModelCard
    from catalog.query.search import Catalog

TOLERANCE: Final = 0.001
# Prefixes of sources that do not confirm that a repository exists: the hand-made table, and inferences.
_NOT_RECORDED: Final = ("curated ", "its ")
_FACTS: Final = (
    "family", "parameters", "license", "languages", "labels", "library", "files", "context_length", "revision",
    "downloads", "base_model", "scores", "gated",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A fact on which the catalog and the record differ."""

    id: str
    fact: str
    ours: str | int | None
    theirs: str | int | None


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a verification."""

    count: int  # Models in the catalog.
    families: dict[str, int]  # Models per family, largest first; "" is unknown.
    filled: dict[str, float]  # For each fact the share of models that have it.
    # For each fact the share of models that have it only from their base, series, owner or name.
    inferred: dict[str, float]
    # For each family the share of models with a parameter count and the share with a licence.
    sized: dict[str, tuple[float, float]]
    recorded: int  # Models in the record, 0 without one.
    known: int  # Those of them in the catalog.
    compared: int  # Parameter counts that are exact in both.
    agreeing: int  # Those of them within 0.1%.
    disagreements: tuple[Disagreement, ...]  # Counts that differ more, then families and licences that differ.
    moved: tuple[tuple[str, str], ...]  # Recorded ids that resolve to a card of another name: (recorded, here).
    # Ids of models in the hand-made table that no recorded source confirms.
    unconfirmed: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        shares = ", ".join(f"{fact} {share:.0%}" for fact, share in self.filled.items())
        out = [f"{self.count:,} models; known of them: {shares}"]
        if any(self.inferred.values()):
            shares = ", ".join(f"{fact} {share:.0%}" for fact, share in self.inferred.items() if share)
            out.append(f"of these inferred from the base, the series, the owner or the name: {shares}")
        out.append(f"{'family':<32} {'models':>7} {'size':>6} {'licence':>8}")
        for family, count in self.families.items():
            size, terms = self.sized[family]
            out.append(f"{family or '(unknown)':<32} {count:>7,} {size:>6.0%} {terms:>8.0%}")
        if self.unconfirmed:
            out.append(
                f"{len(self.unconfirmed):,} of {self.count:,} models are known only from a hand-made table: no "
                "recorded source confirms that they exist; a refresh does (--json names them)"
            )
        if self.recorded:
            out.append(f"record of {self.recorded:,} models, {self.known:,} of them here, {len(self.moved)} moved")
            out.append(f"exact parameter counts: {self.agreeing:,} of {self.compared:,} agree within 0.1%")
            kinds = Counter(d.fact for d in self.disagreements)
            out.append(f"differ: {', '.join(f'{fact} {n}' for fact, n in sorted(kinds.items())) or 'nothing'}")
        return out


def verify_catalog(catalog: "Catalog", recorded: Path | None = None) -> Report:
    """Count known facts and, given a record of the Hub, compare them.

    ``recorded`` has a line of JSON per model, as the Hub's listing writes it (``id`` or ``modelId``, ``pipeline_tag``,
    ``safetensors.total``, ``tags``), or with ``parameters`` and ``license`` added. CatalogError if it cannot be read.
    """
    families: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    sized: Counter[str] = Counter()
    licensed: Counter[str] = Counter()
    inferred: Counter[str] = Counter()
    unconfirmed: list[str] = []
    for card in catalog.cards():
        if not is_confirmed(card):
            unconfirmed.append(card.id)
        families[card.family or ""] += 1
        sized[card.family or ""] += card.parameters is not None
        licensed[card.family or ""] += card.license is not None
        inferred.update(card.inferred)
        for fact in _FACTS:
            filled[fact] += getattr(card, fact) not in (None, ()) and (fact != "scores" or bool(card.scores))
    count = families.total()
    ordered = dict(sorted(families.items(), key=lambda item: (-item[1], item[0])))
    comparison = _Comparison()
    for line, record in _records(recorded) if recorded is not None else ():
        try:
            comparison.add(catalog, record)
        except (TypeError, AttributeError) as error:
            raise CatalogInputError(f"Line {line} of {recorded} is not as the Hub lists models ({error}).") from error
    if recorded is not None and not comparison.recorded:
        raise CatalogInputError(f"The record {recorded} names no model. Each of its lines must have an id.")
    return Report(
        count=count,
        families=ordered,
        filled={fact: filled[fact] / count if count else 0.0 for fact in _FACTS},
        inferred={fact: inferred[fact] / count if count else 0.0 for fact in _FACTS},
        sized={f: (sized[f] / n, licensed[f] / n) for f, n in ordered.items()},
        recorded=comparison.recorded,
        known=comparison.known,
        compared=comparison.compared,
        agreeing=comparison.agreeing,
        disagreements=tuple(sorted(comparison.differ, key=lambda d: (d.fact != "parameters", d.fact, d.id))),
        moved=tuple(comparison.moved),
        unconfirmed=tuple(unconfirmed),
    )


def is_confirmed(card: "ModelCard") -> bool:
    """Whether a recorded source confirms the model; the hand-made table and inferences do not."""
    return not card.sources or any(not source.startswith(_NOT_RECORDED) for source in card.sources)


class _Comparison:
    """Running counts over the records."""

    def __init__(self) -> None:
        self.recorded = self.known = self.compared = self.agreeing = 0
        self.differ: list[Disagreement] = []
        self.moved: list[tuple[str, str]] = []

    def add(self, catalog: "Catalog", record: dict[str, Any]) -> None:
        model_id = record.get("id") or record.get("modelId")
        if not isinstance(model_id, str):
            return
        self.recorded += 1
        card = catalog.get(model_id)
        if card is None:
            return
        self.known += 1
        if card.id != model_id:
            self.moved.append((model_id, card.id))
        self._parameters(card, record)
        pairs = (("family", card.family, record.get("pipeline_tag")), ("license", card.license, _license(record)))
        for fact, ours, theirs in pairs:
            if ours and theirs and ours != theirs:
                self.differ.append(Disagreement(card.id, fact, ours, theirs))

    def _parameters(self, card: "ModelCard", record: dict[str, Any]) -> None:
        theirs = record.get("parameters") or (record.get("safetensors") or {}).get("total")
        if card.parameters is None or card.parameters_standing != "exact" or not theirs or packed(record):
            return
        self.compared += 1
        if abs(card.parameters - theirs) <= TOLERANCE * theirs:
            self.agreeing += 1
        else:
            self.differ.append(Disagreement(card.id, "parameters", card.parameters, int(theirs)))


def _license(record: dict[str, Any]) -> str | None:
    stated = record.get("license")
    if isinstance(stated, str):
        return stated.lower()
    tags = record.get("tags") or ()
    return next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), None)


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip() and isinstance(record := json.loads(line), dict):
                    yield number, record
    except (OSError, ValueError, RecursionError) as error:
        raise CatalogInputError(
            f"The record {path} cannot be read ({error}). It must hold one JSON object a line."
        ) from error
