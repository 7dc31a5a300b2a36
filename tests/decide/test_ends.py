"""A run ends: the real scheduler over random plans, outcomes, errors, kills and resumes, within the bound it states."""

import random
import shutil
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.decide import steps
from advisor.decide.decision import decide
from advisor.decide.plan import Plan
from advisor.decide.records import Purpose, closeness
from advisor.decide.search import Step
from advisor.evidence.sequential import Strength, Verdict
from advisor.execution.control import Control
from advisor.execution.scheduler import run_search, wanted_steps
from advisor.execution.worker_thread import Batch, Start
from advisor.probe.failure import ProbeFailedError
from advisor.probe.protocol import Loaded, Outcome
from advisor.runs.store import RunStore
from advisor.task.example import Example
from advisor.task.examples import ExampleSet
from advisor.task.model import Task
from tests.decide.simulated import empty_records, plan
from tests.tables import for_each

MARGIN = 0.05


def most_steps(of: Plan) -> int:
    return len(of.candidates) * (3 * len(of.evidence) + 2)


class KilledError(BaseException):
    """The main process dies while a batch runs."""


def asking(rungs: int, total: int, bar: dict[str, Any], *, reference: float | None = 1.0, **more: Any) -> Plan:
    """Return a plan whose bar has all these criteria; a few inputs cannot be perturbed, some have no reference."""
    of = plan(rungs, total)
    task = of.task.model_dump(mode="json", exclude_none=True) | more | {"bar": bar}
    evidence = tuple(
        replace(each, input="" if n % 7 == 3 else each.input, reference=reference if n % 9 else None)
        for n, each in enumerate(of.evidence)
    )
    looks = (total,) if (more.get("examples") or {}).get("size") == "growing" else ()
    examples = ExampleSet(of.examples.labels, (), evidence, (), looks=looks)
    return replace(of, task=Task.model_validate(task), examples=examples)


class World:
    """The models' answers, by candidate, example and purpose only; and circumstances that end a batch."""

    def __init__(self, of: Plan, seed: int, faults: float, jobs: int) -> None:
        """Draw how good the candidates are.

        Args:
            of: The plan.
            seed: Seed of all events.
            faults: Probability that a circumstance ends a batch; a tenth of it that the model itself does.
            jobs: Maximum of running batches.
        """
        self.of, self.seed, self.faults, self.jobs = of, seed, faults, jobs
        self.happens = random.Random(seed)
        self.rates = [self.happens.choice([0.3, 0.8, 0.9, 0.97, 1.0]) for _ in of.candidates]
        self.scores = [self.happens.choice([None, 0.8, 0.85, 1.0]) for _ in of.candidates]
        self.batches = self.kills = 0

    def outcome(self, rung: int, example: Example, purpose: str) -> Outcome:
        """Return one candidate's outcome on one example."""
        draw = random.Random(f"{self.seed} {rung} {example.id} {purpose}")
        if draw.random() < 0.03:
            return Outcome(example.id, None, 0.0, passed=False, seconds=0.01, error="a bad input")
        passed = draw.random() < self.rates[rung]
        score = self.scores[rung] if self.scores[rung] is not None else draw.uniform(0.6, 1.0)
        output = "a" if draw.random() < 0.95 else "b"
        confidence = draw.random()
        return Outcome(example.id, output, score or 0.0, passed, draw.expovariate(5.0), None, confidence)

    def batch(self, rung: int, examples: Sequence[Example], labels: Sequence[str]) -> list[Outcome]:
        """Answer a batch, unless something ends it."""
        self.batches += 1
        # A kill of the main process loses the running batches, and the record of retries.
        lost = self.kills * (self.jobs + 2 * len(self.of.candidates))
        assert self.batches <= most_steps(self.of) + lost, "it does not end"
        chance = self.happens.random()
        if chance < self.faults / 3:
            self.kills += 1
            raise KilledError
        if chance < self.faults:
            raise ProbeFailedError("was killed from outside", is_circumstance=True)
        if chance < self.faults * 1.1:
            raise ProbeFailedError("crashed inside its engine")
        return [self.outcome(rung, each, f"{each.input} {len(labels)}") for each in examples]


