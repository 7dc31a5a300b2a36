"""Builds the shortlist: what is at hand and, within a budget, what the catalog finds on the Hub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.families import family
from advisor.models.trust import json_map
from advisor.models.variant_names import is_meant, split
from advisor.shortlist.candidate import Candidate, size_order, spread, told_apart
from advisor.shortlist.fit import broken_constraint, method_for
from advisor.shortlist.made import from_disk
from advisor.shortlist.offers import Offers, use_of
from advisor.units import format_bytes
from catalog import Filters

if TYPE_CHECKING:
    from advisor.models.at_hand import ModelAtHand
    from advisor.models.layout import Form
    from advisor.shortlist.hub import Download
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task
    from catalog import Catalog, ModelCard

SEARCH_DEPTH = 40
SUGGESTIONS = 5
MEMORY_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A model that is no candidate, and why."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model the catalog finds for the task that would have to be downloaded."""

    model: str
    parameters: int | None
    download_bytes: int | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Candidates smallest first, what was left out and why, and what else the catalog found."""

    candidates: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
    suggestions: tuple[Suggestion, ...]
    downloads: dict[str, Download]


@dataclass(frozen=True, slots=True)
class Context:
    """What candidates are measured against."""

    task: Task
    examples: ExampleSet
    threads: int
    # Of all memory, not of what happens to be free now: that must not change a run.
    memory_limit: int
    catalog: Catalog


def build(
    context: Context, at_hand: list[ModelAtHand], *, named: set[str], missing: list[str], download_budget: int
) -> Shortlist:
    """Return the shortlist of at most the task's `max_candidates`, smallest first.

    Args:
        context: The task, its examples, the machine and the catalog.
        at_hand: Models on this disk that may be considered.
        named: Names that the task lists itself: an unknown licence does not rule those out.
        missing: Names that the task lists and that are not at hand.
        download_budget: Bytes that may be downloaded; 0 never asks the Hub.
    """
    left_out: list[LeftOut] = []
    candidates: list[Candidate] = []
    for model in at_hand:
        candidates += _candidates(context, model, is_named=model.name in named, left_out=left_out)
    candidates += _elsewhere(context, left_out)
    candidates = list({candidate.key: candidate for candidate in candidates}.values())
    names = {model.name for model in at_hand if model.forms}  # the cache may hold some files of a model, no weights
    found = [(card, why) for card, why in _found(context) if card.id not in names]
    downloads: dict[str, Download] = {}
    if download_budget > 0:
        room = context.task.max_candidates - len(candidates)
        if room <= 0:
            left_out.append(LeftOut("the Hub", "the models at hand fill the shortlist; raise max_candidates"))
        offers = Offers(context, download_budget, room)
        offers.take_models([card for card, _ in found])
        cached = [context.catalog.get(model.name) for model in at_hand if model.place == "cache"]
        offers.take_variants([card for card in cached if card is not None], candidates)
        # What the Hub says of a model counts, not that the cache holds a part of it.
        asked = {candidate.model for candidate, _ in offers.taken} | {model for model, _ in offers.left_out}
        left_out = [left for left in left_out if left.model not in asked]
        left_out += [LeftOut(*each) for each in offers.left_out]
        candidates += [candidate for candidate, _ in offers.taken]
        downloads = {candidate.key: download for candidate, download in offers.taken}
    left_out += [
        LeftOut(name, _not_at_hand(context, name)) for name in missing if not _is_told(name, candidates, left_out)
    ]
    candidates = told_apart(candidates, context.task.models)
    chosen = spread(sorted(candidates, key=size_order), context.task.max_candidates)
    left_out += [
        LeftOut(c.name, "more models fit than share the error; raise max_candidates")
        for c in candidates
        if c not in chosen
    ]
    planned = {candidate.model for candidate in chosen}
    suggestions = [
        Suggestion(card.id, card.parameters, card.predicted_bytes(), why)
        for card, why in found
        if card.id not in planned
    ]
    return Shortlist(tuple(chosen), tuple(left_out), tuple(suggestions[:SUGGESTIONS]), downloads)


def _is_told(name: str, candidates: list[Candidate], left_out: list[LeftOut]) -> bool:
    """Return whether what the task names is a candidate, or left out for a reason of its own."""
    model, variant = split(name)
    if any(left.model in (name, model) for left in left_out) or any(c.model == name for c in candidates):
        return True
    return any(c.model == model and is_meant(variant, c.precision, c.runtime, c.files) for c in candidates)


def _elsewhere(context: Context, left_out: list[LeftOut]) -> list[Candidate]:
    """Return the candidates on the task's servers and providers that break none of its constraints."""
    if not (context.task.servers or context.task.providers):
        return []
    from advisor.shortlist import remote

    reasons: dict[str, str] = {}
    made = []
    for candidate in remote.candidates(context, reasons):
        reason = broken_constraint(
            candidate, context.task.constraints, is_named=True, memory_limit=context.memory_limit
        )
        if reason is None:
            made.append(candidate)
        else:
            reasons[candidate.model] = reason
    left_out += [LeftOut(name, reason) for name, reason in reasons.items()]
    return made


