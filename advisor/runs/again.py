"""Runs a run's recommended model again, as the run used it, in a worker process of its own."""

from __future__ import annotations

import tempfile
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor import machine
from advisor.errors import InputError, OutOfReachError, one_line
from advisor.probe.protocol import Outcome, ProbeSpec
from advisor.probe.supervisor import ProbeFailedError, Worker, WorkerLimits
from advisor.task.examples import Example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from advisor.runs.locate import Located
    from advisor.runs.reader import Run, RunCandidate, RunExample

FREE_SHARE = 0.9
SECONDS_PER_EXAMPLE, LOAD_SECONDS = 60.0, 600.0
BATCH = {"llama.cpp": 4, "static": 256}
USUAL_BATCH = 32
# What a worker of format 1 was told without a word about it.
_ABILITIES = {"head": "encode", "prompted": "chat", "as is": "classify"}


@dataclass(frozen=True, slots=True)
class Measured:
    """What the model did this time; `outcomes` in the order asked."""

    outcomes: tuple[Outcome, ...]
    engine: str
    load_seconds: float
    peak_memory_bytes: int
    details: dict[str, Any]


def probe_spec(run: Run, chosen: RunCandidate, place: Located) -> ProbeSpec:
    """Return what the worker was told in the run, with the files where they are now.

    Raises:
        InputError: if the run does not hold what this version must tell a worker.
    """
    told = next((load["spec"] for load in reversed(chosen.loads) if load.get("spec")), None)
    method = str(chosen.facts.get("method"))
    defaults = {each.name: each.default for each in fields(ProbeSpec) if each.default is not MISSING} | {
        each.name: each.default_factory() for each in fields(ProbeSpec) if each.default_factory is not MISSING
    }
    from_task = {
        "runtime": chosen.facts.get("runtime"),
        "method": method,
        "family": run.task.get("family"),
        "instruction": run.task.get("instruction"),
        "labels": {label: (run.task.get("labels") or {}).get(label, "") for label in run.labels},
        "seed": run.task.get("seed", 0),
        "threads": run.origin.get("threads") or machine.look().threads,
        "ability": chosen.facts.get("ability") or _ABILITIES.get(method),
    }
    here = {
        "path": str(place.folder),
        "files": place.files,
        "teaching": [(each.given, each.expected) for each in run.teaching],
        "documents": run.documents,
    }
    try:
        return ProbeSpec.from_json(defaults | from_task | (told or {}) | here)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"run {run.id}: how it used {one_line(chosen.model)} cannot be read ({one_line(error)})"
        ) from None


def measure(
    spec: ProbeSpec, batches: Callable[[Sequence[Outcome]], Sequence[RunExample]], tell: Callable[[int], None]
) -> Measured:
    """Load the model and ask it what `batches` names, given the outcomes so far, until that is nothing.

    Raises:
        OutOfReachError: if it cannot be run here.
    """
    memory = int(machine.look().available_memory_bytes * FREE_SHARE)
    limits = WorkerLimits(memory, SECONDS_PER_EXAMPLE, LOAD_SECONDS)
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="advisor-") as folder:
        try:
            with Worker(spec, limits, Path(folder) / "worker.log") as worker:
                loaded = worker.load()
                while batch := batches(outcomes):
                    outcomes += worker.run([_as_asked(example) for example in batch])
                    tell(len(outcomes))
                peak = worker.peak_memory_bytes
        except ProbeFailedError as error:
            raise OutOfReachError(f"the model cannot be run here: it {one_line(error, 300)}") from None
    return Measured(tuple(outcomes), loaded.engine, loaded.seconds, peak, loaded.details)


def _as_asked(example: RunExample) -> Example:
    parts = tuple(example.parts.items())
    return Example(
        example.id, example.input or "", example.expected, example.line or 0, parts, must_contain=example.must_contain
    )


def in_batches(runtime: str, examples: Sequence[RunExample]) -> Iterator[Sequence[RunExample]]:
    """Yield examples in batches that fit the engine."""
    size = BATCH.get(runtime, USUAL_BATCH)
    for at in range(0, len(examples), size):
        yield examples[at : at + size]
