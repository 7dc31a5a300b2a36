"""Idle models stay loaded if there is memory, and one that died is loaded again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from advisor.execution.worker_pool import Slot, WorkerPool, worker_pool
from advisor.execution.worker_thread import Batch, Start
from advisor.probe.protocol import Outcome
from advisor.probe.supervisor import Worker
from advisor.system import machine
from advisor.task.example import Example
from tests.conftest import Home
from tests.probe.support import LIMITS, examples, is_gone, rungs, wait_until

SMALL = 1_000_000


@pytest.fixture
def one(starter_home: Home, tmp_path: Path) -> Iterator[tuple[WorkerPool, Start]]:
    """Return a pool for one job, and how to start a static model."""
    result = rungs(starter_home)["static"]
    with worker_pool(1) as opened:
        yield opened, Start(lambda: result, lambda: LIMITS, tmp_path / "log")


def taken(opened: WorkerPool, candidate: int, peak_bytes: int = SMALL) -> Slot:
    """Take a slot, as there must be one."""
    slot = opened.take(candidate, peak_bytes)
    assert slot is not None
    return slot


def answer(slot: Slot, start: Start) -> Batch:
    """Make a slot's model answer, and record what the run would."""
    slot.future = slot.thread.run(start, examples("Win a prize"))
    batch = slot.future.result(60)
    slot.future = None
    if batch.loaded is not None:
        slot.device = batch.loaded.device
    return batch


def pid(slot: Slot) -> int:
    worker = slot.thread._worker
    return worker.pid


def test_what_was_left_is_not_loaded_again(one: tuple[WorkerPool, Start], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at once, and not after others either, as long as there are few: here one."""
    monkeypatch.setattr("advisor.execution.worker_pool.MOST_IDLE", 1)
    opened, start = one
    assert answer(taken(opened, 0), start).loaded is not None
    assert answer(taken(opened, 1), start).loaded is not None
    assert answer(taken(opened, 0), start).loaded is None
    answer(taken(opened, 2), start)
    assert answer(taken(opened, 0), start).loaded is None
    assert answer(taken(opened, 1), start).loaded is not None, "the one that rested longest made place"
    assert len([slot for slot in opened if slot.candidate is not None]) == 2


def test_one_job_is_one_at_a_time(one: tuple[WorkerPool, Start]) -> None:
    opened, start = one
    answer(taken(opened, 0), start)
    slot = taken(opened, 1)
    slot.future = slot.thread.run(start, examples("Win a prize"))
    assert opened.take(0, SMALL) is None
    slot.future.result(60)


def test_a_first_example_is_answered_once_and_not_returned(one: tuple[WorkerPool, Start]) -> None:
    """A model's first answer takes longer than all others, so that the time of a single one would mislead."""
    opened, start = one
    asked: list[str] = []

    class Heard(Worker):
        def run(self, given: Sequence[Example], *, labels: Sequence[str] = ()) -> list[Outcome]:
            asked.extend(each.input for each in given)
            return super().run(given, labels=labels)

    first = replace(start, worker=Heard, first=examples("Hello")[0])
    slot = taken(opened, 0)
    for said in (["Hello", "Win a prize"], ["Hello", "Win a prize", "Win a prize"]):
        assert len(answer(slot, first).outcomes) == 1
        assert asked == said


@pytest.mark.parametrize("why", ["memory", "graphics card"])
def test_nothing_rests_where_memory_may_lack(one: tuple[WorkerPool, Start], why: str) -> None:
    opened, start = one
    first = taken(opened, 0)
    answer(first, start)
    left = pid(first)
    if why == "graphics card":
        first.device = "cuda (a card)"
    taken(opened, 1, machine.measure_machine().available_memory_bytes if why == "memory" else SMALL)
    assert wait_until(lambda: is_gone(left))


def test_a_model_that_died_while_it_rested_is_loaded_again(one: tuple[WorkerPool, Start]) -> None:
    """The system may end idle processes if memory is short, which is no failure of that candidate."""
    opened, start = one
    first = taken(opened, 0)
    answer(first, start)
    taken(opened, 1)
    psutil.Process(pid(first)).kill()
    assert wait_until(lambda: is_gone(pid(first)))
    assert answer(taken(opened, 0), start).loaded is not None


def test_all_workers_end_with_the_run(one: tuple[WorkerPool, Start]) -> None:
    opened, start = one
    for candidate in range(3):
        answer(taken(opened, candidate), start)
    all_of_them = [pid(slot) for slot in opened]
    opened.close()
    assert len(all_of_them) == 3
    assert wait_until(lambda: all(is_gone(each) for each in all_of_them))
