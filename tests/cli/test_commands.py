"""The command line as its user meets it: one line for an error, data on standard output, documented exit codes."""

import csv
import json
import random
import re
from pathlib import Path

import pytest

from advisor.errors import ExitCode
from tests.conftest import ROOT, Home, only_line, run_advisor, run_python

SPAM = ROOT / "examples" / "spam" / "task.yaml"
HEAVY = (
    "torch", "transformers", "sentence_transformers", "sklearn", "scipy", "onnxruntime", "xllamacpp", "model2vec",
    "langgraph", "textual", "duckdb",
)  # fmt: skip

LIGHTER = ("numpy", "faiss", "pydantic", "huggingface_hub", "catalog")


def test_without_a_command_it_says_what_will_be_there(home: Home) -> None:
    ran = run_advisor(home)
    assert ran.code == 0
    assert "advisor recommend" in ran.out
    assert ran.err == ""


def test_the_readme_test_line_is_what_ci_runs() -> None:
    """One line installs and passes the tests, and CI runs that same line."""
    line = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m tests"
    assert line in (ROOT / "README.md").read_text(encoding="utf-8")
    assert line in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["catalog", "refresh", "--rollback", "--top", "5", "--full"], "--rollback asks the Hub for nothing; leave"),
        (["catalog", "refresh", "--all", "--top", "5"], "--all takes every model, --top some of each family"),
        (["export", "last", "--public"], "--public is for --push"),
        (["--port", "0", "runs"], "--port is for --serve"),
        (["runs", "--json", "list"], "--json goes after the command"),
        (["models", "--json", "starter"], "--json goes after the command"),
    ],
)
def test_no_option_is_ignored_in_silence(home: Home, arguments: list[str], words: str) -> None:
    ran = run_advisor(home, *arguments)
    assert (ran.code, ran.err.count("\n")) == (2, 1), ran.err
    assert words in ran.err


def test_nothing_installed_offers_the_starter_set(home: Home, tmp_path: Path) -> None:
    """With an empty cache and no Hub the baselines answer, and the command that helps is named, also in an error."""
    ran = run_advisor(home, "recommend", SPAM, code=0)
    said = " ".join(ran.out.split())
    assert "Baselines only:" in said
    assert "`advisor models starter` fetches four small" in said
    assert "No model is installed" in run_advisor(home, "models").out
    task = tmp_path / "task.yaml"
    text = SPAM.read_text(encoding="utf-8").replace("mails.csv", str(SPAM.with_name("mails.csv")))
    task.write_text(f"{text}baselines: skip\n", encoding="utf-8")
    ran = run_advisor(home, "recommend", task, "--json")
    assert (ran.code, json.loads(ran.out)["error"]["kind"]) == (5, "no_model")
    line = only_line(ran.err)
    assert "the Hub cannot be reached" in line
    assert "advisor models starter" in line


def test_the_plan_is_printed_and_nothing_is_run(ready_home: Home) -> None:
    """`--plan-only` lists the baselines and the four models smallest first and starts no run."""
    ran = run_advisor(ready_home, "recommend", SPAM, "--plan-only", "--json")
    document = json.loads(ran.out)
    assert ran.code == 0
    models = ["static", "onnx", "sentence-transformers", "llama.cpp"]
    assert [c["runtime"] for c in document["candidates"]] == ["baseline", "baseline", *models]
    assert document["reachable_strength"] == "certified"
    assert sum(c["alpha"] for c in document["candidates"]) == pytest.approx(0.05)
    assert not (ready_home.data / "model-advisor" / "runs").exists()
    text = run_advisor(ready_home, "recommend", SPAM, "--plan-only").out
    assert "They can certify an answer" in text


