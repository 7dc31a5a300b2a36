"""Setup of a candidate's probe: its weights, the worker's spec and limits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

from advisor.candidates import hub
from advisor.candidates.candidate import TUNED, Candidate
from advisor.candidates.layout import inspect
from advisor.decide.plan import Plan
from advisor.errors import OutOfReachError
from advisor.execution.progress import Progress, Tell
from advisor.paths import runs_dir
from advisor.probe import no_network
from advisor.probe.failure import ProbeFailedError
from advisor.probe.protocol import ProbeSpec
from advisor.probe.supervisor import WorkerLimits
from advisor.runs.locate import tuned_file
from advisor.runs.shortlists import is_unchanged
from advisor.system import machine

FREE_SHARE = 0.9
TELL_SECONDS = 0.2


def probe_spec(plan: Plan, candidate: Candidate, threads: int, fetcher: Fetcher) -> ProbeSpec:
    """Fetch the candidate's weights and return the worker's spec."""
    folder, files = _weights(plan, candidate, fetcher)
    fetcher.tell(Progress("loading", candidate))
    task, scorer = plan.task, plan.examples.scorer
    return ProbeSpec(
        runtime=candidate.runtime,
        method=candidate.method,
        path=str(folder),
        files=files,
        family=task.family,
        instruction=task.instruction,
        labels={label: task.labels.get(label, "") for label in plan.examples.labels},
        teaching=tuple((example.given, example.expected) for example in plan.examples.teaching),
        threads=threads,
        seed=task.seed,
        ability=candidate.ability,
        labels_per_text=task.labels_per_text,
        label_map=candidate.label_map | task.label_map,
        prompt=task.prompt.model_dump(mode="json"),
        scoring=plan.scoring,
        scorer=None if scorer is None else (scorer.path, scorer.function),
        documents=plan.examples.documents,
        allows=candidate.allows,
        options=candidate.options,
        timed=task.bar.p95_seconds is not None,
        per_label=task.bar.label_rates(plan.examples.labels),
        precision=task.bar.label_rates(plan.examples.labels, "precision"),
        pass_rate=task.bar.pass_rate,
        agreed={} if scorer is None else dict(scorer.files),
        kept=str(tuned_file(plan, candidate, runs_dir() / plan.run_id)) if candidate.method == TUNED else None,
        no_network=no_network.is_offered() if scorer is not None or candidate.allows else False,
    )


def free_memory() -> int:
    """Return the bytes of memory that a worker may take now."""
    return int(machine.measure_machine().available_memory_bytes * FREE_SHARE)


def worker_limits(plan: Plan, spent: float = 0.0, free: Callable[[], int] = free_memory) -> WorkerLimits:
    """Return a probe's limits: memory is what is free now, or at least what the task sets."""
    limits = plan.task.limits
    in_all = math.inf if limits.seconds_per_candidate is None else limits.seconds_per_candidate
    return WorkerLimits(
        min(plan.memory_limit, limits.memory or free()),
        limits.seconds_per_example,
        limits.load_seconds,
        in_all - spent,
        in_all,
    )


def _weights(plan: Plan, candidate: Candidate, fetcher: Fetcher) -> tuple[Path, tuple[str, ...]]:
    """Return the paths of a candidate's files, downloading them if needed; remote candidates have none."""
    if not is_unchanged(candidate):
        raise ProbeFailedError(f"its files in {candidate.folder} are gone or have changed", is_circumstance=True)
    if candidate.folder is not None or candidate.is_weightless:
        return Path(candidate.folder or "."), candidate.files
    fetcher.begin(candidate)
    try:
        folder = hub.fetch_model(plan.shortlist.downloads[candidate.key], fetcher.advance)
    except (hub.DownloadError, OutOfReachError) as error:
        raise ProbeFailedError(str(error), is_circumstance=True) from None
    inspection = inspect(folder, frozenset(candidate.allows))
    form = next(
        (
            each
            for each in inspection.forms
            if each.runtime == candidate.runtime
            and each.ability == candidate.ability
            and set(each.files) <= {*candidate.files}
        ),
        None,
    )
    if form is None:
        others = ", ".join(sorted({each.ability for each in inspection.forms}))
        reason = f"cannot {candidate.ability}: it can only {others}" if others else "holds nothing that an engine loads"
        raise ProbeFailedError(inspection.reason or reason)
    return folder, form.files


class Fetcher:
    """Reports download progress, throttled, and ends the download if the run is stopped."""

    def __init__(self, tell: Tell, is_stopped: Callable[[], bool]) -> None:
        self.tell = tell
        self.done = 0
        self._is_stopped = is_stopped
        self._candidate: Candidate | None = None
        self._due = 0.0

    def begin(self, candidate: Candidate) -> None:
        self._candidate, self.done = candidate, 0
        self.tell(Progress("downloading", candidate, total=candidate.download_bytes))

    def advance(self, count: int) -> None:
        """Count received bytes; ProbeFailedError if the run was stopped."""
        if self._is_stopped():
            raise ProbeFailedError("the run was stopped", is_circumstance=True)
        self.done += count
        if self._candidate is not None and self.done and time.monotonic() >= self._due:
            self._due = time.monotonic() + TELL_SECONDS
            self.tell(Progress("downloading", self._candidate, self.done, total=self._candidate.download_bytes))
