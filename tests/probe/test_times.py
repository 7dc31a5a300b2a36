"""Seconds of outcomes, repeated requests, and what happens if memory or time runs out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.engines.base import CircumstanceError
from advisor.engines.batches import is_out_of_memory
from advisor.families import family
from advisor.families.base import Answered
from advisor.probe import worker
from advisor.probe.judge import Judge
from advisor.probe.supervisor import Worker
from advisor.probe.worker import answer_batch
from tests.conftest import Home
from tests.probe.support import LIMITS, examples, rungs, spec
from tests.tables import for_each

WHAT = spec(Path(), "static")
SLOW = 0.5


class Clock:
    """One that goes on only while something takes time."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


CLOCK = Clock()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure by that clock: a busy machine changes nothing."""
    monkeypatch.setattr(worker, "time", CLOCK)


class Answerer:
    """Answers "ham"; slowly, or not at all, if the text says so."""

    def __init__(self) -> None:
        self.details: dict[str, Any] = {}
        self.asked: list[str] = []

    def answer(self, given: Sequence[Any]) -> list[Answered]:
        return [self._one(str(text)) for text in given]

    def _one(self, text: str) -> Answered:
        self.asked.append(text)
        match text:
            case "slow":
                CLOCK.now += SLOW
            case "bad":
                raise ValueError("a bad text")
            case "huge":
                np.empty(1 << 45)
            case "overflows":
                return Answered("ham", float("nan"))
        return Answered("ham")


class OneByOne(Answerer):
    """One that says so."""

    alone = True


def answered(by: Answerer, *texts: str, timed: bool = False) -> list[Any]:
    batch = [{"id": f"{at}", "input": text, "expected": "ham"} for at, text in enumerate(texts)]
    return answer_batch(Judge(family(WHAT.family), WHAT), by, batch, timed=timed)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("by", [OneByOne(), Answerer()])
def test_each_examples_seconds_are_its_own_where_they_count(by: Answerer) -> None:
    """Where the bar limits them, and where an engine answers one by one: a slow one is not hidden by its company."""
    outcomes = answered(by, "quick", "slow", "last", timed=not hasattr(by, "alone"))
    assert [each.seconds for each in outcomes] == [0.0, SLOW, 0.0]


@pytest.mark.usefixtures("clock")
def test_a_batch_shares_its_seconds_where_nothing_asks_for_them() -> None:
    assert [outcome.seconds for outcome in answered(Answerer(), "quick", "slow")] == [SLOW / 2] * 2


def test_a_bad_text_has_no_other_asked_again_where_each_is_asked_alone() -> None:
    """Each request to a server may cost money."""
    by = OneByOne()
    assert [outcome.error is None for outcome in answered(by, "one", "bad", "two")] == [True, False, True]
    assert by.asked == ["one", "bad", "two"]


def test_memory_that_runs_out_is_no_mistake_of_the_model() -> None:
    """A batch too large is answered one by one; one text that is too large ends the candidate with the reason."""
    with pytest.raises(CircumstanceError, match="ran out of memory"):
        answered(Answerer(), "one", "huge")
    with pytest.raises(CircumstanceError, match="ran out of memory"):
        answered(OneByOne(), "huge")


@for_each(
    ("error", "is_it"),
    [
        (MemoryError(), True),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried"),
            True,
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB"), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("could not create a primitive"), True),
        (RuntimeError("The size of tensor a (600) must match the size of tensor b (512)"), False),
        (ValueError("a text that says: out of memory"), False),
        (KeyError("bad_alloc"), False),
    ],
)
def test_how_engines_say_that_memory_ran_out(error: Exception, *, is_it: bool) -> None:
    """By type or by words; what a text says proves nothing."""
    assert is_out_of_memory(error) == is_it


def test_a_generators_seconds_follow_its_work(starter_home: Home, tmp_path: Path) -> None:
    """Of one batch: SmolLM2 takes longer over a long text than over a short one."""
    what = rungs(starter_home)["llama.cpp"]
    with Worker(what, LIMITS, tmp_path / "log") as one:
        one.load()
        one.run(examples("Hello"))  # reads the prompt that all share
        texts = [text for n in range(2) for text in (f"Hi {n}", f"The meeting {n} is moved. " * 15)]
        seconds = [outcome.seconds for outcome in one.run(examples(*texts))]
    # The least of each: other processes only add to it.
    assert min(seconds[1::2]) > 2 * min(seconds[::2])


def test_a_limited_latency_times_a_batching_engine_one_by_one(starter_home: Home, tmp_path: Path) -> None:
    """The static model answers a batch at once, unless the bar asks for each example's own seconds."""
    shared, own = (replace(rungs(starter_home)["static"], timed=timed) for timed in (False, True))
    for what, count in ((shared, 1), (own, 4)):
        with Worker(what, LIMITS, tmp_path / "log") as one:
            one.load()
            outcomes = one.run(examples("Hi", "Lunch tomorrow?", "Win a prize", "The meeting is moved " * 50))
        assert len({outcome.seconds for outcome in outcomes}) == count


def test_a_probability_that_is_no_number_costs_its_example() -> None:
    """As of weights in half precision that overflow; a message with it would end the candidate."""
    right, wrong = answered(Answerer(), "a text", "overflows")
    assert (right.passed, wrong.passed, wrong.confidence) == (True, False, None)
    assert "not a number" in wrong.error
