"""Zero-shot classification: an entailment model, the nearest label of real encoders, a generator; nothing teaches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.families.support import SMOL, recommend, refusal, write_task
from tests.probe.support import MOODS
from tests.probe.tiny import tiny

if TYPE_CHECKING:
    from tests.conftest import Home

FAMILY_NAME = "zero-shot-classification"
SUBJECTS = {
    "sport": (
        "the team won the football match",
        "she scored two goals",
        "the tennis final was long",
        "a new swimming record",
    ),
    "food": ("bake the bread for an hour", "add salt to the soup", "the cake needs sugar", "fry the onions in butter"),
}


def test_an_entailment_model(ready_home: Home, tmp_path: Path) -> None:
    """BERT, tiny, that was trained to infer; its labels are the task's meanings."""
    rows = [
        {"text": f"the day is {'very ' * n}{word}", "label": mood}
        for n in range(4)
        for mood, words in MOODS.items()
        for word in words
    ]
    task = write_task(tmp_path, rows, family=FAMILY_NAME, models=[str(tiny("entail"))])
    ran, document = recommend(ready_home, task, "--require", "examples")
    assert ran.code == 0, ran.err
    assert document["recommended"]["method"] == "zero-shot"
    assert document["examples"]["teaching"] == 0


def test_the_nearest_label_of_an_encoder(ready_home: Home, tmp_path: Path) -> None:
    """MiniLM tells sport from food by the labels' meanings alone."""
    rows = [{"text": text, "label": label} for label, texts in SUBJECTS.items() for text in texts]
    task = write_task(
        tmp_path,
        rows,
        family=FAMILY_NAME,
        labels={"sport": "about games and athletes", "food": "about cooking and eating"},
        models=["sentence-transformers/all-MiniLM-L6-v2"],
    )
    ran, document = recommend(ready_home, task, "--require", "examples")
    assert ran.code == 0, ran.err
    assert document["recommended"]["method"] == "nearest label"


def test_a_generator_told_the_labels(ready_home: Home, tmp_path: Path) -> None:
    """SmolLM2, held to the labels: each answer is one of them, and too often "food"; a real failing probe."""
    rows = [{"text": text, "label": label} for label, texts in SUBJECTS.items() for text in texts]
    labels = {"sport": "about games and athletes", "food": "about cooking and eating"}
    task = write_task(tmp_path, rows, family=FAMILY_NAME, labels=labels, models=[SMOL], bar={"pass_rate": 0.9})
    ran, document = recommend(ready_home, task, "--require", "examples")
    (only,) = document["candidates"]
    assert (ran.code, only["method"], only["verdict"]) == (3, "prompted", "fails"), ran.err
    outcomes = [json.loads(line) for line in (Path(document["folder"]) / "outcomes.jsonl").read_text().splitlines()]
    assert outcomes
    assert all(outcome["output"] in labels for outcome in outcomes)
    assert 0 < only["passes"] < only["outcomes"]


def test_teaching_is_refused(tmp_path: Path) -> None:
    """A model that learns from examples is another family's."""
    rows = [{"text": "a b", "label": "x"}, {"text": "c d", "label": "y"}]
    assert "zero-shot classification has none" in refusal(
        write_task(tmp_path, rows, family=FAMILY_NAME, teaching={"count": 1})
    )
