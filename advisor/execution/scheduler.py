"""Scheduler of the search: passes its examples to workers, stores outcomes, reports progress."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, wait
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from advisor.decide.cross_validation import held_out, left
from advisor.decide.finish import held_out_of
from advisor.decide.records import SKIPPED, CandidateRecord, Purpose
from advisor.decide.search import Step, spent
from advisor.decide.steps import batch_size, next_step
from advisor.execution.control import Control
from advisor.execution.probe_setup import Fetcher, probe_spec, worker_limits
from advisor.execution.progress import Progress, Tell
from advisor.execution.worker_pool import Slot, WorkerPool, worker_pool
from advisor.execution.worker_thread import Batch, Start
from advisor.execution.workplace import HERE, Workplace
from advisor.probe.failure import ProbeFailedError
from advisor.system import machine

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.decide.plan import Plan
    from advisor.runs.store import RunStore

MEMORY_STEP = 1.02
LOAD_STEP = 1.25
# Seconds until a stop or a skip is noticed while a batch runs.
POLL_SECONDS = 0.1
# Fields of a worker's spec not to record: the run's folder has them in separate files, or they are this machine's.
STORED_APART = {"path", "teaching", "documents", "kept"}


@dataclass(frozen=True, slots=True)
class _Way:
    tell: Tell
    threads: int
    place: Workplace


def run_search(
    plan: Plan, store: RunStore, tell: Tell, *, jobs: int = 1, control: Control | None = None, place: Workplace = HERE
) -> None:
    """Run the search to its end.

    With several jobs, candidates that the search would need if earlier ones were given up are probed in parallel. Only
    the search decides what counts, so verdicts are the same as in sequence.

    An interrupt ends the workers and propagates; every finished outcome is in the store. Stopped if the control stopped
    it.
    """
    control = control or Control()
    way = _Way(tell, place.threads(jobs, plan.threads), place)
    with worker_pool(jobs, place) as pool:
        plan = _share(plan, store, pool, control, way)
        while True:
            control.check()
            _give_up(plan, store, pool, control, tell)
            if not control.is_paused and not _assign(plan, store, pool, way):
                return  # running batches are for outcomes that are no longer needed
            if not pool.working:
                if not control.is_paused:
                    return
                control.wait()
                continue
            _await(plan, store, pool, control, tell)


def _await(plan: Plan, store: RunStore, pool: WorkerPool, control: Control, tell: Tell) -> None:
    """Wait for a running batch, and store its outcomes."""
    futures = [slot.future for slot in pool if slot.future is not None]
    while not wait(futures, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED).done:
        control.check()
        _leave_skipped(plan, pool, control)
    for slot in pool:
        if slot.future is not None and slot.future.done():
            _take(plan, store, slot, tell)


def _share(plan: Plan, store: RunStore, pool: WorkerPool, control: Control, way: _Way) -> Plan:
    """Cross-validate cheap candidates on the training rows, then fix the shares of α; return the plan with them.

    Done once, before the first outcome that is evidence; with one, or with fixed shares, they stay. An interrupted run
    continues with the candidates that are missing. Candidates without a result keep the prior guess.
    """
    if plan.learned is not None or any(each.outcomes[Purpose.EVIDENCE] for each in store.records.values()):
        return plan
    asked: set[int] = set()
    while True:
        control.check()
        _give_up(plan, store, pool, control, way.tell)
        waits = [index for index in left(plan, store.records) if index not in asked]
        if not waits and not pool.working:
            break
        while waits and not control.is_paused:
            slot = pool.take(waits[0], plan.candidates[waits[0]].peak_bytes)
            if slot is None:
                break
            asked.add(waits[0])
            _begin(plan, store, slot, waits.pop(0), None, way)
        if pool.working:
            _await(plan, store, pool, control, way.tell)
        elif waits:
            control.wait()
    if not any(found := held_out(plan, store.records)):
        return plan
    shared = replace(plan, learned=plan.shared_by(found))
    store.fix_sharing(shared.sharing, found)
    way.tell(Progress("shared", plan.candidates[shared.expected], sharing=shared.sharing))
    return shared


def _give_up(plan: Plan, store: RunStore, pool: WorkerPool, control: Control, tell: Tell) -> None:
    """Record skipped candidates that have no running batch; this never affects a claim."""
    busy = {slot.candidate for slot in pool.working}
    for index, candidate in enumerate(plan.candidates):
        if index in busy or candidate.key not in control.skipped or store.records[candidate.key].failure is not None:
            continue
        store.add_event(candidate.key, {"event": "failed", "reason": SKIPPED, "circumstance": True})
        tell(Progress("failed", candidate, detail=SKIPPED, is_circumstance=True))


def _leave_skipped(plan: Plan, pool: WorkerPool, control: Control) -> None:
    """End the worker of a skipped candidate, or its download."""
    for slot in pool:
        if slot.future is None or slot.candidate is None or slot.thread.is_closed:
            continue
        if plan.candidates[slot.candidate].key in control.skipped:
            slot.thread.close()


def _assign(plan: Plan, store: RunStore, pool: WorkerPool, way: _Way) -> bool:
    """Assign the search's candidates to idle threads, preferring the thread that has the model loaded.

    Returns:
        Whether the search wants anything; if not, it is over.
    """
    busy = {slot.candidate for slot in pool.working}
    steps = wanted_steps(plan, store.records, pool.jobs)
    if steps:
        way.place.prefer(plan.candidates[steps[0].candidate])
    for step in steps:
        if step.candidate in busy:
            continue
        left = _left(plan, store, pool)
        if left is not None and left <= 0 and not plan.candidates[step.candidate].is_baseline:
            break
        if busy and store.records[plan.candidates[step.candidate].key].interruptions:
            break  # tried again alone: the parallel ones may have ended it
        slot = pool.take(step.candidate, plan.candidates[step.candidate].peak_bytes)
        if slot is None:
            break
        busy.add(step.candidate)
        _begin(plan, store, slot, step.candidate, _batch_of(plan, store, step, left), way)
    return bool(steps)


def wanted_steps(plan: Plan, records: Mapping[str, CandidateRecord], most: int) -> list[Step]:
    """Return the next step, then those that would follow if earlier candidates were given up."""
    steps: list[Step] = []
    supposed = dict(records)
    while len(steps) < most and (step := next_step(plan, supposed)) is not None:
        if steps and step.purpose is not Purpose.EVIDENCE:
            break
        steps.append(step)
        key = plan.candidates[step.candidate].key
        given_up = copy(supposed[key])
        given_up.failure = "supposed"
        supposed[key] = given_up
        if step.purpose is not Purpose.EVIDENCE:
            break
    return steps


def _left(plan: Plan, store: RunStore, pool: WorkerPool) -> int | None:
    """Return the inferences left in the budget, not counting those running, None without a budget."""
    budget = plan.task.limits.inferences
    if budget is None:
        return None
    steps = [slot.step for slot in pool.working if slot.step is not None]
    under_way = sum(len(step.examples) for step in steps if not plan.candidates[step.candidate].is_baseline)
    return budget - under_way - spent(plan, store.records)


def _batch_of(plan: Plan, store: RunStore, step: Step, left: int | None) -> Step:
    """Return the step's first batch, within the remaining budget."""
    candidate = plan.candidates[step.candidate]
    count = batch_size(candidate.runtime, len(store.records[candidate.key].outcomes[step.purpose]))
    is_free = left is None or candidate.is_baseline
    return Step(step.candidate, step.purpose, step.examples[: count if is_free else min(count, left or 0)])


