"""`advisor report` on a run that the command made, and with wrong input."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.conftest import SAMPLE, Home, Ran, run_advisor
from tests.report import recompute
from tests.report.pages import Page


def test_recommend_names_the_report_that_it_leaves(quick_run: tuple[Home, Ran]) -> None:
    """Its path is the last line; it is the page that `report --html` prints."""
    home, ran = quick_run
    last = ran.out.strip().splitlines()[-1]
    assert last.startswith("Report: ")
    path = Path(last.removeprefix("Report: "))
    printed = run_advisor(home, "report", "last", "--html")
    assert path.read_text(encoding="utf-8") == printed.out
    assert Page(printed.out).headings[0] == (1, "subjects")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_every_number_is_that_of_the_files(quick_run: tuple[Home, Ran]) -> None:
    """Recomputed from the raw lines, for the document, the page and the Markdown alike."""
    home, _ = quick_run
    document = json.loads(run_advisor(home, "report", "last", "--json").out)
    folder = home.data / "model-advisor" / "runs" / document["run"]
    page, markdown = run_advisor(home, "report", "last", "--html").out, run_advisor(home, "report", "last", "--md").out
    assert recompute.check(folder, document, page, markdown) > 50


def test_a_run_is_named_in_many_ways(quick_run: tuple[Home, Ran], tmp_path: Path) -> None:
    """By its id, the beginning of it, its folder, its result, or as the last one; the name of a file says the form."""
    home, _ = quick_run
    identity = json.loads(run_advisor(home, "report", "last", "--json").out)["run"]
    folder = home.data / "model-advisor" / "runs" / identity
    told = {run_advisor(home, "report", str(name)).out for name in (identity, identity[:5], folder)}
    told.add(run_advisor(home, "report", str(folder / "result.json"), "--text").out)
    assert len(told) == 1
    assert f"Run {identity}" in told.pop()
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
        (["x" * 5000], "there is none"),
        ([str(SAMPLE.parent)], "is not there"),
        ([str(SAMPLE), "--output", "/no/such/folder/a.html"], "cannot be written"),
    ],
)
def test_wrong_input_is_one_line(home: Home, arguments: list[str], words: str) -> None:
    """What happened, to which thing, what to do next."""
    ran = run_advisor(home, "report", *arguments)
    assert ran.code in {2, 5}
    assert ran.out == ""
    assert words in ran.err
    assert ran.err.startswith("error: ")
    assert len(ran.err.strip().splitlines()) == 1
