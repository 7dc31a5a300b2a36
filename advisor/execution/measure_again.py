"""Run a run's recommended model again with the run's settings, in its own worker process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from advisor.candidates.candidate import TUNED
from advisor.candidates.candidate_factory import fingerprint
from advisor.decide.agreement import is_same, kinds, second
from advisor.decide.bar import HOLDS
from advisor.decide.records import Purpose
from advisor.decide.steps import batch_size
from advisor.engines.table import ENGINES
from advisor.errors import InputError, OutOfReachError, one_line
from advisor.execution.probe_setup import free_memory
from advisor.families import family
from advisor.probe import no_network
from advisor.probe.protocol import Outcome, ProbeSpec
from advisor.probe.supervisor import ProbeFailedError, Worker, WorkerLimits
from advisor.runs.checks import Check, Setting, bar_of, checks, overall_verdict
from advisor.runs.locate import Located, kept_tuned_file
from advisor.system import machine
from advisor.task.brought import scorer_at
from advisor.trust import agreements

if TYPE_CHECKING:
    from advisor.runs.reader import Run, RunCandidate
    from advisor.task.example import Example

Answers = TypeVar("Answers")
SECONDS_PER_EXAMPLE, LOAD_SECONDS = 60.0, 600.0


class Ask(Protocol):
    """Asks the model a batch; `labels` gives another order, empty for the task's own."""

    def __call__(self, examples: Sequence[Example], labels: Sequence[str] = ()) -> list[Outcome]:
        """Return the outcomes in the examples' order."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How the model ran this time."""

    engine: str
    load_seconds: float
    peak_memory_bytes: int
    details: dict[str, Any]


def recorded_probe_spec(run: Run, chosen: RunCandidate, place: Located) -> ProbeSpec:
    """Return the run's probe spec, with the files' current paths.

    InputError if the run lacks what this version must pass to a worker.
    """
    facts = chosen.candidate
    defaults = {each.name: each.default for each in fields(ProbeSpec) if each.default is not MISSING} | {
        each.name: each.default_factory() for each in fields(ProbeSpec) if each.default_factory is not MISSING
    }
    from_task = {
        "runtime": facts.runtime,
        "family": run.task.get("family"),
        "instruction": run.task.get("instruction"),
        "labels": {label: (run.task.get("labels") or {}).get(label, "") for label in run.labels},
        "seed": run.task.get("seed", 0),
        "threads": run.origin.get("threads") or machine.measure_machine().threads,
    }
    here = {
        "method": facts.method,
        "ability": facts.ability,
        "path": str(place.folder),
        "files": place.files,
        "teaching": [(each.given, each.expected) for each in run.teaching],
        "documents": run.documents,
        "prompt": chosen.record.spec.get("prompt") or {},
        "kept": str(kept_tuned_file(run, chosen))
        if facts.method == TUNED and place.revision == facts.revision
        else None,
    }
    try:
        return ProbeSpec.from_json(defaults | from_task | chosen.record.spec | here)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"run {run.id}: how it used {one_line(chosen.name)} cannot be read ({one_line(error)})"
        ) from None


def agreed_spec(run: Run, chosen: RunCandidate, spec: ProbeSpec, place: Located, named: Sequence[str]) -> ProbeSpec:
    """Return the worker's spec with the code that the user agreed to here, because a run may come from anyone.

    AgreementNeededError if code of the run was not agreed to and is not `named`. InputError if its scorer is unusable,
    or differs from the run's.
    """
    scorer = None
    if spec.scorer is not None:
        file = Path(spec.scorer[0])
        if not file.is_file():
            raise InputError(f"run {run.id}: its scorer {one_line(file, 300)} no longer exists; put it back")
        scorer = scorer_at(file.resolve(), spec.scorer[1], file.resolve().parent)
        if run.fixed.get("scorer") not in (None, scorer.sha256, scorer.files[0][1]):
            raise InputError(f"run {run.id}: its scorer {one_line(file, 300)} has changed since; put the old one back")
    brought = agreements.of_scorer(scorer)
    if not ENGINES[spec.runtime].is_remote and spec.allows:
        folder = str(place.folder)
        brought += agreements.of_model(
            chosen.candidate.model, spec.allows, folder, place.revision, fingerprint(place.folder)
        )
    agreements.must_agree_to_run(brought, named)
    agreed = dict(scorer.files) if scorer is not None else {}
    return replace(spec, agreed=agreed, no_network=bool(brought) and no_network.is_offered())


