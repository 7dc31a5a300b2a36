"""A question asked again goes on with the candidates it was planned with."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.evidence.futility import FUTILE_BELOW
from advisor.runs.find import before, changed
from advisor.runs.origin import changes
from advisor.runs.reader import open_run
from advisor.runs.result import Result
from advisor.runs.store import RunStore
from advisor.system.codec import read
from tests.conftest import SAMPLE, Home, run_advisor, run_python
from tests.decide.simulated import plan

STATIC = "wordllama-l2-supercat-256"


@pytest.fixture
def task(small_task: Path, tmp_path: Path) -> Path:
    """The small task, limited to the static model and one that is named later."""
    text = small_task.read_text(encoding="utf-8").replace("subjects.jsonl", str(small_task.parent / "subjects.jsonl"))
    path = tmp_path / "task.yaml"
    path.write_text(text + f"models: [{STATIC}, ./mine]\n", encoding="utf-8")
    return path


def copy_of_static(home: Home, folder: Path) -> None:
    """Make a local model of one's own."""
    original = home.data / "model-advisor" / "models" / STATIC
    folder.mkdir()
    for file in original.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())


def run(home: Home, task: Path, *arguments: str) -> dict[str, Any]:
    ran = run_advisor(home, "recommend", task, "--json", "--offline", *arguments)
    assert ran.code in {0, 3, 4, 5}, ran.err  # 5: the limit ended all that was tried
    document: dict[str, Any] = json.loads(ran.out)
    return document


def test_a_changed_local_model_is_another_run(ready_home: Home, task: Path) -> None:
    """Outcomes of other weights, or of another tokenizer, are never counted as this model's."""
    copy_of_static(ready_home, task.parent / "mine")
    first = run(ready_home, task)
    assert run(ready_home, task)["run"] == first["run"]
    tokenizer = task.parent / "mine" / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert run(ready_home, task)["run"] != first["run"]


AFTER_THE_PLAN = """
import sys
from pathlib import Path
from advisor.evidence.sequential import Strength
from advisor.workflow.pipeline import conclude, prepare, probe
task, file = map(Path, sys.argv[1:3])
prepared = prepare(task, offline=True)
if sys.argv[3] == "gone":
    file.unlink()
else:
    file.write_bytes(file.read_bytes() + b"\\n")
probe(prepared, required=Strength.EXAMPLES, tell=lambda _: None)
print(*[f"{each.verdict}: {each.reason}" for each in conclude(prepared, required=Strength.EXAMPLES).decision.results])
"""


def test_a_model_that_changes_after_the_plan_is_not_measured(ready_home: Home, task: Path) -> None:
    """Nor when it is gone; neither says anything of the model."""
    task.write_text(task.read_text(encoding="utf-8").replace(f"{STATIC}, ", ""), encoding="utf-8")
    copy_of_static(ready_home, task.parent / "mine")
    tokenizer = task.parent / "mine" / "tokenizer.json"
    for what in ("changed", "gone"):
        ran = run_python("-c", AFTER_THE_PLAN, task, tokenizer, what, home=ready_home)
        assert ran.stdout.startswith("not measured: "), ran.stderr
        assert ran.stdout.endswith("/mine are gone or have changed\n")


def test_a_model_that_is_not_installed_is_reported(ready_home: Home, task: Path) -> None:
    text = task.read_text(encoding="utf-8").replace("./mine", "no-such/model-anywhere")
    task.write_text(text, encoding="utf-8")
    plan = json.loads(run_advisor(ready_home, "recommend", task, "--json", "--plan-only", "--offline").out)
    (reason,) = [left["reason"] for left in plan["left_out"] if left["model"] == "no-such/model-anywhere"]
    assert "neither installed nor in the catalog" in reason


