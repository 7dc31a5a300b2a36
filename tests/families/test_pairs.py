"""Classification of two texts: a model of inference reads them as a pair, a head compares their vectors."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from advisor.families.methods.head import Head
from benchmarks.heads import spec_of
from catalog.store.encoder import StaticEncoder, encoder_folder
from tests.conftest import Home, run_advisor
from tests.families.support import predictions, recommend, write_task
from tests.probe.known import MOODS
from tests.probe.tiny import tiny, tiny_onnx
from tests.tables import for_each

TASK: dict[str, Any] = {
    "family": "text-classification",
    "instruction": "Does the evidence support the claim?",
    "examples": {"path": "examples.json", "input": {"first": "claim", "second": "evidence"}, "expected": "verdict"},
}


def rows() -> list[dict[str, str]]:
    """Return claims about the mood of a day; what they are inferred from comes second."""
    return [
        {
            "claim": f"This example is {said}.",
            "evidence": f"the day is {'very ' * n}{word}",
            "verdict": "supported" if said == mood else "unsupported",
        }
        for (mood, words), said, n in product(MOODS.items(), MOODS, range(4))
        for word in words
    ]


@for_each("model", [tiny, tiny_onnx])
def test_a_model_of_inference_answers_by_its_own_labels(ready_home: Home, tmp_path: Path, model: Any) -> None:
    """The training rows show what its labels mean, and that it has to read the second text first."""
    task = write_task(tmp_path, rows(), **TASK, teaching={"count": 12}, models=[str(model("entail"))])
    _, document = recommend(ready_home, task, code=0)
    best = document["recommended"]
    candidate = next(each for each in document["candidates"] if each["method"] == "as is")
    assert best["method"] == "as is"
    assert candidate["passes"] >= candidate["outcomes"] - 1 > 0
    asked = [{"first": f"This example is {said}.", "second": "the day is sunny"} for said in ("glad", "sad")]
    assert predictions(best["usage"], tmp_path, asked, ready_home) == ["supported", "unsupported"]


def test_models_of_inference_are_planned_with_their_labels(empty_hub_home: Home, tmp_path: Path) -> None:
    """None is asked whether "this example is supported", and none that reads single texts is planned as it is."""
    task = write_task(tmp_path, rows(), **TASK)
    ran = run_advisor(empty_hub_home, "recommend", task, "--plan-only", "--json", "--download", "9GB")
    planned = {each["model"]: each for each in json.loads(ran.out)["candidates"]}
    as_they_are = [name for name, each in planned.items() if each["method"] == "as is"]
    inferring = next(each for name, each in planned.items() if name.startswith("cross-encoder/nli-"))
    assert inferring["label_map"] == {"entailment": "supported", "contradiction": "unsupported"}
    assert len(as_they_are) > 2
    assert all("nli" in name.lower() or "zeroshot" in name or "MiniCheck" in name for name in as_they_are)
    assert "zero-shot" not in {each["method"] for each in planned.values()}


TOPICS = (
    ("The dog chased a cat.", "Horses graze on the meadow.", "A bird sang in its nest.", "Cows and sheep are fed."),
    ("She fried the onions.", "Add salt to the soup.", "Bake the bread for an hour.", "Boil the potatoes."),
    ("The striker scored twice.", "The goalkeeper saved a penalty.", "They won the final match.", "A foul was given."),
    ("The bank cut its loans.", "Shares fell after the report.", "Interest rates rose.", "They sold their bonds."),
)


@pytest.mark.parametrize("has_encoder", [True, False])
def test_a_head_compares_the_two_texts(*, has_encoder: bool) -> None:
    """Each text occurs with either label as often, so that neither alone tells the answer, nor do their words."""
    pairs = [
        ({"first": one, "second": other}, "same" if first is second else "other")
        for (a, first), (b, second) in product(enumerate(TOPICS), repeat=2)
        if first is second or (b - a) % len(TOPICS) == 1
        for one, other in product(first, second)
    ]
    held = [row for row in pairs if {*row[0].values()} & {texts[-1] for texts in TOPICS}]
    taught = [row for row in pairs if row not in held]
    with StaticEncoder(encoder_folder()) as encoder:
        head = Head(encoder if has_encoder else None, spec_of(taught))  # type: ignore[arg-type]
        answers = head.answer([given for given, _ in held])
    right = sum(answer.output == label for answer, (_, label) in zip(answers, held, strict=True))
    assert (right > 0.65 * len(held)) is has_encoder