def _card(context: Context, name: str) -> ModelCard | None:
    """Return what the catalog knows of the model that a task names, itself or a variant of it."""
    return context.catalog.get(name) or context.catalog.get(split(name)[0])


def _not_at_hand(context: Context, name: str) -> str:
    card = _card(context, name)
    if card is None:
        return "neither at hand nor in the catalog; check its name"
    if lack := family(context.task.family).why_not_model(context.task, card.tags):
        return lack
    if use_of(context, card) is None:
        return "not at hand, and no engine here loads it from the Hub for this task"
    return f"not at hand; add --download {format_bytes(card.predicted_bytes()).replace(' ', '')} or more"


def query(task: Task, labels: tuple[str, ...]) -> str:
    """Return the words with which the catalog is searched for a task."""
    meanings = " ".join(task.labels.get(label, "") for label in labels)
    return f"{task.family.replace('-', ' ')}: {task.instruction} {' '.join(labels)} {meanings}"[:2000]


def _found(context: Context) -> list[tuple[ModelCard, tuple[str, ...]]]:
    """Return what the catalog finds within the task's constraints and an engine here could load, smallest first."""
    task = context.task
    if task.models:
        cards = {card.id: card for name in task.models if (card := _card(context, name)) is not None}
        return [(card, ()) for card in cards.values() if use_of(context, card)]
    constraints = task.constraints
    filters = Filters(
        families=frozenset(family(task.family).searched),
        licenses=frozenset(constraints.license),
        languages=frozenset(constraints.languages),
        max_parameters=constraints.max_parameters,
        max_bytes=min(constraints.max_memory or context.memory_limit, context.memory_limit),
        formats=frozenset({"safetensors", "gguf", "onnx", "ctranslate2"}),
    )
    hits = context.catalog.search(query(task, context.examples.labels), filters=filters, limit=SEARCH_DEPTH)
    usable = [(hit.card, hit.why) for hit in hits if use_of(context, hit.card)]
    return sorted(usable, key=lambda found: found[0].predicted_bytes() or 0)


def _lack(context: Context, model: ModelAtHand, form: Form) -> str | None:
    """Return what a model of this kind lacks for the task, by its own configuration; a model that is asked has none."""
    kinds = [str(json_map(model.folder / "config.json").get("model_type"))] if form.ability == "rewrite" else []
    return family(context.task.family).why_not_model(context.task, kinds)


def _candidates(context: Context, model: ModelAtHand, *, is_named: bool, left_out: list[LeftOut]) -> list[Candidate]:
    if model.reason is not None:
        left_out.append(LeftOut(model.name, model.reason))
        return []
    card = context.catalog.get(model.facts.derived_from or model.name)
    made: list[Candidate] = []
    for form in model.forms:
        method, why_not = method_for(
            form,
            context.task,
            context.examples,
            family=card.family if card else None,
            is_named=is_named,
        )
        if method is not None and (lack := _lack(context, model, form)):
            method, why_not = None, lack
        if method is None:
            left_out.append(LeftOut(model.name, one_line(why_not, 200)))
            continue
        candidate = from_disk(context, model, form, method, card)
        reason = broken_constraint(
            candidate, context.task.constraints, is_named=is_named, memory_limit=context.memory_limit
        )
        if reason is not None:
            left_out.append(LeftOut(model.name, reason))
        else:
            made.append(candidate)
    return made
