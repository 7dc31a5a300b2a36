"""What a session was begun with is taken back like any answer."""

from __future__ import annotations

from advisor.workflow.sessions import Start
from advisor.workflow.state import State, answers_of, forgotten, merged


def test_examples_named_at_the_start_give_way_to_the_next_file_with_how_they_were_read() -> None:
    """Neither the file nor its separator comes back; what is said of the next file stands."""
    start = Start(words="sort", examples="a.csv", answers={"examples.separator": ";", "bar.pass_rate": 0.8})
    state: State = {"start": start, "answers": {"examples.header": True}}
    state["answers"] = merged(state["answers"], forgotten(state, "examples"))
    kept = answers_of(state)
    assert not any(key.startswith("examples") for key in kept)
    assert kept["bar.pass_rate"] == 0.8
    state["answers"] = merged(state["answers"], {"examples": "b.csv", "examples.separator": ","})
    assert answers_of(state)["examples"] == "b.csv"
    assert answers_of(state)["examples.separator"] == ","
