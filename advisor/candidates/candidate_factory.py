"""Make candidates from facts about a model, its method and its predicted needs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.candidates import catalogued, predict
from advisor.candidates.candidate import Candidate
from advisor.candidates.context_length import Room, room_for, shown_texts
from advisor.candidates.reasons import for_others, reasons
from advisor.candidates.uses import Use
from advisor.engines.engine import WRITING
from advisor.engines.table import ENGINES
from advisor.evidence.prior_guess import published_score
from advisor.families import family
from advisor.system import machine

if TYPE_CHECKING:
    from advisor.candidates.context import Context
    from advisor.candidates.hub import Download
    from advisor.candidates.installed import InstalledModel
    from advisor.candidates.judge import Judged
    from advisor.candidates.layout import Form
    from catalog import ModelCard


def parameters_of(model: InstalledModel, form: Form, card: ModelCard | None) -> tuple[int | None, str | None]:
    """Return a form's number of parameters and its standing: from its files, the catalog or the folder's facts."""
    if form.parameters is not None:
        return form.parameters, "exact"
    if card is not None and card.parameters is not None and model.facts.derived_from is None:
        return card.parameters, card.parameters_standing or "estimated"
    return model.facts.parameters, None if model.facts.parameters is None else "claimed"


def from_disk(
    context: Context, model: InstalledModel, form: Form, method: str, *, card: ModelCard | None, judged: Judged
) -> Candidate:
    """Return the candidate for a form of an installed model, with its card in the catalog and its judgement."""
    parameters, standing = parameters_of(model, form, card)
    languages = model.facts.languages or (card.languages if card else ())
    foreign = context.needs.foreign(languages)
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
        parameters_standing=standing,
        license=model.facts.license or (card.license if card else None),
        languages=languages,
        foreign=foreign,
        weights_bytes=form.weights_bytes,
        serving_bytes=predict.serving_bytes(form.runtime, form.weights_bytes) + room.more_bytes,
        seconds_per_example=_seconds(context, form.runtime, form.ability, computed, room.tokens),
        reading_seconds=_reading_seconds(context, form.runtime, form.ability, computed),
        ability=form.ability,
        allows=_allowed(context, model.name, form.runtime),
        options=family(context.task.family).load_options(context.task, form.ability) | room.options,
        derived_from=model.facts.derived_from,
        published=published_score(card.scores, method) if card else None,
        why=(
            *reasons(context, method, Use(form.runtime, form.ability), judged, card=card, parameters=parameters),
            *for_others(foreign),
            *_of_files(form.runtime, form.files),
        ),
        label_map=judged.labels,
    )


def from_hub(
    context: Context,
    card: ModelCard,
    use: Use,
    download: Download,
    *,
    why: tuple[str, ...] = (),
    labels: Mapping[str, str] | None = None,
) -> Candidate:
    """Return the candidate for a download, with the reasons `why` to try it and the meanings of its `labels`."""
    parameters, standing = catalogued.parameters(card)
    foreign = context.needs.foreign(card.languages)
    computed = predict.computed_parameters(download.runtime, parameters)
    serving = predict.serving_bytes(download.runtime, download.weights_bytes)
    room = _room(context, download.runtime, None, download.weights_bytes, computed)
    return Candidate(
        model=card.id,
        revision=download.revision,
        place="hub",
        files=download.files,
        fingerprint=download.revision,
        runtime=download.runtime,
        method=family(context.task.family).methods[use.ability],
        precision=download.precision,
        parameters=parameters,
        parameters_standing=standing,
        license=card.license,
        languages=card.languages,
        foreign=foreign,
        weights_bytes=download.weights_bytes,
        download_bytes=download.to_fetch_bytes,
        serving_bytes=serving + room.more_bytes if download.weights_bytes else None,
        seconds_per_example=_seconds(context, download.runtime, use.ability, computed, room.tokens),
        reading_seconds=_reading_seconds(context, download.runtime, use.ability, computed),
        ability=use.ability,
        allows=_allowed(context, card.id, download.runtime),
        options=family(context.task.family).load_options(context.task, use.ability) | room.options,
        published=published_score(card.scores, family(context.task.family).methods[use.ability]),
        why=(*why, *for_others(foreign), *_of_files(download.runtime, download.files)),
        label_map=dict(labels or {}),
        is_predicted=download.is_predicted,
    )


def _of_files(runtime: str, files: tuple[str, ...]) -> tuple[str, ...]:
    """Return notes on a model's weight files."""
    is_pickled = ENGINES[runtime].is_torch and any(name.endswith(".bin") for name in files)
    return ("weights are a pickle: only its tensors are read, nothing in it runs",) if is_pickled else ()


def _allowed(context: Context, name: str, runtime: str) -> tuple[str, ...]:
    return tuple(sorted(ENGINES[runtime].of_allowed(context.task.allowed(name))))


def _room(context: Context, runtime: str, file: Path | None, weights_bytes: int, computed: int | None) -> Room:
    return room_for(context, runtime, file, weights_bytes, computed) if ENGINES[runtime].is_generator else Room()


def _seconds(context: Context, runtime: str, ability: str, computed: int | None, context_tokens: int) -> float | None:
    kind = family(context.task.family)
    texts, characters = kind.texts_read(ability, context.examples)
    goes_on = ability == "chat" and (computed or 0) < predict.ENDS_TEXTS_FROM
    return predict.seconds_per_example(
        runtime,
        computed,
        characters=characters,
        texts=texts,
        prompt_characters=kind.prompt_characters(context.task, context.examples.labels),
        answer_tokens=kind.answer_tokens(context.task, context.examples, goes_on=goes_on),
        threads=context.threads,
        operations_per_second=machine.operations_per_second(),
        context_tokens=context_tokens,
        file_tokens=kind.file_tokens,
        characters_per_token=context.characters_per_token,
        writes=ability in WRITING,
    )


def _reading_seconds(context: Context, runtime: str, ability: str, computed: int | None) -> float:
    """Return the predicted seconds to read the instruction and the shown rows, which only prompts have."""
    if ability != "chat" or computed is None:
        return 0.0
    task, examples = context.task, context.examples
    characters = family(task.family).prompt_characters(task, examples.labels)
    characters += sum(map(len, shown_texts(task, examples)))
    pace = predict.seconds_per_token(runtime, computed, context.threads, machine.operations_per_second())
    return (pace or 0.0) * characters / context.characters_per_token


def fingerprint(folder: Path) -> str:
    """Return a fingerprint of a model: name, size and modification time of each file in its folder."""
    stats = [(str(path.relative_to(folder)), path.stat()) for path in sorted(folder.rglob("*")) if path.is_file()]
    text = "|".join(f"{name}:{stat.st_size}:{stat.st_mtime_ns}" for name, stat in stats)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
