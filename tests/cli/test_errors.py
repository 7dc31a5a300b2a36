"""Errors of the command line: an exit code that says whose turn it is, a line for people, a document for programs."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from advisor import errors
from advisor.cli.failure import failure_of
from advisor.errors import EXIT_CODE_MEANINGS, EXPORT_MEANINGS, VERIFY_MEANINGS, AdvisorError, ExitCode, split_advice
from advisor.runs.locate import locate
from advisor.workflow import crash_file
from tests.cli.test_docs import every_command
from tests.conftest import ROOT, SAMPLE, Home, make_home, run_advisor, run_python
from tests.decide.simulated import candidate
from tests.probe.tiny import image
from tests.servers.scripted import Answer, serving
from tests.servers.test_recommend import write_task

STATIC = "wordllama-l2-supercat-256"
WITH_JSON = [name for name, command in every_command().items() if any("--json" in each.opts for each in command.params)]


def table(page: str) -> list[list[str]]:
    """Return the rows of a page's tables whose first cell is a number, cell by cell."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        [cell.strip() for cell in row.strip("|").split(" | ")]
        for row in re.findall(r"^\| \d+ \|.*\|$", text, re.MULTILINE)
    ]


def output(error: str) -> dict[str, Any]:
    """Return the error of a document, after checking the document's form."""
    document = json.loads(error)
    assert document["schema_version"] == 1
    assert set(document["error"]) - {"ways"} == {"kind", "message", "what_to_do", "exit_code"}
    assert all(document["error"].values())
    found: dict[str, Any] = document["error"]
    return found


def test_one_table_of_exit_codes_stands_everywhere(home: Home) -> None:
    """docs/ci.md and the help of the commands have every code with the code's own words, and no other."""
    assert table("docs/ci.md") == [
        [str(code.value), VERIFY_MEANINGS[code], meaning] for code, meaning in EXIT_CODE_MEANINGS.items()
    ]
    assert set(EXIT_CODE_MEANINGS) == set(ExitCode)
    for command, meanings in (
        ([], EXIT_CODE_MEANINGS),
        (["recommend"], EXIT_CODE_MEANINGS),
        (["runs", "resume"], EXIT_CODE_MEANINGS),
        (["verify"], VERIFY_MEANINGS),
        (["export"], EXPORT_MEANINGS),
    ):
        shown = " ".join(run_advisor(home, *command, "--help").out.split()).partition("Exit codes: ")[2]
        assert shown == " ".join(f"{code.value} - {meaning}" for code, meaning in meanings.items())


def unusable(home: Home, folder: Path, kind: str) -> Path:
    """Return a task whose only candidate cannot be run."""
    if kind == "damaged weights":
        model = home.data / "model-advisor" / "models" / STATIC
        shutil.copytree(model.resolve(), folder / "damaged")
        (folder / "damaged" / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{ half a header")
        task = write_task(folder, "models: [./damaged]")
        task.write_text(task.read_text(encoding="utf-8").replace("{count: 0}", "{count: 4}"), encoding="utf-8")
        return task
    key = ", key_env: NO_SUCH_KEY" if kind == "missing key" else ""
    return write_task(folder, f"servers: [{{url: 'http://127.0.0.1:9', model: tiny{key}}}]")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("dead server", "cannot be reached"),
        ("missing key", "NO_SUCH_KEY is not set"),
        ("damaged weights", "damaged or cut short"),
    ],
)
def test_where_nothing_could_be_run_the_code_is_5(ready_home: Home, tmp_path: Path, kind: str, words: str) -> None:
    """The line has the candidate's own reason; the document has the result and the error."""
    home = ready_home
    if kind != "damaged weights":  # no local model stands in for the server
        home = make_home(tmp_path / "empty")._replace(cache=ready_home.cache)
    task = unusable(ready_home, tmp_path, kind)
    ran = run_advisor(home, "recommend", task, code=5)
    line = ran.err.splitlines()[-1]
    assert line.startswith("error: nothing could be run (")
    assert words in line
    assert "Nothing could be measured" in ran.out
    ran = run_advisor(home, "recommend", task, "--json")
    document = json.loads(ran.out)
    assert (ran.code, document["verdict"]) == (5, "undecided")
    assert output(json.dumps({"schema_version": 1, "error": document["error"]}))["kind"] == "nothing_ran"
    assert words in document["error"]["message"]
    resumed = run_advisor(home, "runs", "resume", document["run"], "--json")
    assert resumed.code == 5
    listed = run_advisor(home, "report", document["run"], "--json")
    assert (listed.code, json.loads(listed.out)["verdict"]) == (0, "undecided")


