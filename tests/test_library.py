"""The library: what its page shows runs, and errors are of documented kinds."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import advisor
from advisor import InputError, NothingRanError, OutOfReachError, Task, recommend
from advisor.errors import ExitCode
from advisor.workflow.arguments import in_keywords, is_task_file
from tests.conftest import ROOT, Home, linked_home, move_into, run_python
from tests.servers.test_recommend import write_task
from tests.tables import for_each
from tests.tui.mails import short_mails

PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
STATIC = "wordllama-l2-supercat-256"
PARAMETERS = {name: each.default for name, each in inspect.signature(recommend).parameters.items()}


@pytest.fixture
def small_home(starter_home: Home, tmp_path: Path) -> Home:
    """A home with the smallest starter model alone."""
    return linked_home(tmp_path / "small", starter_home, STATIC)


@pytest.fixture
def in_home(small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """That home for this very process, in a folder of its own."""
    move_into(small_home, monkeypatch)
    monkeypatch.chdir(tmp_path)
    return small_home


@pytest.mark.soak
def test_what_the_page_shows_runs(small_home: Home, tmp_path: Path) -> None:
    """All blocks one after the other, as a reader would run them."""
    short_mails(tmp_path)
    code = "\n".join(BLOCKS)
    done = run_python("-c", code, cwd=tmp_path, home=small_home)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    verdict, _, chosen = lines[0].partition(" ")
    assert verdict in {"passes", "undecided"}
    assert chosen.rpartition(" ")[0] in {STATIC, "words and characters"}
    assert len(lines[1].split(maxsplit=1)) == 2
    assert any(
        line.startswith("candidates: [") and line.endswith(f"'words and characters', '{STATIC}']") for line in lines
    )
    assert any(line.startswith(f"{STATIC} probing") for line in lines)
    assert lines[-1] == "answers or examples lack examples"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"jobs": 0}, "jobs: 0"),
    ({"jobs": -3}, "jobs: -3"),
    ({"jobs": 1.5}, "jobs: 1.5"),
    ({"jobs": True}, "jobs: True"),
    ({"require": "maybe"}, "require: 'maybe' is not a strength; give one of certified, examples, provisional"),
    ({"require": None}, "require: None"),
    ({"download": "lots"}, "download: 'lots'"),
    ({"download": -1}, "download: "),
    ({"task": 123}, "task: 123 is a int"),
    ({"task": None}, "task: None"),
    ({"task": ["a", "b"]}, "task: ['a', 'b']"),
    ({"examples": 5}, "examples: 5"),
    ({"answers": [1]}, "answers: [1]"),
    ({"answers": {"no.such.key": 1}}, "no.such.key"),
    ({"send_to": 7}, "send_to: 7"),
    ({"language_model": 7}, "language_model: 7"),
    ({"task": "task.yaml"}, "no such file"),
    ({"task": Path("task.yaml")}, "no such file"),
    ({"task": "folder/task"}, "no such file"),
    ({"examples": "no-such.csv"}, "no such file"),
]


@pytest.mark.parametrize(("given", "words"), WRONG, ids=[str(given) for given, _ in WRONG])
def test_a_wrong_argument_is_an_input_error_that_names_it(in_home: Home, given: dict[str, Any], words: str) -> None:
    """No other exception leaves, nothing is left behind, and no flag is spoken of."""
    with pytest.raises(InputError) as caught:
        recommend(**{"task": "tell spam from ham"} | given)
    line = str(caught.value)
    assert words in line
    assert "--" not in line
    assert (caught.value.exit_code, caught.value.what_to_do != "") == (ExitCode.BAD_INPUT, True)
    assert not (in_home.data / "model-advisor" / "runs").exists()


def test_a_text_that_is_a_path_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its ending, or because something is there; words are not."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job").write_text("", encoding="utf-8")
    for text in ("task.yaml", "a b/Task.JSON", "job", "folder/task", str(tmp_path)):
        assert is_task_file(text), text
    for text in ("", " ", "tell spam from ham", "x" * 5000, "spam and/or ham", "是/否を選ぶ", "a\0b"):
        assert not is_task_file(text), text


@pytest.mark.usefixtures("in_home")
def test_a_task_file_is_taken_by_its_path_in_a_text(tmp_path: Path) -> None:
    task = write_task(tmp_path, f"models: [{STATIC}]", count=24)
    task.write_text(task.read_text(encoding="utf-8").replace("{count: 0}", "{count: 8}"), encoding="utf-8")
    found = [recommend("task.yaml", require="examples"), recommend(task, require="EXAMPLES")]
    assert len({each.run for each in found}) == 1
    assert found[0].result["candidates"][0]["name"] == STATIC


@pytest.mark.usefixtures("in_home")
def test_where_nothing_could_be_run_the_library_says_so(tmp_path: Path) -> None:
    """Not an undecided verdict that a program may overlook; what there is comes along."""
    task = write_task(tmp_path, "servers: [{url: 'http://127.0.0.1:9', model: tiny, name: far}]\nmodels: [far]")
    with pytest.raises(NothingRanError, match=r"nothing could be run .*cannot be reached") as caught:
        recommend(task)
    assert caught.value.found.verdict == "undecided"
    assert (caught.value.found.folder / "result.json").is_file()
    assert (caught.value.kind, caught.value.exit_code) == ("nothing_ran", ExitCode.OUT_OF_REACH)


@pytest.mark.usefixtures("in_home")
def test_errors_name_keyword_arguments(tmp_path: Path) -> None:
    """What the command line calls by a flag a program calls by its parameter."""
    task = write_task(tmp_path, "servers: [{url: 'http://models.invalid/v1', model: m, name: far}]\nmodels: [far]")
    with pytest.raises(advisor.ConsentNeededError) as consent:
        recommend(task)
    assert consent.value.hosts == ("models.invalid",)
    assert consent.value.what_to_do == 'if you agree, add send_to=["models.invalid"]'
    with pytest.raises(advisor.MissingAnswerError) as missing:
        recommend("tell spam from ham")
    assert missing.value.key == "examples"
    assert str(missing.value).endswith("give it with examples=FILE")
    with pytest.raises(OutOfReachError) as away:
        recommend(task, download="1GB", send_to=["models.invalid"])
    assert "the server models.invalid cannot be reached" in str(away.value)


@for_each(
    ("flags", "keywords"),
    [
        ("add --send-to a.example --send-to b", 'add send_to=["a.example", "b"]'),
        ("add --download 94MB or more", 'add download="94MB" or more'),
        ("add --download SIZE to try it", "add download=SIZE to try it"),
        ("leave out --download to use the models here", "leave out download to use the models here"),
        ("or begin a new run with --fresh, which is a test", "or begin a new run with fresh=True, which is a test"),
        ("give it with --set bar.pass_rate=0.9", 'give it with answers={"bar.pass_rate": 0.9}'),
        ("give it with --set family=NAME", 'give it with answers={"family": NAME}'),
        ("give it with --set labels=[A,B]", 'give it with answers={"labels": [A,B]}'),
        (
            """--set family=text-ranking --set 'examples.input={"query": "a b"}' changes it""",
            'answers={"family": "text-ranking", "examples.input": {"query": "a b"}} changes it',
        ),
        ("--set 'examples.sheet=Jan 24'", 'answers={"examples.sheet": "Jan 24"}'),
        (
            """add --allow-code '/my own/it'"'"'s.py' --allow-code b.py""",
            """add allow_code=["/my own/it's.py", "b.py"]""",
        ),
        ("see `advisor report last --html`; add --offline", "see `advisor report last --html`; add offline=True"),
        ("name a new folder with --output", "name a new folder with --output"),
        ("a -- b --- c", "a -- b --- c"),
    ],
)
def test_flags_become_keywords(flags: str, keywords: str) -> None:
    """By a rule over the function's own parameters; commands for a shell stay."""
    assert in_keywords(flags, PARAMETERS) == keywords


