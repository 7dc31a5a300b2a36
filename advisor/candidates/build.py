"""Build the shortlist from installed models and, within a budget, from models that the catalog finds on the Hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.candidates.candidate import CANNOT, Candidate, LeftOut, distinct_variants, evenly_spread, size_order
from advisor.candidates.candidate_factory import from_disk
from advisor.candidates.choose import FEWEST
from advisor.candidates.context import Context
from advisor.candidates.download_planner import Offers
from advisor.candidates.fit import broken_constraint, method_for
from advisor.candidates.found import found, not_loaded, option, use_of, with_usual_files
from advisor.candidates.judge import SMALLEST_TO_WRITE, judge_installed
from advisor.errors import one_line
from advisor.families import family
from advisor.formats.file_names import is_meant, split_variant
from advisor.formats.safety import json_map
from advisor.units import format_bytes
from catalog.prior import stem

__all__ = ["Context", "LeftOut", "Shortlist", "Suggestion", "build"]

if TYPE_CHECKING:
    from advisor.candidates.choose import Option
    from advisor.candidates.hub import Download
    from advisor.candidates.installed import InstalledModel
    from catalog import ModelCard

SUGGESTIONS = 8
# Why installed models have no place beside downloads.
RANKED = "others rank before it; raise max_candidates"
FOR_OTHERS = "made for other languages; name it among the models to try"
TINY = "smaller than what practitioners try for this; name it among the models to try"
MEMORY_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model from the catalog for the task that needs a download."""

    model: str
    parameters: int | None
    download_bytes: int | None
    why: tuple[str, ...]
    method: str = ""
    serving_bytes: int | None = None
    knows_languages: bool = False  # Whether its card names all of the task's languages, or many.


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Candidates smallest first, models left out with reasons, and further finds of the catalog."""

    candidates: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
    suggestions: tuple[Suggestion, ...]
    downloads: dict[str, Download]


def build(
    context: Context, installed: list[InstalledModel], *, named: set[str], missing: list[str], download_budget: int
) -> Shortlist:
    """Return the shortlist of at most the task's `max_candidates`, smallest first.

    Models are `named` in the task, then an unknown licence does not rule them out, and `missing` if not installed. With
    a `download_budget` of 0 bytes the Hub is never asked.
    """
    left_out: list[LeftOut] = []
    candidates: list[Candidate] = []
    for model in installed:
        candidates += _candidates(context, model, is_named=model.name in named, left_out=left_out)
    candidates += _elsewhere(context, left_out)
    candidates = list({candidate.key: candidate for candidate in candidates}.values())
    names = {model.name for model in installed if model.forms}  # the cache may hold some files of a model, no weights
    suited = _options(context)
    options = [each for each in suited if each.judged.barred is None]
    more = [each for each in options if each.card.id not in names]  # candidates for a download
    downloads: dict[str, Download] = {}
    most = context.task.max_candidates
    if download_budget > 0:
        kept, spare = _kept(context, candidates, options)
        tiny = [each for each in spare if _is_too_small(context, each.ability, each.parameters)]
        local = {_known_as(each): each for each in reversed(spare) if each not in tiny}
        offers = Offers(context, download_budget, most - len(kept), asks_hub=context.asks_hub)
        offered = [each for each in options if each.card.id not in names or each.card.id in local]
        small = [each for each in offered if _is_too_small(context, each.use.ability, each.parameters)]
        offers.take_models([each for each in offered if each not in small], kept, local)
        foreign = [each for each in spare if each.foreign or (context.tells_languages and len(each.languages) == 1)]
        offers.fill(each for each in spare if each not in (*foreign, *tiny))
        is_enough = len(kept) + len(offers.taken) + len(offers.local) >= FEWEST
        if not is_enough:
            offers.fill((*tiny, *foreign))
            offers.take_models(small, [*kept, *offers.local, *(candidate for candidate, _ in offers.taken)])
        candidates = [*kept, *offers.local]
        left_out += [
            LeftOut(each.name, f"installed, but {_why_spare(each, foreign, tiny) if is_enough else RANKED}")
            for each in spare
            if each not in candidates
        ]
        cached = [context.catalog.get(model.name) for model in installed if model.place == "cache"]
        offers.take_variants([card for card in cached if card is not None], candidates)
        # The Hub's facts about a model count, not that the cache has part of it.
        asked = {candidate.model for candidate, _ in offers.taken} | {model for model, _ in offers.left_out}
        left_out = [left for left in left_out if left.model not in asked]
        left_out += [LeftOut(*each) for each in offers.left_out]
        candidates += [candidate for candidate, _ in offers.taken]
        room = Offers(context, download_budget, most - len(kept), asks_hub=False)
        left_out += _barred({stem(each.model) for each in candidates}, suited, kept, room)
        left_out += [] if context.task.models else [LeftOut(*each) for each in not_loaded(context)]
        downloads = {candidate.key: download for candidate, download in offers.taken}
    left_out += [
        LeftOut(name, _why_not_installed(context, name))
        for name in missing
        if not _is_accounted_for(name, candidates, left_out)
    ]
    candidates = distinct_variants(candidates, context.task.models)
    chosen = evenly_spread(sorted(candidates, key=size_order), most)
    left_out += [
        LeftOut(c.name, "more models fit than share the error; raise max_candidates")
        for c in candidates
        if c not in chosen
    ]
    planned = {candidate.model for candidate in chosen}
    suggestions = _suggested(context, [each for each in more if each.card.id not in planned], chosen)
    return Shortlist(tuple(chosen), tuple(left_out), tuple(suggestions), downloads)


def _is_accounted_for(name: str, candidates: list[Candidate], left_out: list[LeftOut]) -> bool:
    """Return whether a model named in the task is a candidate, or left out for its own reason."""
    model, variant = split_variant(name)
    if any(left.model in (name, model) for left in left_out) or any(c.model == name for c in candidates):
        return True
    return any(c.model == model and is_meant(variant, c.precision, c.runtime, c.files) for c in candidates)


def _elsewhere(context: Context, left_out: list[LeftOut]) -> list[Candidate]:
    """Return the candidates on the task's servers and providers that satisfy its constraints."""
    if not (context.task.servers or context.task.providers):
        return []
    from advisor.candidates import remote

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
    """Return the catalog's card of a model named in the task, or of the model of a named variant."""
    return context.catalog.get(name) or context.catalog.get(split_variant(name)[0])


