"""Drives the search: starts workers, keeps their outcomes, tells what happens."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.decide.search import Step, next_step
from advisor.errors import OutOfReachError
from advisor.machine import look
from advisor.models.layout import inspect
from advisor.probe.protocol import ProbeSpec
from advisor.probe.supervisor import ProbeFailedError, Worker, WorkerLimits
from advisor.runs.records import Purpose
from advisor.shortlist import hub

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.plan import Plan
    from advisor.runs.store import RunStore
    from advisor.shortlist.candidate import Candidate

FIRST_BATCH = 4
# By engine: an inference too many costs a second with a prompted model, next to nothing with a static one.
LARGEST_BATCH = {"llama.cpp": 4, "static": 256}
LARGEST_ENCODER_BATCH = 32
MEMORY_STEP = 1.02
FREE_SHARE = 0.9
# Of what a worker is told: the run's folder has these in files of their own, or they are this machine's.
STORED_APART = {"path", "teaching", "documents"}


@dataclass(frozen=True, slots=True)
class Progress:
    """What happens in a run, for whoever watches. `kind` is loading, downloading, probing or failed."""

    kind: str
    candidate: Candidate
    done: int = 0
    passed: int = 0
    total: int = 0
    detail: str = ""
    purpose: Purpose = Purpose.EVIDENCE


def climb(plan: Plan, store: RunStore, tell: Callable[[Progress], None]) -> None:
    """Run what the search asks for until it is over.

    An interrupt ends the worker and leaves through here; every finished outcome is in the store.
    """
    with ExitStack() as stack:
        probing: int | None = None
        worker: Worker | None = None
        while (step := next_step(plan, store.records)) is not None:
            candidate = plan.candidates[step.candidate]
            try:
                if worker is None or step.candidate != probing:
                    stack.close()
                    worker, probing = None, step.candidate
                    worker = stack.enter_context(_start(plan, store, candidate, tell))
                _run_batch(plan, store, step, worker, tell)
            except ProbeFailedError as error:
                failed = {"event": "failed", "reason": str(error), "circumstance": error.is_circumstance}
                store.add_event(candidate.key, failed)
                tell(Progress("failed", candidate, detail=str(error)))
                stack.close()
                worker, probing = None, None


def _start(plan: Plan, store: RunStore, candidate: Candidate, tell: Callable[[Progress], None]) -> Worker:
    folder, files = _weights(plan, candidate, tell)
    tell(Progress("loading", candidate))
    task, scorer = plan.task, plan.examples.scorer
    labels = {label: task.labels.get(label, "") for label in plan.examples.labels}
    spec = ProbeSpec(
        runtime=candidate.runtime,
        method=candidate.method,
        path=str(folder),
        files=files,
        family=task.family,
        instruction=task.instruction,
        labels=labels,
        teaching=tuple((example.given, example.expected) for example in plan.examples.teaching),
        threads=plan.threads,
        seed=plan.task.seed,
        ability=candidate.ability,
        labels_per_text=task.labels_per_text,
        label_map=dict(task.label_map),
        prompt=task.prompt.model_dump(mode="json"),
        scoring=task.scoring.model_dump(mode="json"),
        scorer=None if scorer is None else (scorer.path, scorer.function),
        documents=plan.examples.documents,
        allows=candidate.allows,
        options=candidate.options,
    )
    limits = WorkerLimits(
        min(plan.memory_limit, _free_memory(plan)), plan.task.limits.seconds_per_example, plan.task.limits.load_seconds
    )
    log = store.logs / (re.sub(r"[^A-Za-z0-9._-]+", "_", candidate.key)[-150:] + ".log")
    worker = Worker(spec, limits, log)
    try:
        loaded = worker.load()
    except BaseException:
        worker.close()
        raise
    store.add_event(
        candidate.key,
        {
            "event": "loaded",
            "seconds": loaded.seconds,
            "teaching_seconds": loaded.teaching_seconds,
            "engine": loaded.engine,
            "device": loaded.device,
            "details": loaded.details,
            "spec": {name: value for name, value in spec.to_json().items() if name not in STORED_APART},
        },
    )
    return worker


def _free_memory(plan: Plan) -> int:
    """Return what a probe may use of the memory that is free now, at least what the task allows it by name."""
    return plan.task.limits.memory or int(look().available_memory_bytes * FREE_SHARE)


def _weights(plan: Plan, candidate: Candidate, tell: Callable[[Progress], None]) -> tuple[Path, tuple[str, ...]]:
    """Return where a candidate's files are, downloading them first if need be."""
    if candidate.folder is not None:
        return Path(candidate.folder), candidate.files
    tell(Progress("downloading", candidate, total=candidate.download_bytes))
    try:
        folder = hub.fetch(plan.shortlist.downloads[candidate.key])
    except (hub.DownloadError, OutOfReachError) as error:
        raise ProbeFailedError(str(error), is_circumstance=True) from None
    inspection = inspect(folder)
    form = next(
        (f for f in inspection.forms if f.runtime == candidate.runtime and set(f.files) <= {*candidate.files}),
        None,
    )
    if form is None:
        raise ProbeFailedError(inspection.reason or f"does not hold what {candidate.runtime} loads")
    return folder, form.files


def _run_batch(plan: Plan, store: RunStore, step: Step, worker: Worker, tell: Callable[[Progress], None]) -> None:
    candidate = plan.candidates[step.candidate]
    record = store.records[candidate.key]
    done = len(record.outcomes[step.purpose])
    count = batch_size(candidate.runtime, done)
    budget = plan.task.limits.inferences
    if budget is not None:
        count = min(count, budget - sum(record.inferences for record in store.records.values()))
    outcomes = worker.run(step.examples[:count])
    store.add_outcomes(candidate.key, step.purpose, outcomes)
    if worker.peak_memory_bytes > (record.peak_memory_bytes or 0) * MEMORY_STEP:
        store.add_event(candidate.key, {"event": "memory", "peak_memory_bytes": worker.peak_memory_bytes})
    known = record.outcomes[step.purpose].values()
    total = len(plan.evidence) if step.purpose is Purpose.EVIDENCE else done + len(step.examples)
    tell(
        Progress(
            "probing",
            candidate,
            len(known),
            sum(outcome.passed for outcome in known),
            total,
            purpose=step.purpose,
        )
    )


def batch_size(runtime: str, done: int) -> int:
    """Return how many examples to run at once: few at first, when a hopeless candidate is soon given up.

    Batches end at fixed places (4, 8, 16, ..., then every full batch): a run cut inside one falls into step.
    """
    largest = LARGEST_BATCH.get(runtime, LARGEST_ENCODER_BATCH)
    end = FIRST_BATCH
    while end <= done:
        end += min(end, largest)
    return end - done