def station_of(world: World) -> type:
    """Return a worker thread that answers in this process."""

    class Fake:
        is_closed = False
        _rung: int | None = None

        def run(self, start: Start, examples: Sequence[Example], *, labels: Sequence[str] = ()) -> Future[Batch]:
            future: Future[Batch] = Future()
            rung = next(k for k, each in enumerate(world.of.candidates) if f"rung-{k}_" in start.log.name)
            loaded = None if self._rung == rung else Loaded(0.1, 0.0, "none", "cpu", {})
            try:
                batch = Batch(loaded, world.batch(rung, examples, labels), 1000)
            except ProbeFailedError as error:
                self._rung = None
                future.set_exception(error)
            except KilledError as error:
                future.set_exception(error)
            else:
                self._rung = rung
                future.set_result(batch)
            return future

        def clear(self) -> Future[None]:
            self._rung = None
            future: Future[None] = Future()
            future.set_result(None)
            return future

        def end_dead(self) -> Future[None]:
            return self.clear()

        def close(self) -> None:
            self.is_closed = True

    return Fake


BARS = st.fixed_dictionaries(
    {"pass_rate": st.sampled_from([0.5, 0.8, 0.9])},
    optional={
        "mean_score": st.sampled_from([0.7, 0.8, 0.9]),
        "p95_seconds": st.sampled_from([0.2, 0.7, 3.0]),
        "agreement": st.sampled_from([0.5, 0.8, 0.9]),
        "reference": st.just({"column": "r", "margin": MARGIN}),
    },
)


@dataclass(frozen=True)
class Case:
    """One random run."""

    seed: int
    rungs: int
    total: int
    bar: dict[str, Any]
    jobs: int
    faults: float
    budget: int | None
    size: str
    escalation: str

    def plan(self) -> Plan:
        more: dict[str, Any] = {} if self.budget is None else {"limits": {"inferences": self.budget}}
        escalation = "skip" if self.size == "growing" else self.escalation
        more |= {"escalation": escalation, "examples": {"path": "none.csv", "size": self.size}}
        return asking(self.rungs, self.total, self.bar, reference=0.85, **more)


CASE = st.builds(
    Case, seed=st.integers(0, 10_000), rungs=st.integers(1, 4), total=st.sampled_from([1, 12, 40, 120]), bar=BARS,
    jobs=st.integers(1, 3), faults=st.sampled_from([0.0, 0.02, 0.2]), budget=st.sampled_from([None, 7, 60]),
    size=st.sampled_from(["fixed", "growing"]), escalation=st.sampled_from(["skip", "measure"]),
)  # fmt: skip


@given(case=CASE)
@settings(max_examples=25)
def test_the_scheduler_ends_within_its_bound(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    """For any bar and any events: it ends, and then nothing is open and nothing wanted."""
    of = case.plan()
    world = World(of, case.seed, case.faults, case.jobs)
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(home))
        patch.setattr("advisor.execution.worker_pool.WorkerThread", station_of(world))
        while True:
            try:
                with RunStore(of) as store:
                    run_search(of, store, lambda _: None, jobs=case.jobs)
                    records = store.records
            except KilledError:
                continue
            break
    shutil.rmtree(home)
    assert steps.next_step(of, records) is None
    assert wanted_steps(of, records, case.jobs) == []
    spent = sum(record.inferences for record in records.values())
    assert case.budget is None or spent <= case.budget
    decision = decide(of, records, Strength.CERTIFIED)
    for result in decision.results:
        is_around = result.record.failure is not None and result.record.is_circumstance
        assert result.verdict is not Verdict.NOT_MEASURED or is_around
        assert not (result.verdict is Verdict.FAILS and is_around and not result.counted)


