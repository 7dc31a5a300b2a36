"""What computes a metric may not be installed: the candidate ends with the line that says what to install."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.families.support import SMOL, recommend, write_task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Home

ROWS = [{"text": f"The day number {n} is long.", "summary": f"Day {n}.", "translation": f"Tag {n}."} for n in range(6)]


@pytest.mark.parametrize(
    "case",
    [
        ("summarization", "rouge_score", "rougeL"),
        ("translation", "sacrebleu", "chrf"),
        ("translation", "sacrebleu", "bleu"),
    ],
)
def test_it_is_named_with_the_cure(
    ready_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: tuple[str, str, str]
) -> None:
    """Nothing is proven of the model, which may be fine: no example is counted against it."""
    family, module, metric = case
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    # Python runs this file as it starts: in every process of the run the library looks as if it were not there.
    (hidden / "sitecustomize.py").write_text(f"import sys\nsys.modules[{module!r}] = None\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(hidden))
    task = write_task(tmp_path / "task", ROWS, family=family, models=[SMOL], scoring={"metric": metric})
    ran, document = recommend(ready_home, task, "--require", "examples")
    only = document["candidates"][0]
    assert ran.code == 5, ran.err
    assert only["outcomes"] == 0
    name = module.replace("_", "-")
    assert f"the metric {metric} needs {name}: pip install 'model-advisor[metrics]'" in only["reason"]


def test_a_task_that_does_without_it_runs(ready_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules alone need no such library."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['sacrebleu'] = None\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    task = write_task(
        tmp_path / "task",
        ROWS,
        family="translation",
        models=[SMOL],
        scoring={"metric": "rules", "min_words": 1},
        prompt={"max_tokens": 8},
    )
    ran, document = recommend(ready_home, task, "--require", "examples")
    assert ran.code == 0, ran.err
    assert document["candidates"][0]["passes"] == 6