def _why_not_installed(context: Context, name: str) -> str:
    card = _card(context, name)
    if card is None:
        return "neither installed nor in the catalog; check its name"
    if lack := family(context.task.family).why_not_model(context.task, card.tags):
        return lack
    if use_of(context, with_usual_files(card)) is None:
        return "not installed, and no engine here loads it from the Hub for this task"
    return f"not installed; add --download {format_bytes(card.predicted_bytes()).replace(' ', '')} or more"


def _options(context: Context) -> list[Option]:
    """Return the models that could be downloaded for the task: those it names, else the catalog's finds."""
    task = context.task
    if not task.models:
        return found(context)
    cards = {card.id: card for name in task.models if (card := _card(context, name)) is not None}
    options = (option(context, card, rank) for rank, card in enumerate(cards.values()))
    return [each for each in options if each is not None]


def _is_too_small(context: Context, ability: str, parameters: int | None) -> bool:
    """Return whether a language model is smaller than any that practitioners try for texts that it was not made for."""
    writes = not family(context.task.family).has_labels and ability == "chat"
    return writes and (parameters or SMALLEST_TO_WRITE) < SMALLEST_TO_WRITE / 2


def _why_spare(candidate: Candidate, foreign: Sequence[Candidate], tiny: Sequence[Candidate]) -> str:
    """Return why an installed model gets no place."""
    return FOR_OTHERS if candidate in foreign else TINY if candidate in tiny else RANKED


def _known_as(candidate: Candidate) -> str:
    """Return a model's name in the catalog."""
    return candidate.derived_from or candidate.model