def test_every_flag_that_the_engine_speaks_of_can_be_said_in_keywords() -> None:
    """Of all flags in messages outside the command line's own room, but for commands that the library does not have."""
    of_other_commands = {"--output", "--newest", "--html", "--json", "--answers", "--yes"}
    found = set()
    for path in (ROOT / "advisor").rglob("*.py"):
        room = path.relative_to(ROOT / "advisor").parts[0]
        if room in {"cli", "starter", "report", "system"} or path.name in {"keywords.py", "lookup.py"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = re.sub(r"`(?:advisor|benchmarks|python|ray)[^`]*`", "", node.value)
                found |= set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
    known = {"--" + name.replace("_", "-") for name in PARAMETERS} | {"--set"}
    assert {"--send-to", "--set", "--download"} <= found
    assert found - known <= of_other_commands


def test_a_full_disk_is_an_error_of_ours(in_home: Home, tmp_path: Path) -> None:
    """What the operating system refuses comes as OutOfReachError that names the place."""
    (in_home.data / "model-advisor" / "runs").write_text("", encoding="utf-8")
    task = write_task(tmp_path, f"models: [{STATIC}]", count=24)
    task.write_text(task.read_text(encoding="utf-8").replace("{count: 0}", "{count: 8}"), encoding="utf-8")
    with pytest.raises(OutOfReachError, match="model-advisor/runs"):
        recommend(task)


@pytest.mark.usefixtures("in_home")
def test_a_task_object_is_a_task_file(tmp_path: Path) -> None:
    """Its relative paths are those of the program's folder; a wrong value is pydantic's error where it is made."""
    import pydantic

    short_mails(tmp_path)
    content: dict[str, Any] = {"name": "m", "instruction": "Spam or ham?", "examples": {"path": "mails.csv"}}
    found = recommend(Task(**content, bar={"pass_rate": 0.6}, models=[STATIC], baselines="skip"), require="provisional")
    assert json.loads((found.folder / "run.json").read_text(encoding="utf-8"))["task"]["name"] == "m"
    with pytest.raises(pydantic.ValidationError):
        Task(**content, bar={"pass_rate": 7})
