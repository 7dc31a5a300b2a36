"""Messages survive the way through JSON; what is no message is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.probe.protocol import (
    MAX_MESSAGE_BYTES,
    Loaded,
    Outcome,
    ProbeSpec,
    done_from_json,
    outcome_lines,
    outcomes_from_json,
)
from tests.tables import for_each

seconds = st.floats(0, 1e9)
outcomes = st.builds(
    Outcome, id=st.text(), output=st.none() | st.text(), score=st.floats(0, 1), passed=st.booleans(), seconds=seconds,
    error=st.none() | st.text(),
)  # fmt: skip
specs = st.builds(
    ProbeSpec, runtime=st.text(), method=st.text(), path=st.text(), files=st.lists(st.text()).map(tuple),
    family=st.text(), instruction=st.text(), labels=st.dictionaries(st.text(), st.text()),
    teaching=st.lists(st.tuples(st.text(), st.text())).map(tuple), threads=st.integers(1, 64),
    seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
GOOD_OUTCOME = {"id": "a", "output": "ham", "score": 1.0, "passed": True, "seconds": 0.1, "error": None}
GOOD_LOADED = {
    "type": "loaded",
    "seconds": 1.5,
    "teaching_seconds": 0.0,
    "engine": "an engine 1.0",
    "device": "cpu",
    "details": {"C": 10.0},
}


def through_a_line(value: dict[str, Any]) -> Any:
    """Write a value as the one line that a pipe carries, and read it."""
    line = json.dumps(value)
    assert "\n" not in line
    return json.loads(line)


@given(outcomes)
def test_an_outcome_is_what_it_was(outcome: Outcome) -> None:
    """Any text in any field survives, also what no terminal would print."""
    assert Outcome.from_json(through_a_line(outcome.to_json())) == outcome


@given(specs)
def test_a_spec_is_what_it_was(spec: ProbeSpec) -> None:
    read = ProbeSpec.from_json(through_a_line(spec.to_json()))
    assert read == spec
    assert list(read.labels) == list(spec.labels)


@for_each(
    "change",
    [
        {"score": "high"},
        {"score": float("nan")},
        {"score": 1.5},
        {"score": None},
        {"passed": "yes"},
        {"passed": 1},
        {"seconds": -1},
        {"seconds": float("inf")},
        {"seconds": [1]},
    ],
)
def test_what_is_no_outcome_is_refused(change: dict[str, Any]) -> None:
    """A score is within 0 and 1, a duration finite, a verdict a truth value."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        Outcome.from_json(through_a_line(GOOD_OUTCOME | change))


def test_outcomes_are_sent_in_lines_that_are_not_too_long() -> None:
    """In several messages if needed, in order; a single one that is too long is sent nevertheless."""
    long = [Outcome(str(n), "x" * 300_000, 1.0, passed=True, seconds=0.1) for n in range(7)]
    lines = outcome_lines(long)
    assert 2 < len(lines) < 7
    assert all(len(line) < MAX_MESSAGE_BYTES for line in lines)
    assert [each for line in lines for each in outcomes_from_json(json.loads(line))] == long
    (line,) = outcome_lines([Outcome("a", "x" * MAX_MESSAGE_BYTES, 1.0, passed=True, seconds=0.1)])
    (result,) = outcomes_from_json(json.loads(line))
    assert (result.output, result.passed, result.error) == (None, False, "its answer is too long to be kept (1.0 MB)")


@for_each("data", [[], {}, None, "a", ["a"], [GOOD_OUTCOME, {}]])
def test_what_are_no_outcomes_is_refused(data: object) -> None:
    """An empty message too: a worker could send them without end."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        outcomes_from_json({"type": "outcomes", "outcomes": data})


@for_each("missing", list(GOOD_OUTCOME))
def test_an_outcome_lacks_nothing(missing: str) -> None:
    with pytest.raises(KeyError):
        Outcome.from_json({key: value for key, value in GOOD_OUTCOME.items() if key != missing})


def test_loaded_is_read() -> None:
    assert Loaded.from_json(through_a_line(GOOD_LOADED)) == Loaded(1.5, 0.0, "an engine 1.0", "cpu", {"C": 10.0})


@for_each("change", [{"type": "outcome"}, {"seconds": "long"}, {"details": 3}, {"details": None}, {"seconds": None}])
def test_another_message_is_not_loaded(change: dict[str, Any]) -> None:
    """What is out of turn or out of shape is refused."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        Loaded.from_json(GOOD_LOADED | change)


@for_each(("said", "peak"), [(123, 123), (None, 0), (0, 0)])
def test_the_end_of_a_batch_has_the_peak_memory(said: int | None, peak: int) -> None:
    assert done_from_json({"type": "done", "peak_memory_bytes": said}) == peak


@for_each("said", ["much", -1, 1.5, float("inf"), []])
def test_a_peak_is_a_number_of_bytes(said: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        done_from_json({"type": "done", "peak_memory_bytes": said})