def _begin(  # noqa: PLR0917  what a batch takes
    plan: Plan, store: RunStore, slot: Slot, index: int, step: Step | None, way: _Way
) -> None:
    """Begin a candidate's step; without a step it is only loaded."""
    candidate = plan.candidates[index]
    log = store.logs / (re.sub(r"[^A-Za-z0-9._-]+", "_", candidate.key)[-150:] + ".log")
    thread = slot.thread
    slot.fetcher = Fetcher(way.tell, lambda: thread.is_closed)
    record = store.records[candidate.key]
    start = Start(
        partial(probe_spec, plan, candidate, way.threads, slot.fetcher),
        partial(worker_limits, plan, record.seconds, way.place.free_memory),
        log,
        partial(way.place.start, candidate),
    )
    slot.step = step
    is_reordered = step is not None and step.purpose is Purpose.REORDERED
    labels = tuple(reversed(plan.examples.labels)) if is_reordered else ()
    slot.future = slot.thread.run(start, () if step is None else step.examples, labels=labels)


def _take(plan: Plan, store: RunStore, slot: Slot, tell: Tell) -> None:
    """Store a batch's result, and report it."""
    future, step = slot.future, slot.step
    if future is None or slot.candidate is None:
        return
    slot.future = None
    candidate = plan.candidates[slot.candidate]
    event: dict[str, Any]
    if slot.fetcher is not None and slot.fetcher.done:
        store.add_event(candidate.key, {"event": "downloaded", "bytes": slot.fetcher.done})
    try:
        batch = future.result()
    except ProbeFailedError as error:
        slot.candidate = None
        if slot.thread.is_closed:  # it was skipped, which the next round records
            return
        if step is None and error.is_circumstance:  # the search will ask it later
            tell(Progress("interrupted", candidate, detail=str(error), is_circumstance=True))
            return
        # A probe ended by a circumstance is tried again once: that may succeed, and it says nothing about the model.
        kind = "failed" if store.records[candidate.key].interruptions or not error.is_circumstance else "interrupted"
        event = {"event": kind, "reason": str(error), "circumstance": error.is_circumstance}
        store.add_event(candidate.key, event)
        tell(Progress(kind, candidate, detail=str(error), is_circumstance=error.is_circumstance))
        return
    if batch.loaded is not None:
        loaded = batch.loaded
        slot.device = loaded.device
        event = {
            "event": "loaded",
            "seconds": loaded.seconds,
            "teaching_seconds": loaded.teaching_seconds,
            "engine": loaded.engine,
            "device": loaded.device,
            "details": loaded.details,
        }
        if batch.spec is not None:  # for `advisor verify`, which asks the model the same way
            fields = batch.spec.to_json()
            event["spec"] = {name: value for name, value in fields.items() if name not in STORED_APART}
        store.add_event(candidate.key, event)
    if step is not None:
        store.add_outcomes(candidate.key, step.purpose, batch.outcomes)
    _note_use(store, candidate, batch)
    record = store.records[candidate.key]
    if step is None:
        right, of = held_out_of(record.details)
        tell(Progress("cross-validated", candidate, right, right, of))
        return
    known = record.outcomes[step.purpose].values()
    total = len(plan.evidence) if step.purpose is Purpose.EVIDENCE else len(known)
    passed = sum(outcome.passed for outcome in known)
    tell(
        Progress(
            "probing",
            candidate,
            len(known),
            passed,
            total,
            purpose=step.purpose,
            outcomes=tuple(batch.outcomes),
            peak_memory_bytes=record.peak_memory_bytes,
        )
    )


def _note_use(store: RunStore, candidate: Candidate, batch: Batch) -> None:
    """Record memory and the machine's load if they have grown."""
    record, load = store.records[candidate.key], machine.load_per_processor()
    # A remote model's memory is elsewhere; the worker's own is irrelevant.
    peak = 0 if candidate.is_remote else batch.peak_memory_bytes
    if (
        peak > (record.peak_memory_bytes or 0) * MEMORY_STEP
        or record.machine_load is None
        or load > record.machine_load * LOAD_STEP
    ):
        used = {"peak_memory_bytes": peak or None, "machine_load": round(load, 2)}
        store.add_event(candidate.key, {"event": "memory", **used})