def test_a_server_that_refuses_the_key_is_code_5(starter_home: Home, tmp_path: Path) -> None:
    """The key is asked for by its variable, and stands nowhere."""
    home = make_home(tmp_path / "empty")._replace(cache=starter_home.cache)
    key = "sk-wrong-0123456789abcdef"
    with serving(lambda _: Answer(401, {"error": {"message": f"bad key {key}"}})) as (url, _):
        task = write_task(tmp_path, f"servers: [{{url: '{url}', model: tiny, key_env: A_KEY}}]")
        done = run_python("-m", "advisor", "recommend", task, "--json", home=home, variables={"A_KEY": key})
    assert done.returncode == 5, done.stderr
    assert "refuses the key" in json.loads(done.stdout)["error"]["message"]
    assert key not in done.stdout + done.stderr


def with_a_fault(home: Home, folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a machine where a library that it needs is broken."""
    (folder / "numpy.py").write_text("raise ZeroDivisionError('the answer of ' + 'hf_' + 'a' * 34)\n", encoding="utf-8")
    path = os.pathsep.join([str(folder), str(ROOT)])
    return run_python("-m", "advisor", *arguments, home=home, variables={"PYTHONPATH": path} | variables)


def test_a_fault_of_our_own_is_code_70_and_one_line_that_names_a_file(home: Home, tmp_path: Path) -> None:
    """The file has what a report needs: traceback, versions, command line; and no secret of any of them."""
    done = with_a_fault(
        home, tmp_path, "search", "find my private thing", "--license", "hf_" + "b" * 34, "--json",
        OPENAI_API_KEY="very-secret-value", PGPASSWORD="1234567",
    )  # fmt: skip
    assert done.returncode == 70, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "ZeroDivisionError" in done.stderr
    error = output(done.stdout)
    assert (error["kind"], error["exit_code"]) == ("fault", 70)
    (path,) = (home.data / "model-advisor" / "crashes").iterdir()
    assert str(path) in done.stderr
    assert str(path) in error["what_to_do"]
    text = path.read_text(encoding="utf-8")
    assert "Traceback (most recent call last)" in text
    assert "numpy.py" in text
    assert "command: advisor search <21 characters> --license *** --json" in text
    assert re.search(r"^model-advisor: \d", text, re.MULTILINE)
    assert re.search(r"^typer: \d", text, re.MULTILINE)
    assert "private" not in text + done.stderr
    for secret in ("hf_a", "hf_b", "very-secret-value", "1234567"):
        assert secret not in text + done.stdout + done.stderr
    assert path.stat().st_mode & 0o077 == 0


def test_a_fault_on_a_full_disk_still_is_one_line(home: Home, tmp_path: Path) -> None:
    """Where the data folder takes no file the temporary one does; where neither does, that is said."""
    (home.data / "model-advisor").mkdir(parents=True)
    (home.data / "model-advisor" / "crashes").write_text("in the way", encoding="utf-8")
    spare = tmp_path / "spare"
    spare.mkdir()
    done = with_a_fault(home, tmp_path, "search", "x", TMPDIR=str(spare))
    assert done.returncode == 70
    assert [path.name in done.stderr for path in spare.glob("crash-*.txt")] == [True]


def test_old_crash_files_go(here: Home) -> None:
    folder = here.data / "model-advisor" / "crashes"
    folder.mkdir(parents=True)
    for number in range(30):
        (folder / f"crash-20200101T0000{number:02}-1.txt").write_text("", encoding="utf-8")
    kept = crash_file.write_crash_file(ValueError("x")).file
    assert kept is not None
    left = sorted(folder.iterdir())
    assert (len(left), left[-1]) == (crash_file.KEPT, kept)


@pytest.mark.parametrize("name", WITH_JSON, ids=" ".join)
def test_a_wrong_command_line_is_a_document_under_json(home: Home, name: tuple[str, ...]) -> None:
    """Of every command that has --json: one document on standard output, one line on standard error, exit code 2."""
    ran = run_advisor(home, *name, "--no-such-option", "--json")
    error = output(ran.out)
    assert (ran.code, error["kind"], error["exit_code"]) == (2, "usage", 2)
    assert "--no-such-option" in error["message"]
    assert error["what_to_do"] == f"see `advisor {' '.join(name)} --help`"
    assert ran.err == f"error: {error['message']}; {error['what_to_do']}\n"


def test_a_task_in_the_place_of_a_command_is_shown_where_it_goes(home: Home) -> None:
    ran = run_advisor(home, "sort mails into spam and ham")
    assert (ran.code, ran.err.partition("; ")[2].partition(" --examples")[0]) == (
        2,
        "a task in words: `advisor recommend TASK",
    )


WRONG = [
    (("recommend", "no-such.yaml"), "input", 2), (("recommend", "tell spam from ham"), "missing_answer", 2),
    (("recommend", "examples/spam/task.yaml", "--require", "surely"), "input", 2),
    (("report", "no-such-run"), "input", 2), (("verify", "no-such-run"), "input", 2),
    (("compare", "no-such-run", "last"), "input", 2), (("runs", "show", "no-such-run"), "input", 2),
    (("runs", "resume", "no-such-run"), "input", 2), (("search",), "input", 2),
    (("search", "x", "--sort", "age"), "input", 2), (("interview", "--session", "ffffffffffff"), "input", 2),
    (("catalog", "import", "nowhere.zip"), "out_of_reach", 5),
]  # fmt: skip
NAMES = [" ".join(arguments) for arguments, _, _ in WRONG]


@pytest.mark.parametrize(("arguments", "kind", "code"), WRONG, ids=NAMES)
def test_an_error_is_a_document_under_json(home: Home, arguments: tuple[str, ...], kind: str, code: int) -> None:
    """What happened and what to do are apart; together they are the line on standard error."""
    ran = run_advisor(home, *arguments, "--json")
    error = output(ran.out.splitlines()[-1])
    assert (ran.code, error["kind"], error["exit_code"]) == (code, kind, code), ran.err
    at, ways = ran.err.index("error: "), error.get("ways", [])
    line, *listed = ran.err[at:].splitlines()
    assert line.removesuffix(f"; {error['what_to_do']}") == f"error: {error['message']}"
    assert listed == [f"  {number}. {way}" for number, way in enumerate(ways, 1)]


def test_a_dead_end_names_two_ways_on_at_least(home: Home, tmp_path: Path) -> None:
    """Files that are there, runs, another place: each as it is written on the command line, with what it brings."""
    (tmp_path / "old").mkdir()
    for name, text in (("trucks.csv", "a,b\n1,2\n"), ("old/mails.csv", "a,b\n"), ("empty.csv", ""), ("t.yaml", "x")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    shutil.copytree(SAMPLE, home.data / "model-advisor" / "runs" / "0123456789ab")
    here, trucks = ("recommend", "sort mails", "--examples"), "--examples trucks.csv: 8 B"
    for arguments, first, last in (
        (("export", "zzz"), "0123456789ab: subjects, finished, ", "`advisor runs`: "),
        ((*here, "mails.csv"), "--examples old/mails.csv: 4 B", trucks),
        ((*here, "empty.csv"), trucks, "--examples hf://datasets/OWNER/NAME: "),
        (("recommend", "sort mails"), trucks, "--examples hf://datasets/OWNER/NAME: "),
        (("recommend", "task.yaml"), "t.yaml: 1 B", "`advisor task init "),
    ):
        ways = run_advisor(home, *arguments, cwd=tmp_path).err.partition("\n  1. ")[2].splitlines()
        shown = ways[0][: len(first)], ways[-1].partition(". ")[2][: len(last)]
        assert shown == (first, last), (arguments, ways)


def test_a_setting_that_is_none_is_named_with_what_goes_on_without_the_file(home: Home, tmp_path: Path) -> None:
    """Not left out in silence: a run would go elsewhere than was meant."""
    (tmp_path / "model-advisor").mkdir()
    (tmp_path / "model-advisor" / "settings.json").write_text('{"on": "ray", "replica": 2}', encoding="utf-8")
    ran = run_python("-m", "advisor", "recommend", "x", home=home, variables={"XDG_CONFIG_HOME": str(tmp_path)})
    assert "'replica' is no setting; did you mean 'replicas'?\n  1. --on here: " in ran.stderr
    assert run_advisor(home, "recommend", "x", "--on", "here").err.startswith("error: examples is missing")


def test_every_kind_of_error_is_in_the_documents() -> None:
    """The kinds are those of the classes, and of what is no class of ours."""
    # The classes must be there to be found: these two rooms import all the others.
    from advisor import api
    from advisor.workflow import pipeline

    assert api.NothingRanError
    assert pipeline.NothingInstalledError

    def kinds(of: type[AdvisorError]) -> set[str]:
        return {of.kind}.union(*(kinds(each) for each in of.__subclasses__()))

    _, _, text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8").partition("| `kind` |")
    documented = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert documented == kinds(AdvisorError) | {"usage", "fault", "interrupted"}


def test_what_to_do_stands_behind_the_last_semicolon() -> None:
    """One within brackets parts reasons; without any the class says what to do."""
    assert split_advice("x: no such file; give another") == ("x: no such file", "give another")
    assert split_advice("nothing fits (a: big; b: slow); add models") == (
        "nothing fits (a: big; b: slow)",
        "add models",
    )
    assert split_advice("nothing fits (a: big; b: slow)") == ("nothing fits (a: big; b: slow)", "")
    assert failure_of(errors.OutOfReachError("no server")).what_to_do == errors.OutOfReachError.next_step


def test_an_interrupt_is_a_document_under_json(home: Home) -> None:
    code = (
        "import os, signal, sys\nfrom advisor.cli.failure import guarded\n"
        "sys.argv = ['advisor', 'recommend', 'x', '--json']\n"
        "sys.exit(guarded(lambda: os.kill(os.getpid(), signal.SIGINT)))"
    )
    done = run_python("-c", code, home=home)
    error = output(done.stdout)
    assert (done.returncode, error["kind"], error["exit_code"]) == (130, "interrupted", 130)
    assert len(done.stderr.splitlines()) == 1


def test_a_second_interrupt_is_no_traceback(home: Home) -> None:
    """It comes while the first is being reported."""
    code = (
        "import os, signal, sys\nfrom advisor.cli import failure\n"
        "def interrupt(): os.kill(os.getpid(), signal.SIGINT)\n"
        "report = failure.interrupted\n"
        "failure.interrupted = lambda: (interrupt(), os.kill(os.getpid(), signal.SIGTERM), report())[-1]\n"
        "sys.exit(failure.guarded(interrupt))"
    )
    done = run_python("-c", code, home=home)
    assert (done.returncode, len(done.stderr.splitlines())) == (130, 1), done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("full", [("1>/dev/full",), ("1>/dev/full", "2>/dev/full")])
def test_where_a_full_disk_takes_no_document_the_code_is_5(home: Home, full: tuple[str, ...]) -> None:
    """The error is said in one line with ways on where that can be written."""
    command = ["sh", "-c", f'exec "$@" {" ".join(full)}', "", sys.executable, "-m", "advisor", "runs", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | home.environment, check=False)
    assert done.returncode == 5
    assert ("the disk is full" in done.stderr) == (len(full) == 1)
    assert "Traceback" not in done.stderr


def test_an_interrupt_as_a_pool_starts_a_thread_ends_the_process(home: Home) -> None:
    """The thread waits for ever: Python's pools wake at the end only those threads that they have noted."""
    code = (
        "import os, signal\nfrom concurrent.futures import ThreadPoolExecutor, thread\n"
        "from advisor import __main__\nfrom advisor.cli import failure\n"
        "class Interrupted(dict):\n"
        "    def __setitem__(self, *noted): os.kill(os.getpid(), signal.SIGINT)\n"
        "thread._threads_queues = Interrupted()\n"
        "def command():\n"
        "    global pool\n"
        "    pool = ThreadPoolExecutor(1)\n"
        "    pool.submit(print)\n"
        "__main__._leave(failure.guarded(command))"
    )
    assert run_python("-c", code, home=home, timeout=60).returncode == 130


@pytest.mark.parametrize(
    ("flag", "name", "near"),
    [
        ("--family", "text-clasification", "text-classification"),
        ("--family", "bogus", ", "),
        ("--language", "germn", "German"),
        ("--language", "bogus", ", "),
        ("--license", "apche-2.0", "apache-2.0"),
        ("--format", "gguff", "gguf"),
    ],
)
def test_a_filter_that_names_nothing_is_refused_with_the_nearest_names(
    home: Home, flag: str, name: str, near: str
) -> None:
    """Not an empty answer that looks as if no model did the task."""
    ran = run_advisor(home, "search", "mails", flag, name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {flag}: '{name}' is unknown; similar: ")
    assert near in ran.err.partition("similar: ")[2]


def test_a_filter_is_known_by_its_names(home: Home) -> None:
    """In any case, a language by its name, a licence by what people call it, a code without a model."""
    for flags in (
        ["--family", "Text-Classification"],
        ["--language", "German"],
        ["--license", "Apache"],
        ["--language", "io"],
    ):
        assert run_advisor(home, "search", "mails", *flags, "--limit", "1").code == 0, flags


def test_examples_for_verify_that_are_not_there_are_the_flag_s(home: Home, tmp_path: Path) -> None:
    run = shutil.copytree(SAMPLE, tmp_path / "run")
    ran = run_advisor(home, "verify", run, "--examples", tmp_path / "nope.csv")
    assert ran.code == 2
    assert ran.err.startswith(f"error: --examples: {tmp_path / 'nope.csv'}: no such file; ")
    assert "task file" not in ran.err


def test_examples_may_be_piped_in(home: Home) -> None:
    """They are kept as a file, which is read as any is."""
    table = "".join(f"text {n} of all => {'ab'[n % 2]}\n" for n in range(40))
    ran = run_advisor(home, "task", "init", "sort texts", "--examples", "-", "--yes", piped=table)
    assert "input: text\n  expected: label" in ran.out
    output = ["recommend", "sort texts", "--examples", "-", "--plan-only", "--yes", "--set", "starter=false"]
    assert "examples.expected: label" in run_advisor(home, *output, piped=table).err


def test_a_name_longer_than_the_system_takes_is_no_file(home: Home, tmp_path: Path) -> None:
    """The file of examples and the line are named, for a picture as for anything else."""
    rows = [{"image": "a" * 400 + ".png", "label": "cat"}, {"image": "b.png", "label": "dog"}]
    (tmp_path / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    task = {
        "name": "pets",
        "family": "image-classification",
        "instruction": "Cat or dog?",
        "examples": {"path": "rows.json", "input": "image"},
    }
    (tmp_path / "task.json").write_text(json.dumps(task), encoding="utf-8")
    ran = run_advisor(home, "recommend", tmp_path / "task.json", "--plan-only")
    assert ran.code == 2
    assert ran.err.startswith(f"error: {tmp_path / 'rows.json'}:record 1: there is no such image file")
    task |= {"family": "text-classification", "examples": {"path": "z" * 400 + ".json"}}
    (tmp_path / "task.json").write_text(json.dumps(task), encoding="utf-8")
    assert run_advisor(home, "recommend", tmp_path / "task.json", "--plan-only").code == 2


def test_a_missing_model_s_message_says_each_place_once(here: Home) -> None:
    """Where the run had it is often the folder of local models, too."""
    folder = here.data / "model-advisor" / "models" / "gone"
    gone = candidate(0, model="gone", revision=None, folder=str(folder))
    with pytest.raises(Exception, match="its files are not in") as caught:
        locate(gone, tell=print)
    assert str(caught.value).count(str(folder)) == 1


def test_the_list_of_models_has_the_parameters_that_the_plan_has(ready_home: Home) -> None:
    """Where the files do not say them, the catalog does."""
    listed = {
        each["model"]: each["forms"][0]["parameters"]
        for each in json.loads(run_advisor(ready_home, "models", "--json").out)
    }
    task = ROOT / "examples" / "spam" / "task.yaml"
    plan = json.loads(run_advisor(ready_home, "recommend", task, "--plan-only", "--json").out)
    models = [each for each in plan["candidates"] if each["place"] != "baseline"]
    planned = {each["model"]: each["parameters"] for each in models}
    assert planned.keys() <= listed.keys()
    assert {name: listed[name] for name in planned} == planned
    assert None not in planned.values()
    assert "135M" in run_advisor(ready_home, "models").out


def test_a_mended_folder_is_read_again(home: Home, tmp_path: Path) -> None:
    """A folder's own time is not that of the files in its folders: what was refused is not refused from memory."""
    for number in range(60):
        file = tmp_path / "photos" / "ab"[number % 2] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        image(file, "red")
    named = sorted(tmp_path.glob("photos/b/*.png"))
    held = [file.read_bytes() for file in named]
    for file in named:
        file.write_bytes(b"\x89PNG")
    words = ("recommend", "Sort the photos", "--examples", tmp_path / "photos", "--plan-only", "-y", "--offline")
    refused = run_advisor(home, *words)
    assert (refused.code, "error: " in refused.err) == (2, True)
    for file, content in zip(named, held, strict=True):
        file.write_bytes(content)
    ran = run_advisor(home, *words)
    assert ran.code == 0, ran.err
