"""Names and paths that are not there: the message says which, where, and what is nearest; exit code 2."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from advisor.runs.locate import locate
from tests.conftest import ROOT, SAMPLE, Home, run_advisor
from tests.decide.simulated import candidate

if TYPE_CHECKING:
    from pathlib import Path


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
    assert ran.err.startswith(f"error: {flag}: '{name}' is not known; the nearest are ")
    assert near in ran.err.partition("the nearest are ")[2]


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
    """No task file is blamed."""
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
    told = ["recommend", "sort texts", "--examples", "-", "--plan-only", "--yes", "--set", "starter=false"]
    assert "examples.expected: label" in run_advisor(home, *told, piped=table).err


def test_a_name_longer_than_the_system_takes_is_no_file(home: Home, tmp_path: Path) -> None:
    """The file of examples and the line are named, for a picture as for anything else."""
    rows = [{"image": "a" * 400 + ".png", "label": "cat"}, {"image": "b.png", "label": "dog"}]
    (tmp_path / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    task = {
        "name": "pets", "family": "image-classification", "instruction": "Cat or dog?",
        "examples": {"path": "rows.json", "input": "image"},
    }  # fmt: skip
    (tmp_path / "task.json").write_text(json.dumps(task), encoding="utf-8")
    ran = run_advisor(home, "recommend", tmp_path / "task.json", "--plan-only")
    assert ran.code == 2
    assert ran.err.startswith(f"error: {tmp_path / 'rows.json'}:1: there is no such image file")
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
