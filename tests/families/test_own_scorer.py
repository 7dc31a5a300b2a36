"""The user's own scoring function, by the real command: it decides, and its errors are reported plainly."""

import json
from pathlib import Path
from typing import Any

import pytest

from advisor.engines.base import CircumstanceError
from advisor.probe.judge import OwnScorer, ScoringError
from advisor.probe.scorer_process import checked
from advisor.task.brought import scorer_at
from tests.conftest import Home, Ran
from tests.families.support import recommend, refusal, write_task
from tests.tables import for_each

STATIC, LABELS = "wordllama-l2-supercat-256", ("number", "something")
ROWS = [{"text": f"Say something about the number {n}", "label": LABELS[n % 2]} for n in range(16)]


def own(folder: Path, code: str, **task: Any) -> Path:
    """Write a scorer and a task that is scored by it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "score.py").write_text(code, encoding="utf-8")
    whole = {"family": "zero-shot-classification", "models": [STATIC], "scoring": {"function": "score.py:score"}}
    return write_task(folder, ROWS, **(whole | task))


def scored(home: Home, task: Path) -> tuple[Ran, dict[str, Any]]:
    """Run a task whose scorer is agreed to."""
    return recommend(home, task, "--allow-code", str(task.parent / "score.py"))


def test_it_decides_and_its_change_is_another_run(ready_home: Home, tmp_path: Path) -> None:
    """It gets the answer, what is expected and the input; a partial score passes from `at_least`."""
    code = (
        "def score(output, expected, input):\n    return {} if isinstance(output, str) and expected in input else 0\n"
    )
    task = own(tmp_path, code.format("0.5"), scoring={"function": "score.py:score", "at_least": 0.5})
    ran, document = scored(ready_home, task)
    assert ran.code == 0, ran.err
    outcomes = map(json.loads, (Path(document["folder"]) / "outcomes.jsonl").read_text().splitlines())
    assert {each["score"] for each in outcomes if each["purpose"] == "evidence"} == {0.5}
    own(tmp_path, code.format("0.4"), scoring={"function": "score.py:score", "at_least": 0.5})
    again, other = scored(ready_home, task)
    assert again.code in {3, 4}, again.err
    assert other["run"] != document["run"]


def test_an_exception_is_that_examples(ready_home: Home, tmp_path: Path) -> None:
    """The run goes on; the mistake says what the function raised. What it prints is not taken for an answer."""
    code = (
        "import sys\n"
        "def score(output, expected, input):\n"
        '    print(\'{"type": "done"}\')\n'
        "    number = int(input.split()[-1]) % 5\n"
        "    if number == 0: raise KeyError('total\\x1b[31m')\n"
        "    if number == 1: return 'good'\n"
        "    if number == 2: sys.exit(3)\n"
        "    return True\n"
    )
    ran, document = scored(ready_home, own(tmp_path, code, bar={"pass_rate": 0.2}))
    outcomes = [json.loads(line) for line in (Path(document["folder"]) / "outcomes.jsonl").read_text().splitlines()]
    errors = {outcome["error"] for outcome in outcomes}
    assert errors <= {
        None,
        "cannot be scored (KeyError: 'total\\x1b[31m')",
        "cannot be scored (ValueError: the scorer returned 'good', not a number within 0 and 1)",
        "cannot be scored (RuntimeError: the scorer ends the process (3))",
    }
    assert len(errors) > 2
    assert "\x1b" not in ran.out + ran.err


def test_a_function_that_does_not_come_back_ends_the_candidate(tmp_path: Path) -> None:
    """In seconds, with the function's name; it may even catch all exceptions."""
    code = (
        "def score(output, expected, input):\n"
        "    while True:\n        try:\n            pass\n        except Exception:\n            pass\n"
    )
    (tmp_path / "score.py").write_text(code, encoding="utf-8")
    scorer = OwnScorer(str(tmp_path / "score.py"), "score", seconds=1.0)
    with pytest.raises(CircumstanceError, match="score did not return within 1 s for one example"):
        scorer("a", "b", "c")


