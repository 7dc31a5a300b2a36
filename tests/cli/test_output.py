"""Output that fits where it goes: any encoding, no more lines than asked for, help and completion as in other tools."""

import ast
import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.cli.progress import ProgressPrinter
from advisor.cli.scripted import fact_line
from advisor.errors import JOINERS
from advisor.execution.progress import Progress
from advisor.interview.facts import Fact, Source
from advisor.probe.protocol import Outcome
from advisor.system.streams import PLAIN
from tests.cli.test_commands import HEAVY
from tests.cli.test_docs import TREE, every_command
from tests.conftest import ROOT, SAMPLE, Home, Ran, linked_home, only_line, run_advisor, run_python
from tests.decide.simulated import candidate
from tests.report.pages import Page
from tests.tui.terminal import Terminal

STATIC = "wordllama-l2-supercat-256"
# A German text with an umlaut, signs of several scripts, and half of a pair of surrogates in no text at all.
TEXTS = ["Grüße – wir gewinnen α × β ✓", "Ваш приз 🎁 ждёт", "Meeting at noon, naïve café", "昼に会いましょう"]


@pytest.fixture(scope="module")
def made(starter_home: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """A home with the small static model and a finished run whose name, texts and labels are not ASCII; its folder."""
    folder = tmp_path_factory.mktemp("größe")
    home = linked_home(folder / "home", starter_home, STATIC)
    rows = [{"text": f"{text} {n}", "label": "été" if n % 2 else "Ärger"} for n in range(6) for text in TEXTS]
    (folder / "mails.json").write_text(json.dumps(rows), encoding="utf-8")
    task = {
        "name": "Größe α",
        "instruction": "Ärger oder été?",
        "examples": {"path": "mails.json"},
        "teaching": {"count": 8},
        "bar": {"pass_rate": 0.5, "confidence": 0.6},
        "baselines": "skip",
    }
    (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
    ran = run_advisor(home, "recommend", folder / "task.json", "--json", "--offline")
    assert ran.code in {0, 3, 4}, ran.err
    return home, folder


def run_bytes(home: Home, encoding: str, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    """Run the command where the standard streams have an encoding."""
    return subprocess.run(
        [sys.executable, "-m", "advisor", *arguments],
        capture_output=True,
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env=os.environ | home.environment | {"PYTHONIOENCODING": encoding},
    )


COMMANDS: list[tuple[str, ...]] = [
    ("report", "last"), ("report", "last", "--md"), ("report", "last", "--json"), ("runs", "show", "last"),
    ("recommend", "task.json"), ("recommend", "täsk.json"), ("recommend", "task.json", "--require", "süß"),
    ("compare", "last", "last"), ("search", "Größe – α"), ("größe",), (),
]  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_writes_any_encoding(made: tuple[Home, Path], arguments: tuple[str, ...]) -> None:
    """It ends with what it found out, with no fault, and each byte is one of the encoding."""
    home, folder = made
    for encoding in ["ascii", "cp1252"] if arguments == COMMANDS[0] else ["ascii"]:
        done = run_bytes(home, encoding, *arguments, cwd=folder)
        assert done.returncode in {0, 2, 3, 4}, done.stderr
        done.stdout.decode(encoding)
        done.stderr.decode(encoding)


def test_signs_are_spelled_and_what_users_wrote_is_escaped(made: tuple[Home, Path]) -> None:
    """Nothing that a file or a model says is turned into other letters."""
    home, folder = made
    text = run_bytes(home, "ascii", "report", "last", cwd=folder).stdout.decode("ascii")
    assert "\\xe9t\\xe9" in text
    assert "\\u2026" not in text
    assert "\\u03b1" not in text


def test_a_file_s_content_is_utf_8_whatever_the_terminal(made: tuple[Home, Path]) -> None:
    """A page says that it is UTF-8, and a task file is read as that."""
    home, folder = made
    page = run_bytes(home, "ascii", "report", "last", "--html", cwd=folder)
    assert (page.returncode, page.stderr) == (0, b"")
    assert "Größe α" in page.stdout.decode("utf-8")
    task = run_bytes(
        home, "latin-1", "task", "init", "Grüße sortieren", "--yes", "--set", "labels=[Ärger,été]", cwd=folder
    )
    assert task.returncode == 0, task.stderr
    assert "Grüße" in task.stdout.decode("utf-8")


def signs(path: Path) -> set[str]:
    """Return the characters beyond ASCII in a module's texts, but not in its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    )
    return {character for text in texts for character in text if ord(character) > 127}


def test_every_sign_of_our_own_sentences_has_a_spelling() -> None:
    """None of the command line, the report's text and Markdown, the decision or the plan is missing in the table."""
    modules = [
        *(ROOT / "advisor" / "cli").glob("*.py"),
        *(ROOT / "advisor" / "report").glob("*.py"),
        *(ROOT / "advisor" / "decide").glob("*.py"),
        *(ROOT / "advisor" / "evidence").glob("*.py"),
        *(ROOT / "advisor").glob("*.py"),
        *(ROOT / "catalog" / "refresh").glob("*.py"),
    ]
    found = {sign for path in modules for sign in signs(path)} - JOINERS
    assert "≤" in found
    assert found <= set(PLAIN), found - set(PLAIN)
    assert all(spelling.isascii() for spelling in PLAIN.values())


@pytest.mark.parametrize(
    "command",
    [
        "report last",
        "search sentiment --limit 200",
        "--help",
        pytest.param("recommend task.json --fresh 2>&1", marks=pytest.mark.soak),
    ],
)
def test_a_closed_output_ends_nothing(made: tuple[Home, Path], command: str) -> None:
    """A closed pipe on standard output, or on standard error too, changes no exit code and prints nothing."""
    home, folder = made
    words = command.removesuffix(" 2>&1").split()
    usual = run_bytes(home, "utf-8", *words, cwd=folder).returncode
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "advisor", *words], stdout=write, text=True, check=False, cwd=folder,
        stderr=write if command.endswith("2>&1") else subprocess.PIPE, env=os.environ | home.environment,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr or "") == (usual, "")


def test_quiet_prints_the_answer_and_nothing_else(made: tuple[Home, Path]) -> None:
    """No plan, no progress, no notes; errors come all the same."""
    home, folder = made
    ran = run_advisor(home, "recommend", "task.json", "--fresh", "--quiet", cwd=folder)
    assert ran.err == ""
    assert not ran.out.startswith("Plan for")
    loud = run_advisor(home, "recommend", "task.json", "--fresh", cwd=folder)
    assert loud.out.startswith("Plan for")
    assert STATIC in loud.err
    assert run_advisor(home, "recommend", "task.json", "-q", "--plan-only", cwd=folder).out.startswith("Plan for")
    assert run_advisor(home, "runs", "resume", "last", "-q").err == ""
    assert run_advisor(home, "models", "starter", "-q").err.startswith("error: fetching the starter set needs consent")
    wrong = run_advisor(home, "recommend", "no-such.yaml", "-q", cwd=folder)
    assert (wrong.code, bool(only_line(wrong.err))) == (2, True)


def test_h_is_help_for_every_command(home: Home) -> None:
    for name, command in every_command().items():
        with command.make_context(name[-1], [], resilient_parsing=True, parent=context_of(name[:-1])) as context:
            assert set(command.get_help_option_names(context)) == {"-h", "--help"}, name
    for arguments in ((), ("recommend",), ("runs", "show")):
        assert run_advisor(home, *arguments, "-h") == run_advisor(home, *arguments, "--help")


def context_of(name: tuple[str, ...]) -> Any:
    command, context = TREE, TREE.make_context("advisor", [], resilient_parsing=True)
    for word in name:
        command = command.commands[word]
        context = command.make_context(word, [], resilient_parsing=True, parent=context)
    return context


def complete(home: Home, line: str) -> list[str]:
    """Return what bash would offer behind a line."""
    words = line.split(" ")
    command = shutil.which("advisor", path=str(Path(sys.executable).parent)) or "advisor"
    variables = {"_ADVISOR_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run(
        [command], capture_output=True, text=True, check=False, env=os.environ | home.environment | variables
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_the_shell_completes_commands_options_and_runs(made: tuple[Home, Path]) -> None:
    home, _ = made
    assert complete(home, "advisor re") == ["recommend", "report"]
    assert {"show", "resume", "delete"} <= set(complete(home, "advisor runs "))
    assert complete(home, "advisor recommend --esc") == ["--escalation"]
    runs = [path.name for path in (home.data / "model-advisor" / "runs").iterdir() if (path / "run.json").exists()]
    assert set(complete(home, "advisor report ")) >= {"last", *runs}


def test_completion_comes_as_a_script_and_costs_no_start(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--show-completion` prints what a shell reads; nothing heavy is imported to complete."""
    # The shell is named: what started the tests may be none.
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    # In a process of its own, as a shell asks: what was run before in this one must not matter.
    shown = run_bytes(home, "utf-8", "--show-completion", "bash")
    assert shown.returncode == 0, shown.stderr
    assert b"_ADVISOR_COMPLETE=complete_bash" in shown.stdout
    code = (
        "import os, sys\n"
        "os.environ |= {'_ADVISOR_COMPLETE': 'complete_bash', 'COMP_WORDS': 'advisor report ', 'COMP_CWORD': '2'}\n"
        "from advisor.cli.app import invoke\n"
        "try:\n    invoke([])\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', [m for m in {(*HEAVY, 'numpy', 'pydantic', 'catalog')!r} if m in sys.modules])"
    )
    done = run_python("-c", code, check=True, home=home)
    assert done.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize("is_plain", [False, True])
def test_no_color_opens_the_session_without_colours(home: Home, tmp_path: Path, *, is_plain: bool) -> None:
    """Every cell of a real terminal has the terminal's own; without the flag some have others."""
    command = shutil.which("advisor", path=str(Path(sys.executable).parent)) or "advisor"
    kept = {
        name: value for name, value in (os.environ | home.environment).items() if name not in {"NO_COLOR", "COLUMNS"}
    }
    config = {"XDG_CONFIG_HOME": str(tmp_path), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with Terminal([command, *(["--no-color"] if is_plain else [])], kept | config, tmp_path, (80, 24)) as terminal:
        terminal.wait("What should the model do?", 60)
        cells = [cell for row in terminal._screen.buffer.values() for cell in row.values()]
        colours = {colour for cell in cells for colour in (cell.fg, cell.bg)}
        terminal.send("ctrl+q")
    assert (colours == {"default"}) == is_plain


def test_no_download_is_not_called_an_answer() -> None:
    """The default was not asked for, so it is not reported; a given download budget is."""
    line = fact_line(Fact("download", 0, Source.ANSWER))
    assert line == "download: 0 (nothing is downloaded unless --download says so)"
    assert fact_line(Fact("download", 10, Source.ANSWER)) == "download: 10 (your answer)"


def test_recommend_names_the_report_that_it_leaves(quick_run: tuple[Home, Ran]) -> None:
    """Its path stands above the last line, the answer; it is the page that `report --html` prints."""
    home, ran = quick_run
    *_, named, last = ran.out.strip().splitlines()
    assert last.startswith("Answer: ")
    assert named.startswith("Report: ")
    path = Path(named.removeprefix("Report: "))
    printed = run_advisor(home, "report", "last", "--html")
    assert path.read_text(encoding="utf-8") == printed.out
    assert Page(printed.out).headings[0] == (1, "subjects")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_terminal_gets_the_path_of_the_page(quick_run: tuple[Home, Ran], tmp_path: Path) -> None:
    """A page's source is no use there."""
    home, _ = quick_run
    command = [sys.executable, "-m", "advisor", "report", "last", "--html"]
    with Terminal(command, os.environ | home.environment, tmp_path, (120, 24)) as terminal:
        terminal.wait("wrote ")
        assert "report.html" in terminal.text
        assert "<" not in terminal.text


def test_a_run_is_named_in_many_ways(quick_run: tuple[Home, Ran], tmp_path: Path) -> None:
    """By its id, the beginning of it, its folder, its result, or as the last one; the name of a file says the form."""
    home, _ = quick_run
    identity = json.loads(run_advisor(home, "report", "last", "--json").out)["run"]
    folder = home.data / "model-advisor" / "runs" / identity
    output = {run_advisor(home, "report", str(name)).out for name in (identity, identity[:5], folder)}
    output.add(run_advisor(home, "report", str(folder / "result.json"), "--text").out)
    assert len(output) == 1
    assert f"Run {identity}" in output.pop()
    ran = run_advisor(home, "report", identity, "--output", str(tmp_path / "a.md"))
    assert (ran.code, ran.out) == (0, "")
    assert (tmp_path / "a.md").read_text(encoding="utf-8").startswith("### Model Advisor: subjects")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuchrun"], "there is none"),
        (["last"], "there is no run yet"),
        ([""], "name a run"),
        ([str(SAMPLE), "--html", "--md"], "exclude each other"),
        ([str(SAMPLE), "--format", "foo", "--md"], "--format foo: is none; choose one of text, html"),
        ([str(SAMPLE), "--output", "report.pdf"], "--output report.pdf: .pdf says no form; name one with --format"),
        (["x" * 5000], "there is none"),
        ([str(SAMPLE.parent)], "is not there"),
        ([str(SAMPLE), "--output", "/no/such/folder/a.html"], "cannot be written"),
    ],
)
def test_wrong_input_is_one_line(home: Home, arguments: list[str], words: str) -> None:
    ran = run_advisor(home, "report", *arguments)
    assert ran.code in {2, 5}
    assert ran.out == ""
    assert words in only_line(ran.err)


def test_the_time_left_for_a_slow_candidate_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """At the pace of its own answers, with what was predicted where that was far off; not for what ends soon."""
    slow, quick = candidate(0, seconds_per_example=0.2), candidate(1, seconds_per_example=0.2)
    answers = [Outcome(f"e{n}", "a", 1.0, True, 8.0) for n in range(4)]  # noqa: FBT003
    with ProgressPrinter() as tell:
        tell(Progress("probing", slow, done=2, passed=1, total=20, outcomes=tuple(answers[:2])))
        tell(Progress("probing", slow, done=19, passed=1, total=20, outcomes=tuple(answers[2:])))
        tell(Progress("probing", quick, done=4, passed=1, total=20, outcomes=(replace(answers[0], seconds=0.1),)))
    said = capsys.readouterr().err
    assert "1 of 2 right (at most 20): 8.0 s each, not 200 ms; at most 2 min left" in said
    assert said.count("left") == 1
