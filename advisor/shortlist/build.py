"""Builds the shortlist: what is at hand and, within a budget, what the catalog finds on the Hub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from advisor.errors import one_line
from advisor.families import family
from advisor.shortlist import hub
from advisor.shortlist.candidate import Candidate, size_order
from advisor.shortlist.fit import broken_constraint, method_for
from advisor.shortlist.made import from_disk, from_hub
from advisor.shortlist.uses import Use, other_uses, use_for
from advisor.units import format_bytes
from catalog import Filters

if TYPE_CHECKING:
    from advisor.models.at_hand import ModelAtHand
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task
    from catalog import Catalog, ModelCard

T = TypeVar("T")

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
    downloads: dict[str, hub.Download]


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
    names = {model.name for model in at_hand}
    found = [(card, why) for card, why in _found(context) if card.id not in names]
    downloads: dict[str, hub.Download] = {}
    if download_budget > 0:
        room = context.task.max_candidates - len(candidates)
        if room <= 0:
            left_out.append(LeftOut("the Hub", "the models at hand fill the shortlist; raise max_candidates"))
        for candidate, download in _from_hub(context, found, download_budget, room, left_out):
            candidates.append(candidate)
            downloads[candidate.key] = download
    tried = {candidate.model for candidate in candidates} | {left.model for left in left_out}
    left_out += [LeftOut(name, _not_at_hand(context, name)) for name in missing if name not in tried]
    chosen = spread(sorted(candidates, key=size_order), context.task.max_candidates)
    left_out += [
        LeftOut(c.model, "more models fit than share the error; raise max_candidates")
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


def _not_at_hand(context: Context, name: str) -> str:
    card = context.catalog.get(name)
    if card is None:
        return "neither at hand nor in the catalog; check its name"
    if _use(context, card) is None:
        return "not at hand, and no engine here loads it from the Hub for this task"
    return f"not at hand; add --download {format_bytes(card.predicted_bytes()).replace(' ', '')} or more"


def spread(candidates: list[T], most: int) -> list[T]:
    """Return at most `most` of what is sorted by size: the smallest, the largest and those evenly between."""
    if len(candidates) <= most:
        return candidates
    if most < 1:
        return []
    if most == 1:
        return candidates[:1]
    return [candidates[round(i * (len(candidates) - 1) / (most - 1))] for i in range(most)]


def query(task: Task, labels: tuple[str, ...]) -> str:
    """Return the words with which the catalog is searched for a task."""
    meanings = " ".join(task.labels.get(label, "") for label in labels)
    return f"{task.family.replace('-', ' ')}: {task.instruction} {' '.join(labels)} {meanings}"[:2000]


def _use(context: Context, card: ModelCard) -> Use | None:
    task, kind = context.task, family(context.task.family)
    use = use_for(card, kind, allows=task.allowed(card.id), is_named=card.id in task.models)
    return use if use is not None and kind.why_not(kind.methods[use.ability], task) is None else None


def _found(context: Context) -> list[tuple[ModelCard, tuple[str, ...]]]:
    """Return what the catalog finds within the task's constraints and an engine here could load, smallest first."""
    task = context.task
    if task.models:
        cards = [context.catalog.get(name) for name in task.models]
        return [(card, ()) for card in cards if card is not None and _use(context, card)]
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
    usable = [(hit.card, hit.why) for hit in hits if _use(context, hit.card)]
    return sorted(usable, key=lambda found: found[0].predicted_bytes() or 0)


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


def _from_hub(
    context: Context,
    found: list[tuple[ModelCard, tuple[str, ...]]],
    budget: int,
    room: int,
    left_out: list[LeftOut],
) -> list[tuple[Candidate, hub.Download]]:
    """Plan downloads, smallest first over the sizes found, until the budget or the room for candidates is used up."""
    planned: list[tuple[Candidate, hub.Download]] = []
    affordable = [card for card, _ in found if (card.predicted_bytes() or budget) <= budget]
    for card in spread(affordable, room):
        first = _use(context, card)
        if first is None:
            continue
        download, use, failure = None, first, ""
        for each in (first, *other_uses(card, first)):
            try:
                download, use = hub.plan(card, each.runtime, context.task.allowed(card.id)), each
                break
            except hub.DownloadError as error:
                failure = failure or str(error)
        if download is None:
            left_out.append(LeftOut(card.id, failure))
            continue
        candidate = from_hub(context, card, use, download)
        reason = broken_constraint(
            candidate, context.task.constraints, is_named=False, memory_limit=context.memory_limit
        )
        if reason is None and download.to_fetch_bytes > budget:
            reason = "its download is over the budget given with --download"
        if reason is not None:
            left_out.append(LeftOut(card.id, reason))
            continue
        budget -= download.to_fetch_bytes
        planned.append((candidate, download))
    return planned
