"""Question answering: a tiny BERT that reads, a real generator prompted, F1 as SQuAD counts it."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from advisor.families import family
from advisor.families.base import Answered
from advisor.families.methods.by_pattern import ByPattern, learnt
from advisor.families.question_answering import FAMILY, words
from advisor.probe.judge import Judge
from advisor.probe.protocol import ProbeSpec
from advisor.task.examples import load_examples
from advisor.task.model import Task
from tests.conftest import Home
from tests.families.support import SMOL, predictions, recommend, write_task
from tests.probe.tiny import PEOPLE, PLACES, tiny
from tests.tables import for_each


def spec_of(kind: str, scoring: dict[str, Any]) -> ProbeSpec:
    return ProbeSpec("llama.cpp", "prompted", ".", (), kind, "", {}, (), 1, 0, "chat", scoring=scoring)


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


@for_each(
    ("yes", "silent", "kind", "is_word"),
    [
        ("at {}", "not stated", "question-answering", True),
        ("at {}", "not stated", "json-extraction", True),
        ("at {}", "", "question-answering", False),  # an empty cell is the answer
        ("yes", "no", "question-answering", False),  # as many words that no text holds
        ("by {}", "not stated", "json-extraction", False),  # texts hold none of the answers
    ],
)
def test_a_word_that_no_text_holds_says_that_there_is_no_answer(
    yes: str, silent: str, kind: str, tmp_path: Path, *, is_word: bool
) -> None:
    """A model's empty answer is right then, and a row without any is not done yet."""
    held = [(f"We meet at {n} in hall {n % 7}.", yes.format(n)) for n in range(30)]
    held += [(f"We meet in hall {n}.", silent) for n in range(12)] + [("We meet at 90.", "")]
    cells = [{"question": "When is it?", "context": text, "answer": answer} for text, answer in held]
    (tmp_path / "rows.json").write_text(json.dumps(cells), encoding="utf-8")
    names = {"question": "question", "context": "context"}
    fields = {"input": names, "expected": "answer"}
    if kind == "json-extraction":
        fields = {"input": "context", "expected": {"when": "answer"}}
    task = Task.model_validate(
        {"name": "t", "instruction": "When?", "family": kind, "examples": {"path": "rows.json", **fields}}
    )
    read = load_examples(task, tmp_path)
    assert bool(read.settled.get("no_answer")) is is_word
    assert any("left out, as 'not stated'" in note for note in read.notes) is is_word
    of, spec = family(kind), spec_of(kind, read.settled)
    nothing = {"question-answering": "", "json-extraction": {}}[kind]
    said = {"question-answering": [silent] if silent else [], "json-extraction": {"when": silent}}[kind]
    assert (max(of.score(nothing, said, spec).values()) == 1.0) is (is_word or not silent)
    judged = Judge(of, spec).outcome({"id": "1", "input": "", "expected": said}, Answered(nothing), 0.0)
    assert judged.passed is (is_word or not silent)
    if of.baselines.get("pattern") and is_word:
        schema, pairs = read.settled["json_schema"], [(each.input, each.expected) for each in read.evidence]
        assert [each.output for each in ByPattern(learnt(pairs, schema)).answer([text for text, _ in pairs])] == [
            expected for _, expected in pairs
        ]


def test_a_cell_of_many_brackets_is_a_text() -> None:
    text = "[" * 200_000
    unused: Any = None
    assert FAMILY.read_expected(text, unused) == [text]


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_any_answer_is_scored(output: str, expected: list[str]) -> None:
    """Within 0 and 1; an answer that is expected is exact."""
    scores = FAMILY.score(output, expected, spec_of(FAMILY.name, {}))
    assert all(0 <= value <= 1 for value in scores.values())
    if expected and words(expected[0]):
        assert FAMILY.score(expected[0], expected, spec_of(FAMILY.name, {}))["exact"] == 1.0