def test_free_memory_does_not_change_the_run(ready_home: Home, small_task: Path) -> None:
    """What other programs use at the moment is no part of the plan: the run id stays."""
    code = (
        "import sys, psutil\n"
        "real, free = psutil.virtual_memory, int(sys.argv.pop())\n"
        "def little():\n"
        "    return real()._replace(available=free)\n"
        "psutil.virtual_memory = little\n"
        "from pathlib import Path\n"
        "from advisor.workflow.pipeline import prepare\n"
        "print(prepare(Path(sys.argv[1])).plan.run_id)\n"
    )
    ids = set()
    for available in ("20000000000", "600000000"):
        done = run_python("-c", code, small_task, available, check=True, home=ready_home)
        ids.add(done.stdout)
    assert len(ids) == 1


@pytest.mark.parametrize("limit", ["load_seconds", "seconds_per_candidate"])
def test_a_limit_that_ended_a_probe_can_be_raised(
    ready_home: Home, small_task: Path, tmp_path: Path, limit: str
) -> None:
    """What a limit ended is tried again by the same question with a higher limit; other outcomes are kept."""
    text = small_task.read_text(encoding="utf-8").replace("subjects.jsonl", str(small_task.parent / "subjects.jsonl"))
    task = tmp_path / "task.yaml"
    task.write_text(text + f"models: [{STATIC}]\nlimits: {{{limit}: 0.05}}\n", encoding="utf-8")
    failed = run(ready_home, task)
    assert failed["verdict"] == "undecided"
    assert "took longer" in failed["candidates"][0]["reason"]
    task.write_text(text + f"models: [{STATIC}]\nlimits: {{{limit}: 60}}\n", encoding="utf-8")
    again = run(ready_home, task)
    assert again["run"] == failed["run"]
    assert again["candidates"][0]["outcomes"] > 0


def test_a_budget_of_inferences_is_kept_and_can_be_raised(ready_home: Home, small_task: Path, tmp_path: Path) -> None:
    """Not one inference more than allowed; a higher budget goes on from there."""
    text = small_task.read_text(encoding="utf-8").replace("subjects.jsonl", str(small_task.parent / "subjects.jsonl"))
    task = tmp_path / "task.yaml"
    text += f"models: [{STATIC}, paraphrase-MiniLM-L3-v2-onnx]\n"
    task.write_text(text + "limits: {inferences: 5}\n", encoding="utf-8")
    first = run(ready_home, task)
    assert first["inferences"] == 5
    task.write_text(text + "limits: {inferences: 9}\n", encoding="utf-8")
    second = run(ready_home, task)
    assert (second["run"], second["inferences"]) == (first["run"], 9)


THEN = 1_600_000_000.0


def test_a_finished_run_is_shown_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps its time when the same result is written again, and a new plan of the same task mentions it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    of = plan(2, 20)
    assert before(of.run_id) is None
    with RunStore(of) as store:
        folder = store.folder
    written = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert changes(written, of.fixed()) == []
    assert (open_run(folder).given_up_below, open_run(SAMPLE).given_up_below) == (FUTILE_BELOW, 0.02)
    begun = before(of.run_id)
    assert "it continues run" in begun
    with RunStore(of) as store:
        store.finish(read(Result, {"verdict": "none"}))
    for file in folder.iterdir():
        os.utime(file, (THEN, THEN))
    with RunStore(of, retries=False) as store:
        store.finish(read(Result, {"verdict": "none"}))
    assert changed(folder) == THEN
    result = before(of.run_id)
    assert f"the answer is that of run {of.run_id} of 2020-09-1" in result
    with RunStore(of, retries=False) as store:
        store.finish(read(Result, {"verdict": "passes"}))
    assert changed(folder) > THEN
    for damaged in ({"given_up_below": "x"}, {"task": written["task"] | {"bar": {"pass_rate": 2}}}):
        (folder / "run.json").write_text(json.dumps(written | damaged), encoding="utf-8")
        with pytest.raises(InputError, match="its bar cannot be read; the run's folder is damaged"):
            open_run(folder)