def _kept(
    context: Context, installed: list[Candidate], options: list[Option]
) -> tuple[list[Candidate], list[Candidate]]:
    """Return the installed models that are always tried, and the rest, the likeliest first.

    Always tried are models that the user named or runs on a server, and, for half of the places, the user's own models,
    which no catalog ranks. The rest get places by rank for the task, or free ones; models for other languages are last.
    """
    if context.task.models:
        return installed, []
    remote = [each for each in installed if each.is_remote]
    here = sorted((each for each in installed if not each.is_remote), key=size_order)
    fits, foreign = [each for each in here if not each.foreign], [each for each in here if each.foreign]
    own = [each for each in fits if context.catalog.get(_known_as(each)) is None]
    kept = remote + evenly_spread(own, context.task.max_candidates // 2)
    ranks = {each.card.id: each.rank for each in reversed(options)}
    rest = sorted(
        (each for each in fits if each not in kept), key=lambda each: ranks.get(_known_as(each), len(options))
    )
    return kept, rest + foreign


def _barred(planned: set[str], options: list[Option], kept: list[Candidate], offers: Offers) -> list[LeftOut]:
    """Return the models that would be tried but for their licence or a gate, with what admits them; no copy planned."""
    offers.take_models(options, kept)
    wanted = {candidate.model for candidate, _ in offers.taken} | {model for model, _ in offers.left_out}
    barred = {each.card.id: each.judged.barred for each in options if each.judged.barred is not None}
    return [LeftOut(model, why) for model, why in barred.items() if model in wanted and stem(model) not in planned]


def _suggested(context: Context, options: list[Option], chosen: list[Candidate]) -> list[Suggestion]:
    """Return further models that a download would add, as a plan would choose them, smallest first."""
    offers = Offers(context, sum(each.download_bytes or 0 for each in options), SUGGESTIONS, asks_hub=False)
    offers.take_models(options, chosen)
    more = sorted((candidate for candidate, _ in offers.taken), key=size_order)
    knows = context.needs.knows
    return [
        Suggestion(c.model, c.parameters, c.download_bytes, c.why, c.method, c.serving_bytes, knows(c.languages))
        for c in more
    ]


def _candidates(context: Context, model: InstalledModel, *, is_named: bool, left_out: list[LeftOut]) -> list[Candidate]:
    if model.reason is not None:
        left_out.append(LeftOut(model.name, model.reason))
        return []
    card = context.catalog.get(model.facts.derived_from or model.name)
    methods = family(context.task.family).methods_for(context.task)
    # A model of inference is a classifier of pairs, too; of single texts it is none.
    once = {"classify"} if any(form.ability == "entail" and "entail" in methods for form in model.forms) else set()
    able = [form for form in model.forms if form.ability in methods.keys() - once]
    if not able:  # one line per model: the failure of a form that is not tried is irrelevant
        others = ", ".join(sorted({form.ability for form in model.forms}))
        left_out.append(LeftOut(model.name, f"{CANNOT}{context.task.family}: it can only {others}"))
    made: list[Candidate] = []
    for form in able:
        judged = judge_installed(context, form)
        method, why_not = method_for(
            form,
            context.task,
            context.examples,
            family=card.family if card else None,
            is_named=is_named,
            labels=judged.labels,
        )
        # By its configuration; a prompted model has none.
        kinds = [str(json_map(model.folder / "config.json").get("model_type"))] if form.ability == "rewrite" else []
        if method is not None and (lack := family(context.task.family).why_not_model(context.task, kinds)):
            method, why_not = None, lack
        if method is None:
            left_out.append(LeftOut(model.name, one_line(why_not, 200)))
            continue
        candidate = from_disk(context, model, form, method, card=card, judged=judged)
        reason = broken_constraint(
            candidate, context.task.constraints, is_named=is_named, memory_limit=context.memory_limit
        )
        if reason is not None:
            left_out.append(LeftOut(model.name, reason))
        else:
            made.append(candidate)
    return made
