"""Question answering: a tiny BERT that reads, a real generator prompted, F1 as SQuAD counts it."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from advisor.families.question_answering import FAMILY, words
from tests.conftest import Home
from tests.families.support import SMOL, predictions, recommend, write_task
from tests.probe.tiny import PEOPLE, PLACES, tiny


def rows() -> list[dict[str, Any]]:
    """Return questions that the tiny model knows, each with a context and its answer."""
    found = []
    for who in PEOPLE:
        for where in PLACES:
            context = f"{who} came to {where} today ."
            found.append({"question": "who came ?", "context": context, "answer": who})
            found.append({"question": "where ?", "context": context, "answer": [where, f"to {where}"]})
    return found


def test_a_reader_as_it_is(ready_home: Home, tmp_path: Path) -> None:
    """What is read out of the context is right. `test_ranked_order` has a generator that is given the context."""
    task = write_task(
        tmp_path,
        rows(),
        family=FAMILY.name,
        instruction="Answer the question.",
        models=[str(tiny("read"))],
    )
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    assert document["recommended"]["runtime"] == "transformers"
    asked = {"question": "who came ?", "context": "bob came to paris today ."}
    assert predictions(document["recommended"]["usage"], tmp_path, [asked]) == ["bob"]


CAPITALS = {
    "France": "Paris", "Italy": "Rome", "Spain": "Madrid", "Germany": "Berlin", "Japan": "Tokyo", "China": "Beijing",
    "Russia": "Moscow", "Greece": "Athens", "Portugal": "Lisbon", "Austria": "Vienna", "Egypt": "Cairo",
    "Poland": "Warsaw", "Ireland": "Dublin", "Norway": "Oslo", "Sweden": "Stockholm", "England": "London",
}  # fmt: skip


def test_questions_without_a_context(ready_home: Home, tmp_path: Path) -> None:
    """A generator answers from what it knows; a model that reads is left out, with the reason."""
    asked = [{"q": f"What is the capital of {country}?", "answer": capital} for country, capital in CAPITALS.items()]
    task = write_task(
        tmp_path, asked, family=FAMILY.name, instruction="Answer the question.",
        examples={"path": "examples.json", "input": "q"}, models=[str(tiny("read")), SMOL], teaching={"count": 4},
        prompt={"max_tokens": 8, "examples": 4}, bar={"pass_rate": 0.5},
    )  # fmt: skip
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    left_out = {left["model"]: left["reason"] for left in document["left_out"]}
    assert left_out[str(tiny("read"))] == "reads answers out of a context, and these questions come without one"
    only = document["candidates"][0]
    assert "context" not in document["recommended"]["details"]["system_prompt"]
    assert only["passes"] > only["outcomes"] / 2


def test_a_cell_of_many_brackets_is_a_text() -> None:
    text = "[" * 200_000
    unused: Any = None
    assert FAMILY.read_expected(text, unused) == [text]


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_any_answer_is_scored(output: str, expected: list[str]) -> None:
    """Within 0 and 1; an answer that is expected is exact."""
    scores = FAMILY.score(output, expected, None)  # type: ignore[arg-type]  as above
    assert all(0 <= value <= 1 for value in scores.values())
    if expected and words(expected[0]):
        assert FAMILY.score(expected[0], expected, None)["exact"] == 1.0  # type: ignore[arg-type]  as above
