"""A run for other tools: JUnit, Every Eval Ever, promptfoo, badges, pytest; servers, an app, an image, the Hub."""

import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import httpx
import pytest
import yaml
from huggingface_hub import ModelCard
from jsonschema import Draft7Validator

from advisor.cli.pytest_plugin import AdvisorRun
from advisor.report.exchange import badge
from advisor.report.export.serve import Served, served
from advisor.report.export.targets import TARGETS
from advisor.report.full import report_of
from advisor.runs.locate import Located
from advisor.runs.reader import open_run
from advisor.units import percent_floor
from tests import warm
from tests.conftest import ROOT, SAMPLE, Home, Ran, make_home, run_advisor, run_python
from tests.families.support import recommend, write_task
from tests.local_hub import LocalHub, repos, run_client
from tests.probe.test_bars import rare_spam
from tests.report.recompute import lines

SCHEMAS = Path(__file__).with_name("every_eval_ever")  # as published
BAR = {
    "pass_rate": 0.6,
    "critical": "must",
    "per_label": {"spam": 0.4},
    "per_slice": {"column": "half", "pass_rate": 0.5},
}


class Made:
    """A home with a finished run of baselines, whose bar asks for all that a suite is made of."""

    def __init__(self, home: Home, result: dict[str, Any]) -> None:
        self.home, self.result, self.folder = home, result, Path(result["folder"])

    def report(self, form: str) -> str:
        ran = run_advisor(self.home, "report", self.folder, "--format", form, code=0)
        return ran.out

    def pytest(self, folder: Path, run: Path, *more: str | Path) -> Ran:
        """Run pytest in a project of its own, with the plugin."""
        (folder / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
        plugin = ("-p", "advisor.cli.pytest_plugin", "-p", "no:cacheprovider", "-q", "-rs", "--advisor-run")
        # An editable installation of an earlier commit does not list the plugin yet; here it is named.
        variables = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": ""}
        return run_python("-m", "pytest", *plugin, run, *more, home=self.home, variables=variables, cwd=folder)


@pytest.fixture(scope="module")
def made(compiled_catalog: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A run in which the linear model is certified and the constant is not."""
    folder = tmp_path_factory.mktemp("exchange")
    home = make_home(folder / "home")
    shutil.copytree(compiled_catalog / "model-advisor", home.cache / "model-advisor", copy_function=shutil.copyfile)
    rows = [row | {"must": "yes" if n in {271, 290, 310} else ""} for n, row in enumerate(rare_spam())]
    more = {"family": "text-classification", "teaching": {"count": 180}, "baselines": "try", "bar": BAR, "models": []}
    _, result = recommend(home, write_task(folder, rows, name='<mails> & "more"', **more), code=0)
    return Made(home, result)


def test_junit_has_a_suite_for_each_part_of_the_bar(made: Made, tmp_path: Path) -> None:
    """What holds passes, with its line; where no model passes, the bar fails with the report's own sentence."""
    whole = ET.fromstring(made.report("junit"))  # noqa: S314  our own
    assert whole.attrib == {"name": '<mails> & "more"', "tests": "7", "failures": "0", "skipped": "0"}
    suites = {suite.attrib["name"]: [case.attrib["name"] for case in suite] for suite in whole}
    assert suites["labels"] == ["label 'spam'"]
    assert suites["slices"] == ["half 'a'", "half 'm'"]
    assert len({*suites["critical examples"]}) == 3
    copy = Path(shutil.copytree(made.folder, tmp_path / "copy"))
    result = json.loads((copy / "result.json").read_text(encoding="utf-8"))
    result |= {"verdict": "none", "recommended": None}
    missed, met = result["candidates"][1]["besides"][:2]
    missed |= {"verdict": "does not hold", "observed": 0.3}
    met |= {"verdict": "undecided"}
    (copy / "result.json").write_text(json.dumps(result), encoding="utf-8")
    run_advisor(made.home, "report", copy, "--output", tmp_path / "report.xml", code=0)
    whole = ET.parse(tmp_path / "report.xml").getroot()  # noqa: S314  our own
    failures = {
        case.attrib["name"]: case[0].attrib["message"] for case in whole.iter("testcase") if case[0].tag == "failure"
    }
    assert failures.keys() == {"bar", "label 'spam'"}
    skipped = [case.attrib["name"] for case in whole.iter("testcase") if case[0].tag == "skipped"]
    assert skipped == ["half 'a'"], "what is met and only not proven fails no test"
    assert failures["bar"].startswith("No candidate passes")


def test_every_eval_ever_gets_a_log(made: Made, tmp_path: Path) -> None:
    """As the schema in the package every-eval-ever 0.3.0 asks."""
    log = json.loads(made.report("every-eval-ever"))
    Draft7Validator(json.loads((SCHEMAS / "eval.schema.json").read_text(encoding="utf-8"))).validate(log)
    first, *others = log["evaluation_results"]
    linear = made.result["candidates"][1]
    assert first["score_details"]["score"] == linear["passes"] / linear["outcomes"]
    interval = first["score_details"]["uncertainty"]["confidence_interval"]
    assert interval["lower"] == linear["lower_bound"] <= first["score_details"]["score"] <= interval["upper"]
    assert [each["score_details"]["score"] for each in others] == [each["observed"] for each in linear["besides"]]
    shutil.copy(made.folder / "run.json", tmp_path)
    ran = run_advisor(made.home, "report", tmp_path, "--format", "every-eval-ever")
    assert (ran.code, "no candidate was measured" in ran.err) == (2, True), ran.err


def test_promptfoo_finds_its_columns(made: Made) -> None:
    """The variables, then a block for each candidate as promptfoo names it; an answer that was not asked is empty."""
    header, *rows = csv.reader(io.StringIO(made.report("promptfoo")))
    assert header[:2] == ["input", "expected"]
    blocks = [header[at : at + 6] for at in range(2, len(header), 6)]
    assert [block[0].partition("] ")[0] for block in blocks] == ["[always 'ham'", "[words and characters"]
    with (ROOT / "tests" / "task" / "evaluations" / "ran.csv").open(encoding="utf-8", newline="") as stream:
        ran = next(csv.reader(stream))  # by promptfoo itself
    assert all(block[1:] == ran[-5:] for block in blocks)
    statuses = [row[9] for row in rows if row[9]]
    said = [each for each in lines(made.folder / "outcomes.jsonl") if each["purpose"] == "evidence"]
    passed = [each["passed"] for each in said if each["candidate"].endswith("linear")]
    assert (statuses.count("PASS"), len(statuses)) == (sum(passed), len(passed))
    wrong = next(row for row in rows if row[9] == "FAIL")
    assert wrong[12] == f"expected {wrong[1]}"


def test_a_badge_says_what_is_proven(made: Made) -> None:
    """As a picture that is XML; its extension alone asks for it."""
    picture = made.home.data / "badge.svg"
    assert run_advisor(made.home, "report", made.folder, "--output", picture).code == 0
    root = ET.parse(picture).getroot()  # noqa: S314  our own
    name, _, said = root.attrib["aria-label"].partition(": ")
    assert (name, said.startswith("≥ "), "#4c1" in picture.read_text("utf-8")) == (made.result["task"], True, True)
    run = open_run(made.folder)
    document = report_of(run)
    document.strength = "examples"
    about = document.candidates[document.recommended or 0]
    assert f"≥ {percent_floor(about.lower_bound or 0.0)} with " in badge(document, run), "an estimate has a bound, too"
    refused = run_advisor(made.home, "report", made.folder, "--format", "yaml")
    assert (refused.code, "choose one of" in refused.err) == (2, True)


def test_pytest_runs_the_model_again(made: Made, tmp_path: Path) -> None:
    """An item for the bar, each label, slice and critical example; what fails does with the line of `verify`."""
    done = made.pytest(tmp_path, made.folder, "-v")
    assert (done.returncode, "8 passed" in done.stdout) == (0, True), done.stdout + done.stderr
    new = rare_spam()
    other = {"ham": "spam", "spam": "ham"}
    flipped = [row | {"text": f"{row['text']} .", "label": other[row["label"]]} for row in new]
    (tmp_path / "new.json").write_text(json.dumps(flipped), encoding="utf-8")
    more = ("--advisor-examples", tmp_path / "new.json", "--advisor-offline")
    done = made.pytest(tmp_path, made.folder, *more, "-k", "spam or bar")
    verified = run_advisor(made.home, "verify", made.folder, "--examples", tmp_path / "new.json")
    assert (done.returncode, verified.code) == (1, 3), done.stdout
    assert "2 failed, 6 deselected" in done.stdout
    assert verified.out.splitlines()[0] in done.stdout
    done = made.pytest(tmp_path, tmp_path / "none")
    assert (done.returncode, "--advisor-run" in done.stderr) == (4, True), done.stderr


@pytest.mark.usefixtures("cold")
def test_pytest_starts_as_fast_as_without() -> None:
    """The plugin that every pytest on the machine imports brings nothing of this program's with it."""
    entry = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["pytest11"]
    assert entry == {"advisor": AdvisorRun.__module__}
    code = (
        "import sys, pytest; before = {*sys.modules}; import advisor.cli.pytest_plugin; print({*sys.modules} - before)"
    )
    loaded = run_python("-c", code, check=True).stdout
    assert {*eval(loaded)} == {"advisor", "advisor.cli", "advisor.cli.pytest_plugin"}  # noqa: S307  printed by us


@pytest.fixture(scope="module")
def folder(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's linear model, exported for all that fits it."""
    folder = tmp_path_factory.mktemp("export") / "made"
    ran = run_advisor(made.home, "export", made.folder, "--output", folder, code=0)
    assert re.search(r"recorded answer on (\d+) of \1 ", ran.err), ran.err
    assert "not for ollama, llama-server, llama-swap, vllm, litellm: it is no prompted language model" in ran.err
    fits = {name for each in TARGETS if each.name in {"python", "fastapi", "docker"} for name in each.files}
    assert {path.name for path in folder.iterdir()} == fits | {"head.safetensors"}
    return folder


def test_the_page_of_targets_is_the_table() -> None:
    """As the program has it, and in the command's help."""
    page = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    rows = [
        f"| {each.name} | {', '.join(f'`{file}`' for file in each.files)} | {each.needs} | {each.lacks} |"
        for each in TARGETS
    ]
    assert "\n".join(rows) in page
    help_ = " ".join(run_python("-m", "advisor", "export", "--help", check=True).stdout.split())
    assert all(f"{each.name} - {', '.join(each.files)}" in help_ for each in TARGETS)


def test_an_image_is_built_and_its_app_answers(folder: Path, tmp_path: Path) -> None:
    """Each instruction of the Dockerfile as a build carries it out, in an environment of its own; then a request."""
    steps = [line.split(" ", 1) for line in (folder / "Dockerfile").read_text(encoding="utf-8").splitlines()]
    app, environment = tmp_path / "app", os.environ | {"PIP_NO_INDEX": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}
    venv.create(tmp_path / "venv", symlinks=True)
    (site,) = (tmp_path / "venv" / "lib").glob("*/site-packages")
    (site / "outside.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    own_pip = tmp_path / "venv" / "bin" / "pip"
    own_pip.write_text('#!/bin/sh\nexec python -m pip "$@"\n', encoding="utf-8")
    own_pip.chmod(0o755)
    environment["PATH"] = f"{own_pip.parent}{os.pathsep}{environment['PATH']}"
    ignored = (folder / ".dockerignore").read_text(encoding="utf-8").split()
    done = []
    for word, rest in (step for step in steps if step[0] != "#"):
        done.append(word)
        if word == "WORKDIR":
            app.mkdir()
        elif word == "ENV":
            environment |= dict(pair.replace("/app", str(app)).split("=") for pair in rest.split())
        elif word == "COPY":
            *names, target = rest.split()
            for path in folder.iterdir() if names == ["."] else [folder / name for name in names]:
                if path.name not in ignored:
                    shutil.copy(path, app / target)
        elif word == "RUN":
            ran = subprocess.run(
                ["sh", "-c", rest], cwd=app, env=environment, capture_output=True, text=True, check=False
            )
            assert ran.returncode == 0, ran.stderr
        elif word == "CMD":
            command = json.loads(rest.replace("0.0.0.0", "127.0.0.1").replace("8000", "0"))  # noqa: S104
    assert done == ["FROM", "WORKDIR", "ENV", "COPY", "RUN", "COPY", "RUN", "ENV", "EXPOSE", "USER", "CMD"]
    python = own_pip.with_name("python")
    served = subprocess.Popen([python, "-m", *command], cwd=app, env=environment, stderr=subprocess.PIPE, text=True)
    with served:
        try:
            said = ""
            while "running on" not in said:
                line = served.stderr.readline()
                assert line, said
                said += line
            address = said.split("running on ")[1].split()[0]
            with httpx.Client(base_url=address, timeout=60) as client:
                asked = {"inputs": ["Subject: Win a free prize | Click now!!!", "Subject: Re: lunch"]}
                answers = client.post("/predict", json=asked).json()["answers"]
                assert client.post("/predict", json={}).status_code == 422
            assert len(answers) == 2
            assert {*answers} <= {"ham", "spam"}
        finally:
            served.terminate()


def test_a_folder_is_uploaded_with_consent(made: Made, folder: Path, tmp_path: Path) -> None:
    """Its card has what the Hub reads; without consent or login nothing leaves; what arrives is the folder."""
    card = ModelCard.load(folder / "README.md")
    linear = made.result["candidates"][1]
    (result,) = card.data.eval_results
    assert result.metric_value == round(linear["passes"] / linear["outcomes"], 4)
    assert (result.dataset_type, result.metric_type, card.data.pipeline_tag) == (
        "private",
        "accuracy",
        "text-classification",
    )

    asked = (
        "export", made.folder, "--output", tmp_path / "made", "--as", "fastapi", "--no-check", "--push", "me/mails",
    )  # fmt: skip
    with LocalHub(tokens={"mine": "me"}) as hub:
        variables = hub.environment(tmp_path / "hub", token="mine")  # noqa: S106  the local Hub's
        ran = run_advisor(made.home, *asked, variables=variables)
        assert (ran.code, "needs consent: add --yes" in ran.err, len(hub.repos)) == (2, True, 0), ran.err
        refused = (
            "from pathlib import Path\nfrom advisor.cli.export import upload\n"
            f"try:\n    upload(Path({str(folder)!r}), 'me/mails', is_public=False)\n"
            "except Exception as error:\n    result = str(error)"
        )
        assert "hf auth login" in run_client(hub, refused, tmp_path / "anonymous")
        assert not hub.repos
        ran = run_advisor(made.home, *asked, "--yes", variables=variables, code=0)
        assert "uploaded: " in ran.err
        repo, record = hub.repos["me/mails"], hub.records.get("me/mails")
        assert record["private"]
        uploaded = repo.commits[repo.refs["main"]]
        assert uploaded.keys() == {path.name for path in (tmp_path / "made").iterdir()}
        for name, file in uploaded.items():
            assert file.source.read_bytes() == (tmp_path / "made" / name).read_bytes()


def test_models_elsewhere_are_exported_for_a_router(starter_home: Home, tmp_path: Path) -> None:
    """One on a server, a GGUF file here handing over to it: the key by its variable, no module, a service's form."""
    copy = Path(shutil.copytree(SAMPLE, tmp_path / "copy"))
    values = {name: json.loads((copy / f"{name}.json").read_text(encoding="utf-8")) for name in ("run", "result")}
    names = [each["name"] for each in values["result"]["candidates"]]
    small, large = 2, names.index(values["result"]["recommended"]["name"])
    changed = {"runtime": "openai", "place": "server", "method": "prompted", "files": [], "revision": None}
    options = {"url": "http://127.0.0.1:1234/v1", "model": "served", "key_env": "MY_KEY"}
    values["run"]["candidate_facts"][large].update(changed | {"options": options})
    values["result"]["recommended"] |= changed
    pair = {"small": names[small], "large": names[large]}
    values["result"]["escalation"] = pair | {
        "verdict": "holds",
        "threshold": 0.75,
        "of": 90,
        "needed": 30,
        "alpha": 0.05,
    }
    for name, value in values.items():
        (copy / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    event = {"event": "loaded", "seconds": 1.0, "teaching_seconds": 0.0, "engine": "server", "device": "?", "spec": {}}
    details = {"system_prompt": "Choose.", "held_to": ["ham", "spam"], "max_tokens": 8}
    known = [values["run"]["candidates"][at] for at in (small, large)]
    text = "".join(json.dumps(event | {"candidate": name, "details": details}) + "\n" for name in known)
    (copy / "probes.jsonl").write_text(text, encoding="utf-8")
    run_advisor(starter_home, "export", copy, "--output", tmp_path / "made", "--offline", code=0)
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "made").iterdir()}
    assert files.keys() == {"litellm.yaml", "escalate.py", "llama-swap.yaml", "request.json", "README.md"}
    assert "confidence is at least 0.75" in files["litellm.yaml"]
    _, one, other = yaml.safe_load(files["litellm.yaml"])["model_list"]
    assert one["litellm_params"]["api_base"] == "http://127.0.0.1:8080/v1"
    assert other["litellm_params"]["api_key"] == "os.environ/MY_KEY"
    request = json.loads(files["request.json"])
    form = request["response_format"]["json_schema"]["schema"]
    assert form["properties"]["answer"]["enum"] == ["ham", "spam"], "as the probe asks: services take an object alone"
    assert "grammar" not in request
    module: dict[str, Any] = {"__name__": "__main__"}
    exec(files["escalate.py"].partition("if __name__ ==")[0], module)  # noqa: S102  what was exported
    assert module["LARGE"] == request | {
        "model": "openai/served",
        "api_base": options["url"],
        "api_key": "os.environ/MY_KEY",
    }
    assert module["unwrapped"]('{"answer": "ham"}', module["SMALL"]["labels"]) == "ham"
    run = open_run(copy)
    # The same behind vLLM, where its weights are safetensors of the Hub.
    local = replace(run.candidates[0].candidate, runtime="transformers", place="hub", model="org/chat")
    use_of = Located(tmp_path, ("m",), "a" * 40)
    use = served(run, replace(run.candidates[0], candidate=local), use_of, None)
    assert isinstance(use, Served)
    assert use.command[:5] == ["vllm", "serve", "org/chat", "--revision", "a" * 40]
    assert use.request(has_grammars=False)["structured_outputs"] == {"choice": ["ham", "spam"]}
    # A name without any letter that servers take in names.
    use = served(run, replace(run.candidates[0], candidate=replace(local, model="组/模型", variant=None)), use_of, None)
    assert isinstance(use, Served)
    assert use.name == "model"


def put_commands(place: Path) -> dict[str, str]:
    """Write `advisor`, and a `gh` that notes what it is asked, into a folder; return the PATH that finds them."""
    place.mkdir()
    code = f"import sys; from tests import warm; warm.run({warm.servers()!r}, '-m', 'advisor', *sys.argv[1:])"
    for name, script in (
        ("advisor", f'PYTHONPATH={ROOT} exec {sys.executable} -c "{code}" "$@"'),
        ("gh", f'test -z "$GH_REFUSES" || exit 1; echo "$@" >>{place / "comment"}; cat "$5" >>{place / "comment"}'),
    ):
        (place / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (place / name).chmod(0o755)
    return {"PATH": f"{place}{os.pathsep}{os.environ['PATH']}"}


def test_the_hook_fails_where_the_model_does(made: Made, tmp_path: Path) -> None:
    """As pre-commit runs a hook of the language "system": entry and arguments, no file names, in the repository."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["language"], hook["pass_filenames"]) == ("system", False)
    shutil.copytree(made.folder, tmp_path / "model" / "run")
    wrong = [
        row | {"label": "spam" if row["label"] == "ham" else "ham", "text": f"{row['text']} ."} for row in rare_spam()
    ]
    (tmp_path / "model" / "new.json").write_text(json.dumps(wrong), encoding="utf-8")
    environment = os.environ | made.home.environment | put_commands(tmp_path / "bin")
    command = [*shlex.split(hook["entry"]), *hook["args"], "--examples", "model/new.json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stdout + done.stderr


class Acted(NamedTuple):
    """What the action did: the exit code of its last step, its outputs, its log, summary and comment."""

    code: int
    outputs: dict[str, str]
    log: str
    summary: str
    comment: str


def act(made: Made, folder: Path, event: str = "push", hub: Mapping[str, str] | None = None, **given: str) -> Acted:
    """Carry out the action's steps as a runner does: expressions filled in, `if` kept to, bash and the runner's files.

    https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
    """
    action = yaml.safe_load((ROOT / "action" / "action.yml").read_text(encoding="utf-8"))
    inputs = {name: str(each.get("default", "")) for name, each in action["inputs"].items()} | {"install": ""}
    inputs |= {name.replace("_", "-"): value for name, value in given.items()}
    known = {f"inputs.{name}": value for name, value in inputs.items()}
    known |= {"github.token": "t", "github.event.number": "7", "github.event_name": event}
    place = folder / "runner"
    found = put_commands(place)
    files = {name: place / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "comment")}
    for file in files.values():
        file.touch()
    environment = os.environ | made.home.environment | (hub or {})
    environment |= {name: str(file) for name, file in files.items()}
    environment |= {"RUNNER_TEMP": str(place)} | found
    code, log = 0, ""

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: known[found[1]], text)

    def is_met(condition: str) -> bool:
        parts = [re.fullmatch(r"([\w.]+) (==|!=) '(.*)'", part.strip()) for part in condition.split("&&")]
        return all(part and (known[part[1]] == part[3]) == (part[2] == "==") for part in parts)

    for step in action["runs"]["steps"]:
        if code or not is_met(step.get("if", "github.token == 't'")):
            continue
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]  # what is put into a script would be run
        (place / "step.sh").write_text(step["run"], encoding="utf-8")
        shown = {name: filled(value) for name, value in step.get("env", {}).items()}
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", place / "step.sh"]
        ran = subprocess.run(
            command, cwd=folder, env=environment | shown, capture_output=True, text=True, check=False, timeout=300
        )
        code, log = ran.returncode, log + ran.stdout + ran.stderr
        pairs = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        known |= {
            f"steps.{step.get('id')}.outputs.{name}": value for name, value in (pair.split("=") for pair in pairs)
        }
    outputs = {name: filled(each["value"]) for name, each in action["outputs"].items()}
    summary, comment = (files[name].read_text(encoding="utf-8") for name in ("GITHUB_STEP_SUMMARY", "comment"))
    return Acted(code, outputs, log, summary, comment)


def test_the_action_says_whether_the_model_holds(made: Made, tmp_path: Path) -> None:
    """Verdict, report, summary and comment of one that holds; what fails the job is what `fail-on` names."""
    acted = act(made, tmp_path, "pull_request", run=str(made.folder), examples="none-yet.csv")
    assert (acted.code, acted.outputs["verdict"]) == (0, "holds"), acted.log
    assert Path(acted.outputs["report"]).read_text(encoding="utf-8") == acted.summary
    assert acted.summary.startswith("### The recommended model: holds\n\n    Holds: ")
    missing = "none-yet.csv is not there: only the run's own examples were asked again"
    assert f"\n    {missing}\n" in acted.summary
    assert f"::warning::{missing}" in acted.log
    assert "### Model Advisor: " in acted.summary
    assert acted.comment.startswith("pr comment 7 --body-file ")
    assert acted.comment.endswith(acted.summary)
    other = {"ham": "spam", "spam": "ham"}
    rows = [row | {"text": f"{row['text']} .", "label": other[row["label"]]} for row in rare_spam()]
    for name, examples, fail_on, expected in (
        ("wrong", "hf://datasets/ada/new", "fails", (1, "does not hold", "::error::does not hold")),
        ("few", "new.json", "undecided", (1, "undecided", "::error::undecided")),
        ("none", "new.json", "never", (1, "error", "::error::the model could not be run")),
    ):
        folder = tmp_path / name
        folder.mkdir()
        few = {"wrong": rows, "few": rows[:1], "none": []}[name]
        (folder / "new.json").write_text(json.dumps(few), encoding="utf-8")
        with LocalHub() as hub:
            hub.datasets.create("ada/new").repo.commit(repos.read_folder(folder))
            known = hub.environment(tmp_path / "hub-home") | {"GH_REFUSES": "1"}
            event = "pull_request" if name == "wrong" else "push"
            acted = act(made, folder, event, known, run=str(made.folder), examples=examples, fail_on=fail_on)
        assert (acted.code, acted.outputs["verdict"], acted.log.splitlines()[-1]) == expected, acted.log
        assert (acted.comment, "::warning::no comment" in acted.log) == ("", event == "pull_request")
        assert acted.summary.startswith(f"### The recommended model: {expected[1]}\n")
        told = acted.summary.index("What follows is the run's own report, of when it was made")
        assert told < acted.summary.index("### Model Advisor: ")
        assert ("proven to be right less than" in acted.summary) is (name == "wrong")
        assert ("too few to certify" in acted.summary) is (name == "few")
    decide = yaml.safe_load((ROOT / "action" / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"][-1]["run"]
    for verdict, codes in {"holds": "000", "undecided": "010", "does not hold": "110", "error": "111"}.items():
        shown = ({"VERDICT": verdict, "FAIL_ON": each} for each in ("fails", "undecided", "never"))
        done = [subprocess.run(["bash", "-e", "-c", decide], env=os.environ | each, check=False) for each in shown]
        assert "".join(str(each.returncode) for each in done) == codes
