"""A run whose examples may grow, through the command line, on a real model."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Home, linked_home, run_advisor
from tests.report.recompute import lines

STATIC = "wordllama-l2-supercat-256"
TASK = f"""\
name: subjects
instruction: Decide whether a mail is spam or ham.
labels: {{ham: a wanted mail, spam: an unwanted bulk or fraudulent mail}}
examples: {{path: subjects.jsonl, size: growing, near_duplicates: keep}}
teaching: {{count: 100}}
bar: {{pass_rate: 0.7}}
models: [{STATIC}]
baselines: skip
"""
Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The beginnings of mails, each with its label."""
    with (ROOT / "examples" / "spam" / "mails.csv").open(encoding="utf-8", newline="") as file:
        return [{"text": row["text"][:160], "label": row["label"]} for row in csv.DictReader(file)][:340]


def write(folder: Path, rows: Sequence[Row], more: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "subjects.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    task = folder / "task.yaml"
    task.write_text(TASK + more, encoding="utf-8")
    return task


def recommend(home: Home, task: Path, *more: str) -> tuple[int, dict[str, Any]]:
    ran = run_advisor(home, "recommend", task, "--json", "--offline", *more)
    assert ran.out, ran.err
    return ran.code, json.loads(ran.out)


def refused(home: Home, task: Path, *more: str) -> str:
    """Return the one line with which the command refuses."""
    ran = run_advisor(home, "recommend", task, "--json", "--offline", *more)
    assert (ran.code, json.loads(ran.out)["error"]["exit_code"]) == (2, 2), ran.err
    return ran.err.strip().splitlines()[-1]


def test_added_examples_certify_the_same_run(ready_home: Home, rows: list[Row], tmp_path: Path) -> None:
    """8 leave it undecided; with 100 more, put between the others, the same run asks these alone and certifies."""
    task = write(tmp_path / "task", rows[:108])
    code, first = recommend(ready_home, task)
    folder = Path(first["folder"])
    seen = (code, first["verdict"], first["strength"], first["examples"]["evidence"])
    assert seen == (4, "undecided", "examples", 8)
    kept = {path.name: path.read_bytes() for path in folder.glob("*.json*")}
    between = [row for pair in zip(rows[108:208], rows[:100], strict=True) for row in pair]
    write(tmp_path / "task", between + rows[100:108])
    ran = run_advisor(ready_home, "recommend", task, "--plan-only", "--offline")
    assert f"Continues run {first['run']}, begun with 8, 100 added since." in ran.out
    assert "the fewest that certify, all right, are 15, of a fixed number 9" in ran.out
    # `runs resume` takes along what is in the file now, as the same command does.
    second = json.loads(run_advisor(ready_home, "runs", "resume", first["run"], "--json", code=0).out)
    assert (second["verdict"], second["strength"]) == ("passes", "certified")
    assert (second["run"], second["examples"]["looks"]) == (first["run"], [8, 100])
    # What was fixed and measured is there as it was; only new examples were asked.
    for name in ("run.json", "teaching.jsonl"):
        assert (folder / name).read_bytes() == kept[name]
    assert (folder / "result-1.json").read_bytes() == kept["result.json"]
    assert (folder / "outcomes.jsonl").read_bytes().startswith(kept["outcomes.jsonl"])
    evidence = lines(folder / "evidence.jsonl")
    before = [json.loads(line)["id"] for line in kept["evidence.jsonl"].splitlines()]
    assert [row["id"] for row in evidence[:8]] == before
    assert [row["look"] for row in evidence] == [1] * 8 + [2] * 100
    asked = [row["id"] for row in lines(folder / "outcomes.jsonl") if row["purpose"] == "evidence"]
    assert len(asked) == len(set(asked))
    assert asked == [row["id"] for row in evidence[: len(asked)]]
    report = run_advisor(ready_home, "report", "last", "--md").out
    assert "100 were added later" in report
    assert "mixture of bets" in report
    assert run_advisor(ready_home, "verify", "last", "--offline").code == 0
    write(tmp_path / "task", between + rows[100:108] + rows[208:268])
    text = run_advisor(ready_home, "recommend", task, "--offline", code=0).out
    assert "60 added since were not asked" in text
    verified = run_advisor(
        ready_home, "verify", "last", "--offline", "--json", "--examples", task.parent / "subjects.jsonl"
    )
    document = json.loads(verified.out)
    assert (document["examples"], document["of"], document["left_out"]) == ("new", 60, 208)


def test_its_bar_is_not_lowered_for_free(ready_home: Home, rows: list[Row], tmp_path: Path) -> None:
    """A lower bar is another run where rows may be added: nothing says that it adds no chance of being wrong."""
    task = write(tmp_path / "task", rows[:300])
    task.write_text(TASK.replace("pass_rate: 0.7", "pass_rate: 0.995"), encoding="utf-8")
    recommend(ready_home, task)
    text = run_advisor(ready_home, "report", "last").out
    assert "  - a lower bar in a run of its own, as rows may be added to this one: " in text
    assert "only adding rows to it adds none" in text
    task.write_text(TASK.replace("pass_rate: 0.7", "pass_rate: 0.6"), encoding="utf-8")
    assert "Second run on these rows" in run_advisor(ready_home, "recommend", task, "--plan-only", "--offline").out


def test_where_it_was_cut_changes_nothing(ready_home: Home, rows: list[Row], tmp_path: Path) -> None:
    """A look that a budget ended, then more examples: the result is that of looks which ran to their end."""
    results = []
    cut = ((160, "limits: {inferences: 23}\n"), (220, "limits: {inferences: 61}\n"), (220, ""))
    for name, tries in (("whole", ((160, ""), (220, ""))), ("cut", cut)):
        home = linked_home(tmp_path / name, ready_home)
        for count, budget in tries:
            _, result = recommend(home, write(tmp_path / "task", rows[:count], budget))
        assert result["examples"]["looks"] == [60, 60]
        results.append([(c["verdict"], c["reason"], c["outcomes"], c["lower_bound"]) for c in result["candidates"]])
    assert results[0] == results[1]


def test_what_was_measured_may_not_go_or_change(ready_home: Home, rows: list[Row], tmp_path: Path) -> None:
    """A removed row, another label, another library: refused in one line; --fresh begins a new run."""
    task = write(tmp_path / "task", rows[:160])
    _, first = recommend(ready_home, task)
    write(tmp_path / "task", rows[1:200])
    assert "1 example of run" in (said := refused(ready_home, task))
    assert "begin a new run with --fresh" in said
    other = {"ham": "spam", "spam": "ham"}
    write(tmp_path / "task", [rows[0] | {"label": other[rows[0]["label"]]}, *rows[1:200]])
    assert "another answer is expected" in refused(ready_home, task)
    # As another version of the library would have made it: another id, and the version in its description.
    folder, other_id = Path(first["folder"]), "0" * 12
    made = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    made |= {"run": other_id, "engines": {"model2vec": "9.9"}}
    (folder / "run.json").write_text(json.dumps(made), encoding="utf-8")
    folder.rename(folder.with_name(other_id))
    write(tmp_path / "task", rows[:200])
    assert "what it depends on has changed: library model2vec" in refused(ready_home, task)
    write(tmp_path / "task", rows[1:200])
    _, fresh = recommend(ready_home, task, "--fresh")
    assert fresh["run"] != first["run"]
    write(tmp_path / "task", rows[1:220])
    _, later = recommend(ready_home, task)
    assert (later["run"], len(later["examples"]["looks"])) == (fresh["run"], 2)


def test_escalation_wants_a_fixed_set(ready_home: Home, rows: list[Row], tmp_path: Path) -> None:
    """Each look would test the pair again, so it is refused, by flag and by key."""
    task = write(tmp_path / "task", rows[:160])
    assert "measured on a fixed set" in refused(ready_home, task, "--escalation")
    assert "measured on a fixed set" in refused(
        ready_home, write(tmp_path / "task", rows[:160], "escalation: measure\n")
    )
