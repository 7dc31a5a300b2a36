"""A run's report for other tools: what JUnit, Every Eval Ever, promptfoo and badges have, and the pytest plugin."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from advisor.cli.pytest_plugin import AdvisorRun
from tests.conftest import ROOT, Home, make_home, run_advisor, run_python
from tests.families.support import recommend, write_task
from tests.probe.test_bars import rare_spam
from tests.report.recompute import lines

if TYPE_CHECKING:
    from tests.conftest import Ran

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
        """Return the run's report in a form."""
        ran = run_advisor(self.home, "report", self.folder, "--format", form)
        assert ran.code == 0, ran.err
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
    ran, result = recommend(home, write_task(folder, rows, name='<mails> & "more"', **more))
    assert ran.code == 0, ran.err
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
    result["candidates"][1]["besides"][0] |= {"claim": "given up"}
    (copy / "result.json").write_text(json.dumps(result), encoding="utf-8")
    ran = run_advisor(made.home, "report", copy, "--output", tmp_path / "report.xml")
    assert ran.code == 0, ran.err
    whole = ET.parse(tmp_path / "report.xml").getroot()  # noqa: S314  our own
    failures = {
        case.attrib["name"]: case[0].attrib["message"] for case in whole.iter("testcase") if case[0].tag == "failure"
    }
    assert failures.keys() == {"bar", "label 'spam'"}
    assert failures["bar"].startswith("No candidate passes")


def test_every_eval_ever_gets_a_log(made: Made) -> None:
    """Required by its published schema, version 0.2.2: these keys, no other at the top, texts alone in the details."""
    log = json.loads(made.report("every-eval-ever"))
    required = {
        "schema_version",
        "evaluation_id",
        "retrieved_timestamp",
        "source_metadata",
        "model_info",
        "eval_library",
    }
    assert log.keys() - {"evaluation_timestamp"} == required | {"evaluation_results"}
    assert {"source_type", "source_organization_name", "evaluator_relationship"} <= log["source_metadata"].keys()
    assert log["eval_library"].keys() == {"name", "version"}
    first, *others = log["evaluation_results"]
    for each in (first, *others):
        assert {"evaluation_name", "source_data", "metric_config", "score_details"} == each.keys()
        metric, score = each["metric_config"], each["score_details"]["score"]
        assert metric["score_type"] == "continuous"
        assert metric["min_score"] <= score <= metric["max_score"]
        assert all(isinstance(value, str) for value in each["score_details"]["details"].values())
    linear = made.result["candidates"][1]
    assert first["score_details"]["score"] == linear["passes"] / linear["outcomes"]
    interval = first["score_details"]["uncertainty"]["confidence_interval"]
    assert interval["lower"] == linear["lower_bound"] <= first["score_details"]["score"] <= interval["upper"]
    assert [each["score_details"]["score"] for each in others] == [each["observed"] for each in linear["besides"]]


def test_promptfoo_finds_its_columns(made: Made) -> None:
    """The variables, then a block for each candidate as promptfoo names it; an answer that was not asked is empty."""
    header, *rows = csv.reader(io.StringIO(made.report("promptfoo")))
    assert header[:2] == ["input", "expected"]
    blocks = [header[at : at + 6] for at in range(2, len(header), 6)]
    assert [block[0].partition("] ")[0] for block in blocks] == ["[always 'ham'", "[words and characters"]
    assert all(block[1:] == ["Status", "Score", "Named Scores", "Grader Reason", "Comment"] for block in blocks)
    statuses = [row[9] for row in rows if row[9]]
    said = [each for each in lines(made.folder / "outcomes.jsonl") if each["purpose"] == "evidence"]
    passed = [each["passed"] for each in said if each["candidate"].endswith("linear")]
    assert (statuses.count("PASS"), len(statuses)) == (sum(passed), len(passed))
    wrong = next(row for row in rows if row[9] == "FAIL")
    assert wrong[12] == f"expected {wrong[1]}"


def test_a_badge_says_what_is_proven(made: Made) -> None:
    """As a picture that is XML, and as what shields.io reads; its extension alone asks for it."""
    told = json.loads(made.report("shields"))
    assert (told["schemaVersion"], told["color"]) == (1, "brightgreen")
    assert told["message"].startswith("≥ ")
    picture = made.home.data / "badge.svg"
    assert run_advisor(made.home, "report", made.folder, "--output", picture).code == 0
    root = ET.parse(picture).getroot()  # noqa: S314  our own
    assert root.attrib["aria-label"] == f"{told['label']}: {told['message']}"
    refused = run_advisor(made.home, "report", made.folder, "--format", "yaml")
    assert (refused.code, "choose one of" in refused.err) == (2, True)


def test_pytest_runs_the_model_again(made: Made, tmp_path: Path) -> None:
    """An item for the bar, each label, slice and critical example; what fails does with the line of `verify`."""
    done = made.pytest(tmp_path, made.folder, "-v")
    assert (done.returncode, "8 passed" in done.stdout) == (0, True), done.stdout + done.stderr
    new = [row | {"must": ""} for row in rare_spam()]
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
