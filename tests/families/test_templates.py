"""Prompt templates: through them a model sees the input, or they are hypotheses; nothing else is accepted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.families import family
from advisor.families.methods.zero_shot import ZeroShot
from advisor.families.shown_examples import covering
from advisor.task.file import load_task
from tests.families.support import refusal, write_task
from tests.probe.support import spec
from tests.tables import for_each

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """One line with the key and what to write."""
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