class Able(World):
    """Models that are right about everything."""

    def outcome(self, rung: int, example: Example, purpose: str) -> Outcome:
        del rung, purpose
        return Outcome(example.id, "a", 1.0, passed=True, seconds=0.01)


class Impatient(Control):
    """Checks only a limited number of times: a run that waits in vain fails."""

    looks = 100

    def check(self) -> None:
        self.looks -= 1
        assert self.looks, "it waits"


def test_a_finished_search_does_not_wait_for_speculative_probes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The smallest passes while a larger one is probed at the same time: the run does not wait for the larger one."""
    of = asking(2, 120, {"pass_rate": 0.8}, escalation="skip")
    of = replace(of, fixed_sharing=replace(of.sharing, start=0))
    answers, asked = station_of(Able(of, 0, 0.0, 2)), list[str]()

    class SlowAtLarger(answers):  # type: ignore[misc, valid-type]
        def run(self, start: Start, examples: Sequence[Example], *, labels: Sequence[str] = ()) -> Future[Batch]:
            asked.append(start.log.name)
            return Future() if "rung-1_" in start.log.name else super().run(start, examples, labels=labels)

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("advisor.execution.worker_pool.WorkerThread", SlowAtLarger)
    with RunStore(of) as store:
        run_search(of, store, lambda _: None, jobs=2, control=Impatient())
        assert wanted_steps(of, store.records, 2) == []
    assert any("rung-1_" in each for each in asked)


CASES: dict[str, tuple[dict[str, Any], Any]] = {
    # A score above the bar on every example, too little above it to be certified.
    "mean score": ({"mean_score": 0.8}, lambda example, _: Outcome(example.id, "a", 0.81, passed=True, seconds=0.1)),
    # Equal to the reference everywhere, at the default margin.
    "reference": (
        {"reference": {"column": "r"}},
        lambda example, _: Outcome(example.id, "a", 1.0, passed=True, seconds=0.1),
    ),
    # One answer errs, so one pair is missing.
    "agreement": (
        {"agreement": 0.97},
        lambda example, purpose: Outcome(
            example.id,
            "a",
            1.0,
            passed=True,
            seconds=0.1,
            error="a bad input" if example.id == "e5" and purpose is Purpose.EVIDENCE else None,
        ),
    ),
}


@for_each("case", CASES)
def test_a_claim_that_the_last_example_leaves_open_is_closed(case: str) -> None:
    """It is neither certified nor failed: these examples do not settle it, and the claim about them stands."""
    bar, answer = CASES[case]
    of = asking(1, 100, {"pass_rate": 0.8, **bar})
    records = empty_records(of)
    for _ in range(most_steps(of)):
        step = steps.next_step(of, records)
        if step is None:
            break
        for example in step.examples[:16]:
            records[of.candidates[step.candidate].key].add(step.purpose, answer(example, step.purpose))
    assert steps.next_step(of, records) is None
    decision = decide(of, records, Strength.CERTIFIED)
    assert decision.verdict == "undecided"
    assert decision.answer.strength is Strength.EXAMPLES


def test_a_step_without_examples_cannot_be_built() -> None:
    """It would run nothing, and be returned for ever."""
    with pytest.raises(ValueError, match="has no examples"):
        Step(0, Purpose.EVIDENCE, ())


def test_a_constant_that_finds_all_of_a_label_is_not_the_closest() -> None:
    """What is lacking to each criterion counts, not how many are met."""

    def of_label(observed: float | None) -> list[SimpleNamespace]:
        return [SimpleNamespace(bar=0.99, observed=observed)]

    constant, model = closeness(of_label(1.0), 15, 45), closeness(of_label(0.93), 34, 45)
    assert model > constant
    assert closeness(of_label(None), 34, 45) < closeness(of_label(0.2), 34, 45)
    assert closeness((), 58, 60) > closeness((), 3, 3), "three of three are no better"
