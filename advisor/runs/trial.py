"""A run's models, loaded once more to answer whatever is typed: each as it was probed, in a worker of its own."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor import machine
from advisor.errors import OutOfReachError, one_line
from advisor.families import family
from advisor.probe.station import Start, Station
from advisor.probe.supervisor import ProbeFailedError, WorkerLimits
from advisor.runs.again import FREE_SHARE, LOAD_SECONDS, SECONDS_PER_EXAMPLE, agreed_spec, probe_spec
from advisor.runs.locate import REMOTE_PLACES, locate
from advisor.task.example import Example
from advisor.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.probe.protocol import ProbeSpec
    from advisor.probe.station import Batch
    from advisor.runs.reader import Run, RunCandidate

TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Said:
    """What a model made of an input.

    Attributes:
        text: The answer as its family shows it; why there is none where `is_error`.
        seconds: What it took, None without an answer.
        load_seconds: What loading took (training its head within it), where this was its first answer.
        confidence: The model's own, within 0 and 1, where its engine tells.
        is_error: Whether there is no answer.
    """

    text: str
    seconds: float | None = None
    load_seconds: float | None = None
    confidence: float | None = None
    is_error: bool = False


def neighbours(run: Run, about: int) -> list[tuple[str, RunCandidate]]:
    """Return a candidate of a run with the next smaller and the next larger one, each with its part.

    Args:
        run: The run.
        about: The place of the recommended candidate, else of the best one.
    """
    told = [("smaller", about - 1), ("recommended" if run.recommended else "nearest", about), ("larger", about + 1)]
    return [(part, run.candidates[at]) for part, at in told if 0 <= at < len(run.candidates)]


def parts_of(run: Run) -> tuple[str, ...]:
    """Return the names of the parts of an input; one for most families."""
    parts = next((tuple(each.parts) for each in run.evidence if each.parts), ())
    return parts or family(str(run.task.get("family"))).parts[:1]


class Trial:
    """One model; it is loaded with the first input that it is asked."""

    def __init__(self, run: Run, candidate: RunCandidate) -> None:
        """Load nothing yet."""
        self._run, self._candidate = run, candidate
        self._family = family(str(run.task.get("family")))
        self._folder = tempfile.TemporaryDirectory(prefix="advisor-", ignore_cleanup_errors=True)
        self._station = Station()
        self._start = Start(self._spec, self._limits, Path(self._folder.name) / "worker.log")

    def ask(self, given: str | dict[str, str], done: Callable[[Said], object]) -> None:
        """Ask the model; `done` is called on another thread, in the order in which inputs were asked."""
        parts = tuple(given.items()) if isinstance(given, dict) else ()
        # Answers are scored by what is expected: an example of the run stands in, its score is not looked at.
        like = self._run.evidence[0].expected if self._run.evidence else None
        example = Example(TYPED, given if isinstance(given, str) else "", like, 0, parts)
        self._station.run(self._start, [example]).add_done_callback(
            lambda future: done(self._said(future.exception(), None if future.exception() else future.result()))
        )

    def close(self) -> None:
        """End its process, whatever it is doing."""
        self._station.close()
        self._folder.cleanup()

    def _said(self, error: BaseException | None, batch: Batch | None) -> Said:
        if batch is None:
            return Said(one_line(error or "no answer", 300), is_error=True)
        outcome, loaded = batch.outcomes[0], batch.loaded
        load_seconds = None if loaded is None else loaded.seconds + loaded.teaching_seconds
        if outcome.output is None and outcome.error is not None:
            return Said(one_line(outcome.error, 300), None, load_seconds, is_error=True)
        return Said(self._family.said(outcome.output), outcome.seconds, load_seconds, outcome.confidence)

    def _spec(self) -> ProbeSpec:
        facts = self._candidate.facts
        if facts.get("place") in REMOTE_PLACES and not self._candidate.outcomes:
            raise ProbeFailedError("runs elsewhere and was not asked in this run: nothing is sent to it")
        self._check_memory(facts)
        place = locate(facts, tell=lambda _: None, download=False)
        # What is typed is not scored, so the task's own scorer need not run.
        spec = replace(probe_spec(self._run, self._candidate, place), scorer=None)
        return agreed_spec(self._run, self._candidate, spec, place, ())

    def _check_memory(self, facts: dict[str, Any]) -> None:
        needed, free = facts.get("serving_bytes") or 0, machine.look().available_memory_bytes
        if facts.get("place") not in REMOTE_PLACES and needed > free * FREE_SHARE:
            raise OutOfReachError(f"needs {format_bytes(needed)} of memory, {format_bytes(free)} are free")

    @staticmethod
    def _limits() -> WorkerLimits:
        memory = int(machine.look().available_memory_bytes * FREE_SHARE)
        return WorkerLimits(memory, SECONDS_PER_EXAMPLE, LOAD_SECONDS)
