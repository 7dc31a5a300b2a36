"""What the documents show can be used as it stands: commands, links, the pipeline's files."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from advisor.cli.app import app
from tests.conftest import ROOT
from tests.tables import for_each

CI = ROOT / "docs" / "ci.md"
PAGES = (*sorted((ROOT / "docs").glob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")))
# The class that refuses a command line: click's own, wherever typer has it from.
ERRORS: Any = typer.BadParameter.__base__
TREE: Any = typer.main.get_command(app)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", CI.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def documents() -> tuple[dict[Any, Any], dict[str, Any]]:
    """Return the workflow and the pre-commit configuration."""
    workflow, hooks = (yaml.safe_load(block) for block in blocks("yaml"))
    return workflow, hooks


def commands() -> list[list[str]]:
    """Return every advisor command in the document's code, split as a shell does."""
    workflow, hooks = documents()
    steps = workflow["jobs"]["verify"]["steps"]
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    hooked = [" ".join([hook["entry"], *args]) for args in (hook["args"], hooks["repos"][0]["hooks"][0]["args"])]
    text = "\n".join([*(step.get("run", "") for step in steps), *blocks("sh"), *hooked])
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
    action = yaml.safe_load((ROOT / "action" / "action.yml").read_text(encoding="utf-8"))
    (ours,) = [step for step in job["steps"] if "/action@" in step.get("uses", "")]
    assert ours["with"].keys() <= action["inputs"].keys()
    used = re.findall(rf"steps\.{ours['id']}\.outputs\.(\w+)", json.dumps(job))
    assert {*used} == action["outputs"].keys()
    (cron,) = [each["cron"] for each in workflow[True]["schedule"]]
    assert len(cron.split()) == 5


def test_the_hook_is_one() -> None:
    """The repository offers what the page asks of it, with what pre-commit needs of a hook."""
    _, hooks = documents()
    (asked,) = hooks["repos"][0]["hooks"]
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert asked["id"] == hook["id"]
    for each in (asked, hook):
        assert re.compile(each["files"]).search("model/run/run.json")


def lines_of(page: Path) -> list[str]:
    """Return the command lines in a page's blocks of shell code, continued lines joined, comments cut off."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [" ".join(part) for line in lines for part in split_at_and(shlex.split(line, comments=True))]


def split_at_and(words: list[str]) -> list[list[str]]:
    """Return the commands of a line that `&&` joins, each word quoted again."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word == "&&":
            parts.append([])
        else:
            parts[-1].append(shlex.quote(word))
    return parts


def shown_in_blocks(page: Path) -> list[list[str]]:
    """Return the arguments of every advisor command in a page's blocks of shell code."""
    split = [shlex.split(line) for line in lines_of(page)]
    return [words[1:] for words in split if words and words[0].rpartition("/")[2] == "advisor"]


def shown_in_text(page: Path) -> list[list[str]]:
    """Return the arguments of every advisor command in a page's text, which may leave some out."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [shlex.split(" ".join(span.split()))[1:] for span in re.findall(r"`(advisor(?: [^`]+)?)`", text)]


def resolve(words: list[str]) -> tuple[tuple[str, ...], Any, list[str]]:
    """Return a command's name, the command, and what it is given."""
    command: Any = TREE
    name: tuple[str, ...] = ()
    while words and words[0] in getattr(command, "commands", {}):
        command, name, words = command.commands[words[0]], (*name, words[0]), words[1:]
    return name, command, words


def every_command(command: Any = TREE, name: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Return every command of the program by its name, groups included."""
    found = {name: command} if name else {}
    for word, each in getattr(command, "commands", {}).items():
        found |= every_command(each, (*name, word))
    return found


def parse(words: list[str], *, whole: bool) -> None:
    """Read a command line as the program does, without running it; `whole`: nothing that it needs is left out."""
    name, command, rest = resolve(words)
    assert not (rest and not rest[0].startswith("-") and hasattr(command, "commands")), f"no command {rest[0]}"
    if whole:
        command.make_context(" ".join(("advisor", *name)), list(rest))
    else:
        command.make_parser(command.context_class(command)).parse_args(list(rest))


@for_each("page", PAGES)
def test_every_command_shown_parses(page: Path) -> None:
    """Commands and options exist, options have their values, and in code no argument is missing."""
    for words in shown_in_blocks(page):
        parse(words, whole=bool(words))
    for words in shown_in_text(page):
        parse(words, whole=False)


def test_commands_of_the_pipeline_parse() -> None:
    """Those within YAML, too; the main ones are among them."""
    found = commands()
    assert {command[0] for command in found} >= {"verify", "report", "compare", "runs"}
    for words in found:
        parse(words, whole=True)


def test_a_wrong_command_would_be_noticed() -> None:
    """An option that is none, a command that is none, an argument too few: each is refused."""
    for words in (["report", "last", "--pdf"], ["catalog", "explode"], ["compare", "a"], ["explode"]):
        with pytest.raises((AssertionError, ERRORS)):
            parse(words, whole=True)
    with pytest.raises(ERRORS):
        parse(["runs", "show", "--html"], whole=False)


def test_every_command_and_option_has_help() -> None:
    for name, command in every_command().items():
        assert command.help, name
        for parameter in command.params:
            assert parameter.help, (name, parameter.name)


def test_every_command_is_in_the_documents() -> None:
    """Each is shown at least once, in code or in the text; a list is what its group does alone."""
    shown = {resolve(words)[0] for page in PAGES for words in (*shown_in_blocks(page), *shown_in_text(page))}
    assert set(every_command()) - shown - {("runs", "list"), ("catalog",), ("task",)} == set()


def test_the_files_named_are_those_of_a_run() -> None:
    """All that a run's format names as needed, and nothing else."""
    text = CI.read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+\.jsonl?)`", text))
    runs = (ROOT / "docs" / "runs.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `(\w+\.jsonl?)` \|", runs, re.MULTILINE))
    assert named == described - {"verifications.jsonl"}


def test_links_lead_somewhere() -> None:
    """Every relative link of the pages outside the site, whose own are checked where it is built, names a file."""
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), target
