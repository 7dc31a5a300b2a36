"""A small real task: the subjects of the spam example's mails."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def small_task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A task file with 240 short texts, 100 of which teach; quick enough to be run many times."""
    folder = tmp_path_factory.mktemp("small")
    with (ROOT / "examples" / "spam" / "mails.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:240]
    with (folder / "subjects.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({"text": row["text"][:160], "label": row["label"]}) + "\n")
    task = folder / "task.yaml"
    task.write_text(
        """\
name: subjects
instruction: Decide whether a mail is spam or ham.
labels: {ham: a wanted mail, spam: an unwanted bulk or fraudulent mail}
examples: {path: subjects.jsonl}
teaching: {count: 100}
bar: {pass_rate: 0.97}
""",
        encoding="utf-8",
    )
    return task