def recorded_limits() -> WorkerLimits:
    """Return the limits for a model that runs again."""
    return WorkerLimits(free_memory(), SECONDS_PER_EXAMPLE, LOAD_SECONDS)


def measure(spec: ProbeSpec, script: Callable[[Ask], Answers]) -> tuple[Measured, Answers]:
    """Load the model, let a script ask it, and return how it ran and the script's result.

    OutOfReachError if it cannot be run here.
    """
    with tempfile.TemporaryDirectory(prefix="advisor-") as folder:
        try:
            with Worker(spec, recorded_limits(), Path(folder) / "worker.log") as worker:
                loaded = worker.load()
                answers = script(lambda examples, labels=(): worker.run(examples, labels=labels))
                peak = worker.peak_memory_bytes
        except ProbeFailedError as error:
            raise OutOfReachError(f"the model cannot be run here: it {one_line(error, 300)}") from None
    return Measured(loaded.engine, loaded.seconds, peak, loaded.details), answers


def in_batches(runtime: str, examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    """Yield examples in batches of the run's sizes, because an answer's time is its share of its batch."""
    done = 0
    while done < len(examples):
        size = batch_size(runtime, done)
        yield examples[done : done + size]
        done += size


@dataclass
class Talk:
    """The examples of a repeated test of the recommended model, and its answers."""

    run: Run
    chosen: RunCandidate
    asked: Sequence[Example]
    at: Setting
    outcomes: list[Outcome] = field(default_factory=list)
    critical: list[Outcome] = field(default_factory=list)

    def through(self, ask: Ask, *, stops: bool, progress: Callable[[int, int], None]) -> list[Check]:
        """Ask batch by batch, each example twice if agreement is required, and return the checks.

        With `stops` it ends as soon as all checks hold.
        """
        agreeing: list[bool] = []
        self.critical = ask(self.run.critical) if self.run.critical else []
        found = checks(self.run, self.asked, (), (), self.at, self.critical)
        for batch in in_batches(self.chosen.candidate.runtime, self.asked):
            begin = len(self.outcomes)
            self.outcomes += ask(batch)
            if bar_of(self.run).agreement is not None:
                agreeing += self._again(ask, begin)
            progress(len(self.outcomes), len(self.asked))
            found = checks(self.run, self.asked, self.outcomes, agreeing, self.at, self.critical)
            if stops and overall_verdict(found) == HOLDS:
                break
        return found

    def _again(self, ask: Ask, begin: int) -> list[bool]:
        """Ask the examples from an index on again, as the run did, and return which have the same answer."""
        of_family, scoring = str(self.run.task.get("family")), self.chosen.record.spec.get("scoring") or {}
        several = kinds(of_family, self.chosen.candidate.method)
        places = [place for place in range(begin, len(self.outcomes)) if self.outcomes[place].error is None]
        pairs = {place: second(place, self.asked[place], several, family(of_family).file_part) for place in places}
        same: dict[int, bool] = {}
        for purpose in several:
            these = [(place, pair.example) for place, pair in pairs.items() if pair and pair.purpose is purpose]
            labels = tuple(reversed(self.run.labels)) if purpose is Purpose.REORDERED else ()
            answers = ask([example for _, example in these], labels) if these else []
            for (place, example), answer in zip(these, answers, strict=True):
                asked = self.asked[place], example
                same[place] = is_same(of_family, scoring, asked, (self.outcomes[place], answer))
        return [same[place] for place in sorted(same)]
