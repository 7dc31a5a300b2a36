"""What the documents for pipelines show can be used as it stands."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, Home, run_advisor

CI = ROOT / "docs" / "ci.md"


def blocks(language: str) -> list[str]:
    """Return the document's blocks of code of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", CI.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def documents() -> tuple[dict[Any, Any], dict[str, Any]]:
    """Return the workflow and the pre-commit configuration."""
    workflow, hooks = (yaml.safe_load(block) for block in blocks("yaml"))
    return workflow, hooks


def commands() -> list[list[str]]:
    """Return every advisor command in the document's code, split as a shell does."""
    workflow, hooks = documents()
    steps = workflow["jobs"]["verify"]["steps"]
    text = "\n".join([*(step.get("run", "") for step in steps), *blocks("sh"), hooks["repos"][0]["hooks"][0]["entry"]])
    lines = [line.partition("#")[0].partition("||")[0].strip() for line in text.split("\n")]
    return [shlex.split(line)[1:] for line in lines if line.startswith("advisor ")]


def test_the_workflow_is_one() -> None:
    """It parses, has triggers and a job, and every step does one thing."""
    workflow, _ = documents()
    # YAML 1.1 reads the key "on" as true.
    assert set(workflow) == {"name", True, "permissions", "jobs"}
    assert set(workflow[True]) == {"pull_request", "schedule"}
    job = workflow["jobs"]["verify"]
    assert job["runs-on"]
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step)
    (cron,) = [each["cron"] for each in workflow[True]["schedule"]]
    assert len(cron.split()) == 5


def test_the_hook_is_one() -> None:
    """It has what pre-commit needs of a local hook."""
    _, hooks = documents()
    (hook,) = hooks["repos"][0]["hooks"]
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert re.compile(hook["files"]).search("model/run/run.json")


def test_the_commands_exist_with_their_options(home: Home) -> None:
    """Each option stands in its command's help."""
    found = commands()
    assert {command[0] for command in found} >= {"verify", "report", "compare", "runs"}
    for command in found:
        words = command[:2] if command[0] in {"runs", "models"} else command[:1]
        told = run_advisor(home, *words, "--help")
        assert told.code == 0, command
        for option in (word for word in command if word.startswith("--")):
            assert re.search(rf"{option}\b", told.out), command


def test_the_files_named_are_those_of_a_run() -> None:
    """All that a run's format names as needed, and nothing else."""
    text = CI.read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+\.jsonl?)`", text))
    runs = (ROOT / "docs" / "runs.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `(\w+\.jsonl?)` \|", runs, re.MULTILINE))
    assert named == described - {"verifications.jsonl"}


@pytest.mark.parametrize("name", ["ci.md", "runs.md"])
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link names a file that is there."""
    path = ROOT / "docs" / name
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target
