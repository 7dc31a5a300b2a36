"""The skill for agents: each command in it runs, its fields are those of the documents, and it leads to an answer."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from string import Template

import pytest
import yaml

from advisor.cli.mcp.fitting import tokens
from advisor.errors import ExitCode
from tests.conftest import ROOT, Home, Ran, linked_home, run_advisor
from tests.tui.mails import short_mails

SKILL = ROOT / "skills" / "model-advisor"
PAGES = (SKILL / "SKILL.md", *sorted((SKILL / "references").glob("*.md")))
WORDS = "which small model can sort these mails? right 75% of the time is enough"
STATIC = "wordllama-l2-supercat-256"


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [line.strip() for block in blocks for line in block.splitlines()]


def test_it_is_a_skill() -> None:
    """Front matter with name and description, short enough, and references that are there."""
    text = PAGES[0].read_text(encoding="utf-8")
    _, head, body = text.split("---\n", 2)
    matter = yaml.safe_load(head)
    assert matter["name"] == SKILL.name
    assert len(matter["description"]) <= 1024
    assert tokens(text) < 5000
    links = re.findall(r"\]\((references/[\w.]+)\)", body)
    assert sorted(SKILL / link for link in links) == list(PAGES[1:])
    meanings = {int(code) for code in re.findall(r"^\| (\d+) \|", body, flags=re.MULTILINE)}
    assert meanings == {int(code) for code in ExitCode} - {ExitCode.FAULT}


@pytest.mark.soak
def test_an_agent_with_the_skill_gets_to_a_recommendation(starter_home: Home, tmp_path: Path) -> None:
    """Each command runs as it stands, those of the steps first; the fields that the pages name are in the documents."""
    home = linked_home(tmp_path / "home", starter_home, STATIC)
    folder = tmp_path / "work"
    given = {"TASK": WORDS, "FILE": short_mails(folder, 300, 200).name, "OUT": "model"}

    def run(command: str) -> Ran:
        name, *arguments = shlex.split(Template(command).substitute(given))
        assert name == "advisor"
        return run_advisor(home, *arguments, cwd=folder)

    def results() -> Iterator[tuple[str, Ran]]:
        for page in PAGES:
            for command in commands(page):
                yield command, run(command)

    found: dict[str, Ran] = {}
    for command, ran in results():
        # New examples that the run knows already leave nothing to test.
        assert ran.code == 0 or (ran.code, "--examples" in command) == (2, True), (command, ran.err)
        if "--json" in command and ran.code == 0:
            json.loads(ran.out)
        found[command] = ran
    plan, result, report, exported, verified = (found[command] for command in commands(PAGES[0]))
    assert {"candidates", "reachable_strength", "examples_to_certify", "download_bytes"} <= set(json.loads(plan.out))
    document = json.loads(result.out)
    assert (document["verdict"], document["strength"]) == ("passes", "certified")
    assert document["recommended"]["model"] in {STATIC, "words and characters"}
    assert document["recommended"]["model"] in report.out
    assert (folder / json.loads(exported.out)["folder"] / "predict.py").is_file()
    assert json.loads(verified.out)["verdict"] == "holds"
    table = PAGES[2].read_text(encoding="utf-8").partition("| `run` |")[2].partition("\n\n")[0]
    names = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", "| `run` |" + table, flags=re.MULTILINE)
    assert names
    assert {name for cell in names for name in re.findall(r"`(\w+)`", cell)} <= set(document)
    # What is missing is said with the flag that gives it.
    (folder / "two.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    given |= {"TASK": "sort these", "FILE": "two.csv"}
    refused = run(commands(PAGES[0])[0])
    assert refused.code == 2
    assert "--set " in json.loads(refused.out)["error"]["what_to_do"]
