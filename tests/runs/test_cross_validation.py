"""Cross-validation on the training rows before the first outcome: it fixes how α is shared, once, whatever comes."""

import json
from pathlib import Path
from typing import Any

from tests.conftest import Home, run_advisor
from tests.report.recompute import lines
from tests.runs.test_growing import STATIC, Row, rows

__all__ = ["rows"]
TASK = f"""\
name: subjects
instruction: Decide whether a mail is spam or ham.
labels: {{ham: a wanted mail, spam: an unwanted bulk or fraudulent mail}}
examples: {{path: subjects.jsonl, near_duplicates: keep}}
teaching: {{count: 60}}
bar: {{pass_rate: 0.75}}
models: [{STATIC}]
"""


def test_shares_are_fixed_by_the_training_rows_alone(ready_home: Home, rows: list[Row], tmp_path: Path) -> None:
    """They are stored before the first outcome; a run interrupted before asks none twice, one after keeps them."""
    (tmp_path / "subjects.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[:100]), encoding="utf-8")
    task = tmp_path / "task.yaml"
    task.write_text(TASK, encoding="utf-8")
    planned = run_advisor(ready_home, "recommend", task, "--plan-only", "--offline").out
    assert "2 candidates are cross-validated on the 60 training rows" in planned

    def recommend() -> tuple[dict[str, Any], dict[str, Any]]:
        ran = run_advisor(ready_home, "recommend", task, "--json", "--offline")
        result = json.loads(ran.out)
        return result, json.loads((Path(result["folder"]) / "sharing.json").read_text(encoding="utf-8"))

    result, shared = recommend()
    folder = Path(result["folder"])
    loaded = [event for event in lines(folder / "probes.jsonl") if event["event"] == "loaded"]
    outcome = {event["candidate"]: event["details"].get("cross_validated") for event in loaded}
    made = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    # A constant answer is known without; what is larger than one that surely passes is left out.
    constant, linear, larger = shared["cross_validated"]
    assert (constant[1], linear, larger) == (60, outcome[made["candidates"][1]], None)
    assert sum(each is not None for each in shared["cross_validated"]) == 2
    assert [each["alpha"] for each in result["candidates"]] == shared["alpha_shares"] != made["alpha_shares"]
    assert shared["alpha_sharing"] == "cross-validated"
    # Cut once the shares were fixed: whatever they are, they stay.
    shared["alpha_shares"] = shared["alpha_shares"][::-1]
    (folder / "sharing.json").write_text(json.dumps(shared), encoding="utf-8")
    (folder / "result.json").unlink()
    (folder / "outcomes.jsonl").write_text("", encoding="utf-8")
    again, kept = recommend()
    assert (again["run"], kept) == (result["run"], shared)
    assert [each["alpha"] for each in again["candidates"]] == shared["alpha_shares"]
    # Interrupted before: those with a result are not asked again.
    (folder / "sharing.json").unlink()
    (folder / "result.json").unlink()
    (folder / "outcomes.jsonl").write_text("", encoding="utf-8")
    _, anew = recommend()
    assert anew["alpha_shares"] == shared["alpha_shares"][::-1]
