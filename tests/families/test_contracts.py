"""A contract of text generation by the real command, with the smallest real generator: what it keeps and breaks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from advisor.families import family
from advisor.families.methods.zero_shot import ZeroShot
from advisor.families.shown_examples import covering
from advisor.task.file import load_task
from tests.conftest import Home
from tests.families.support import SMOL, recommend, refusal, write_task
from tests.probe.support import spec
from tests.tables import for_each

CITIES = (("Ada", "Rome"), ("Ben", "Oslo"), ("Cleo", "Paris"), ("Dan", "London"), ("Eve", "Berlin"), ("Finn", "Madrid"))
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "city": {"type": "string", "maxLength": 12}},
    "required": ["name", "city"],
    "additionalProperties": False,
}


def test_a_contract_is_kept_or_broken_answer_by_answer(ready_home: Home, tmp_path: Path) -> None:
    """Each outcome is what its answer says, the verdict what the outcomes say."""
    told = [{"text": f"{name} lives in {city}.", "expected": {"name": name, "city": city}} for name, city in CITIES]
    task = write_task(
        tmp_path, told, family="text-generation", instruction="Answer.", models=[SMOL],
        prompt={"max_tokens": 30}, scoring={"json_schema": SCHEMA}, bar={"pass_rate": 0.5},
    )  # fmt: skip
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    (only,) = document["candidates"]
    assert only["verdict"] == "passes"
    folder = Path(document["folder"])
    rows = {row["id"]: row for row in map(json.loads, (folder / "evidence.jsonl").read_text().splitlines())}
    outcomes = [json.loads(line) for line in (folder / "outcomes.jsonl").read_text().splitlines()]
    evidence = [outcome for outcome in outcomes if outcome["purpose"] == "evidence"]
    assert [outcome["passed"] for outcome in evidence] == [
        json.loads(outcome["output"]) == rows[outcome["id"]]["expected"] for outcome in evidence
    ]
    # Once the verdict stands, what was asked along with it is kept and counts no more.
    assert sum(outcome["passed"] for outcome in evidence[: only["outcomes"]]) == only["passes"]
    for outcome in evidence:
        fields = [score for field, score in outcome.get("scores", {}).items() if field.startswith("field ")]
        assert len(fields) == 2
        assert outcome["score"] == sum(fields) / 2


ROWS = {
    "text-classification": {"text": "x", "label": "a"},
    "zero-shot-classification": {"text": "x", "label": "a"},
    "question-answering": {"question": "q", "context": "c", "answer": "a"},
    "summarization": {"text": "x", "summary": "a"},
    "text-generation": {"text": "x", "expected": "a"},
}


@for_each(
    ("name", "template", "says"),
    [
        ("text-generation", "Classify.", "lacks the input, so models would not see it; write {text} into it"),
        ("text-generation", "This is about {label}.", "lacks the input"),
        ("summarization", "summarize: ", "lacks the input"),
        ("question-answering", "Answer: {text}", "write one of {question}, {context} into it"),
        ("text-classification", "Classify.", "write {text} into it (or {label}, for a hypothesis of zero-shot models)"),
        ("zero-shot-classification", "{Text}", "write {text} into it (or {label}"),
        ("text-classification", "{text}: {label}?", "holds both {text} and {label}; a message to a prompted model"),
    ],
)
def test_a_template_without_the_input_is_refused(tmp_path: Path, name: str, template: str, says: str) -> None:
    said = refusal(write_task(tmp_path, [ROWS[name]], family=name, prompt={"template": template}))
    assert "prompt.template: " in said
    assert says in said


@for_each(
    ("name", "template", "more"),
    [
        ("text-generation", "Mail: {text} {label}", {}),
        ("question-answering", "{question}", {}),
        ("question-answering", "Q: {question}", {"examples": {"path": "examples.json", "input": "question"}}),
        ("text-classification", "Mail: {text}", {}),
        ("text-classification", "This is about {label}.", {}),
        ("zero-shot-classification", "This is about {label}.", {}),
    ],
)
def test_templates_that_are_used(tmp_path: Path, name: str, template: str, more: dict[str, Any]) -> None:
    """With the input, or, where models of inference are candidates, with the label."""
    task = load_task(write_task(tmp_path, [ROWS[name]], family=name, prompt={"template": template}, **more))
    assert task.prompt.template == template


def test_a_hypothesis_blinds_no_prompted_model() -> None:
    """The text alone is its message; the model of inference holds the hypothesis against it."""
    kind = family("zero-shot-classification")
    labels = {"ham": "", "spam": "advertising"}
    hypothesis = spec(Path(), "llama.cpp", "m", labels=labels, prompt={"template": "This is about {label}."})
    assert kind.user_text("Win now!", hypothesis) == "Win now!"
    message = spec(Path(), "llama.cpp", "m", labels=labels, prompt={"template": "Mail: {text}"})
    assert kind.user_text("Win now!", message) == "Mail: Win now!"

    class Entailer:
        engine, device = "none", "cpu"

        def entail(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[list[float]]:
            seen.append(list(hypotheses))
            return [[0.0] * len(hypotheses) for _ in texts]

    seen: list[list[str]] = []
    for each in (hypothesis, message):
        ZeroShot(Entailer(), each).answer(["Win now!"])
    assert seen == [
        ["This is about ham.", "This is about advertising."],
        ["This example is ham.", "This example is advertising."],
    ]


def test_shown_examples_cover_the_answers() -> None:
    """Each answer once before any twice, in the drawn order; more than there are is all of them."""
    drawn = ["a", "a", "b", ["x", "y"], "a", "b"]
    assert covering(drawn, 3) == [0, 2, 3]
    assert covering(drawn, 5) == [0, 2, 3, 1, 5]
    assert covering(drawn, 0) == []
    assert sorted(covering(drawn, 9)) == [*range(6)]