def test_a_weaker_requirement_is_met_by_few_examples(ready_home: Home, tmp_path: Path) -> None:
    """Six examples pass at the strength `examples` (exit 0) and are undecided at `certified` (exit 4)."""
    rows = [("win money now", "spam"), ("free prize waiting", "spam"), ("cheap pills online", "spam")]
    rows += [("meeting at noon", "ham"), ("see attached notes", "ham"), ("lunch tomorrow?", "ham")]
    teach = [(f"{text} {n}", label) for text, label in rows for n in ("today", "again")]
    for name, content in (("seen.csv", rows), ("teach.csv", teach)):
        (tmp_path / name).write_text("text,label\n" + "".join(f"{a},{b}\n" for a, b in content), encoding="utf-8")
    task = tmp_path / "task.json"
    task.write_text(
        json.dumps(
            {
                "name": "few",
                "instruction": "Spam or ham?",
                "examples": {"path": "seen.csv"},
                "teaching": {"path": "teach.csv"},
                "bar": {"pass_rate": 0.8},
                "models": ["wordllama-l2-supercat-256"],
                "baselines": "skip",
            }
        ),
        encoding="utf-8",
    )
    strict = run_advisor(ready_home, "recommend", task, code=4)
    loose = run_advisor(ready_home, "recommend", task, "--require", "examples", "--json")
    document = json.loads(loose.out)
    assert (loose.code, document["strength"]) == (0, "examples"), loose.out
    assert "An estimate, not a certificate" in strict.out


def test_what_each_door_imports(ready_home: Home) -> None:
    """Neither help nor the plan nor a run's main process imports an engine, LangGraph or the session's toolkit."""
    for arguments in (["--help"], ["recommend", str(SPAM), "--plan-only", "--offline"], ["models"]):
        unwanted = (*HEAVY, *(LIGHTER if arguments == ["--help"] else ()))
        code = (
            "import sys\n"
            "from advisor.cli.app import invoke\n"
            f"invoke({arguments!r})\n"
            f"print('LOADED', [m for m in {unwanted!r} if m in sys.modules], file=sys.stderr)\n"
        )
        done = run_python("-c", code, home=ready_home)
        assert done.returncode == 0, done.stderr
        assert "LOADED []" in done.stderr, (arguments, done.stderr)


def test_an_unwritable_data_folder_is_one_line(ready_home: Home, tmp_path: Path) -> None:
    """A run that cannot be kept is refused before anything is probed: exit code 5."""
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    runs = ready_home.data / "model-advisor" / "runs"
    runs.symlink_to(blocked)
    ran = run_advisor(ready_home, "recommend", SPAM, "--json", "--offline")
    assert (ran.code, json.loads(ran.out)["error"]["kind"]) == (5, "out_of_reach")
    assert ran.err.strip().splitlines()[-1].startswith("error: ")


def test_what_was_read_one_way_of_several_is_said_again_where_nothing_passes(home: Home, tmp_path: Path) -> None:
    """A wrong column looks like models that fail: the flags of the next way stand last."""
    chance, path = random.Random(0), tmp_path / "log.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["entry", "shift", "desk"])
        for n in range(60):
            words = " ".join(chance.choice(("pump", "valve", "hose", "door", "lamp", "belt")) for _ in range(8))
            rows.writerow([f"{words} {n}", chance.choice(("early", "late")), chance.choice(("north", "south"))])
    command = ("recommend", "sort these entries", "--examples", path, "--yes", "--offline", "--set", "starter=no")
    ran = run_advisor(home, *command)
    assert ran.code in (ExitCode.NONE_PASSES, ExitCode.UNDECIDED), ran.err
    assert "if that is not how the file is meant: --set" in " ".join(ran.err.split()[-16:])
    assert " (the likeliest by words and file); --set " in " ".join(ran.err.split())
    _, again = (" ".join(run_advisor(home, *command, "--plan-only").err.split()) for _ in range(2))
    taken = re.search(r"reading: (text classification: entry → \w+) \(the likeliest by words and file, taken un", again)
    assert taken is not None
    assert f"reading: {taken[1]} (the likeliest" in " ".join(ran.err.split())
