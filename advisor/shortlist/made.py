"""Makes candidates: what is known of a model, how it is used, what it is predicted to need."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from advisor import machine
from advisor.evidence.prior_guess import published_score
from advisor.families import family
from advisor.shortlist import predict
from advisor.shortlist.candidate import Candidate
from advisor.shortlist.room import Room, room_for

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.models.at_hand import ModelAtHand
    from advisor.models.layout import Form
    from advisor.shortlist.build import Context
    from advisor.shortlist.hub import Download
    from advisor.shortlist.uses import Use
    from catalog import ModelCard


def from_disk(context: Context, model: ModelAtHand, form: Form, method: str, card: ModelCard | None) -> Candidate:
    """Return the candidate that a form of a model at hand makes; `card` is what the catalog knows of it."""
    parameters, standing = form.parameters, "exact"
    if parameters is None and card is not None and model.facts.derived_from is None:
        parameters, standing = card.parameters, card.parameters_standing or "estimated"
    if parameters is None:
        parameters, standing = model.facts.parameters, "claimed"
    languages = model.facts.languages or (card.languages if card else ())
    computed = form.computed or predict.computed_parameters(form.runtime, parameters)
    room = _room(context, form.runtime, model.folder / form.files[0], form.weights_bytes, computed)
    return Candidate(
        model=model.name,
        revision=model.revision,
        place=model.place,
        folder=str(model.folder),
        files=form.files,
        fingerprint=model.revision or fingerprint(model.folder),
        runtime=form.runtime,
        method=method,
        precision=form.precision,
        parameters=parameters,
        parameters_standing=standing if parameters is not None else None,
        license=model.facts.license or (card.license if card else None),
        languages=languages,
        weights_bytes=form.weights_bytes,
        download_bytes=0,
        serving_bytes=predict.serving_bytes(form.runtime, form.weights_bytes) + room.more_bytes,
        seconds_per_example=_seconds(context, form.runtime, computed, room.tokens),
        ability=form.ability,
        allows=tuple(sorted(context.task.allowed(model.name))),
        options=family(context.task.family).load_options(context.task, form.ability) | room.options,
        derived_from=model.facts.derived_from,
        published=published_score(card.scores, method) if card else None,
    )


def from_hub(context: Context, card: ModelCard, use: Use, download: Download) -> Candidate:
    """Return the candidate that a download makes."""
    computed = predict.computed_parameters(download.runtime, card.parameters)
    room = _room(context, download.runtime, None, download.weights_bytes, computed)
    return Candidate(
        model=card.id,
        revision=download.revision,
        place="hub",
        folder=None,
        files=download.files,
        fingerprint=download.revision,
        runtime=download.runtime,
        method=family(context.task.family).methods[use.ability],
        precision=download.precision,
        parameters=card.parameters,
        parameters_standing=card.parameters_standing,
        license=card.license,
        languages=card.languages,
        weights_bytes=download.weights_bytes,
        download_bytes=download.to_fetch_bytes,
        serving_bytes=predict.serving_bytes(download.runtime, download.weights_bytes) + room.more_bytes,
        seconds_per_example=_seconds(context, download.runtime, computed, room.tokens),
        ability=use.ability,
        allows=tuple(sorted(context.task.allowed(card.id))),
        options=family(context.task.family).load_options(context.task, use.ability) | room.options,
        published=published_score(card.scores, family(context.task.family).methods[use.ability]),
    )


def _room(context: Context, runtime: str, file: Path | None, weights_bytes: int, computed: int | None) -> Room:
    return room_for(context, file, weights_bytes, computed) if runtime == predict.GENERATOR_RUNTIME else Room()


def _seconds(context: Context, runtime: str, computed: int | None, context_tokens: int) -> float | None:
    evidence = context.examples.evidence
    kind = family(context.task.family)
    if kind.file_part is not None:  # how long a recording or how large an image is, its name does not say
        return None
    return predict.seconds_per_example(
        runtime,
        computed,
        characters=sum(len(example.input) for example in evidence) / max(1, len(evidence)),
        prompt_characters=kind.prompt_characters(context.task, context.examples.labels),
        answer_tokens=kind.answer_tokens(context.task),
        threads=context.threads,
        operations_per_second=machine.operations_per_second(),
        context_tokens=context_tokens,
    )


def fingerprint(folder: Path) -> str:
    """Return what changes when a model does: name, size and time of change of each file in its folder."""
    stats = [(str(path.relative_to(folder)), path.stat()) for path in sorted(folder.rglob("*")) if path.is_file()]
    text = "|".join(f"{name}:{stat.st_size}:{stat.st_mtime_ns}" for name, stat in stats)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