@for_each(
    ("code", "says"),
    [
        ("import missing_module_of_mine\n", "does not run (ModuleNotFoundError in line 1: No module named"),
        ("x = 1\n\ny = 1 / 0\n", "does not run (ZeroDivisionError in line 3: division by zero)"),
        ("raise SystemExit(2)\n", "does not run (SystemExit in line 1: 2)"),
        ("def other(a, b, c):\n    return 1\n", "is not there: score.py has no function score"),
        ("score = 5\n", "is not there: score.py has no function score"),
        ("def score(output):\n    return 1\n", "write def score(output, expected, input)"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_reason(tmp_path: Path, code: str, says: str) -> None:
    (tmp_path / "score.py").write_text(code, encoding="utf-8")
    with pytest.raises(CircumstanceError) as refused:
        OwnScorer(str(tmp_path / "score.py"), "score")
    assert says in str(refused.value)


def test_a_file_next_to_it_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "helper_of_mine.py").write_text("value = 0.25\n", encoding="utf-8")
    (tmp_path / "json.py").write_text("raise RuntimeError\n", encoding="utf-8")
    (tmp_path / "parts_of_mine").mkdir()
    (tmp_path / "parts_of_mine" / "half.py").write_text("value = 0.5\n", encoding="utf-8")
    code = (
        "import json\nimport helper_of_mine\nfrom parts_of_mine.half import value\n"
        "def score(output, expected, input):\n"
        "    try:\n        __import__(output)\n        return 1\n"
        "    except ImportError:\n        return helper_of_mine.value * value\n"
    )
    (tmp_path / "score.py").write_text(code, encoding="utf-8")
    (tmp_path / "not_agreed_to.py").write_text("", encoding="utf-8")
    found = scorer_at(tmp_path / "score.py", "score", tmp_path)
    assert [Path(path).name for path, _ in found.files] == ["score.py", "helper_of_mine.py", "half.py"]
    scorer = OwnScorer(found.path, "score", dict(found.files))
    try:
        assert scorer("not_agreed_to", "b", "c") == 0.125
    finally:
        scorer.close()


def test_what_has_changed_since_it_was_agreed_to_is_not_run(tmp_path: Path) -> None:
    """The scorer's file, and one that it imports, between the agreement and the run."""
    (tmp_path / "helper_of_mine.py").write_text("value = 0.25\n", encoding="utf-8")
    code = "import helper_of_mine\ndef score(output, expected, input):\n    return helper_of_mine.value\n"
    (tmp_path / "score.py").write_text(code, encoding="utf-8")
    agreed = dict(scorer_at(tmp_path / "score.py", "score", tmp_path).files)
    note = tmp_path / "note"
    for name in ("helper_of_mine.py", "score.py"):
        (tmp_path / name).write_text(f"open({str(note)!r}, 'w').close()\n{code}", encoding="utf-8")
        with pytest.raises(CircumstanceError, match=f"{name} has changed since it was agreed to"):
            OwnScorer(str(tmp_path / "score.py"), "score", agreed)
    assert not note.exists()


def test_what_it_does_to_its_process_ends_the_candidate(tmp_path: Path) -> None:
    """It ends it, or reads what is not its own."""
    code = "import os, sys\ndef score(output, expected, input):\n    return sys.stdin.read() == '' or os._exit(3)\n"
    (tmp_path / "score.py").write_text(code.replace("== ''", "!= ''"), encoding="utf-8")
    with pytest.raises(CircumstanceError, match="ended its process for one example"):
        OwnScorer(str(tmp_path / "score.py"), "score")("a", "b", "c")


def test_an_error_of_any_length_is_that_examples(tmp_path: Path) -> None:
    """A message may quote a whole text, more than a line of the protocol holds."""
    code = "def score(output, expected, input):\n    raise ValueError(output * 2_000_000)\n"
    (tmp_path / "score.py").write_text(code, encoding="utf-8")
    scorer = OwnScorer(str(tmp_path / "score.py"), "score")
    try:
        with pytest.raises(ScoringError, match="ValueError: xxx"):
            scorer("x", "b", "c")
    finally:
        scorer.close()


def test_it_gets_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the one that the model's server wants."""
    monkeypatch.setenv("MY_SERVERS_KEY", "k")
    code = "import os\ndef score(output, expected, input):\n    raise KeyError(output in os.environ)\n"
    (tmp_path / "score.py").write_text(code, encoding="utf-8")
    scorer = OwnScorer(str(tmp_path / "score.py"), "score", hidden=["MY_SERVERS_KEY"])
    try:
        with pytest.raises(ScoringError, match="KeyError: False"):
            scorer("MY_SERVERS_KEY", "b", "c")
    finally:
        scorer.close()


@for_each("value", [None, "1", 1.5, -0.1, float("nan"), [1], {}, "x" * 1000])
def test_what_is_no_score_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not a number within 0 and 1") as refused:
        checked(value)
    assert len(str(refused.value)) < 140


def test_numbers_of_any_kind_are_scores() -> None:
    import numpy as np

    assert [checked(value) for value in (True, 1, 0.5, np.float32(0.5), np.bool_(True))] == [1, 1, 0.5, 0.5, 1]  # noqa: FBT003


@for_each(
    ("function", "says"),
    [
        ("nothing.py:score", "write file.py:name, the file relative to the task file"),
        ("score.py", "write file.py:name"),
        ("score.py:a-b", "write file.py:name"),
        ("score.py:score", "is not valid Python (line 1: "),
    ],
)
def test_what_is_wrong_is_reported_before_anything_runs(tmp_path: Path, function: str, says: str) -> None:
    """The file is missing, the name is none, the file is no Python: nothing of it is run to see that."""
    task = own(tmp_path, "def score(:\n", scoring={"function": function})
    assert says in refusal(task)
